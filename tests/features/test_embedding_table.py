"""Tables of a network's rows: the same however interrupted, refused where they are others'."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from src.config import settings
from src.data.schemas import processed_schema
from src.data.vectors import Vectors, open_vectors
from src.errors import DataError
from src.features import measured_rows
from src.features.build_features import build_features
from src.features.embedding_table import facts_of, read_rows_table
from src.features.measured_rows import measure_rows
from src.features.specs import Features
from src.tasks import ARTIST

COUNT = 140
SPEC = Features.EMBEDDING.spec()
OTHER = replace(SPEC, network=f"other {'0' * 64}")
SCHEMA = processed_schema((), ARTIST)


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ARTLENS_MEASURED_FILE", str(tmp_path / "cache" / "measured.sqlite"))
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Describe pictures whose names are not in the order of the table, one of them broken."""
    (tmp_path / "images").mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (COUNT, 9, 12, 3), np.uint8)
    lines = ["filename,sha256,artist,title,cluster"]
    for number, bgr in enumerate(pixels):
        name = f"{number * 9 % COUNT:03d}.png"
        cv2.imwrite(str(tmp_path / "images" / name), bgr)
        lines.append(f'{name},,{"ab"[number % 2]},"untitled, {number}",{number // 2}')
    (tmp_path / "images" / "007.png").write_bytes(b"<html>")
    (tmp_path / "interim.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def build(project: Path, out: str = "rows.parquet") -> int:
    try:
        build_features(
            interim=project / "interim.csv",
            images=project / "images",
            out=project / out,
            task="artist",
            backbone="lite0-art",
            jobs=1,
        )
    except SystemExit as exit_:
        return int(str(exit_.code))
    return 0


def command(project: Path, out: str) -> list[str]:
    return [
        *(sys.executable, "-m", "src.features.build_features", "--task", "artist"),
        *("--interim", str(project / "interim.csv"), "--images", str(project / "images")),
        *("--backbone", "lite0-art", "--jobs", "2", "--out", str(project / out)),
    ]


def test_table_has_a_row_in_one_cell_and_all_that_is_told(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build(project) == 1
    out, err = capsys.readouterr()
    assert out == f"{COUNT - 1} pictures measured, 1 left out: {project / 'rows.parquet'}\n"
    assert err.startswith("error: 007.png is left out: ")
    table = read_rows_table(project / "rows.parquet", SPEC, SCHEMA)
    assert table["filename"].tolist() == [f"{n:03d}.png" for n in range(COUNT) if n != 7]
    told = pd.read_csv(project / "interim.csv", dtype=str).set_index("filename")
    for column in ("artist", "cluster"):
        assert table[column].tolist() == told.loc[table["filename"], column].tolist()
    paths = [str(project / "images" / name) for name in table["filename"]]
    measured = measure_rows(paths, SPEC, jobs=1)
    np.testing.assert_array_equal(table[list(SPEC.names)].to_numpy(), measured.rows)
    assert table["sha256"].tolist() == measured.sha256
    assert pq.read_schema(project / "rows.parquet").names[-1] == "embedding"


def test_killed_at_any_moment_the_table_is_the_same(project: Path) -> None:
    assert build(project) == 1
    cached = settings().measured_file
    cached.unlink()
    moments, out = random.Random(15), project / "again.parquet"
    for _ in range(4):
        with subprocess.Popen(
            command(project, out.name), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as run:
            deadline = time.monotonic() + 60
            while not cached.exists() and run.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(moments.uniform(0, 1.5))
            run.send_signal(signal.SIGKILL)
    subprocess.run(command(project, out.name), check=False, capture_output=True)
    assert out.read_bytes() == (project / "rows.parquet").read_bytes()
    assert not [place.name for place in project.iterdir() if place.name.startswith(".")]


def test_what_any_table_measured_no_other_measures(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(project)
    (project / "images" / "007.png").unlink()
    monkeypatch.setattr(measured_rows, "measure_features", None)
    assert build(project, "second.parquet") == 1
    whole, second = project / "rows.parquet", project / "second.parquet"
    assert second.read_bytes() == whole.read_bytes()


def test_a_row_that_went_away_meanwhile_is_measured(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(project)
    monkeypatch.setattr("src.features.measured_rows.LastingRows.fetch", lambda *_: None)
    build(project, "second.parquet")
    assert (project / "second.parquet").read_bytes() == (project / "rows.parquet").read_bytes()


def test_rows_of_another_network_are_refused(project: Path) -> None:
    build(project)
    with pytest.raises(
        DataError, match=r"-art \(\w{12}\); .*other \(0{12}\)\).*other`.*e lite0-art$"
    ):
        read_rows_table(project / "rows.parquet", OTHER, SCHEMA)


def write(path: Path, rows: Vectors, facts: dict[str, str]) -> Path:
    cells = {"filename": [f"{n}.jpg" for n in range(len(rows))], "artist": ["x"] * len(rows)}
    with open_vectors(path, list(cells), rows.shape[1], facts) as append:
        append(cells, rows)
    return path


def test_rows_that_are_no_numbers_are_named(tmp_path: Path) -> None:
    rows = np.ones((4, len(SPEC.names)), np.float16)
    rows[2, 77], rows[3, 0] = np.nan, np.inf
    path = write(tmp_path / "t.parquet", rows, facts_of(SPEC))
    with pytest.raises(
        DataError, match=r"has 2 rows that are no numbers \(2\.jpg, 3\.jpg\); leave"
    ):
        read_rows_table(path, SPEC, SCHEMA)


def test_rows_of_an_unknown_network_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "t.parquet", np.ones((2, len(SPEC.names)), np.float16), {})
    with pytest.raises(DataError, match="does not say which network its rows are of"):
        read_rows_table(path, SPEC, SCHEMA)


def test_a_table_without_rows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("filename,artist\na.jpg,x\n")
    with pytest.raises(DataError, match=r"lacks the column embedding, .* `artlens build-features"):
        read_rows_table(tmp_path / "t.csv", SPEC, SCHEMA)


def test_a_networks_rows_go_into_no_csv_and_are_of_no_painting(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build(project, "rows.csv") == 2
    assert "give the name of a .parquet" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        build_features(gallery=3, features=Features.EMBEDDING)
    assert "leave it out" in capsys.readouterr().err
