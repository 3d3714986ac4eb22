"""From a user's own table to the one that is trained on, in one go."""

import csv
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from src.config import settings
from src.errors import ConfigError, DataError
from src.features.extract_features import FEATURE_NAMES, FEATURES_V1, extract_features
from src.features.measuring import measure_features
from src.features.specs import Features
from src.images import default_limits, load_image
from src.models.training.plan import SearchPlan
from src.models.training.preparation import Wish, prepare_table
from src.models.training.table import find_training_table

# Names that pandas, or the tables on the way, have a use for themselves.
AWKWARD = {"index": "9", "self": "x", "level_0": "1", "_size": "2", "r_bgr_mean": "7", "path": "3"}


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("ARTLENS_DATA_DIR", str(tmp_path / "data"))
    settings.cache_clear()
    (tmp_path / "pictures").mkdir()
    rng = np.random.default_rng(0)
    rows = []
    for number in range(6):
        name = f"pictures/{number}.png"
        cv2.imwrite(str(tmp_path / name), rng.integers(0, 256, (9, 9, 3), np.uint8))
        rows.append({"file": name, "mood": "glad" if number % 2 else "sad", **AWKWARD})
    with (tmp_path / "photos.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    yield tmp_path / "photos.csv"
    settings.cache_clear()


def test_columns_of_any_name_go_along_and_none_takes_a_features_place(photos: Path) -> None:
    wish = Wish(photos, target="mood", path_column="file")
    made = prepare_table(wish, photos, FEATURES_V1, 1, print)
    assert (made.task.name, made.task.column) == ("photos", "mood")
    interim = pd.read_csv(photos.parent / "data/interim/photos/pictures.csv", dtype=str)
    assert {name: set(interim[name]) for name in AWKWARD} == {k: {v} for k, v in AWKWARD.items()}
    table = pd.read_csv(made.path).set_index("filename")
    for name in table.index:
        expected = extract_features(load_image(photos.parent / name))
        np.testing.assert_allclose(table.loc[name, list(FEATURE_NAMES)], expected, rtol=5e-6)
    assert table["index"].tolist() == [0, 0, 1, 1, 2, 2]
    assert set(table["self"]) == {"x"}
    assert sorted(table["mood"]) == ["glad"] * 3 + ["sad"] * 3


@pytest.mark.parametrize("target", ["index", "image", "split", "filename"])
def test_a_column_that_artlens_fills_holds_no_answers(photos: Path, target: str) -> None:
    wish = Wish(photos, target=target, path_column="file")
    with pytest.raises(ConfigError, match=f"{target} is one of artlens' own"):
        prepare_table(wish, photos, FEATURES_V1, 1, print)
    assert not (photos.parent / "data" / "raw" / "photos" / "pictures.csv").exists()


def test_a_source_of_any_name_is_told_as_text(photos: Path) -> None:
    odd = photos.rename(photos.with_name(os.fsdecode(b"photos\xff.csv")))
    wish = Wish(odd, target="mood", path_column="file")
    found, _ = find_training_table(wish, FEATURES_V1, None, SearchPlan(jobs=1), lambda _: None)
    assert found.source == "photos\\udcff.csv (a table)"


NETWORK = Features.EMBEDDING.spec()


def test_a_networks_rows_are_measured_and_read_as_numbers(photos: Path) -> None:
    said = list[str]()
    cells = pd.read_csv(photos, dtype=str).assign(embedding="own", series=[*"aabbcc"])
    cells.to_csv(photos, index=False)
    wish = Wish(photos, target="mood", path_column="file", group="series")
    read, task = find_training_table(wish, NETWORK, None, SearchPlan(jobs=1), said.append)
    assert (task.column, task.group) == ("mood", "series")
    table = read.table.set_index("filename")
    numbers = table[list(NETWORK.names)].to_numpy()
    assert numbers.dtype == np.float32
    for name, row in zip(table.index, numbers, strict=True):
        expected = measure_features(NETWORK, default_limits(), str(photos.parent / name))
        np.testing.assert_array_equal(row, np.asarray(expected, np.float32))
    assert table["series"].tolist() == [*"aabbcc"]
    assert "embedding" not in table
    # The table alone is a source, too.
    path = photos.parent / "data/processed/photos/embedding.parquet"
    for again in (Wish(path, target="mood"), Wish(data=path, task="photos", target="mood")):
        same, _ = find_training_table(again, NETWORK, None, SearchPlan(jobs=1), said.append)
        pd.testing.assert_frame_equal(same.table, read.table, check_like=True)
        assert same.sha256 == read.sha256


@pytest.mark.parametrize("target", ["embedding", "sha256"])
def test_where_a_networks_rows_stand_are_no_answers(photos: Path, target: str) -> None:
    pd.read_csv(photos).assign(embedding="x", sha256="y").to_csv(photos, index=False)
    wish = Wish(photos, target=target, path_column="file")
    told = "embedding.* holds no answers|no column for labels .sha256"
    with pytest.raises(ConfigError, match=told):
        prepare_table(wish, photos, NETWORK, 1, print)


def test_a_group_is_a_column_of_the_table_or_not_wanted(photos: Path) -> None:
    said = list[str]()
    wish = Wish(photos, task="artist", target="mood", path_column="file")
    find_training_table(wish, NETWORK, None, SearchPlan(jobs=1), said.append)
    path = photos.parent / "data/processed/artist/embedding.parquet"
    cells = pq.read_table(path).drop_columns(["cluster"])
    pq.write_table(cells, path)
    find_training_table(replace(wish, source=path), NETWORK, None, SearchPlan(jobs=1), said.append)
    assert said[-1].startswith("no column cluster in it: copies of one work")
    asked = replace(wish, source=path, group="cluster", task="mine")
    with pytest.raises(DataError, match="lacks 1 of its columns"):
        find_training_table(asked, NETWORK, None, SearchPlan(jobs=1), said.append)


def test_without_a_table_of_rows_nothing_is_painted(photos: Path) -> None:
    wish = Wish(task="color")
    with pytest.raises(DataError, match=r"embedding\.parquet\); give the pictures"):
        find_training_table(wish, NETWORK, None, SearchPlan(jobs=1), print)
    assert photos.is_file()
