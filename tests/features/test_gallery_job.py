"""Galleries of several shards: painted once, resumed, the same as in memory in the end."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from src.data.schemas import processed_schema
from src.data.tables import open_table
from src.features import gallery_job
from src.features.build_features import build_features
from src.features.bulk import survey_job
from src.features.extract_features import FEATURE_NAMES, FEATURES_V1, FeatureSpec
from src.features.gallery_job import GalleryJob
from src.features.gallery_table import gallery_table, paint_and_measure
from src.features.specs import Features
from src.gallery.paintings import Commission, plan_gallery
from src.tasks import COLOR

COUNT = 70
SHARD = 16


class Painter:
    """Paints, notes what it painted, and is interrupted after some."""

    def __init__(self, patience: int = COUNT) -> None:
        self.done: list[Commission] = []
        self.patience = patience

    def __call__(self, spec: FeatureSpec, commission: Commission) -> NDArray[np.float64]:
        if len(self.done) == self.patience:
            raise KeyboardInterrupt
        self.done.append(commission)
        return paint_and_measure(spec, commission)


def build(out: Path, monkeypatch: pytest.MonkeyPatch, patience: int = COUNT) -> Painter:
    painter = Painter(patience)
    monkeypatch.setattr(gallery_job, "SHARD_PAINTINGS", SHARD)
    monkeypatch.setattr(gallery_job, "paint_and_measure", painter)
    build_features(gallery=COUNT, seed=4, out=out, jobs=1)
    return painter


@pytest.mark.parametrize("name", ["gallery.csv", "gallery.parquet"])
def test_an_interrupted_gallery_goes_on_and_is_the_same_as_in_memory(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    with pytest.raises(SystemExit, match="130"):
        build(tmp_path / name, monkeypatch, patience=40)
    assert [path.name for path in tmp_path.iterdir()] == [f".{name}.shards"]
    capsys.readouterr()
    painter = build(tmp_path / name, monkeypatch)
    # Batches of 32 are handed back whole, and two shards of 16 are kept.
    assert painter.done == plan_gallery(COUNT, seed=4)[32:]
    out, err = capsys.readouterr()
    assert err == "goes on after 32 pictures of an earlier run\n"
    assert out.startswith(f"{COUNT} pictures measured, 0 left out")
    schema = processed_schema(FEATURE_NAMES, COLOR)
    with open_table(tmp_path / f"memory-{name}", schema) as write:
        write(gallery_table(COUNT, seed=4, jobs=1)[list(schema.columns)])
    assert (tmp_path / name).read_bytes() == (tmp_path / f"memory-{name}").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_another_gallery_shares_no_shard() -> None:
    def keys(count: int, seed: int, features: Features) -> set[str]:
        return set(survey_job(GalleryJob(count, seed, "color", features.spec)))

    first = keys(300, 0, Features.V1)
    assert len(first) == 3
    assert keys(300, 0, Features.V1) == first
    assert not first & keys(300, 1, Features.V1)
    assert not first & keys(300, 0, Features.V2)


def test_a_row_says_what_its_painting_is() -> None:
    ((commissions, pictures),) = GalleryJob(12, 3, "color", FEATURES_V1).batches()
    assert commissions == plan_gallery(12, seed=3)
    assert pictures[0] == ("black-00000-seed3.png", "gallery:black-00000-seed3", "", "BLACK")
