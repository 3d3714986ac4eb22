"""The command that finds works that occur twice: its three forms, its sheets, its errors."""

import csv
import json
from io import StringIO
from pathlib import Path

import cv2
import pytest
from PIL import Image

from src.visualization.duplicates import Form, duplicates
from tests.data import versions
from tests.data.versions import paint_work


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for seed in range(3):
        cv2.imwrite(str(folder / f"work{seed}.png"), paint_work(seed))
    cv2.imwrite(str(folder / "zero.jpg"), versions.halve(paint_work(0)))
    return folder


def test_clusters_are_lists_of_paths_the_best_first(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    duplicates([str(folder)], output_format=Form.JSON, jobs=1)
    out, err = capsys.readouterr()
    assert json.loads(out) == [[str(folder / "work0.png"), str(folder / "zero.jpg")]]
    assert "1 of 3 works occurs more than once; of 4 pictures, 1 could go" in err


def test_csv_and_text_say_which_to_keep(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    duplicates([str(folder)], output_format=Form.CSV, jobs=1)
    rows = list(csv.DictReader(StringIO(capsys.readouterr().out)))
    assert [(row["cluster"], row["keep"], row["relation"]) for row in rows] == [
        ("1", "yes", ""),
        ("1", "", "smaller"),
    ]
    duplicates([str(folder)], jobs=1)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"keep  {folder / 'work0.png'}"
    assert lines[1].endswith("zero.jpg  (smaller)")


def test_each_cluster_has_a_sheet(folder: Path, tmp_path: Path) -> None:
    sheets = tmp_path / "sheets"
    for _ in range(2):
        duplicates([str(folder)], sheets=sheets, jobs=1)
    (sheet,) = sheets.iterdir()
    with Image.open(sheet) as image:
        assert image.width > 1000
        assert len(image.getcolors(1 << 24) or []) > 1000  # the pictures are on it
    (sheets / "mine.txt").write_text("kept")
    with pytest.raises(SystemExit) as exit_info:
        duplicates([str(folder)], sheets=sheets, jobs=1)
    assert exit_info.value.code == 2
    assert (sheets / "mine.txt").read_text() == "kept"


def test_one_picture_is_looked_up(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "photo.jpg"
    cv2.imwrite(str(photo), versions.photograph(paint_work(1)))
    sheets = tmp_path / "sheets"
    duplicates(
        [str(folder)], of=str(photo), count=2, output_format=Form.JSON, sheets=sheets, jobs=1
    )
    first, second = json.loads(capsys.readouterr().out)
    assert (first["path"], first["same"]) == (str(folder / "work1.png"), True)
    assert not second["same"]
    assert [path.name for path in sheets.iterdir()] == ["works.png"]


def test_broken_files_are_told_and_the_rest_is_compared(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.png").write_bytes(b"nothing")
    with pytest.raises(SystemExit) as exit_info:
        duplicates([str(folder), str(tmp_path)], output_format=Form.JSON, jobs=1)
    out, err = capsys.readouterr()
    assert exit_info.value.code == 1
    assert len(json.loads(out)) == 1
    assert "broken.png" in err


def test_nothing_to_compare_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        duplicates([str(tmp_path)], jobs=1)
    assert exit_info.value.code == 2
    assert "no pictures to compare" in capsys.readouterr().err
