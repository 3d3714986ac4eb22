"""Small labelled pictures of tests, and what an import made of them."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image


def picture(seed: int, kind: str = "PNG") -> bytes:
    """Return a picture that no other seed gives."""
    pixels = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def lay_out(root: Path, *names: str) -> Path:
    """Write a picture of its own for each name."""
    for seed, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(picture(seed))
    return root


def raw_table(raw: Path) -> pd.DataFrame:
    """Return the table of a raw folder as text."""
    return pd.read_csv(raw / "pictures.csv", dtype=str, keep_default_na=False)


def labels(raw: Path, target: str = "label") -> dict[str, str]:
    """Return the label of each picture."""
    table = raw_table(raw)
    return dict(zip(table["filename"], table[target], strict=True))


def left_out(raw: Path) -> dict[str, str]:
    """Return the reason for each picture that was left out."""
    if not (raw / "left_out.csv").exists():
        return {}
    table = pd.read_csv(raw / "left_out.csv", dtype=str, keep_default_na=False)
    return dict(zip(table["filename"], table["reason"], strict=True))
