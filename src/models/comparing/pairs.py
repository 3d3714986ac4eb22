"""Which two works are compared: the pairs of a study, and all there are (pure)."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError

# Of the study of Painter by Numbers: every work meets so many others, of different artists one
# pair in twenty is kept, which came to 1.75 for each pair of one artist.
PARTNERS: Final = 36
KEPT_SHARE: Final = 0.05
DIFFERENT_PER_SAME: Final = 1.75

Places = NDArray[np.int64]


class Pairs(NamedTuple):
    """Pairs of works.

    Attributes
    ----------
    first, second : ndarray of int64, shape (n,)
        Places of the works.
    same : ndarray of bool, shape (n,)
        Whether both are by one artist.
    """

    first: Places
    second: Places
    same: NDArray[np.bool_]


def study_pairs(
    artists: NDArray[np.str_],
    seed: int = 0,
    *,
    partners: int = PARTNERS,
    kept_share: float = KEPT_SHARE,
    ratio: float = DIFFERENT_PER_SAME,
) -> Pairs:
    """Draw pairs as the study did: random partners, all of one artist, few of different ones.

    Parameters
    ----------
    artists : ndarray of str, shape (n,)
        Who made each work.
    seed : int
    partners : int
        How many others each work meets; all, of fewer.
    kept_share : float
        Of the pairs of different artists, so many are kept.
    ratio : float
        And no more than so many for each pair of one artist: of many artists with few works each,
        even that share would be more than the study had.

    Raises
    ------
    DataError
        If no two works are by one artist, or all are.

    Examples
    --------
    >>> pairs = study_pairs(np.repeat(["a", "b", "c"], 40))
    >>> int(pairs.same.sum()), int((~pairs.same).sum())
    (1225, 121)
    """
    rng = np.random.default_rng(seed)
    first, second = _random_pairs(len(artists), partners, rng)
    same = artists[first] == artists[second]
    alike, others = np.flatnonzero(same), np.flatnonzero(~same)
    wanted = min(round(kept_share * len(others)), round(ratio * len(alike)))
    if not len(alike) or not wanted:
        raise DataError(
            f"no pairs to learn from ({len(artists)} works of {len(np.unique(artists))} artists); "
            "give several works of each of several artists"
        )
    kept = np.sort(np.concatenate([alike, rng.choice(others, wanted, replace=False)]))
    return Pairs(first[kept], second[kept], same[kept])


def all_pairs(artists: NDArray[np.str_]) -> Pairs:
    """Return every pair of two different works, each once.

    Examples
    --------
    >>> all_pairs(np.array(["a", "a", "b"])).same.tolist()
    [True, False, False]
    """
    first, second = np.triu_indices(len(artists), 1)
    return Pairs(first, second, artists[first] == artists[second])


def _random_pairs(count: int, partners: int, rng: np.random.Generator) -> tuple[Places, Places]:
    """Return each work with others that were drawn for it, every pair once."""
    few = min(partners, count - 1)
    # Steps around the circle of works, so that none meets itself.
    steps = [rng.choice(count - 1, few, replace=False) + 1 for _ in range(count)]
    first = np.repeat(np.arange(count), few)
    second = (first + np.array(steps, np.int64).reshape(-1)) % max(count, 1)
    low, high = np.minimum(first, second), np.maximum(first, second)
    first, second = np.divmod(np.unique(low * count + high), max(count, 1))
    return first, second
