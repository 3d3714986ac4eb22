"""All of RGB as a table of cells, to look up in it what was worked out once: pure."""

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

# Five bits of each channel: finer than people agree on names, and a table of 32 KB stays in cache.
LEVELS: Final = 32
_SHIFT: Final = 3
# The level at the middle of each, in [0, 1].
MIDDLES: Final = (np.arange(LEVELS) * (256 // LEVELS) + (256 // LEVELS - 1) / 2) / 255

Entry = TypeVar("Entry", bound=np.generic)


def cells_of(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the colour of each cell, if these are the levels of each channel.

    Parameters
    ----------
    levels : ndarray of float64, shape (32,)

    Returns
    -------
    ndarray of float64, shape (32768, 3)
        BGR, by the upper five bits of blue, green and red.
    """
    return np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)


def look_up(table: NDArray[Entry], bgr: NDArray[np.uint8]) -> NDArray[Entry]:
    """Return the entries of colours.

    Parameters
    ----------
    table : ndarray, shape (32, 32, 32)
        By the upper five bits of blue, green and red.
    bgr : ndarray of uint8, shape (..., 3)

    Returns
    -------
    ndarray, shape (...)
    """
    b, g, r = np.moveaxis(bgr >> _SHIFT, -1, 0)
    return np.asarray(table[b, g, r])
