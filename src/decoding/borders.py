"""Flat bars around a picture: letterboxes, a scanner's black, paper; found, and cut off (pure)."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

# A bar is nearly black or nearly white: all channels of its colour below or above these levels.
DARK: Final = 44
LIGHT: Final = 233
# By how much a pixel of it may differ from that colour, in levels, and how many need not: JPEG
# leaves ripples, scanners dust.
TOLERANCE: Final = 14
FLAT_SHARE: Final = 0.97
# More of a side than this is no bar but the picture's own ground.
MOST: Final = 0.45
# What is left has at least this side in pixels.
LEAST_SIDE: Final = 8
# Lines that are looked at together: most bars are narrow.
_SOME: Final = 32


def crop_borders(bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture without the flat dark or light bars at its edges.

    Of each bar a line more is cut, in which it mixes with the picture. A picture that is all bar,
    or of which hardly anything would be left, stays as it is: a drawing on white keeps its paper
    where that is wider than a bar.

    Parameters
    ----------
    bgr : ndarray of uint8, shape (h, w, 3)

    Returns
    -------
    ndarray of uint8, shape (h', w', 3)
        A view.

    Examples
    --------
    >>> letterboxed = np.zeros((100, 60, 3), np.uint8)
    >>> letterboxed[20:80] = 128
    >>> crop_borders(letterboxed).shape
    (58, 60, 3)
    """
    height, width = bgr.shape[:2]
    top, bottom = _bars(bgr)
    if top + bottom >= height or max(top, bottom) > MOST * height:
        return bgr
    left, right = _bars(bgr[top : height - bottom].transpose(1, 0, 2))
    if left + right >= width or max(left, right) > MOST * width:
        return bgr
    cut = bgr[_skip(top) : height - _skip(bottom), _skip(left) : width - _skip(right)]
    return cut if min(cut.shape[:2]) >= LEAST_SIDE else bgr


def _bars(lines: NDArray[np.uint8]) -> tuple[int, int]:
    """Return how many lines at the beginning and at the end are bars."""
    first, last = _middles(lines[[0, -1]])
    return _bar(lines, first), _bar(lines[::-1], last)


def _bar(lines: NDArray[np.uint8], color: NDArray[np.float64]) -> int:
    """Return how many lines from the first on are of its colour, if that is a bar's."""
    if color.max() > DARK and color.min() < LIGHT:
        return 0
    low = np.maximum(color - TOLERANCE, 0).astype(np.uint8)
    high = np.minimum(color + TOLERANCE, 255).astype(np.uint8)
    for start in range(0, len(lines), _SOME):
        some = np.ascontiguousarray(lines[start : start + _SOME])
        alike = np.count_nonzero(cv2.inRange(some, low, high), axis=1)
        others = np.flatnonzero(alike < FLAT_SHARE * lines.shape[1])
        if others.size:
            return start + int(others[0])
    return len(lines)


def _middles(lines: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the median of each channel of each line."""
    # Sorting bytes takes a tenth of the time of numpy.median.
    levels, half = np.sort(lines, axis=1), lines.shape[1] // 2
    return (levels[:, half] + levels[:, ~half].astype(np.float64)) / 2


def _skip(bar: int) -> int:
    return bar + 1 if bar else 0
