"""Pictures in a medium: a digital one, ink, a drawing, paint, a sculpture. Pure, and no likeness.

They differ in what their making leaves behind (flat fills and glow, lines, grain, strokes, light on
a body), so that a model can learn them; they say nothing of works of people.
"""

from collections.abc import Callable, Mapping
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..tasks.color import COLORS
from .paintings import Commission, paint

Bgr = NDArray[np.uint8]
_Shape = tuple[int, int]

_SIDES: Final = (240, 270, 300, 330)
_CLAYS: Final = ((120, 150, 190), (60, 90, 150), (200, 205, 215), (90, 130, 120), (50, 110, 190))
_TINTS: Final = ((70, 70, 70), (60, 60, 90), (110, 70, 60), (60, 60, 160), (60, 120, 60))


def paint_medium(medium: str, index: int, seed: int) -> Bgr:
    """Make the `index`-th picture of a medium; the same one each time.

    Parameters
    ----------
    medium : str
        One of `MEDIUMS`.
    index, seed : int

    Returns
    -------
    ndarray of uint8, shape (240-330, 240-330, 3)
        BGR.
    """
    rng = np.random.default_rng((seed, list(MEDIUMS).index(medium), index))
    height, width = rng.choice(_SIDES, 2).tolist()
    return MEDIUMS[medium](rng, (height, width))


def _paint(rng: np.random.Generator, shape: _Shape) -> Bgr:
    color = COLORS[int(rng.integers(len(COLORS)))]
    picture = paint(Commission(color, int(rng.integers(1 << 30)), 0))
    return np.asarray(cv2.resize(picture, shape[::-1], interpolation=cv2.INTER_CUBIC), np.uint8)


def _digital(rng: np.random.Generator, shape: _Shape) -> Bgr:
    """Lay flat forms with hard edges and a glow over a smooth gradient."""
    first, second = _vivid(rng), _vivid(rng)
    ramp = np.linspace(0, 1, shape[0])[:, None, None]
    canvas = np.broadcast_to(first * (1 - ramp) + second * ramp, (*shape, 3)).astype(np.uint8)
    canvas = np.ascontiguousarray(canvas)
    for _ in range(int(rng.integers(4, 9))):
        cv2.fillPoly(canvas, [_blob(rng, shape)], _vivid(rng).tolist(), cv2.LINE_AA)
    light = np.zeros((*shape, 3), np.uint8)
    cv2.circle(light, _somewhere(rng, shape), int(rng.integers(15, 50)), (255, 255, 255), -1)
    return np.asarray(cv2.add(canvas, cv2.GaussianBlur(light, (0, 0), 20)), np.uint8)


def _ink(rng: np.random.Generator, shape: _Shape) -> Bgr:
    """Draw outlines, hatching and blots in black on white paper."""
    canvas = np.full(shape, int(rng.integers(238, 254)), np.uint8)
    for _ in range(int(rng.integers(3, 7))):
        outline = _blob(rng, shape)
        inside = np.zeros(shape, np.uint8)
        cv2.fillPoly(inside, [outline], 255)
        hatched = _hatch(rng, shape, step=int(rng.integers(4, 9)), thickness=1)
        canvas[(inside > 0) & (hatched > 0)] = 20
        cv2.polylines(canvas, [outline], True, 10, int(rng.integers(1, 4)), cv2.LINE_AA)
    for _ in range(int(rng.integers(3))):
        cv2.circle(canvas, _somewhere(rng, shape), int(rng.integers(3, 14)), 5, -1, cv2.LINE_AA)
    return np.asarray(cv2.cvtColor(canvas, cv2.COLOR_GRAY2BGR), np.uint8)


def _draw(rng: np.random.Generator, shape: _Shape) -> Bgr:
    """Shade forms with a soft lead that catches on the grain of the paper."""
    lead = np.zeros(shape, np.float32)
    for _ in range(int(rng.integers(3, 7))):
        inside = np.zeros(shape, np.float32)
        cv2.fillPoly(inside, [_blob(rng, shape)], float(rng.uniform(0.3, 0.8)))
        strokes = _hatch(rng, shape, step=4, thickness=2).astype(np.float32) / 255
        lead = np.maximum(lead, inside * cv2.GaussianBlur(0.5 + 0.5 * strokes, (0, 0), 1.2))
    grain = cv2.GaussianBlur(rng.random(shape, np.float32), (0, 0), 0.7)
    lead = np.clip(lead * (0.4 + 1.2 * grain), 0, 1)[..., None]
    paper = rng.uniform(225, 245) + 8 * (grain[..., None] - 0.5) - np.array([6, 2, 0])
    tint = np.array(_TINTS[int(rng.integers(len(_TINTS)))])
    return np.asarray(np.clip(paper * (1 - lead) + tint * lead, 0, 255), np.uint8)


def _sculpt(rng: np.random.Generator, shape: _Shape) -> Bgr:
    """Put rounded bodies under a lamp, before a wall."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    height = np.zeros(shape, np.float32)
    for _ in range(int(rng.integers(3, 7))):
        centre = rng.uniform(0.3, 0.7, 2) * shape
        radii = rng.uniform(0.1, 0.28, 2) * min(shape)
        inside = 1 - ((y - centre[0]) / radii[0]) ** 2 - ((x - centre[1]) / radii[1]) ** 2
        height = np.maximum(height, radii.mean() * np.sqrt(np.maximum(inside, 0)))
    light = _light(rng, np.asarray(cv2.GaussianBlur(height, (0, 0), 1.5), np.float32))
    clay = np.array(_CLAYS[int(rng.integers(len(_CLAYS)))])
    body = light[..., None] * clay + 120 * np.maximum(light - 0.9, 0)[..., None]
    wall = np.broadcast_to((rng.uniform(60, 210) + 40 * y / shape[0])[..., None], (*shape, 3))
    solid = cv2.GaussianBlur((height > 1).astype(np.float32), (0, 0), 0.8)[..., None]
    return np.asarray(np.clip(body * solid + wall * (1 - solid), 0, 255), np.uint8)


def _light(rng: np.random.Generator, height: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how bright each point of a relief is under one lamp (Lambert's law)."""
    down, right = np.gradient(height)
    angle = rng.uniform(-2.6, -0.5)
    lamp = np.array([np.sin(angle) * 0.7, np.cos(angle) * 0.7, 0.7])
    lit = -down * lamp[0] - right * lamp[1] + lamp[2]
    return np.asarray(0.25 + 0.75 * np.clip(lit / np.sqrt(down**2 + right**2 + 1), 0, 1))


def _hatch(rng: np.random.Generator, shape: _Shape, step: int, thickness: int) -> Bgr:
    """Cover a sheet with parallel lines of one direction."""
    lines = np.zeros(shape, np.uint8)
    lean = int(rng.integers(-sum(shape), sum(shape)))
    for start in range(-sum(shape), 2 * sum(shape), step):
        cv2.line(lines, (start, 0), (start + lean, shape[0]), 255, thickness)
    return lines


def _blob(rng: np.random.Generator, shape: _Shape) -> NDArray[np.int32]:
    """Return a closed outline that bulges somewhere on the sheet, as x and y."""
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    radius = np.full(turn.shape, rng.uniform(0.12, 0.35) * min(shape))
    for k in (2, 3, 5):
        radius *= 1 + rng.normal(0, 0.3 / k) * np.cos(k * turn + rng.uniform(0, 6))
    spots = np.stack([np.cos(turn), np.sin(turn)], 1) * radius[:, None]
    return np.asarray(np.rint(spots + _somewhere(rng, shape)), np.int32)


def _somewhere(rng: np.random.Generator, shape: _Shape) -> tuple[int, int]:
    x, y = (rng.uniform(0.15, 0.85, 2) * shape[::-1]).astype(int).tolist()
    return x, y


def _vivid(rng: np.random.Generator) -> NDArray[np.float64]:
    hsv = np.array([[[rng.integers(180), rng.integers(150, 256), rng.integers(140, 256)]]])
    return np.asarray(cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR)[0, 0], np.float64)


MEDIUMS: Final[Mapping[str, Callable[[np.random.Generator, _Shape], Bgr]]] = {
    "digital": _digital,
    "ink": _ink,
    "non_ink_drawing": _draw,
    "paint": _paint,
    "sculpture": _sculpt,
}
