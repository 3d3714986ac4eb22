"""All scores of whether two works are by one artist that a study compares, made of one fit."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from src.models.comparing.fit_space import PLDA_COMPONENTS, PLDA_SHRINKAGE, fit_space
from src.models.comparing.pair_space import PairSpace, softmax, unit
from src.models.comparing.pairs import study_pairs
from src.models.comparing.plda import Plda, fit_plda

# Of cross-domain similarity local scaling: how many neighbours say how crowded it is around a work.
NEIGHBOURS: Final = 10
# Set beforehand: what is judged here chooses none of them.
LDA_SHRINKAGE: Final = 0.3
PAIRS_REGULARISATION: Final = 0.01

Rows = NDArray[np.float32]
Floats = NDArray[np.float64]


class Works(NamedTuple):
    """Works of one part: rows of shape (n, d), and who made each."""

    rows: Rows
    artists: NDArray[np.str_]

    def at(self, places: NDArray[np.bool_]) -> "Works":
        """Return some of the works."""
        return Works(self.rows[places], self.artists[places])


class Fitted(NamedTuple):
    """What all kinds are made of, fitted to works of training alone.

    Attributes
    ----------
    space : PairSpace
        The mix that is trained by ``artlens train --task same_artist``, uncalibrated.
    lda : LinearDiscriminantAnalysis
        Of the artists, by principal components; the classifier of the mix is another one.
    plda : Plda
    pair_classifier : Pipeline
        Of pairs that are drawn as the study drew them.
    centre : ndarray of float64
        Mean discriminants of the works of training.
    looks, logits : ndarray of float32
        Of the works of training, at length 1: among which neighbours are counted.
    """

    space: PairSpace
    lda: LinearDiscriminantAnalysis
    plda: Plda
    pair_classifier: Pipeline
    centre: Floats
    looks: Rows
    logits: Rows

    @classmethod
    def to(cls, works: Works, seed: int = 0) -> Self:
        """Fit every kind to works."""
        space = fit_space(works.rows, works.artists, seed)
        parts = _components(space, works.rows)
        lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=LDA_SHRINKAGE)
        scaled = parts * np.sqrt(parts.shape[1])
        centre = lda.fit(scaled, works.artists).decision_function(scaled).mean(axis=0)
        pairs = study_pairs(works.artists, seed)
        features = _pair_features(parts, pairs.first, pairs.second)
        pair_classifier = make_pipeline(
            StandardScaler(), LogisticRegression(C=PAIRS_REGULARISATION, max_iter=1000)
        ).fit(features, pairs.same)
        plda = fit_plda(_for_plda(parts), works.artists, PLDA_SHRINKAGE)
        looks = standardised(space, works.rows)
        return cls(space, lda, plda, pair_classifier, centre, looks, _logits(space, parts))

    def logits_of(self, rows: Rows) -> Rows:
        """Return the logits of each work, less their means, at length 1, shape (n, k)."""
        return _logits(self.space, _components(self.space, rows))


Kind = Callable[[Fitted, Rows], NDArray[Any]]


def standardised(space: PairSpace, rows: Rows) -> Rows:
    """Return all numbers of rows, standardised as training was, at length 1."""
    return unit((rows - space.mean) / space.scale)


def by_look(fitted: Fitted, rows: Rows) -> NDArray[Any]:
    """Return the cosines of standardised rows."""
    looks = standardised(fitted.space, rows)
    return looks @ looks.T


def by_look_scaled(fitted: Fitted, rows: Rows) -> NDArray[Any]:
    """Return them with local scaling."""
    return scale_locally(standardised(fitted.space, rows), fitted.looks)


def by_logits(fitted: Fitted, rows: Rows) -> NDArray[Any]:
    """Return the cosines of a classifier's logits."""
    logits = fitted.logits_of(rows)
    return logits @ logits.T


def by_logits_scaled(fitted: Fitted, rows: Rows) -> NDArray[Any]:
    """Return them with local scaling."""
    return scale_locally(fitted.logits_of(rows), fitted.logits)


def by_probabilities(fitted: Fitted, rows: Rows) -> NDArray[Any]:
    """Return the products of the roots of a classifier's probabilities."""
    space = fitted.space
    roots = np.sqrt(softmax(_components(space, rows) @ space.discriminants + space.offsets))
    return roots @ roots.T


def by_discriminants(fitted: Fitted, rows: Rows) -> NDArray[Any]:
    """Return the cosines of linear discriminants."""
    parts = _components(fitted.space, rows)
    raw = fitted.lda.decision_function(parts * np.sqrt(parts.shape[1]))
    discriminants = unit(raw - fitted.centre)
    return discriminants @ discriminants.T


def by_plda(fitted: Fitted, rows: Rows) -> NDArray[Any]:
    """Return log likelihood ratios."""
    parts, places = _for_plda(_components(fitted.space, rows)), np.arange(len(rows))
    return _fill(
        len(rows), lambda k: fitted.plda.score(parts[np.full_like(places, k)], parts[places])
    )


def by_pair_classifier(fitted: Fitted, rows: Rows) -> NDArray[Any]:
    """Return what a classifier says that was trained on pairs."""
    parts, places = _components(fitted.space, rows), np.arange(len(rows))
    decide = fitted.pair_classifier.decision_function
    return _fill(
        len(rows), lambda k: decide(_pair_features(parts, np.full_like(places, k), places))
    )


def by_mix(fitted: Fitted, rows: Rows) -> NDArray[Any]:
    """Return the sum of signs that a trained model goes by."""
    placed = fitted.space.place(rows)
    return placed.vectors @ placed.vectors.T + placed.biases + placed.biases[:, None]


KINDS: Final[dict[str, Kind]] = {
    "cosine of standardised rows": by_look,
    "cosine of standardised rows, CSLS": by_look_scaled,
    "cosine of a classifier's logits": by_logits,
    "cosine of a classifier's logits, CSLS": by_logits_scaled,
    "roots of class probabilities": by_probabilities,
    "cosine of linear discriminants": by_discriminants,
    "classifier of pairs": by_pair_classifier,
    "two-covariance PLDA": by_plda,
    "mix of three (what is trained)": by_mix,
}


def scale_locally(rows: Rows, others: Rows, neighbours: int = NEIGHBOURS) -> NDArray[Any]:
    """Return cosines less how near works are to others anyhow.

    Parameters
    ----------
    rows : ndarray of float32, shape (n, d)
        At length 1.
    others : ndarray of float32, shape (m, d)
        Works of training: no work that is judged changes the score of two others.
    neighbours : int

    References
    ----------
    A. Conneau et al. (2018), "Word Translation Without Parallel Data", ICLR: CSLS.
    """
    near = np.sort(rows @ others.T, axis=1)[:, -neighbours:].mean(axis=1)
    return np.asarray(2 * (rows @ rows.T) - near - near[:, None])


def _components(space: PairSpace, rows: Rows) -> Rows:
    """Return principal components at length 1, shape (n, c)."""
    return space.place(rows).looks


def _logits(space: PairSpace, parts: Rows) -> Rows:
    return unit(parts @ space.discriminants + space.offsets - space.centre)


def _for_plda(parts: Rows) -> Floats:
    return unit(parts[:, :PLDA_COMPONENTS]).astype(np.float64)


def _pair_features(parts: Rows, first: NDArray[Any], second: NDArray[Any]) -> Rows:
    """Return what does not change when two works are swapped."""
    scaled = parts[:, :PLDA_COMPONENTS] * np.sqrt(parts.shape[1])
    one, other = scaled[first], scaled[second]
    return np.hstack([one * other, np.square(one - other)])


def _fill(count: int, row: Callable[[int], NDArray[Any]]) -> NDArray[Any]:
    return np.stack([row(k) for k in range(count)])
