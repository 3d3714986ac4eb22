import csv
import hashlib
from pathlib import Path

import cv2
import numpy as np
from typer.testing import CliRunner

from src.cli import app
from src.gallery.paintings import Commission, paint
from src.tasks.color import COLORS

runner = CliRunner()


def paint_into(folder: Path, *options: str) -> tuple[int, str]:
    result = runner.invoke(app, ["gallery", "paint", str(folder), *options])
    return result.exit_code, result.stderr


def test_pictures_and_their_table_are_written(tmp_path: Path) -> None:
    assert paint_into(tmp_path / "new", "--count", "11", "--seed", "4") == (0, "")
    with (tmp_path / "new" / "pictures.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["color"] for row in rows] == list(COLORS)
    content = (tmp_path / "new" / rows[3]["filename"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == rows[3]["sha256"]
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert np.array_equal(picture, paint(Commission(COLORS[3], 0, seed=4)))


def test_a_folder_with_something_in_it_is_not_touched(tmp_path: Path) -> None:
    mine = tmp_path / "notes.txt"
    mine.write_text("mine")
    code, error = paint_into(tmp_path, "--count", "1")
    assert code == 2
    assert "is not empty" in error
    assert list(tmp_path.iterdir()) == [mine]
    assert paint_into(tmp_path, "--count", "1", "--force")[0] == 0
    assert mine.read_text() == "mine"
