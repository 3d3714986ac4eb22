"""Small processed tables with classes that can be told apart, most of the time."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from src.features.extract_features import FEATURE_NAMES
from src.tasks import COLOR

SMALL = {"BLACK": 60, "GREEN": 40, "RED": 30, "PINK": 8}


def make_table(counts: Mapping[str, int] = SMALL, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    # A class's centre does not depend on which other classes there are.
    centres = dict(
        zip(COLOR.classes, np.random.default_rng(7).uniform(40, 140, (11, 18)), strict=True)
    )
    labels = [name for name, count in counts.items() for _ in range(count)]
    features = np.array([rng.normal(centres[name], 40).clip(0, 179) for name in labels])
    table = pd.DataFrame(features, columns=list(FEATURE_NAMES))
    table.insert(0, "filename", [f"{i:04d}.jpg" for i in range(len(labels))])
    return table.assign(
        image="https://example.org/i",
        page="https://example.org/p",
        color=labels,
        index=range(len(labels)),
    )
