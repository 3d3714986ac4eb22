"""Scores of pairs by models that never saw their artists: what calibration and figures come from.

An artist is new where neither the model nor the network saw a work by him. Of the others, works
that the network did not see tell how well known artists are compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .fit_space import fit_space, reweigh
from .pair_figures import Curve
from .pair_model import Verdicts
from .pair_space import Floats, PairSpace, Placed
from .pairs import Pairs, all_pairs

FOLDS: Final = 5
# Of artists of whom the network saw nothing; with fewer, all count as new.
_FEWEST_NEW: Final = 10
_HELD_OUT: Final = 0.15
# A verdict is wrong of at most so many of the pairs that it could be wrong of.
MOST_WRONG: Final = 0.05


@dataclass(frozen=True, slots=True)
class Works:
    """What is learned from.

    Attributes
    ----------
    rows : ndarray of float32, shape (n, n_features)
    artists : ndarray of str, shape (n,)
    seen : ndarray of bool, shape (n,)
        Whether the network was trained on the picture.
    groups : ndarray of str, shape (n,)
        Pictures of one work share it, and make no pair.
    """

    rows: NDArray[np.float32]
    artists: NDArray[np.str_]
    seen: NDArray[np.bool_]
    groups: NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of pairs, with the artists of the works that the pairs name."""

    scores: Floats
    pairs: Pairs
    artists: NDArray[np.str_]

    def calibrated(self, slope: float, offset: float) -> "Scored":
        """Return them as log-odds."""
        return replace(self, scores=self.scores * slope + offset)


def new_artists(works: Works) -> NDArray[np.str_]:
    """Return the artists of whom the network saw nothing; all, if these are too few."""
    new = np.setdiff1d(works.artists, works.artists[works.seen])
    return new if len(new) >= _FEWEST_NEW else np.unique(works.artists)


def score_new_artists(works: Works, seed: int) -> Scored:
    """Return scores of pairs of artists that were left out, fold by fold."""
    order = np.random.default_rng(seed).permutation(new_artists(works))
    parts = list[Scored]()
    for fold in np.array_split(order, min(FOLDS, len(order) // 2)):
        judged = np.isin(works.artists, fold)
        parts.append(_score(works, ~judged, judged, seed))
    return _join(parts)


def score_known_artists(works: Works, seed: int) -> Scored:
    """Return scores of pairs of works that were left out, of artists that were not."""
    new = np.isin(works.artists, new_artists(works))
    aside = ~works.seen & ~new
    if not aside.any():
        aside = np.random.default_rng(seed).random(len(works.artists)) < _HELD_OUT
    # Another picture of a work that is left out would give it away.
    fitted = ~aside & ~np.isin(works.groups, works.groups[aside])
    return _score(works, fitted, aside & np.isin(works.artists, works.artists[fitted]), seed)


def _score(works: Works, fitted: NDArray[np.bool_], judged: NDArray[np.bool_], seed: int) -> Scored:
    space = fit_space(works.rows[fitted], works.artists[fitted], seed)
    placed, artists = space.place(works.rows[judged]), works.artists[judged]
    pairs, groups = all_pairs(artists), works.groups[judged]
    apart = groups[pairs.first] != groups[pairs.second]
    pairs = Pairs(pairs.first[apart], pairs.second[apart], pairs.same[apart])
    return Scored(score_pairs(space, placed, pairs), pairs, artists)


def score_pairs(space: PairSpace, placed: Placed, pairs: Pairs) -> Floats:
    """Return the log-odds of many pairs of few works."""
    products = placed.vectors @ placed.vectors.T
    singles = placed.biases[pairs.first] + placed.biases[pairs.second]
    found = products[pairs.first, pairs.second].astype(float) + singles + float(space.offset)
    return np.asarray(found, np.float64)


def _join(parts: Sequence[Scored]) -> Scored:
    starts = np.cumsum([0, *(len(part.artists) for part in parts[:-1])])
    pairs = [
        (part.pairs.first + start, part.pairs.second + start, part.pairs.same)
        for part, start in zip(parts, starts, strict=True)
    ]
    first, second, same = (np.concatenate(column) for column in zip(*pairs, strict=True))
    scores = np.concatenate([part.scores for part in parts])
    return Scored(scores, Pairs(first, second, same), np.concatenate([p.artists for p in parts]))


def calibrate(scored: Scored) -> tuple[float, float]:
    """Return slope and offset by which scores are log-odds, where half of all pairs are same."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6, class_weight="balanced")
    model.fit(scored.scores[:, None], scored.pairs.same)
    # What knows nothing must not turn scores round.
    return max(float(model.coef_[0, 0]), 1e-6), float(model.intercept_[0])


def calibrate_space(space: PairSpace, slope: float, offset: float) -> PairSpace:
    """Return a space whose scores are log-odds."""
    return reweigh(space, space.weights * slope, offset)


def find_verdicts(scored: Scored) -> Verdicts:
    """Choose the limits of verdicts by pairs of new artists."""
    same = scored.pairs.same
    above = Curve.of(scored.scores, same).threshold(MOST_WRONG)
    below = -Curve.of(-scored.scores, ~same).threshold(MOST_WRONG)
    # Where all is told apart, the limits would cross.
    above, below = max(above, below), min(above, below)
    called_same, called_different = scored.scores >= above, scored.scores <= below
    return Verdicts(
        same_above=above,
        different_below=below,
        same_wrong=float(called_same[~same].mean()),
        same_found=float(called_same[same].mean()),
        different_wrong=float(called_different[same].mean()),
        different_found=float(called_different[~same].mean()),
    )
