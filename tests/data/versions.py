"""Painted works, and what people make of them: copies, crops, frames, photographs."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Bgr = NDArray[np.uint8]
Change = Callable[[Bgr], Bgr]


def paint_work(seed: int, width: int = 320, height: int = 240) -> Bgr:
    """Return a work of its own for each seed: blots and strokes on a ground."""
    rng = np.random.default_rng(seed)
    canvas = np.full((height, width, 3), rng.integers(60, 200, 3), np.uint8)
    for _ in range(70):
        x, y = (int(rng.integers(side)) for side in (width, height))
        color = rng.integers(0, 256, 3).tolist()
        if rng.random() < 0.5:
            cv2.circle(canvas, (x, y), int(rng.integers(3, 28)), color, -1, cv2.LINE_AA)
        else:
            end = (x + int(rng.integers(-60, 60)), y + int(rng.integers(-60, 60)))
            cv2.line(canvas, (x, y), end, color, int(rng.integers(2, 9)), cv2.LINE_AA)
    return canvas


def recompress(bgr: Bgr, quality: int = 40) -> Bgr:
    """Return what a JPEG leaves of a picture."""
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def halve(bgr: Bgr) -> Bgr:
    """Return a picture at half its size."""
    size = (bgr.shape[1] // 2, bgr.shape[0] // 2)
    return np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), np.uint8)


def grey(bgr: Bgr) -> Bgr:
    """Return a picture without its colours."""
    return np.repeat(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)[..., np.newaxis], 3, axis=2)


def tint(bgr: Bgr) -> Bgr:
    """Return a picture in other colours, as old paper or a warm lamp gives them."""
    return np.asarray(bgr * (0.5, 0.9, 1.0), np.uint8)


def letterbox(bgr: Bgr) -> Bgr:
    """Return a picture between black bars."""
    return np.pad(bgr, ((40, 40), (0, 0), (0, 0)))


def mirror(bgr: Bgr) -> Bgr:
    """Return what a mirror shows."""
    return np.ascontiguousarray(bgr[:, ::-1])


def frame(bgr: Bgr, wide: int = 30) -> Bgr:
    """Return a picture in a wooden frame."""
    height, width = bgr.shape[:2]
    framed = np.full((height + 2 * wide, width + 2 * wide, 3), (40, 80, 120), np.uint8)
    for step in range(0, wide, 6):
        color = (20 + 4 * step, 60 + 4 * step, 90 + 4 * step)
        end = (framed.shape[1] - step - 1, framed.shape[0] - step - 1)
        cv2.rectangle(framed, (step, step), end, color, 3)
    framed[wide:-wide, wide:-wide] = bgr
    return framed


def photograph(bgr: Bgr, seed: int = 0) -> Bgr:
    """Return a photograph of a framed picture on a wall, at an angle, in poor light."""
    rng = np.random.default_rng(seed)
    framed = frame(bgr)
    height, width = framed.shape[:2]
    wall = rng.normal(150, 6, (height * 3 // 2, width * 3 // 2, 3)).clip(0, 255)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    shifts = np.array([[60, 50], [40, 80], [55, 30], [80, 45]], np.float32)
    leads = cv2.getPerspectiveTransform(corners, corners + shifts)
    size = (wall.shape[1], wall.shape[0])
    hung = cv2.warpPerspective(framed, leads, size)
    is_hung = cv2.warpPerspective(np.ones((height, width), np.uint8), leads, size) > 0
    wall[is_hung] = hung[is_hung]
    light = np.linspace(0.7, 1.1, wall.shape[1])[np.newaxis, :, np.newaxis]
    noisy = wall * light + rng.normal(0, 4, wall.shape)
    return recompress(noisy.clip(0, 255).astype(np.uint8), 70)
