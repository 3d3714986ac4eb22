"""The brushwork of a canvas: which stroke covers each pixel, and what its bristles leave.

A few large sheets are covered with strokes once per process; every painting takes a window of one
of them, mirrored and turned, so that a picture costs no stroke drawing of its own.
"""

from dataclasses import dataclass
from functools import cache, partial
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

SIDE: Final = 218
_SHEET_SIDE: Final = 400
# The positions of a stroke's pixels along a side add up to a number of so many bits. Three such are
# one that a float holds exactly.
_SUM_BITS: Final = 17
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
    stroke_of_pixel : ndarray of int, shape (SIDE, SIDE)
        Index of the stroke on top.
    centres : ndarray, shape (strokes, 2)
        x and y of each stroke's visible part, in [0, 1].
    relief : ndarray of float32, shape (SIDE, SIDE)
        Lightness the bristles add, about -1 to 1.
    """

    stroke_of_pixel: Indices
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
    of_pixel, centres = _number_in_sight(strokes.ravel())
    return Brushwork(of_pixel.reshape(SIDE, SIDE), centres, np.ascontiguousarray(relief))


def _number_in_sight(strokes: Indices) -> tuple[Indices, Floats]:
    """Renumber the strokes that are in sight from 0 on, in the order of their numbers.

    Also return the mean x and y of each one's pixels, in [0, 1].
    """
    sums = np.bincount(strokes, weights=_positions()).astype(np.int64)
    in_sight = np.flatnonzero(sums > 0)
    numbers = np.empty_like(sums)
    numbers[in_sight] = np.arange(len(in_sight))
    x, y, size = _apart(sums[in_sight])
    return numbers.take(strokes), np.stack([x, y], axis=1) / size[:, None] / (SIDE - 1)


@cache
def _positions() -> Floats:
    """Return x, y and 1 of every pixel in one number, so that all are summed at once, exactly."""
    y, x = np.divmod(np.arange(SIDE * SIDE), SIDE)
    return np.asarray((x << 2 * _SUM_BITS) + (y << _SUM_BITS) + 1, np.float64)


def _apart(sums: Indices) -> tuple[Indices, Indices, Indices]:
    """Return the sums of x, y and 1 that sums of `_positions` hold."""
    last = (1 << _SUM_BITS) - 1
    return sums >> 2 * _SUM_BITS, sums >> _SUM_BITS & last, sums & last


@cache
def _sheet(index: int) -> tuple[Indices, NDArray[np.float32]]:
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
    # The few pixels that none covers are of the first one.
    strokes = np.maximum(_draw_one_by_one(ends, width), 0)
    relief = _draw_bristles(rng, ends, across)
    _, numbers = np.unique(strokes, return_inverse=True)
    blurred = np.asarray(cv2.GaussianBlur(relief, (0, 0), 0.6), np.float32)
    return numbers.reshape(blurred.shape), blurred


def _draw_bristles(
    rng: np.random.Generator, ends: NDArray[np.int64], across: Floats
) -> NDArray[np.float32]:
    """Draw the lines that the bristles of each stroke leave, side by side from edge to edge."""
    offsets = np.linspace(-0.5, 0.5, _BRISTLES)[:, None, None]
    lines = np.rint(ends[:, None] + offsets * across[:, None, None]).astype(np.int32)
    shades = rng.uniform(-1, 1, len(ends) * _BRISTLES).astype(np.float32)
    thickness = round(float(np.hypot(*across[0])) / _BRISTLES)
    draw = partial(_draw_one_by_one, thickness=thickness) if thickness > 1 else _topmost_line
    return np.append(shades, np.float32(0))[draw(lines.reshape(-1, 2, 2))]


def _draw_one_by_one(lines: NDArray[np.integer], thickness: int) -> NDArray[np.int32]:
    """Return the number of the topmost line over each pixel; -1 is where none is."""
    topmost = np.full((_SHEET_SIDE, _SHEET_SIDE), -1, np.int32)
    for number, (start, stop) in enumerate(lines.tolist()):
        cv2.line(topmost, start, stop, number, thickness)
    return topmost


def _topmost_line(lines: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return what `_draw_one_by_one` does, of lines one pixel thick, several times as fast.

    It goes one step along all of them at a time.

    References
    ----------
    Bresenham (1965), "Algorithm for computer control of a digital plotter".
    """
    topmost = np.full(_SHEET_SIDE**2, -1, np.int32)
    numbers, start, stop = _within_sheet(lines)
    leftmost = np.where(start[0] < stop[0], start, stop)
    (x, y), (right, down) = leftmost, start + stop - 2 * leftmost
    row = np.where(down < 0, -_SHEET_SIDE, _SHEET_SIDE).astype(np.int32)
    steep = abs(down) > right
    ahead, sideways = np.where(steep, row, 1), np.where(steep, 1, row)
    far, wide = np.maximum(right, abs(down)), np.minimum(right, abs(down))
    walks = np.array([numbers, y * _SHEET_SIDE + x, far - 2 * wide, far, wide, ahead, sideways])
    for step in range(far.max() + 1):
        number, at, miss, far, wide, ahead, sideways = walks
        above = number > topmost[at]
        topmost[at[above]] = number[above]
        aside = miss < 0
        at += ahead + sideways * aside
        miss += 2 * (far * aside - wide)
        walks = walks[:, far > step]
    return topmost.reshape(_SHEET_SIDE, _SHEET_SIDE)


def _within_sheet(lines: NDArray[np.int32]) -> tuple[NDArray[np.int64], ...]:
    """Return the numbers of lines that cross the sheet, and x and y where they start and stop."""
    lines, seen = lines.copy(), np.ones(len(lines), bool)
    for number in np.flatnonzero(((lines < 0) | (lines >= _SHEET_SIDE)).any(axis=(1, 2))):
        sheet = (0, 0, _SHEET_SIDE, _SHEET_SIDE)
        seen[number], *lines[number] = cv2.clipLine(sheet, *lines[number].tolist())
    numbers = np.flatnonzero(seen)
    return numbers, *lines[numbers].transpose(1, 2, 0)
