"""Small tables of wide rows: a network's, if it had 300 outputs."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from src.features.extract_features import FeatureSpec
from src.tasks import Task

WIDTH: Final = 300
SPEC: Final = FeatureSpec("embedding", 1, tuple(f"n{i}" for i in range(WIDTH)), 224, "resized")
TASK: Final = Task("hand", "hand", features="embedding")


def make_wide_table(classes: Sequence[str], each: int = 24, seed: int = 0) -> pd.DataFrame:
    """Return rows that differ in a few directions by class, and in many others by themselves."""
    rng = np.random.default_rng(seed)
    axes = np.random.default_rng(7).normal(size=(12, WIDTH))
    labels = [name for name in classes for _ in range(each)]
    centres = {name: np.random.default_rng(list(name.encode())) for name in classes}
    points = {name: rng_.normal(0, 1.5, 12) for name, rng_ in centres.items()}
    inner = np.array([points[name] + rng.normal(size=12) for name in labels])
    rows = inner @ axes + rng.normal(0, 2, (len(labels), WIDTH))
    table = pd.DataFrame(rows.astype(np.float16).astype(np.float64), columns=list(SPEC.names))
    table.insert(0, "filename", [f"{i:04d}.jpg" for i in range(len(labels))])
    return table.assign(hand=labels)
