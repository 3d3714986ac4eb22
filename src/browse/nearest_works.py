"""The nearest works of every work in a collection, exactly, a block at a time (pure)."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Works that are compared with all others at once.
_BLOCK: Final = 256

Floats32 = NDArray[np.float32]


class Nearest(NamedTuple):
    """The nearest works of each, nearest first.

    Attributes
    ----------
    places : ndarray of int64, shape (n, k)
    scores : ndarray of float32, shape (n, k)
        Their products with the work, with what is of each of the two alone.
    """

    places: NDArray[np.int64]
    scores: Floats32


def find_nearest(vectors: Floats32, biases: Floats32, most: int) -> Nearest:
    """Return the works with which each work's product is the largest, but for itself.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
    biases : ndarray of float32, shape (n,)
    most : int
        Of how many works is told, if there are as many.

    Examples
    --------
    >>> found = find_nearest(np.float32([[1, 0], [0, 1], [0.8, 0.6]]), np.zeros(3, np.float32), 1)
    >>> found.places.ravel().tolist()
    [2, 2, 0]
    """
    n, k = len(vectors), min(most, max(len(vectors) - 1, 0))
    found = Nearest(np.empty((n, k), np.int64), np.empty((n, k), np.float32))
    for start in range(0, n if k else 0, _BLOCK):
        part = slice(start, start + _BLOCK)
        scores = vectors[part] @ vectors.T + biases + biases[part, np.newaxis]
        rows = np.arange(len(scores))
        scores[rows, start + rows] = -np.inf
        some = np.argpartition(scores, n - k, axis=1)[:, n - k :]
        values = np.take_along_axis(scores, some, axis=1)
        order = np.lexsort((some, -values), axis=1)
        found.places[part] = np.take_along_axis(some, order, axis=1)
        found.scores[part] = np.take_along_axis(values, order, axis=1)
    return found
