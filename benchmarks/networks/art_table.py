"""The pictures that a network is adapted to, and those that are kept from it.

A folder holds three sets, each with ``labels.csv`` (``filename`` and labels) and ``images/``:
``wikiart`` (artist, genre, style, medium; ``fifty`` marks the artists of the artist task), ``pacs``
(domain, object) and ``scenes`` (five tags of 0 and 1).
"""

from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

TRAIN: Final = "train"
HOLDOUT: Final = "holdout"
STRANGER: Final = "stranger"
# A column of classes, with the weight of its loss beside those of the others.
HEADS: Final = {
    "artist": 1.0,
    "genre": 0.4,
    "style": 0.4,
    "medium": 0.3,
    "domain": 0.5,
    "object": 0.5,
}
TAGS: Final = ("desert", "mountain", "sea", "sunset", "trees")

# Kept from the network: of the fifty artists' works, the other two sets, and whole artists.
HELD_SHARE: Final = 0.15
STRANGERS: Final = 18


def read_art(folder: Path, seed: int = 0) -> pd.DataFrame:
    """Return all pictures, in the order of the sets' tables.

    Returns
    -------
    pandas.DataFrame
        ``path``, ``set``, ``part`` (one of ``train``, ``holdout``, ``stranger``) and the labels;
        NaN where a set does not have one.
    """
    table = pd.concat([_read_set(folder / name) for name in ("wikiart", "pacs", "scenes")])
    table = table.reset_index(drop=True)
    rng = np.random.default_rng(seed)
    others = sorted(set(table["artist"][table["fifty"] == "0"]))
    strangers = set(rng.permutation(others)[:STRANGERS])
    known = (table["fifty"] == "1") | (table["set"] != "wikiart")
    held = rng.random(len(table)) < HELD_SHARE
    table["part"] = TRAIN
    table.loc[table["artist"].isin(strangers), "part"] = STRANGER
    table.loc[known & held, "part"] = HOLDOUT
    return table


def digests_of(table: pd.DataFrame) -> list[str]:
    """Return the SHA-256 sums of the pictures' files, by which they can be known again."""
    return [sha256(Path(path).read_bytes()).hexdigest() for path in table["path"]]


def _read_set(folder: Path) -> pd.DataFrame:
    table = pd.read_csv(folder / "labels.csv", dtype=str)
    places = [str(folder / "images" / name) for name in table["filename"]]
    return table.assign(path=places, set=folder.name)
