"""Rows of a network that are measured once, and the table that they become."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from src import config
from src.data.schemas import processed_schema
from src.data.vectors import open_vectors
from src.errors import DataError, UnreadableImage
from src.features import measured_rows
from src.features.build_features import build_features
from src.features.embedding_table import facts_of, read_rows_table
from src.features.measured_rows import LastingRows, measure_rows
from src.features.specs import Features
from src.jobs.row_store import RowStore
from src.tasks import Task

SPEC = Features.EMBEDDING.spec("lite0")
SHAPE = Task("shape", "shape", features="embedding")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the place of an empty store."""
    path = tmp_path / "cache" / "measured.sqlite"
    monkeypatch.setenv("ARTLENS_MEASURED_FILE", str(path))
    config.settings.cache_clear()
    yield path
    config.settings.cache_clear()


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    """Write three small pictures and a file that is none."""
    rng = np.random.default_rng(0)
    paths = [tmp_path / "images" / name for name in ("a.png", "b.png", "c.png", "d.png")]
    paths[0].parent.mkdir()
    for path in paths[:3]:
        cv2.imwrite(str(path), rng.integers(0, 256, (40, 50, 3), np.uint8))
    paths[3].write_bytes(b"no picture")
    return [str(path) for path in paths]


def refuse(*_: object) -> None:
    raise AssertionError("measured again")


def test_what_was_measured_is_not_measured_again(
    store: Path, pictures: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = measure_rows(pictures, SPEC, jobs=1)
    assert np.isfinite(first.rows[:3]).all()
    assert np.isnan(first.rows[3]).all()
    assert {place: type(error) for place, error in first.failed.items()} == {3: UnreadableImage}
    assert "d.png" in str(first.failed[3])
    with RowStore(store, read_only=True) as kept:
        assert [holding.rows for holding in kept.holdings()] == [3]

    monkeypatch.setattr(measured_rows, "measure_features", refuse)
    second = measure_rows(pictures[2::-1], SPEC, jobs=1)
    np.testing.assert_array_equal(second.rows, first.rows[2::-1])
    assert second.sha256 == first.sha256[2::-1]


def test_a_copy_has_the_row_of_its_content_and_a_changed_file_its_own(
    store: Path, pictures: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = measure_rows(pictures[:2], SPEC, jobs=1)
    Path(pictures[0]).write_bytes(Path(pictures[2]).read_bytes())
    changed = measure_rows(pictures[:1], SPEC, jobs=1)
    assert not np.array_equal(changed.rows[0], first.rows[0])

    monkeypatch.setattr(measured_rows, "measure_features", refuse)
    np.testing.assert_array_equal(measure_rows(pictures[2:3], SPEC, jobs=1).rows, changed.rows)
    assert store.is_file()


def test_rows_of_another_network_are_others(store: Path, pictures: list[str]) -> None:
    plain = measure_rows(pictures[:1], SPEC, jobs=1)
    adapted = measure_rows(pictures[:1], Features.EMBEDDING.spec("lite0-art"), jobs=1)
    assert plain.sha256 == adapted.sha256
    assert not np.array_equal(plain.rows, adapted.rows)
    with RowStore(store, read_only=True) as kept:
        assert [holding.rows for holding in kept.holdings()] == [1, 1]


def test_a_damaged_store_is_told_and_not_in_the_way(
    store: Path, pictures: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    store.parent.mkdir()
    store.write_bytes(b"this is no database, and long enough to be looked at" * 20)
    found = measure_rows(pictures[:1], SPEC, jobs=1)
    assert np.isfinite(found.rows).all()
    assert "it is damaged; delete it" in capsys.readouterr().err


def test_what_a_killed_run_kept_stays(store: Path, pictures: list[str]) -> None:
    lasting = LastingRows(SPEC)
    for path in pictures[:2]:
        asked = lasting.look_up(path)
        assert isinstance(asked, measured_rows.Wanted)
        lasting.keep(lasting.measure(asked))
    # Nothing is closed, as when its process is gone.
    with sqlite3.connect(store) as other:
        assert other.execute("SELECT count(*) FROM rows").fetchone() == (2,)


def build(home: Path, out: Path) -> pd.DataFrame:
    table = pd.DataFrame({"filename": ["b.png", "a.png"], "shape": ["round", "square"]})
    table.to_csv(home / "interim.csv", index=False)
    build_features(
        home / "interim.csv",
        home / "images",
        out=out,
        task="shape",
        features=Features.EMBEDDING,
        jobs=1,
    )
    return read_rows_table(out, SPEC, processed_schema((), SHAPE))


@pytest.mark.usefixtures("store")
def test_the_table_holds_the_rows_by_name_and_its_bytes_are_the_same(
    tmp_path: Path, pictures: list[str]
) -> None:
    table = build(tmp_path, tmp_path / "one.parquet")
    build(tmp_path, tmp_path / "two.parquet")

    assert table["filename"].tolist() == ["a.png", "b.png"]
    assert table["shape"].tolist() == ["square", "round"]
    measured = measure_rows(pictures[:2], SPEC, jobs=1)
    np.testing.assert_array_equal(table[list(SPEC.names)].to_numpy(), measured.rows)
    assert table["sha256"].tolist() == measured.sha256
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


@pytest.mark.usefixtures("store", "pictures")
def test_rows_of_another_network_or_no_numbers_are_refused(tmp_path: Path) -> None:
    build(tmp_path, tmp_path / "rows.parquet")
    schema = processed_schema((), SHAPE)
    other = Features.EMBEDDING.spec("lite0-art")
    with pytest.raises(DataError, match=r"rows of another network.*--backbone"):
        read_rows_table(tmp_path / "rows.parquet", other, schema)

    spoilt = tmp_path / "spoilt.parquet"
    columns = ["filename", "sha256", "image", "page", "shape"]
    with open_vectors(spoilt, columns, len(SPEC.names), facts_of(SPEC)) as append:
        rows = np.full((1, len(SPEC.names)), np.nan, np.float16)
        append(dict(zip(columns, [["x.png"], ["0"], [""], [""], ["round"]], strict=True)), rows)
    with pytest.raises(DataError, match=r"1 rows that are no numbers \(x\.png\)"):
        read_rows_table(spoilt, SPEC, schema)


@pytest.mark.usefixtures("store", "pictures")
def test_a_networks_rows_do_not_fit_into_csv(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        build(tmp_path, tmp_path / "rows.csv")
    assert "give the name of a .parquet" in capsys.readouterr().err
