import csv
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from src.cli import app
from src.config import settings
from src.models.artifact import save_model
from src.models.judging.answers_table import COLUMNS
from src.models.predict_model import load_model, predict
from src.models.train_model import train_model
from src.models.training.plan import Preset
from tests.models.fitted_models import BGR, fit_model
from tests.models.judging.labelled_art import COUNTS, lay_out_art, write_art
from tests.models.tag_models import TAGS, THRESHOLDS, fit_tag_model, make_tag_table

TOTAL = sum(COUNTS.values())
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of models: two of three colours, one with less to go by, and one of tags."""
    folder = tmp_path_factory.mktemp("models")
    save_model(fit_model(), folder / "color")
    save_model(fit_model("random_forest"), folder / "forest")
    save_model(fit_tag_model(), folder / "motif")
    return folder


@pytest.fixture
def run(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Give ``artlens evaluate`` in this process, in a folder with pictures in it."""
    monkeypatch.setenv("ARTLENS_MODELS_DIR", str(models))
    monkeypatch.setenv("ARTLENS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()
    lay_out_art(tmp_path / "art")

    def evaluate(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["evaluate", *arguments, "--jobs", "1"])

    yield evaluate
    settings.cache_clear()


def facts(done: Result) -> Any:
    assert done.exit_code in (0, 1), done.stderr
    return json.loads(done.stdout)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_text_says_how_good_the_model_is(run: Run, tmp_path: Path) -> None:
    done = run("art")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{TOTAL} pictures of art, a folder per class\n")
    assert "labels are taken but for their case: black for BLACK, pink for PINK" in done.stdout
    assert re.search(r"color \(svm|logistic_regression, version [0-9a-f]{12}\) on 8", done.stdout)
    assert re.search(r"^  accuracy +1\.000  95 %: 0\.676 to 1\.000$", done.stdout, re.MULTILINE)
    assert re.search(r"^  PINK +2 +2  1\.000  0\.34 to 1\.00", done.stdout, re.MULTILINE)
    # Nothing is left of it, in the data neither.
    assert [path.name for path in tmp_path.iterdir()] == ["art"]


def test_answers_are_those_of_predict(run: Run) -> None:
    assert run("art", "-o", "out").exit_code == 0
    rows = rows_of(Path("out/answers.csv"))
    assert len(rows) == TOTAL
    for row in rows:
        found = predict(row["source"], model=load_model())
        assert (row["said"], float(row["score"])) == (found.label, found.score)
        assert row["label"].lower() == Path(row["source"]).parent.name
        assert row["model"] == "color"
    assert list(rows[0]) == ["model", *COLUMNS]


def test_mistakes_unreadable_and_unknown_pictures_are_told_apart(run: Run) -> None:
    rng = np.random.default_rng(9)
    write_art(Path("art/black/pink.png"), "PINK", rng)
    write_art(Path("art/gold/1.png"), "RED", rng)
    Path("art/red/bad.jpg").write_bytes(b"\xff\xd8\xff")
    Path("art/red/copy.png").write_bytes(Path("art/red/0.png").read_bytes())
    Path("art/notes.md").write_text("x")
    done = run("art", "--format", "json")
    assert done.exit_code == 1
    assert done.stderr.startswith("error: cannot read art/red/bad.jpg: ")
    found = facts(done)
    (model,) = found["models"]
    assert found["pictures"] == TOTAL + 4
    assert model["left_out"] == {"repeated": 1, "unknown label": 1, "unreadable": 1}
    assert model["unknown_labels"] == {"gold": 1}
    assert model["rows"] == TOTAL + 1
    assert model["accuracy"]["value"] == pytest.approx(TOTAL / (TOTAL + 1))
    assert model["confusion"][0] == [3, 0, 1]
    text = run("art").stdout
    assert "left out: 1 unreadable, 1 repeated" in text
    assert "passed over: 1 .md" in text
    assert "not counted, for color does not know their labels: 1 gold (called: 1 RED)" in text
    assert "1 of 4 BLACK are called PINK" in text


def test_the_page_shows_what_was_wrong_and_needs_nothing_from_outside(run: Run) -> None:
    write_art(Path("art/black/wrong.png"), "PINK", np.random.default_rng(9))
    done = run("art", "-o", "out")
    assert done.stderr == "written: out/evaluation.html\n"
    out = Path("out")
    page = (out / "evaluation.html").read_text("utf-8")
    assert "How good color is on art" in page
    assert "<code>art/black/wrong.png</code>" in page
    assert not re.search(r"(src|href)=\"(?!data:|#)", page)
    drawn = {"class-scores", "confusion", "reliability", "abstention", "mistakes", "least-certain"}
    assert {path.name for path in out.iterdir()} == {
        "evaluation.html",
        "answers.csv",
        "metrics.json",
        *(f"{name}.png" for name in drawn),
    }
    assert page.count("<figure") == len(drawn)
    assert json.loads((out / "metrics.json").read_text()) == facts(run("art", "--format", "json"))


def test_the_surest_mistakes_come_first(run: Run) -> None:
    red, pink = (np.array(BGR[name]) for name in ("RED", "PINK"))
    for number, share in enumerate((0.15, 0.1, 0.6, 0.05)):
        shade = np.full((9, 9, 3), red + share * (pink - red)).astype(np.uint8)
        cv2.imwrite(f"art/pink/wrong{number}.png", shade)
    run("art", "-o", "out")
    wrong = [row for row in rows_of(Path("out/answers.csv")) if int(row["place"]) > 1]
    wrong.sort(key=lambda row: -float(row["score"]))
    page = Path("out/evaluation.html").read_text("utf-8")
    listed = re.findall(r"<code>(art/.*?)</code>", page)
    assert listed == [row["source"] for row in wrong]
    assert len({row["score"] for row in wrong}) == 4


def test_the_same_pictures_give_the_same_bytes(run: Run) -> None:
    run("art", "-o", "out")
    first = {path.name: path.read_bytes() for path in Path("out").iterdir()}
    done = subprocess.run(
        [sys.executable, "-m", "src", "evaluate", "art", "-o", "out", "--jobs", "2"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == run("art").stdout
    assert {path.name: path.read_bytes() for path in Path("out").iterdir()} == first


def test_two_models_are_compared_on_the_same_pictures(run: Run, models: Path) -> None:
    write_art(Path("art/black/wrong.png"), "PINK", np.random.default_rng(9))
    done = run("art", "--model", "color", "--model", str(models / "forest"), "-o", "out")
    assert done.exit_code == 0
    assert "whether color is better than forest does not show: " in done.stdout
    found = json.loads(Path("out/metrics.json").read_text())
    assert [model["name"] for model in found["models"]] == ["color", "forest"]
    (compared,) = found["comparisons"]
    assert compared["rows"] == TOTAL + 1
    rows = rows_of(Path("out/answers.csv"))
    assert [row["model"] for row in rows] == ["color"] * (TOTAL + 1) + ["forest"] * (TOTAL + 1)
    assert {path.name for path in Path("out").glob("*mistakes.png")} == {
        "color-mistakes.png",
        "forest-mistakes.png",
    }
    page = Path("out/evaluation.html").read_text("utf-8")
    assert "How good color and forest are on art" in page
    assert page.count("<h2>forest: Classes</h2>") == 1


def test_a_model_that_has_learned_the_pictures_is_told(run: Run, models: Path) -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        for label, count in COUNTS.items():
            for number in range(count):
                write_art(Path("all") / label / f"{seed}-{number}.png", label, rng)
    train_model(
        Path("all"),
        task="hue",
        search=Preset.SMOKE,
        families="logistic_regression",
        jobs=1,
        out=Path("hue"),
    )
    told = run("all", "--model", "hue", "--out", "page").stdout
    assert re.search(r"CAUTION: hue has learned about 2[0-9] of these 32 pictures", told)
    page = Path("page/evaluation.html").read_text()
    assert "as <code>artlens report</code> does</p></section>" in page
    assert "CAUTION" not in run("art", "--model", "hue").stdout
    table = "data/processed/hue/pictures.csv"
    assert "it was trained on this very table" in run(table, "--model", "hue").stdout


# What is said of each colour's pictures, in forms that mean the same to who judges by them.
FORMS = {
    "columns": {"black": "yes,no,0", "red": "0,1,yes", "pink": "n,f,x"},
    "lists": {"black": "night", "red": "rose|warm", "pink": "warm"},
    "json": {"black": '"[""night""]"', "red": '"[""warm"", ""rose""]"', "pink": '"[""warm""]"'},
}


def say_tags(form: str, *others: str) -> Path:
    """Write a table of the tags of all pictures; each of the others is a row of its own."""
    head = "night,Rose,warm" if form == "columns" else "motif"
    rows = [
        f"{path.relative_to('art')},{FORMS[form][path.parent.name]}"
        for path in sorted(Path("art").glob("*/?.png"))
    ]
    Path("art/tags.csv").write_text("\n".join([f"file_name,{head}", *rows, *others]) + "\n")
    return Path("art/tags.csv")


@pytest.mark.parametrize("form", FORMS)
def test_tags_are_judged_in_whatever_form_they_are_said(run: Run, form: str) -> None:
    say_tags(form)
    done = run("art/tags.csv", "--model", "motif")
    assert (done.exit_code, done.stderr) == (0, "")
    assert re.search(r"^motif \(logistic_regression, version .{12}\) on 8 pic", done.stdout, re.M)
    assert re.search(r"^  mean average precision  1\.000  95 %: 1\.000 to 1", done.stdout, re.M)
    assert re.search(r"^  all right +1\.000  95 %: 0\.676 to 1\.000$", done.stdout, re.M)
    row = r"^  rose +8 +3 +1\.000  1\.00 to 1\.00 +0\.40 +3  1\.000 +1\.000  1\.000$"
    assert re.search(row, done.stdout, re.M)


def test_tags_that_only_one_side_knows_are_told(run: Run) -> None:
    table = Path("art/tags.csv")
    table.write_text(
        "file_name,rose,warm,sea\n"
        "red/0.png,1,1,0\nred/1.png,0,,1\npink/0.png,0,1,\nblack/0.png,0,0,1\nblack/1.png,,,1\n"
    )
    done = run("art/tags.csv", "--model", "motif")
    assert "left out: 3 no row" in done.stdout
    assert "not judged, for the labels say nothing of them: night\n" in done.stdout
    assert "not counted, for motif does not know them: 3 sea\n" in done.stdout
    assert "1 of 3 without rose are said to have it" in done.stdout
    found = facts(run("art/tags.csv", "--model", "motif", "--format", "json"))
    (model,) = found["models"]
    assert (model["rows"], model["unjudged"], model["unknown_labels"]) == (4, ["night"], {"sea": 3})
    assert model["left_out"] == {"unknown label": 1}
    assert [tag["known"] for tag in model["by_tag"]] == [4, 3]
    assert model["all_right"]["value"] == 0.75


def test_labels_that_never_say_no_tell_what_is_found_alone(run: Run) -> None:
    Path("art/tags.csv").write_text("file_name,rose,warm\nred/0.png,x,x\npink/0.png,,x\n")
    done = run("art/tags.csv", "--model", "motif", "-o", "out")
    assert done.exit_code == 0
    assert "for no picture is known to lack them (blank is not known): rose, warm" in done.stdout
    assert re.search(r"^  mean average precision +– *$", done.stdout, re.M)
    row = r"^  warm +2 +2 +– +0\.60 +2  1\.000 +– +–$"
    assert re.search(row, done.stdout, re.M)
    drawn = {path.stem for path in Path("out").glob("*.png")}
    assert {"tag-scores", "nearest"} <= drawn
    assert not drawn & {"precision-recall", "thresholds", "reliability"}


def test_the_page_shows_what_was_told_wrong_of_tags(run: Run) -> None:
    write_art(Path("art/red/wrong.png"), "BLACK", np.random.default_rng(9))
    say_tags("lists", "red/wrong.png,rose|warm")
    done = run("art/tags.csv", "--model", "motif", "-o", "out")
    assert done.stderr == "written: out/evaluation.html\n"
    row = {row["source"]: row for row in rows_of(Path("out/answers.csv"))}["art/red/wrong.png"]
    assert (row["label"], row["said"]) == ("rose|warm", "night")
    assert (row["wrong"], row["missed"]) == ("night", "rose|warm")
    assert all(0 <= float(row[tag]) <= 1 for tag in TAGS)
    assert float(row["night"]) >= THRESHOLDS["night"]
    page = Path("out/evaluation.html").read_text("utf-8")
    assert page.count("<code>art/red/wrong.png</code>") == 3
    assert "<td>missed</td>" in page
    assert "<td>said, and not there</td>" in page
    assert "onfusion" not in page
    drawn = {"tag-scores", "precision-recall", "thresholds", "tag-pairs", "reliability"}
    drawn |= {"said-wrongly", "missed", "nearest"}
    assert {path.stem for path in Path("out").glob("*.png")} == drawn
    assert page.count("<figure") == len(drawn)


def test_two_models_of_tags_are_compared(run: Run, models: Path) -> None:
    if not (models / "cold").exists():
        fitted = fit_tag_model()
        thresholds = dict.fromkeys(TAGS, 0.999999)
        metadata = replace(fitted.metadata, thresholds=thresholds)
        save_model(replace(fitted, metadata=metadata), models / "cold")
    say_tags("columns")
    arguments = ("art/tags.csv", "--model", "motif", "--model", "cold")
    told = run(*arguments).stdout
    assert "whether cold is better than motif does not show, by 3 tags of 8 pictures\n" in told
    (compared,) = facts(run(*arguments, "--format", "json"))["comparisons"]
    assert compared["mean_average_precision"]["value"] == 0
    assert compared["macro_f1"]["high"] < 0
    assert (compared["only_first"], compared["only_second"]) == (8, 0)


def test_tags_of_a_table_of_features_are_judged(run: Run) -> None:
    table = make_tag_table()
    has = [set(cell.split("|")) for cell in table["motif"]]
    columns = {tag: [int(tag in own) for own in has] for tag in TAGS}
    table.drop(columns="motif").assign(**columns).to_csv("rows.csv", index=False)
    table.to_csv("lists.csv", index=False)
    one, other = (
        facts(run(name, "--model", "motif", "--format", "json"))
        for name in ("rows.csv", "lists.csv")
    )
    assert one["models"] == other["models"]
    assert one["models"][0]["rows"] == len(table)
    assert one["kind"] == "a processed table"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("nowhere",), "there is nothing at .*nowhere"),
        (("art", "--model", "none"), "no model 'none'"),
        (("art", "--task", "color", "--model", "color"), "both name a model"),
        (("pets",), r"none of the labels \(cat, dog\) is a class of the model color"),
        (("art", "--split", "test"), r"no part 'test' of art \(it tells of no parts\)"),
        (("art", "-o", "pets/cat/1.png"), "it is a file"),
        (("art", "-o", "art/report"), "lies in art, whose labels"),
        (("art", "--model", "color", "--model", "motif"), "questions of different kinds"),
        (("pets", "--model", "motif"), r"none of the labels \(cat, dog\) is a class of the mod"),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, arguments: tuple[str, ...], error: str) -> None:
    write_art(Path("pets/cat/1.png"), "RED", np.random.default_rng(1))
    write_art(Path("pets/dog/1.png"), "RED", np.random.default_rng(2))
    done = run(*arguments)
    assert done.exit_code == 2
    assert re.match(f"error: .*{error}", done.stderr), done.stderr
    assert {path.name for path in Path().iterdir()} == {"art", "pets"}
