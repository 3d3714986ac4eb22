"""The canvas: which stroke covers each pixel, and what in the painting each stroke is part of.

A few large sheets are covered with strokes once per process; every painting takes a window of one
of them, mirrored and turned, so that a picture costs no stroke drawing of its own. A genre divides
the strokes into regions and shades them: it is a function ``(rng, x, y) -> (regions, shade)`` over
their positions, with x to the right and y down in [0, 1].
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Regions = NDArray[np.int64]
Indices = NDArray[np.intp]

SIDE: Final = 218
_SHEET_SIDE: Final = 400
# The positions of a stroke's pixels along a side add up to a number of so many bits. Three such are
# one that a float holds exactly.
_SUM_BITS: Final = 17
_BRISTLES: Final = 5
# The edge of a blob wanders by 0.18 of its radius.
_SURELY_IN: Final = 0.81
_SURELY_OUT: Final = 1.19
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
    in_sight = np.flatnonzero(sums)
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
    strokes = np.zeros((_SHEET_SIDE, _SHEET_SIDE), np.int32)
    for i, (start, stop) in enumerate(ends.tolist()):
        cv2.line(strokes, start, stop, i, width)
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
    if thickness > 1:
        relief = np.zeros((_SHEET_SIDE, _SHEET_SIDE), np.float32)
        for (start, stop), shade in zip(
            lines.reshape(-1, 2, 2).tolist(), shades.tolist(), strict=True
        ):
            cv2.line(relief, start, stop, shade, thickness)
        return relief
    return np.append(shades, np.float32(0))[_topmost_line(lines.reshape(-1, 2, 2))]


def _topmost_line(lines: NDArray[np.int32]) -> NDArray[np.int32]:
    """Draw lines over each other, as `cv2.line` does one by one; -1 is where none is.

    One step along all of them at a time, which is several times as fast.

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


def compose(rng: np.random.Generator, centres: Floats) -> tuple[Regions, Floats]:
    """Divide the strokes among the regions of a random genre.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    centres : ndarray, shape (strokes, 2)
        x and y of each stroke, in [0, 1].

    Returns
    -------
    regions : ndarray of int, shape (strokes,)
        Which of a handful of regions a stroke belongs to.
    shade : ndarray, shape (strokes,)
        Its lightness within the region, about -1 to 1.
    """
    genre = _GENRES[int(rng.choice(len(_GENRES), p=_SHARES))]
    x, y = np.ascontiguousarray((centres + rng.normal(0, 0.008, centres.shape)).T)
    return genre(rng, x, y)


def _landscape(rng: np.random.Generator, x: Floats, y: Floats) -> tuple[Regions, Floats]:
    horizon = rng.uniform(0.25, 0.65) + 0.02 * _wave(rng, x)
    hills = horizon - rng.uniform(0.03, 0.2) * (1 + _wave(rng, x))
    regions = np.where(y > horizon, 1, np.where(y > hills, 2, 0))
    shade = np.where(regions == 0, 1.2 * (y - 0.3), rng.normal(0, 0.8) * (y - horizon))
    for _ in range(rng.integers(0, 7)):
        at = rng.uniform(0, 1), rng.uniform(horizon.mean() - 0.1, 0.9)
        inside, light = _blob(rng, (x, y), at, rng.uniform(0.06, 0.22), rng.uniform(0.8, 1.8))
        regions, shade = np.where(inside, 3, regions), np.where(inside, light - 0.3, shade)
    return regions, shade


def _seascape(rng: np.random.Generator, x: Floats, y: Floats) -> tuple[Regions, Floats]:
    horizon = rng.uniform(0.3, 0.6)
    shore = rng.uniform(0.75, 1.1) + 0.08 * _wave(rng, x)
    regions = np.where(y > shore, 2, np.where(y > horizon, 1, 0))
    shade = 0.5 * np.sin(60 * (y - horizon) / (0.2 + y)) * (regions == 1) + (y - 0.4)
    for _ in range(rng.integers(0, 5)):
        cx, tall = rng.uniform(0.05, 0.95), rng.uniform(0.08, 0.3)
        up = (horizon + 0.03 - y) / tall
        sail = (up > 0) & (up < 1) & (np.abs(x - cx) < 0.35 * tall * (1 - up))
        regions, shade = np.where(sail, 3, regions), np.where(sail, 0.4, shade)
    return regions, shade


def _portrait(rng: np.random.Generator, x: Floats, y: Floats) -> tuple[Regions, Floats]:
    cx, head, size = rng.uniform(0.38, 0.62), rng.uniform(0.28, 0.42), rng.uniform(0.1, 0.2)
    regions = np.zeros(x.shape, int)
    shade = rng.normal(0, 0.7) * (x - 0.5) + rng.normal(0, 0.5) * (y - 0.5)
    parts = (  # dress, hair, face
        (1, (cx, head + 4.2 * size), 2.3 * size, 1.35),
        (2, (cx, head - 0.15 * size), 1.2 * size, 1.15),
        (3, (cx, head + 0.1 * size), 0.9 * size, 1.25),
    )
    for region, at, radius, tall in parts:
        inside, light = _blob(rng, (x, y), at, radius, tall)
        regions, shade = np.where(inside, region, regions), np.where(inside, light, shade)
    return regions, shade


def _still_life(rng: np.random.Generator, x: Floats, y: Floats) -> tuple[Regions, Floats]:
    table = rng.uniform(0.45, 0.75) + 0.03 * _wave(rng, x)
    regions = np.where(y > table, 1, 0)
    shade = np.where(y > table, 0.4, -0.2) + rng.normal(0, 0.5) * (x - 0.5)
    for i in range(rng.integers(3, 14)):
        at = rng.uniform(0.12, 0.88), table.mean() + rng.uniform(-0.28, 0.2)
        inside, light = _blob(rng, (x, y), at, rng.uniform(0.05, 0.15), rng.uniform(0.8, 1.4))
        regions, shade = np.where(inside, 2 + i % 3, regions), np.where(inside, light, shade)
    return regions, shade


def _townscape(rng: np.random.Generator, x: Floats, y: Floats) -> tuple[Regions, Floats]:
    regions = np.where(y > rng.uniform(0.65, 0.85), 1, 0)
    shade = 0.8 * (y - 0.4)
    window = (np.sin(x * 60) > 0.3) & (np.sin(y * 45) > 0.4)
    left = -0.1
    while left < 1:
        wide, roof = rng.uniform(0.1, 0.3), rng.uniform(0.15, 0.6)
        house = (x > left) & (x < left + wide) & (y > roof) & (regions != 1)
        regions = np.where(house, int(rng.integers(2, 4)), regions)
        shade = np.where(house, rng.normal(0, 0.4) - 0.7 * window, shade)
        left += wide * rng.uniform(0.8, 1.3)
    return regions, shade


def _figures(rng: np.random.Generator, x: Floats, y: Floats) -> tuple[Regions, Floats]:
    regions, shade = _landscape(rng, x, y)
    for i in range(rng.integers(1, 7)):
        cx, foot, tall = rng.uniform(0.08, 0.92), rng.uniform(0.6, 0.98), rng.uniform(0.2, 0.5)
        body, light = _blob(rng, (x, y), (cx, foot - 0.4 * tall), 0.19 * tall, 2.0)
        head, _ = _blob(rng, (x, y), (cx, foot - 0.88 * tall), 0.09 * tall, 1.2)
        regions = np.where(body, 4 + i % 2, np.where(head, 2, regions))
        shade = np.where(body, light, np.where(head, 0.6, shade))
    return regions, shade


def _drawing(rng: np.random.Generator, x: Floats, y: Floats) -> tuple[Regions, Floats]:
    regions, shade = np.zeros(x.shape, int), 0.15 * _wave(rng, x + y)
    for i in range(rng.integers(2, 6)):
        at, radius = rng.uniform(0.25, 0.75, 2), rng.uniform(0.08, 0.3)
        inside, light = _blob(rng, (x, y), (at[0], at[1]), radius, rng.uniform(0.6, 1.6))
        hatched = inside & (np.sin(70 * (x + (1 - 2 * (i % 2)) * y)) > rng.uniform(-0.6, 0.7))
        regions, shade = np.where(hatched, 1 + i % 2, regions), np.where(hatched, light, shade)
    return regions, shade


def _pattern(rng: np.random.Generator, x: Floats, y: Floats) -> tuple[Regions, Floats]:
    seeds = rng.uniform(0, 1, (int(rng.integers(4, 30)), 2))
    stretch = rng.uniform(0.4, 1.0)
    distance = (x[:, None] - seeds[:, 0]) ** 2 + stretch * (y[:, None] - seeds[:, 1]) ** 2
    nearest = distance.argmin(axis=1)
    return nearest % 5, 0.4 * np.sin(nearest * 2.4) - 2 * np.sqrt(distance.min(axis=1))


_GENRES: Final[tuple[Callable[..., tuple[Regions, Floats]], ...]] = (
    _landscape,
    _seascape,
    _portrait,
    _still_life,
    _townscape,
    _figures,
    _drawing,
    _pattern,
)
_SHARES: Final = (0.22, 0.1, 0.2, 0.12, 0.1, 0.12, 0.08, 0.06)


def _wave(rng: np.random.Generator, t: Floats) -> Floats:
    """Return a smooth wandering line of about -1 to 1."""
    frequency = np.array([2.0, 5.0, 11.0]) * rng.uniform(0.6, 1.6, 3)
    phase = rng.uniform(0, 2 * np.pi, 3)
    slow, middle, fast = np.sin(frequency[:, None] * t + phase[:, None])
    return np.asarray(slow / 1.5 + middle / 3.0 + fast / 6.0)


def _blob(
    rng: np.random.Generator,
    xy: tuple[Floats, Floats],
    at: tuple[float, float],
    radius: float,
    tall: float,
) -> tuple[NDArray[np.bool_], Floats]:
    """Return which strokes lie in an uneven ellipse, and the light on it from the upper left."""
    dx, dy = (xy[0] - at[0]) / radius, (xy[1] - at[1]) / (radius * tall)
    # Most strokes are so far in or out that it does not matter how uneven the edge is.
    squared = dx * dx + dy * dy
    inside = squared < _SURELY_IN**2
    doubtful = np.flatnonzero(~inside & (squared < _SURELY_OUT**2))
    near_x, near_y = dx[doubtful], dy[doubtful]
    angle, start = np.arctan2(near_y, near_x), rng.uniform(0, 6)
    edge = 1 + 0.12 * np.sin(3 * angle + start) + 0.06 * np.sin(7 * angle)
    inside[doubtful] = np.hypot(near_x, near_y) < edge
    return inside, 0.5 - 0.5 * (dx + dy)
