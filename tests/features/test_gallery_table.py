"""Galleries of several shards: painted once, resumed, the same as in memory in the end."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from src.data.schemas import processed_schema
from src.data.tables import open_table
from src.features import gallery_table as gallery_module
from src.features.build_features import build_features
from src.features.extract_features import FEATURE_NAMES, FEATURES_V1, FeatureSpec, extract_features
from src.features.gallery_table import GalleryJob, gallery_table, paint_and_measure
from src.features.specs import Features
from src.gallery.paintings import Commission, paint, plan_gallery
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
    with monkeypatch.context() as patched:
        patched.setattr(gallery_module, "SHARD_PAINTINGS", SHARD)
        patched.setattr(gallery_module, "paint_and_measure", painter)
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
        job = GalleryJob(count, seed, features.spec())
        return set(map(job.key, job.shards()))

    first = keys(300, 0, Features.V1)
    assert len(first) == 3
    assert keys(300, 0, Features.V1) == first
    assert not first & keys(300, 1, Features.V1)
    assert not first & keys(300, 0, Features.V2)


def test_a_row_says_what_its_painting_is() -> None:
    job = GalleryJob(12, 3, FEATURES_V1)
    (pictures,) = job.shards()
    assert job.items(pictures) == plan_gallery(12, seed=3)
    assert pictures[0].name == "black-00000-seed3.png"
    assert pictures[0].values == ("gallery:black-00000-seed3", "", "BLACK")


def test_a_row_holds_the_features_of_its_painting() -> None:
    table = gallery_table(12, seed=3, jobs=1).set_index("filename")
    for commission in plan_gallery(12, seed=3):
        row = table.loc[f"{commission.name}.png"]
        assert row["color"] == commission.color
        assert (row["image"], row["page"]) == (f"gallery:{commission.name}", "")
        features = row[list(FEATURE_NAMES)].to_numpy(np.float64)
        assert (features == extract_features(paint(commission))).all()


def test_it_is_the_same_with_more_processes_and_another_with_another_seed() -> None:
    table = gallery_table(20, seed=0, jobs=1)
    pd.testing.assert_frame_equal(gallery_table(20, seed=0, jobs=2), table, check_exact=True)
    other = gallery_table(5, seed=1, jobs=1)
    assert not np.isin(other["r_bgr_mean"], table["r_bgr_mean"]).any()


def test_rows_are_sorted_and_numbered_within_their_class() -> None:
    table = gallery_table(30, seed=0, jobs=1)
    assert table["filename"].is_monotonic_increasing
    assert table["filename"].is_unique
    for _, rows in table.groupby("color"):
        assert rows["index"].tolist() == list(range(len(rows)))
