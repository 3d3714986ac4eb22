"""The pictures of the notebooks: that they are those of the notebooks, and are shown."""

import json
import re
from base64 import b64encode
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.picture_notebooks import CHARTS, PICTURES, find_picture, main, source_of
from src.errors import DataError
from src.visualization.image_files import to_png

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")


def write_notebook(path: Path, sources: dict[str, bytes]) -> None:
    cells = [
        {
            "cell_type": "code",
            "source": [source],
            "outputs": [
                {"output_type": "stream", "text": ["a line"]},
                *([{"data": {"image/png": b64encode(png).decode()}}] if png else []),
            ],
        }
        for source, png in sources.items()
    ]
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")


@pytest.mark.parametrize(("notebook", "words"), CHARTS.values(), ids=CHARTS)
def test_one_cell_of_the_notebook_draws_each(notebook: str, words: str) -> None:
    content = json.loads((ROOT / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))
    sources = [source_of(cell) for cell in content["cells"] if cell["cell_type"] == "code"]
    assert sum(words in source for source in sources) == 1


def test_all_pictures_are_there_small_and_shown() -> None:
    shown = re.findall(r"!\[[^\]]+\]\(\.\./docs/notebooks/([^)]+)\)", README)
    stored = [path.name for path in (ROOT / PICTURES).iterdir()]
    assert sorted(shown) == sorted(stored) == sorted(CHARTS)
    for name in stored:
        assert (ROOT / PICTURES / name).stat().st_size < 200_000
        with Image.open(ROOT / PICTURES / name) as image:
            assert 700 <= image.width <= 860


def test_every_notebook_is_named_and_shown() -> None:
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    assert re.findall(r"\]\((\d\d-\w+\.ipynb)\)", README) == [path.name for path in paths]
    assert {notebook for notebook, _ in CHARTS.values()} == {path.stem for path in paths}


def test_the_picture_is_that_of_the_cell(tmp_path: Path) -> None:
    red = to_png(Image.new("RGB", (8, 8), "#ff0000"))
    blue = to_png(Image.new("RGB", (8, 8), "#0000ff"))
    write_notebook(tmp_path / "a.ipynb", {"draw_red()": red, "draw_blue()": blue, "say()": b""})
    assert find_picture(tmp_path, "a", "draw_blue").getpixel((0, 0)) == (0, 0, 255)
    for notebook, words, message in [
        ("a", "say", "drew nothing; run the notebook"),
        ("a", "draw", "2 cells of .* say 'draw'"),
        ("b", "draw", "no notebook .*b.ipynb; run them with make notebooks"),
    ]:
        with pytest.raises(DataError, match=message):
            find_picture(tmp_path, notebook, words)


def test_what_was_not_run_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("error: no notebook ")
