"""Which tags go together: probabilities of tags that know of each other (NumPy alone).

Tags by themselves are often given in combinations that no picture has: ``sea`` beside ``desert``,
or of different seasons at once. Among tags that were all known of the same rows, only
combinations that some row of training had are possible, and frequent ones are likelier. Given that,
the odds of a tag are those of the likeliest combination that has it against the likeliest that has
not: the tags of even odds and more are the most probable combination of all.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

# A table of more different combinations rules hardly any out.
MOST: Final = 2048
# How much it counts that a combination is more frequent than its tags by themselves would have it:
# what is seen of one tag in a picture tells of the others already. See docs/tags.md.
_SHARE: Final = 1 / 3
# Logarithms of odds are cut off here, where a probability is 0 or 1 but for rounding.
_FARTHEST: Final = 36.0
# Of an exponent that is no overflow.
_UTMOST: Final = 700.0

Scores = NDArray[np.float64]


class Combinations(NamedTuple):
    """Tags that are known of the same rows, and how they stand together.

    Attributes
    ----------
    tags : ndarray of int64, shape (b,)
        Their places.
    seen : ndarray of int8, shape (m, b)
        Each combination once: 1 for a tag that is there, else 0.
    favours : ndarray of float64, shape (m,)
        What is added to the logarithm of how likely each is.
    """

    tags: NDArray[np.int64]
    seen: NDArray[np.int8]
    favours: NDArray[np.float64]


def find_combinations(truth: Scores) -> list[Combinations]:
    """Return the combinations in which tags stand that are known of the same rows.

    None of them is always one, if a rare one: pictures may be asked for that show nothing of these.

    Parameters
    ----------
    truth : ndarray of float64, shape (n, k)
        1 for yes, 0 for no, not-a-number where it is not known.

    Examples
    --------
    >>> nan = np.nan
    >>> truth = np.array([[1, 0, nan], [0, 1, nan], [1, 0, nan], [nan, nan, 1], [nan, nan, 0]])
    >>> [(found.tags.tolist(), found.seen.tolist()) for found in find_combinations(truth)]
    [([0, 1], [[0, 0], [0, 1], [1, 0]])]
    """
    known = ~np.isnan(truth)
    patterns, which = np.unique(known, axis=1, return_inverse=True)
    found = []
    for pattern in range(patterns.shape[1]):
        tags = np.flatnonzero(which.ravel() == pattern)
        rows = truth[patterns[:, pattern]][:, tags]
        if len(tags) > 1 and len(rows):
            rows = np.vstack([rows, np.zeros(len(tags))])
            seen, counts = np.unique(rows.astype(np.int8), axis=0, return_counts=True)
            if len(seen) <= MOST:
                alone = seen @ log_odds(rows.mean(axis=0))
                found.append(Combinations(tags, seen, _SHARE * (np.log(counts) - alone)))
    return found


def combinations_of(tags: Any) -> list[Combinations]:
    """Return what tags go together in a `TagClassifier`, or in its outline."""
    parts = zip(tags.tags_, tags.combinations_, tags.favours_, strict=True)
    return [Combinations(*each) for each in parts]


def combine(scores: Scores, combinations: Sequence[Combinations]) -> Scores:
    """Return the probabilities of tags, given that they stand in one of these combinations.

    Parameters
    ----------
    scores : ndarray of float64, shape (n, k)
        Of each tag by itself.
    combinations : sequence of Combinations
        As from `find_combinations`; tags in none of them keep what they have.

    Examples
    --------
    >>> either = Combinations(np.array([0, 1]), np.array([[0, 1], [1, 0]], np.int8), np.zeros(2))
    >>> combine(np.array([[0.5, 0.5], [0.8, 0.5]]), [either]).round(3).tolist()
    [[0.5, 0.5], [0.8, 0.2]]
    """
    combined = scores.copy()
    for tags, seen, favours in combinations:
        likely = log_odds(scores[:, tags]) @ seen.T.astype(np.float64) + favours
        for tag, has in zip(tags.tolist(), seen.T == 1, strict=True):
            there, lacking = (likely[:, own].max(axis=1, initial=-np.inf) for own in (has, ~has))
            combined[:, tag] = 1 / (1 + np.exp(np.clip(lacking - there, -_UTMOST, _UTMOST)))
    return combined


def log_odds(scores: Scores) -> Scores:
    """Return the logarithm of the odds of probabilities, finite for 0 and 1 too."""
    with np.errstate(divide="ignore"):
        odds = np.log(scores) - np.log1p(-scores)
    return np.asarray(np.clip(odds, -_FARTHEST, _FARTHEST))
