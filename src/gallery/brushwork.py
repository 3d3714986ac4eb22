"""Brush strokes: which stroke covers each pixel, and how its bristles catch the light.

A few large canvases are covered with strokes once per process; every painting takes a window of
one of them, mirrored and turned, so that a picture costs no stroke drawing of its own.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE: Final = 218
_SHEET_SIDE: Final = 400
_BRISTLES: Final = 5
_SHEETS: Final = (  # stroke length and width in pixels, how far directions wander
    (7, 2, 1.5),
    (9, 3, 2.0),
    (14, 4, 0.7),
    (20, 6, 0.5),
    (30, 9, 1.2),
    (12, 8, 3.0),
)


@dataclass(frozen=True, slots=True)
class Brushwork:
    """The strokes of one canvas.

    Attributes
    ----------
    stroke_of_pixel : ndarray of int32, shape (SIDE, SIDE)
        Index of the stroke on top.
    centres : ndarray, shape (strokes, 2)
        x and y of each stroke's visible part, in [0, 1].
    relief : ndarray of float32, shape (SIDE, SIDE)
        Lightness the bristles add, about -1 to 1.
    """

    stroke_of_pixel: NDArray[np.int32]
    centres: NDArray[np.float64]
    relief: NDArray[np.float32]


def lay_brushwork(rng: np.random.Generator) -> Brushwork:
    """Take a random window of a random sheet of strokes."""
    strokes, relief = _sheet(int(rng.integers(len(_SHEETS))))
    top, left = rng.integers(_SHEET_SIDE - SIDE, size=2)
    window = (slice(top, top + SIDE), slice(left, left + SIDE))
    turns = int(rng.integers(4))
    side = -1 if rng.integers(2) else 1
    strokes = np.rot90(strokes[window], turns)[:, ::side]
    relief = np.rot90(relief[window], turns)[:, ::side]
    _, dense = np.unique(strokes, return_inverse=True)
    stroke_of_pixel = dense.reshape(SIDE, SIDE).astype(np.int32)
    return Brushwork(stroke_of_pixel, _centres(stroke_of_pixel), np.ascontiguousarray(relief))


def _centres(stroke_of_pixel: NDArray[np.int32]) -> NDArray[np.float64]:
    flat = stroke_of_pixel.ravel()
    size = np.bincount(flat)
    y, x = np.divmod(np.arange(flat.size), SIDE)
    sums = [np.bincount(flat, weights=position) for position in (x, y)]
    return np.stack(sums, axis=1) / size[:, None] / (SIDE - 1)


@cache
def _sheet(index: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    length, width, wander = _SHEETS[index]
    rng = np.random.default_rng(index)
    count = 7 * _SHEET_SIDE**2 // (length * width)
    xy = rng.uniform(0, _SHEET_SIDE, (count, 2))
    angle = wander * np.sin(xy[:, 0] / 90 + index) + wander * np.cos(xy[:, 1] / 70)
    angle += rng.normal(0, 0.25, count)
    half = 0.5 * length * rng.uniform(0.6, 1.3, count)[:, None]
    along = half * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    ends = np.rint(np.stack([xy - along, xy + along], axis=1)).astype(int)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / half * (width - 1)
    strokes = np.zeros((_SHEET_SIDE, _SHEET_SIDE), np.int32)
    relief = np.zeros((_SHEET_SIDE, _SHEET_SIDE), np.float32)
    for i, (start, stop) in enumerate(ends.tolist()):
        cv2.line(strokes, start, stop, i, width)
        _draw_bristles(rng, relief, ends[i], across[i])
    return strokes, np.asarray(cv2.GaussianBlur(relief, (0, 0), 0.6), np.float32)


def _draw_bristles(
    rng: np.random.Generator,
    relief: NDArray[np.float32],
    ends: NDArray[np.int64],
    across: NDArray[np.float64],
) -> None:
    """Draw the lines that the bristles of one stroke leave, side by side from edge to edge."""
    thickness = max(1, round(float(np.hypot(*across)) / _BRISTLES))
    for offset in np.linspace(-0.5, 0.5, _BRISTLES):
        start, stop = np.rint(ends + offset * across).astype(int).tolist()
        cv2.line(relief, start, stop, rng.uniform(-1, 1), thickness)
