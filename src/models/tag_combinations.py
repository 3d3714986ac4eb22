"""Which tags go together: probabilities of tags that know of each other (NumPy alone).

Tags by themselves are often given in combinations that no picture has: ``sea`` beside ``desert``,
or none of all where each picture has one. Among tags that were all known of the same rows, only
combinations that some row of training had are possible; given that, the probability of a tag is the
sum over those that have it.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

# A table of more different combinations rules hardly any out.
MOST: Final = 2048
# Logarithms of odds are cut off here, where a probability is 0 or 1 but for rounding.
_FARTHEST: Final = 36.0

Scores = NDArray[np.float64]
Combinations = Sequence[tuple[NDArray[np.int64], NDArray[np.int8]]]


def find_combinations(truth: Scores) -> Combinations:
    """Return the combinations in which tags stand that are known of the same rows.

    Parameters
    ----------
    truth : ndarray of float64, shape (n, k)
        1 for yes, 0 for no, not-a-number where it is not known.

    Returns
    -------
    sequence of (ndarray of int64, shape (b,), ndarray of int8, shape (m, b))
        Places of tags, and each of their combinations once.

    Examples
    --------
    >>> nan = np.nan
    >>> truth = np.array([[1, 0, nan], [0, 1, nan], [1, 0, nan], [nan, nan, 1], [nan, nan, 0]])
    >>> [(tags.tolist(), found.tolist()) for tags, found in find_combinations(truth)]
    [([0, 1], [[0, 1], [1, 0]])]
    """
    known = ~np.isnan(truth)
    patterns, which = np.unique(known, axis=1, return_inverse=True)
    found = []
    for pattern in range(patterns.shape[1]):
        tags = np.flatnonzero(which.ravel() == pattern)
        rows = truth[patterns[:, pattern]][:, tags]
        if len(tags) > 1 and len(rows):
            seen = np.unique(rows.astype(np.int8), axis=0)
            if len(seen) <= MOST:
                found.append((tags, seen))
    return found


def combine(scores: Scores, combinations: Combinations) -> Scores:
    """Return the probabilities of tags, given that they stand in one of these combinations.

    Parameters
    ----------
    scores : ndarray of float64, shape (n, k)
        Of each tag by itself.
    combinations : sequence of (ndarray of int64, ndarray of int8)
        As from `find_combinations`; tags in none of them keep what they have.

    Examples
    --------
    >>> either = [(np.array([0, 1]), np.array([[0, 1], [1, 0]], np.int8))]
    >>> combine(np.array([[0.5, 0.5], [0.8, 0.5]]), either).round(3).tolist()
    [[0.5, 0.5], [0.8, 0.2]]
    """
    combined = scores.copy()
    for tags, seen in combinations:
        odds = log_odds(scores[:, tags])
        values = odds @ seen.T.astype(np.float64)
        shares = np.exp(values - values.max(axis=1, keepdims=True))
        combined[:, tags] = shares @ seen / shares.sum(axis=1, keepdims=True)
    return combined


def log_odds(scores: Scores) -> Scores:
    """Return the logarithm of the odds of probabilities, finite for 0 and 1 too."""
    with np.errstate(divide="ignore"):
        odds = np.log(scores) - np.log1p(-scores)
    return np.asarray(np.clip(odds, -_FARTHEST, _FARTHEST))
