"""Rows of three synthetic pictures, as the shipped networks gave them.

``python -m tests.features.reference_rows`` writes them anew, for networks that were exchanged.
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from src.features.backbones import SHIPPED, Backbone, embedding_spec, list_backbones
from src.features.specs import extract


def pictures() -> list[NDArray[np.uint8]]:
    """Return a small soft one, a wide one between dark bars, and a tall one of hard shapes."""
    rng = np.random.default_rng(15)
    soft = cv2.resize(rng.integers(0, 256, (9, 7, 3), np.uint8), (150, 190))
    wide = np.zeros((300, 500, 3), np.uint8)
    wide[60:240] = cv2.resize(rng.integers(0, 256, (30, 80, 3), np.uint8), (500, 180))
    tall = np.full((640, 260, 3), (90, 140, 200), np.uint8)
    for x, y, radius, *color in rng.integers(10, 250, (40, 6)).tolist():
        cv2.circle(tall, (x, 2 * y), radius // 4, color, -1)
    return [np.asarray(picture, np.uint8) for picture in (soft, wide, tall)]


def rows_of(backbone: Backbone) -> NDArray[np.float64]:
    return np.array([extract(picture, embedding_spec(backbone)) for picture in pictures()])


def shipped() -> list[Backbone]:
    return [backbone for backbone in list_backbones() if backbone.path.parent == SHIPPED]


def reference_of(backbone: Backbone) -> Path:
    return Path(__file__).parent / "reference" / f"rows_{backbone.name}.npy"


if __name__ == "__main__":
    for each in shipped():
        reference_of(each).parent.mkdir(exist_ok=True)
        np.save(reference_of(each), rows_of(each).astype(np.float16))
