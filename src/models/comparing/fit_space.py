"""A space for comparing hands, fitted to rows with their artists."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .pair_space import PairSpace, unit
from .plda import fit_plda

# Rows of works that the network was trained on lie too well apart: chosen by them, PLDA would be
# shrunk less and weigh more. So these were chosen by works, and artists, that it never saw;
# benchmarks/study_same_artist.py compares kinds.
COMPONENTS: Final = 512
PLDA_COMPONENTS: Final = 256
PLDA_SHRINKAGE: Final = 0.8
REGULARISATION: Final = 0.05
TEMPERATURE: Final = 1.0
# Of the three signs, each over its standard deviation.
MIX: Final = (1.0, 1.5, 0.8)
# Over so many pairs of so many works.
_PAIRS: Final = 50_000
_WORKS: Final = 3_000

Labels = NDArray[np.str_]
Rows = NDArray[np.floating[Any]]


def fit_space(rows: Rows, artists: Labels, seed: int = 0) -> PairSpace:
    """Fit all but the calibration, by which scores would be log-odds.

    Parameters
    ----------
    rows : ndarray of float, shape (n, n_features)
    artists : ndarray of str, shape (n,)
        Two or more, with two works or more each.
    seed : int
        Decides the search for the axes, and the pairs by which the signs are weighed.
    """
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    # A number that hardly changes is noise, and would be made large.
    scale = np.where(scale > 1e-4 * scale.max(), scale, scale.max() or 1)
    standard = ((rows - mean) / scale).astype(np.float32)
    axes = _principal_axes(standard, seed).astype(np.float16)
    components = standard @ axes.astype(np.float32)
    first, whole = unit(components[:, :PLDA_COMPONENTS]), unit(components)
    plda = fit_plda(first.astype(np.float64), artists, PLDA_SHRINKAGE)
    discriminants, offsets = _discriminants(whole, artists)
    space = PairSpace(
        mean=_short(mean),
        scale=_short(scale),
        axes=axes,
        origin=_short(plda.mean),
        directions=_short(plda.directions),
        products=_short(plda.product_weights),
        squares=_short(plda.square_weights),
        discriminants=_short(discriminants),
        offsets=_short(offsets),
        centre=_short((whole @ discriminants + offsets).mean(axis=0)),
        temperature=np.array(TEMPERATURE),
        weights=np.ones(3),
        offset=np.array(0.0),
    )
    return reweigh(space, np.array(MIX) / _spreads(space, rows, seed))


def reweigh(space: PairSpace, weights: NDArray[np.float64], offset: float = 0.0) -> PairSpace:
    """Return the space with other weights of its signs."""
    return replace(space, weights=weights, offset=np.array(offset))


def _short(values: Rows) -> NDArray[np.float32]:
    return np.asarray(values, np.float32)


def _principal_axes(standard: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    from sklearn.utils.extmath import randomized_svd

    most = min(COMPONENTS, *standard.shape)
    *_, axes = randomized_svd(standard, most, n_iter=3, random_state=seed)
    return np.asarray(axes.T, np.float32)


def _discriminants(whole: NDArray[np.float32], artists: Labels) -> tuple[Any, Any]:
    """Return weights and constants of each artist's discriminant."""
    from sklearn.linear_model import LogisticRegression

    # At this length columns have a variance of about one.
    length = np.sqrt(whole.shape[1])
    model = LogisticRegression(C=REGULARISATION, max_iter=300, tol=1e-3)
    model.fit(whole.astype(np.float64) * length, artists)
    weights, constants = model.coef_, model.intercept_
    if len(weights) == 1:  # of two artists it knows the difference alone
        weights, constants = (
            np.vstack([-weights, weights]) / 2,
            np.append(-constants, constants) / 2,
        )
    return weights.T * length, constants


def _spreads(space: PairSpace, rows: Rows, seed: int) -> NDArray[np.float64]:
    """Return the standard deviation of each sign over pairs that are drawn at random."""
    rng = np.random.default_rng(seed)
    placed = space.place(rows[rng.permutation(len(rows))[:_WORKS]])
    one, other = rng.integers(0, len(placed.biases), (2, _PAIRS))
    one, other = one[one != other], other[one != other]
    parts = np.split(placed.vectors, space.sign_ends[:2], axis=1)
    scores = [np.einsum("ij,ij->i", part[one], part[other]) for part in parts]
    scores[0] = scores[0] + placed.biases[one] + placed.biases[other]
    return np.array([max(float(score.std()), 1e-9) for score in scores])
