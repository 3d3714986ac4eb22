"""The nearest works: searched, listed by the command, and drawn."""

import json
import shutil
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from src.cli import app
from src.errors import ConfigError
from src.models.comparing.compare import compare
from src.models.comparing.comparer import Comparer
from src.models.comparing.neighbours import Neighbours
from src.models.comparing.similar import By, Collection, similar

RNG = np.random.default_rng(0)
VECTORS = RNG.normal(size=(500, 12)).astype(np.float32)
BIASES = RNG.normal(size=500).astype(np.float32)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["similar", *arguments])


def test_the_nearest_are_those_of_highest_score() -> None:
    places, scores = Neighbours(VECTORS, BIASES).nearest(VECTORS[3], 7)
    expected = np.argsort(-(VECTORS @ VECTORS[3] + BIASES))[:7]
    assert places.tolist() == expected.tolist()
    assert (np.diff(scores) <= 0).all()


def test_of_fewer_works_all_are_found_and_missing_ones_never() -> None:
    vectors = VECTORS[:5].copy()
    vectors[2] = np.nan
    places, _ = Neighbours(vectors, BIASES[:5]).nearest(VECTORS[0], 9)
    assert sorted(places.tolist()) == [0, 1, 3, 4]
    assert not len(Neighbours(vectors[:0], BIASES[:0]).nearest(VECTORS[0], 9)[0])


def test_scores_by_hand_are_those_of_a_comparison(comparer: Comparer, works: list[str]) -> None:
    found = similar(works[0], works, model=comparer, jobs=1)
    assert {work.path for work in found} == {*works[1:]}
    for work in found:
        expected = compare(works[0], work.path, model=comparer).score
        assert work.copies or work.score == pytest.approx(expected, abs=1e-4)


def test_by_look_the_nearest_has_the_largest_cosine(comparer: Comparer, works: list[str]) -> None:
    found = similar(works[0], works, 3, by="look", model=comparer, jobs=1)
    assert len(found) == 3
    assert 1 >= found[0].score >= found[1].score >= found[2].score >= -1
    collection = Collection.measure(works, By.LOOK, comparer, jobs=1)
    assert collection.find(works[0], 3) == found


def test_another_file_of_the_picture_is_marked(comparer: Comparer, works: list[str]) -> None:
    copy = Path(works[0]).with_name("copy.png")
    shutil.copy(works[0], copy)
    first, *others = similar(works[0], [*works, str(copy)], model=comparer, jobs=1)
    assert (first.path, first.copies) == (str(copy), "identical")
    assert not any(work.path == works[0] for work in others)
    assert not any(work.copies == "identical" for work in others)


def test_the_file_itself_is_not_listed_however_it_is_named(
    comparer: Comparer, works: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(works[0]).parent)
    found = similar(Path(works[0]).name, works, model=comparer, jobs=1)
    assert works[0] not in [work.path for work in found]
    assert len(found) == len(works) - 1


def test_no_works_are_no_number_to_ask_for(comparer: Comparer, works: list[str]) -> None:
    with pytest.raises(ConfigError, match="give 1 or more"):
        similar(works[0], works, 0, model=comparer, jobs=1)


def test_the_command_lists_the_nearest(kept: Path, works: list[str]) -> None:
    folder = str(Path(works[0]).parent)
    found = run(works[0], "--in", folder, "-n", "4", "--model", "mine", "--jobs", "1")
    assert found.exit_code == 0, found.output
    assert len(found.stdout.splitlines()) == 4
    asked = (works[0], "--in", folder, "-n", "4", "--model", "mine", "--format", "json")
    told = json.loads(run(*asked, "--by", "look").stdout)
    assert told["by"] == "look"
    assert [set(work) for work in told["works"]] == [{"path", "score", "copies"}] * 4


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".html"])
def test_the_command_draws_a_sheet(
    kept: Path, works: list[str], tmp_path: Path, suffix: str
) -> None:
    sheet, folder = tmp_path / f"sheet{suffix}", str(Path(works[0]).parent)
    asked = (works[0], "--in", folder, "-n", "3", "--model", "mine", "-o", str(sheet))
    assert run(*asked).exit_code == 0
    if suffix == ".html":
        page = sheet.read_text()
        assert page.count("<li>") == 3
        assert "data:image/jpeg;base64," in page
    else:
        assert min(Image.open(BytesIO(sheet.read_bytes())).size) > 200
    again = run(*asked)
    assert again.exit_code == 2
    assert "--force" in again.stderr
    assert run(*asked, "--force").exit_code == 0


def test_a_broken_picture_in_the_folder_is_told_of(kept: Path, works: list[str]) -> None:
    Path(works[0]).with_name("broken.png").write_bytes(b"no picture")
    folder = str(Path(works[0]).parent)
    found = run(works[0], "--in", folder, "--model", "mine", "--jobs", "1")
    assert found.exit_code == 1
    assert len(found.stdout.splitlines()) == len(works) - 1
    assert "broken.png" in found.stderr


def test_a_folder_that_is_not_there_is_told_of(kept: Path, works: list[str]) -> None:
    found = run(works[0], "--in", "nowhere", "--model", "mine")
    assert (found.exit_code, found.stdout) == (1, "")
    assert "cannot read nowhere" in found.stderr


def test_a_sheet_of_no_kind_is_refused_before_any_work(works: list[str]) -> None:
    found = run(works[0], "--in", ".", "-o", "sheet.gif", "--model", "nobody")
    assert found.exit_code == 2
    assert "no kind of sheet" in found.stderr
