"""Small labelled pictures that the small models can tell apart."""

from pathlib import Path

import cv2
import numpy as np

from tests.models.fitted_models import BGR, paint

COUNTS = {"BLACK": 3, "RED": 3, "PINK": 2}


def lay_out_art(root: Path, seed: int = 5) -> Path:
    """Write some pictures of each colour, in a folder named in lower case."""
    rng = np.random.default_rng(seed)
    for label in BGR:
        for number in range(COUNTS[label]):
            write_art(root / label.lower() / f"{number}.png", label, rng)
    return root


def write_art(path: Path, label: str, rng: np.random.Generator) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", paint(label, rng))[1].tobytes())
