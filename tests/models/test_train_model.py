import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from src.cli import app
from src.config import project_root, settings
from src.data.schemas import processed_schema
from src.data.tables import open_table, write_table
from src.errors import ConfigError, DataError
from src.features.extract_features import FEATURE_NAMES, FEATURES_V1
from src.features.gallery_table import gallery_table
from src.features.specs import Features
from src.files import file_sha256
from src.models.artifact import load_model_folder
from src.models.registry import load_model
from src.models.train_model import train_model
from src.models.training.plan import FAMILIES, Preset, SearchPlan
from src.models.training.preparation import Wish
from src.models.training.table import (
    find_table,
    find_training_table,
    paint_training_table,
    read_training_table,
)
from src.tasks import COLOR, Kind, Task
from src.visualization.judged_model import find_model_table
from tests.data.labelled_pictures import lay_out
from tests.models.fitted_models import paint
from tests.models.tag_models import SHOWN, TAGS
from tests.models.training_tables import make_table

SCHEMA = processed_schema(FEATURE_NAMES, COLOR)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("ARTLENS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ARTLENS_MODELS_DIR", str(tmp_path / "models"))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def train(data: Path | None = None, name: str | None = None) -> None:
    train_model(data=data, name=name, search=Preset.SMOKE, jobs=1, families="svm")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_run_prints_results_and_writes_a_model(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_table(make_table(), project / "mine.csv", SCHEMA)
    train(project / "mine.csv")
    out, err = capsys.readouterr()
    lines, folder = out.splitlines(), project / "models" / "color-2"
    assert lines[0].split() == ["family", "parameters", "CV", "accuracy", "fit", "time"]
    assert lines[1].startswith("svm     C=")
    assert lines[-1] == f"model written to {folder}"
    assert err.startswith(f"training on {project / 'mine.csv'}\nsvm: 0.")
    assert err.splitlines()[-3:] == [
        "careful: The model was trained on 103 pictures and judged on 35, so that its accuracy of "
        "0.91 is known to some 17 points only.",
        "careful: The model knows 4 of the task's 11 classes; it never answers BROWN, TEAL, BLUE, "
        "WHITE, YELLOW, ORANGE, PURPLE.",
        "color is still answered by the shipped model color: ask the new one with --model color-2, "
        "or let it answer from now on with `artlens models use color-2`",
    ]
    assert load_model_folder(folder).metadata.classes == ("BLACK", "GREEN", "RED", "PINK")


def test_an_average_that_was_named_and_is_none_is_told(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_table(make_table(), project / "mine.csv", SCHEMA)
    families = "svm,logistic_regression,average"
    train_model(data=project / "mine.csv", search=Preset.SMOKE, jobs=1, families=families)
    assert "\nno average: one family would be all of it\n" in capsys.readouterr().err


def test_a_name_that_is_taken_meanwhile_loses_no_model(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_table(make_table(), project / "mine.csv", SCHEMA)
    train(project / "mine.csv", "mine")
    monkeypatch.setattr("src.models.train_model.new_folder", lambda *_, **__: project)
    train(project / "mine.csv", "mine")
    assert "error: there is a model called mine" in capsys.readouterr().err
    assert load_model_folder(project / "models" / "color-2").metadata.family == "svm"


def test_a_spoilt_note_of_models_in_use_is_told_before_training(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "models").mkdir()
    (project / "models" / "in_use.json").write_text("{")
    with pytest.raises(SystemExit):
        train()
    assert "does not say which models are in use" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"name": "color"}, "color is a shipped model, which is never replaced"),
        ({"name": "a/b"}, "no name for a model ('a/b')"),
        ({"replace": True}, "give one with --name"),
        ({"data": Path("t.csv"), "gallery_count": 9, "task": "tone"}, "9 paints colours, and tone"),
        ({"source": Path("t"), "gallery_count": 9, "task": "medium"}, "9 paints colours, and med"),
        ({"out": Path("there"), "use": True}, "--out there keeps the model apart"),
    ],
)
def test_where_a_model_cannot_be_kept_is_told_at_once(
    project: Path, capsys: pytest.CaptureFixture[str], asked: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(SystemExit) as left:
        train_model(**asked)
    out, err = capsys.readouterr()
    assert (left.value.code, out) == (2, "")
    assert err.startswith("error: ")
    assert complaint in err
    assert not (project / "models").exists()


def test_the_projects_own_table_is_the_default(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / "data" / "processed" / "pictures.parquet"
    with open_table(path, SCHEMA) as write:
        write(make_table())
    train()
    assert capsys.readouterr().err.startswith(f"training on {path}\n")
    write_table(make_table(), path.with_suffix(".csv"), SCHEMA)
    assert find_table(path.parent, FEATURES_V1) == path.with_suffix(".csv")


def test_the_gallery_is_painted_where_there_is_no_table_and_where_it_is_asked_for(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def paint(*given: object) -> pd.DataFrame:
        asked.append(given)
        return make_table()

    monkeypatch.setattr("src.models.training.table.gallery_table", paint)
    train()
    assert "no table here: painting 12000 pictures of the built-in" in capsys.readouterr().err
    with open_table(project / "data" / "processed" / "pictures.csv", SCHEMA) as write:
        write(make_table())
    train_model(gallery_count=800, search=Preset.SMOKE, jobs=1, seed=3, families="svm")
    assert asked == [(12_000, 0, 1, FEATURES_V1), (800, 3, 1, FEATURES_V1)]
    assert capsys.readouterr().err.startswith("painting 800 pictures of the built-in gallery")
    metadata = load_model_folder(project / "models" / "color-3").metadata
    assert metadata.data_source == "built-in gallery of generated paintings, 800 pictures, seed 3"


def test_paintings_stand_beside_a_table_of_ones_own(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "src.models.training.table.gallery_table",
        lambda *given: make_table(dict.fromkeys(COLOR.classes, 30), seed=5),
    )
    own = make_table(dict.fromkeys(COLOR.classes, 12)).rename(columns={"color": "hue"})
    own.to_csv(project / "own.csv", index=False)
    train_model(
        data=project / "own.csv",
        target="hue",
        gallery_count=330,
        name="mine",
        search=Preset.SMOKE,
        jobs=1,
        families="logistic_regression",
    )
    err = capsys.readouterr().err
    assert "painting 330 pictures of the built-in gallery beside it" in err
    assert "330 paintings of the gallery are learned, but not judged by" in err
    metadata = load_model_folder(project / "models" / "mine").metadata
    assert metadata.data_source.startswith("own.csv and the built-in gallery of generated paint")
    assert (metadata.painted_rows, metadata.judged_unseen) == (330, True)
    assert metadata.holdout.rows == 33
    assert metadata.training_rows == 3 * 33
    assert metadata.data_sha256 == file_sha256(project / "own.csv")
    model = load_model("mine")
    assert "99 pictures and 330 painted ones" in model.introduce()
    own_rows = own[list(FEATURE_NAMES)].to_numpy()
    assert all(np.isclose(own_rows, row).all(axis=1).any() for row in model.check_rows)
    judged = find_model_table(metadata, project / "own.csv", jobs=1)
    assert (len(judged.table), judged.sha256) == (330 + 132, metadata.data_sha256)
    monkeypatch.setattr("src.models.training.table.gallery_table", lambda *given: make_table())
    with pytest.raises(DataError, match="the gallery is painted otherwise than when the model"):
        find_model_table(metadata, project / "own.csv", jobs=1)


def test_it_is_known_of_what_a_table_was_made(project: Path) -> None:
    def source_of(wish: Wish) -> tuple[str, str]:
        table, task = find_training_table(wish, FEATURES_V1, None, SearchPlan(jobs=1), print)
        return table.source, task.column

    pets = lay_out(project / "pets", *(f"{kind}/{i}.png" for kind in ("a", "b") for i in (1, 2)))
    assert source_of(Wish(pets)) == ("pets (a folder per class)", "pets")
    assert source_of(Wish(task="pets")) == ("data set pets", "pets")
    table = project / "data/processed/pets/pictures.csv"
    assert source_of(Wish(table, task="pets")) == ("pictures.csv", "pets")


@pytest.mark.parametrize("wish", [Wish(copy=True), Wish(path_column="file")])
def test_how_pictures_are_brought_in_needs_pictures(project: Path, wish: Wish) -> None:
    with pytest.raises(ConfigError, match=r"--(copy|path-column) says .* none are given"):
        find_training_table(wish, FEATURES_V1, None, SearchPlan(jobs=1), print)
    assert not (project / "data").exists()


def test_the_same_table_gives_the_same_model(project: Path) -> None:
    found = []
    for name, table in (("a", make_table()), ("b", make_table().sample(frac=1, random_state=2))):
        table.to_csv(project / f"{name}.csv", index=False)
        train(project / f"{name}.csv", name)
        found.append((project / "models" / name / "model.skops").read_bytes())
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda table: table.assign(h_hsv_std=float("nan")), "h_hsv_std"),
        (lambda table: table.drop(columns="l_lab_mean"), "l_lab_mean"),
        (lambda table: table[table.color == "RED"], "single class (only RED in 30 rows)"),
        (lambda table: table.query("color == 'RED' or index == 0"), "(RED: 30, BLACK: 1)"),
        (lambda table: table.assign(color="GOLD"), "GOLD"),
    ],
)
def test_a_bad_table_is_refused_in_one_line(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[pd.DataFrame], pd.DataFrame],
    complaint: str,
) -> None:
    spoil(make_table()).to_csv(project / "bad.csv", index=False)
    with pytest.raises(SystemExit) as left:
        train(project / "bad.csv")
    out, err = capsys.readouterr()
    assert (left.value.code, out) == (2, "")
    _, error = err.splitlines()
    assert error.startswith("error: ")
    assert complaint in error


def make_shapes(counts: dict[str, int]) -> pd.DataFrame:
    """Return a table of a task of the user's own, whose classes are any text."""
    names = dict(zip(("BLACK", "GREEN", "RED", "PINK"), counts, strict=False))
    table = make_table(dict(zip(names, counts.values(), strict=True)))
    shapes = [names[color] for color in table.pop("color")]
    return table.assign(shape=shapes, series=[f"s{i // 2}" for i in range(len(table))])


def test_a_question_of_ones_own_needs_no_code(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / "data" / "processed" / "shape" / "pictures.csv"
    path.parent.mkdir(parents=True)
    make_shapes({"NA": 20, "1": 20, " rond-point ": 20, "γάτα": 3}).to_csv(path, index=False)
    train_model(search=Preset.SMOKE, jobs=1, families="svm", task="shape", group="series")
    err = capsys.readouterr().err.splitlines()
    assert err[:3] == [
        f"training on {path}",
        f"{path} is read with labels without the spaces around them (shape)",
        "left out, for they have too few rows (--min-count 8): γάτα: 3",
    ]
    metadata = load_model_folder(project / "models" / "shape").metadata
    assert metadata.classes == ("1", "NA", "rond-point")
    assert metadata.left_out == {"γάτα": 3}
    assert metadata.task == Task(
        "shape", "shape", classes=("1", "NA", "rond-point", "γάτα"), group="series"
    )


def test_a_target_names_the_column(project: Path) -> None:
    make_shapes({"round": 20, "oval": 4}).to_csv(project / "mine.csv", index=False)
    train_model(
        data=project / "mine.csv",
        search=Preset.SMOKE,
        jobs=1,
        families="svm",
        task="form",
        target="shape",
        min_count=4,
    )
    metadata = load_model_folder(project / "models" / "form").metadata
    assert (metadata.task.name, metadata.task.column) == ("form", "shape")
    assert (metadata.classes, metadata.min_count) == (("oval", "round"), 4)


def test_a_given_split_of_a_table_is_kept(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = make_shapes({"round": 30, "oval": 30})
    table["split"] = ["train", "val", "test"] * 20
    table.to_csv(project / "mine.csv", index=False)
    train_model(
        data=project / "mine.csv", search=Preset.SMOKE, jobs=1, families="svm", task="shape"
    )
    assert "judged on the 20 rows that the table marks as test\n" in capsys.readouterr().err
    metadata = load_model_folder(project / "models" / "shape").metadata
    assert (metadata.given_split, metadata.holdout.rows, metadata.training_rows) == (True, 20, 40)


def test_a_rare_class_of_a_known_task_is_left_out_too(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_table().iloc[:-1].to_csv(project / "mine.csv", index=False)
    train(project / "mine.csv")
    assert "left out, for they have too few rows (--min-count 8): PINK: 7\n" in (
        capsys.readouterr().err
    )
    metadata = load_model_folder(project / "models" / "color-2").metadata
    assert metadata.classes == ("BLACK", "GREEN", "RED")
    assert metadata.task == COLOR


@pytest.mark.parametrize(
    ("task", "complaint"),
    [
        ("shape", "shape/pictures.csv); give the pictures"),
        ("color", "processed/pictures.csv); give the pictures"),
        ("../up", "no name for a task"),
    ],
)
def test_a_task_that_cannot_be_learned_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], task: str, complaint: str
) -> None:
    with pytest.raises(SystemExit) as left:
        train_model(task=task, group="page")
    assert left.value.code == 2
    assert complaint in capsys.readouterr().err


def test_many_classes_are_learned_without_trees(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng, count = np.random.default_rng(0), 60
    features = pd.DataFrame(rng.uniform(0, 179, (10 * count, 18)), columns=list(FEATURE_NAMES))
    features.insert(0, "filename", [f"{i:04d}.jpg" for i in range(10 * count)])
    path = project / "mine.csv"
    features.assign(painter=[f"painter {i % count}" for i in range(10 * count)]).to_csv(path)
    train_model(data=path, search=Preset.SMOKE, jobs=1, task="painter")
    assert (
        "60 classes are too many for random_forest, gradient_boosting; name them with --families"
        in (capsys.readouterr().err)
    )
    folder = project / "models" / "painter"
    metadata = load_model_folder(folder).metadata
    assert len(metadata.classes) == count
    assert {row.family for row in metadata.leaderboard} == set(FAMILIES) - {
        "random_forest",
        "gradient_boosting",
    }


def test_an_unknown_family_is_refused_with_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        train_model(families="svm,xgboost")
    error = capsys.readouterr().err
    assert left.value.code == 2
    assert error.startswith("error: unknown family (xgboost); choose from ")
    assert all(family in error for family in FAMILIES)


def test_an_interrupted_run_leaves_the_old_model_and_no_process(project: Path) -> None:
    write_table(make_table(), project / "mine.csv", SCHEMA)
    train(project / "mine.csv")
    old = contents(project / "models" / "color-2")
    with start_long_run(project / "mine.csv") as run:
        assert run.stderr is not None
        assert "training on" in run.stderr.readline()
        assert run.stderr.readline().startswith("svm: ")
        # Ctrl-C reaches every process of the group, in the middle of the second family.
        time.sleep(1)
        os.killpg(run.pid, signal.SIGINT)
        assert run.stderr.read() == "error: interrupted\n"
    assert run.returncode == 130
    assert contents(project / "models" / "color-2") == old
    assert is_gone(run.pid, within_s=10)


def start_long_run(data: Path) -> subprocess.Popen[str]:
    options = ["--search", "published", "--families", "svm,neural_network", "--jobs", "2"]
    options += ["--name", "color-2", "--replace"]
    return subprocess.Popen(
        [sys.executable, "-m", "src.models.train_model", "--data", data, *options],
        stderr=subprocess.PIPE,
        text=True,
        cwd=project_root(),
        start_new_session=True,
    )


def is_gone(group: int, within_s: float) -> bool:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_a_painted_table_is_the_one_that_would_be_written(tmp_path: Path) -> None:
    path = tmp_path / "gallery.csv"
    write_table(gallery_table(22, seed=3, jobs=1), path, SCHEMA)
    painted = paint_training_table(22, seed=3, jobs=1, spec=FEATURES_V1)
    written = read_training_table(path, FEATURES_V1, COLOR)
    assert painted.sha256 == written.sha256
    names = list(FEATURE_NAMES)
    assert (painted.table[names].to_numpy() == written.table[names].to_numpy()).all()


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"precision": 0.9}, "--precision 0.9 is of tags, and color has one answer"),
        ({"task": "tags", "precision": 1.5}, "no such precision (1.5); give one above 0"),
        ({"task": "color", "many": True}, "color has one answer to a picture, not any number"),
    ],
)
def test_what_is_of_tags_alone_is_refused_elsewhere(
    project: Path, capsys: pytest.CaptureFixture[str], asked: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(SystemExit) as left:
        train_model(**asked)
    assert left.value.code == 2
    assert complaint in capsys.readouterr().err
    assert not (project / "models").exists()


def test_pictures_of_ones_own_with_any_number_of_tags(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng, lines = np.random.default_rng(0), ["file,night,rose,warm"]
    (project / "photos").mkdir()
    for number, color in enumerate(list(SHOWN) * 16):
        name = f"{number:02d}.png"
        cv2.imwrite(str(project / "photos" / name), paint(color, rng))
        said = [str(int(tag in SHOWN[color])) for tag in TAGS]
        # Of every fourth picture nobody said whether it is warm.
        lines.append(",".join([name, *said[:2], said[2] if number % 4 else ""]))
    (project / "photos" / "labels.csv").write_text("\n".join(lines) + "\n")
    train_model(
        project / "photos",
        search=Preset.SMOKE,
        jobs=1,
        families="svm,logistic_regression",
        task="motif",
        many=True,
        features=Features.V1,
    )
    out, err = capsys.readouterr()
    assert "a column for each of 3 tags (night, rose, warm)" in err
    assert "mean average precision" in out
    metadata = load_model_folder(project / "models" / "motif").metadata
    assert (metadata.task.kind, metadata.classes) == (Kind.MANY, TAGS)
    assert metadata.training_rows + metadata.holdout.rows == 48
    assert metadata.holdout.many is not None
    figures = {tag.name: tag for tag in metadata.holdout.many.tags}
    assert figures["warm"].rows < figures["rose"].rows == metadata.holdout.rows
    written = {
        kind: CliRunner().invoke(
            app,
            ["predict", "--task", "motif", "--format", kind, str(project / "photos/01.png")],
        )
        for kind in ("text", "csv", "json")
    }
    assert {result.exit_code for result in written.values()} == {0}
    assert re.match(r"(rose|warm) [01]\.\d{3}, (rose|warm) [01]", written["text"].stdout)
    (row,) = csv.DictReader(written["csv"].stdout.splitlines())
    assert set(row["label"].split("|")) == {"rose", "warm"}
    assert float(row["rose"]) > 0.5 > float(row["night"])
    (found,) = json.loads(written["json"].stdout)
    assert set(found["labels"]) == {"rose", "warm"}
