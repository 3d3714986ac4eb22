"""All that models know of a picture, measured once: the functions and the command."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from src.cli import app
from src.config import settings
from src.errors import ModelError, UnreadableImage
from src.features import measuring
from src.models.analyse import analyse, analyse_many, answered_tasks, load_each
from src.models.artifact import save_model
from src.models.predict_model import Classifier, load_model, predict
from src.records import Analysis, FailedPrediction
from tests.models.fitted_models import fit_model, paint
from tests.service.apps import fit_named

SHAPES = ("oval", "round", "square")


@pytest.fixture
def shelf(models_dir: Path, shipped: Path) -> Path:
    """Models of two tasks of one's own and one of the package; no shipped ones."""
    save_model(fit_named("shape", SHAPES), models_dir / "shape")
    save_model(fit_model(), models_dir / "color")
    save_model(fit_named("mood", ("calm", "gay", "sad")), models_dir / "glum")
    return models_dir


@pytest.fixture
def models(shelf: Path) -> list[Classifier]:
    return [load_model(task=task) for task in ("color", "shape")]


def red() -> Any:
    return paint("RED", np.random.default_rng(0))


def encoded(bgr: Any) -> bytes:
    return cv2.imencode(".jpg", bgr)[1].tobytes()


def test_each_model_says_what_it_says_alone(models: list[Classifier]) -> None:
    found = analyse(red(), models=models, order="bgr")
    alone = [predict(red(), model=model, order="bgr") for model in models]
    assert list(found.answers) == alone
    assert found.palette == alone[0].palette
    assert (found.source, found.warnings, found.unanswered) == ("<array>", (), {})


def test_a_picture_is_decoded_and_measured_once(
    models: list[Classifier], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = list[str]()

    def counted(name: str) -> Callable[..., Any]:
        real = getattr(measuring, name)

        def count(*args: Any, **options: Any) -> Any:
            done.append(name)
            return real(*args, **options)

        return count

    for name in ("load_uncut", "extract", "find_palette"):
        monkeypatch.setattr(measuring, name, counted(name))
    analyse(encoded(red()), models=models)
    assert sorted(done) == ["extract", "find_palette", "load_uncut"]


def test_what_is_true_of_the_picture_is_said_once(models: list[Classifier]) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)
    content = encoded(noise)
    found = analyse(content[: len(content) // 2], models=models)
    assert [warning.code for warning in found.warnings] == ["truncated"]
    for answer in found.answers:
        codes = [warning.code for warning in answer.warnings]
        assert "unusual_image" in codes
        assert "truncated" not in codes


def test_many_pictures_keep_their_places(models: list[Classifier]) -> None:
    sources = [encoded(red()), b"no picture", encoded(red())]
    first, broken, last = analyse_many(sources, models=models, jobs=2)
    assert isinstance(first, Analysis)
    assert isinstance(last, Analysis)
    assert [answer.label for answer in first.answers] == ["RED", "round"]
    assert first.answers == last.answers
    assert isinstance(broken, FailedPrediction)
    assert isinstance(broken.error, UnreadableImage)


def test_a_model_that_cannot_be_used_stops_no_other(shelf: Path) -> None:
    (shelf / "shape" / "model.skops").write_bytes(b"changed")
    found = analyse(red(), order="bgr")
    assert [answer.model and answer.model.task for answer in found.answers] == ["color", "mood"]
    assert list(found.unanswered) == ["shape"]
    assert "model.skops" in str(found.unanswered["shape"])
    with pytest.raises(ModelError, match="skops"):
        analyse(red(), tasks=["color", "shape"])


def test_a_shipped_name_that_cannot_be_read_is_missed_aloud(shelf: Path) -> None:
    (shelf / "color" / "model.json").write_text("{")
    (shelf / "glum" / "model.json").write_text("{")
    told = list[ModelError]()
    assert answered_tasks(told.append) == ("color", "shape")
    assert len(told) == 2
    assert list(load_each().failed) == ["color"]


def test_the_settings_may_choose_what_is_asked(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert answered_tasks() == ("color", "mood", "shape")
    monkeypatch.setenv("ARTLENS_TASKS", "shape, color")
    settings.cache_clear()
    assert [model.task.name for model in load_each().models] == ["shape", "color"]
    assert [model.task.name for model in load_each(["mood"]).models] == ["mood"]


def test_without_any_model_it_says_why(shelf: Path) -> None:
    for name in ("shape", "color", "glum"):
        (shelf / name / "model.skops").write_bytes(b"changed")
    with pytest.raises(ModelError, match=r"no model can be asked .*artlens train"):
        load_each()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "red.jpg").write_bytes(encoded(red()))
    return tmp_path


def test_the_command_tells_all_answers_side_by_side(shelf: Path, folder: Path) -> None:
    done = CliRunner().invoke(app, ["analyse", "red.jpg", "--format", "json"])
    (said,) = json.loads(done.stdout)
    assert (done.exit_code, list(said["tasks"])) == (0, ["color", "mood", "shape"])
    assert said["tasks"]["shape"]["label"] == "round"
    done = CliRunner().invoke(app, ["analyse", "red.jpg", "-q", "--task", "shape"])
    assert done.stdout.split()[0] == "round"


def test_the_command_goes_on_without_a_broken_model(shelf: Path, folder: Path) -> None:
    (shelf / "shape" / "model.skops").write_bytes(b"changed")
    done = CliRunner().invoke(app, ["analyse", "red.jpg"])
    assert done.exit_code == 0
    assert done.stdout.split()[::2] == ["RED", "gay", "red.jpg"]
    assert "shape is left out: " in done.stderr
    done = CliRunner().invoke(app, ["analyse", "red.jpg", "--task", "shape"])
    assert (done.exit_code, done.stdout) == (2, "")
