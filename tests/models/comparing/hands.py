"""Pictures and rows by made-up artists, and a small model that compares their hands."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.features.backbones import Backbone, embedding_spec
from src.features.specs import extract
from src.models.comparing.fit_same_artist import fit_same_artist
from src.models.storage.metadata import FittedModel
from src.models.training.plan import SearchPlan
from src.models.training.table import TrainingTable
from src.tasks import SAME_ARTIST

SIDE = 48
ARTISTS = 14


def draw_rows(
    artists: int = 20, each: int = 12, width: int = 30, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.str_]]:
    """Rows of artists that lie apart in a third of their columns."""
    rng = np.random.default_rng(seed)
    means = np.zeros((artists, width))
    means[:, : width // 3] = rng.normal(0, 2, (artists, width // 3))
    rows = np.repeat(means, each, axis=0) + rng.normal(0, 1, (artists * each, width))
    return rows.astype(np.float32), np.repeat([f"artist {k:02}" for k in range(artists)], each)


def paint_work(artist: int, work: int) -> NDArray[np.uint8]:
    """Return a picture in an artist's own two colours and stripes, BGR."""
    hand, rng = np.random.default_rng(artist), np.random.default_rng(1000 * artist + work + 1)
    ground, stroke = hand.integers(0, 256, (2, 3))
    picture = np.full((SIDE, SIDE, 3), ground, np.uint8)
    for _ in range(12):
        one, other = rng.integers(0, SIDE, (2, 2)).tolist()
        cv2.line(picture, one, other, stroke.tolist(), int(1 + artist % 4))
    noise = rng.normal(0, 6, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def fit_hands(backbone: Backbone, say: Callable[[str], None] = lambda _: None) -> FittedModel:
    spec = embedding_spec(backbone)
    works = [(artist, work) for artist in range(ARTISTS) for work in range(8)]
    rows = np.array([extract(paint_work(*work), spec) for work in works])
    table = pd.DataFrame(rows, columns=list(spec.names))
    table["filename"] = [f"rooms/{artist:02}-{work}.png" for artist, work in works]
    table[SAME_ARTIST.column] = [f"artist {artist:02}" for artist, _ in works]
    data = TrainingTable(table, "made-up artists", "0" * 64)
    return fit_same_artist(data, spec, SAME_ARTIST, SearchPlan(), say)


def hang_works(folder: Path, artists: int = 4, each: int = 3) -> list[str]:
    """Write pictures of works that no model was fitted on; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for artist in range(artists):
        for work in range(each):
            paths.append(str(folder / f"{artist}-{work}.png"))
            cv2.imwrite(paths[-1], paint_work(artist, 100 + work))
    return paths
