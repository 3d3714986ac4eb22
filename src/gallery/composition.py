"""What in a painting each stroke is part of.

A genre divides the strokes into regions and shades them: it is a function
``(rng, x, y) -> (regions, shade)`` over their positions, with x to the right and y down in [0, 1].
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Regions = NDArray[np.int64]

# The edge of a blob wanders by 0.18 of its radius.
_SURELY_IN: Final = 0.81
_SURELY_OUT: Final = 1.19


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
