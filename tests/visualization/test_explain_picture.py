import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from src.cli import app
from src.config import settings
from src.models.artifact import save_model
from src.models.classifier import introductions
from src.models.registry import load_model
from src.tasks import Task
from tests.models.fitted_models import fit_model, paint

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "color"
    save_model(fit_model(), folder)
    return folder


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "rose.png"
    cv2.imwrite(str(path), paint("RED", np.random.default_rng(0)))
    return path


@pytest.fixture
def run(model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Give ``artlens explain`` in this process: arguments -> exit code, output, errors."""

    def run_explain(*arguments: object, stdin: bytes = b"") -> tuple[int, str, str]:
        done = CliRunner().invoke(app, ["explain", *map(str, arguments)], input=stdin)
        return done.exit_code, done.stdout, done.stderr

    monkeypatch.setenv("ARTLENS_MODELS_DIR", str(model.parent))
    settings.cache_clear()
    yield run_explain
    settings.cache_clear()


def introduced(name: str | None = None) -> str:
    return "".join(f"{line}\n" for line in introductions([load_model(name)]))


def test_a_model_is_named_once(run: Run, picture: Path, model: Path) -> None:
    code, out, err = run(picture, "--model", model, "--task", "shape")
    assert (code, out) == (2, "")
    assert err.startswith(f"error: the task shape and the model {model} both name a model")


def test_it_explains_in_words(run: Run, picture: Path) -> None:
    code, out, err = run(picture)
    assert (code, err) == (0, introduced())
    assert out.startswith("RED ")
    assert str(picture) in out.splitlines()[0]
    assert re.search(r"^redness \(a_lab_mean\) \d+ is rather high \(\+\d\.\d\) ", out, re.M)


def test_it_says_what_is_to_be_taken_with_care(run: Run, picture: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.png"
    cut.write_bytes(picture.read_bytes()[:-200])
    code, out, err = run(cut, "--figure", tmp_path / "why.png")
    assert code == 0
    assert out.startswith("RED ")
    assert err.startswith(introduced())
    assert "[truncated] The file ends too early" in err
    code, out, _ = run(cut, "--format", "json")
    assert "truncated" in [warning["code"] for warning in json.loads(out)["warnings"]]


def test_standard_input_and_a_model_by_name_give_the_same(
    run: Run, picture: Path, model: Path
) -> None:
    _, out, _ = run(picture)
    code, piped, _ = run("-", "--model", model, stdin=picture.read_bytes())
    assert code == 0
    assert piped == out.replace(str(picture), "-")
    assert run("-", stdin=b"")[2].startswith("error: cannot read -: it is empty")


def test_a_picture_is_named_as_for_predict(run: Run, picture: Path) -> None:
    _, out, _ = run(picture)
    assert run(picture.as_uri())[1] == out
    address = f"data:image/png;base64,{b64encode(picture.read_bytes()).decode()}"
    code, drawn, _ = run(address)
    assert (code, drawn.splitlines()[2:]) == (0, out.splitlines()[2:])
    assert "data:image/png;base64," in drawn
    assert len(drawn) < 2 * len(out)
    picture.with_name("pink.png").write_bytes(picture.read_bytes())
    assert "give one" in run(picture.parent)[2]


def test_json_can_be_read_by_machines(run: Run, picture: Path) -> None:
    code, out, _ = run(picture, "--format", "json")
    fields = json.loads(out)
    assert (code, fields["source"], fields["label"]["name"]) == (0, str(picture), "RED")
    words = {part["feature"]: part["words"] for part in fields["contributions"]}
    assert (len(words), words["a_lab_mean"]) == (18, "redness")


def test_it_tells_of_the_labels_that_are_asked_for(run: Run, picture: Path) -> None:
    code, out, _ = run(picture, "--about", "PINK", "--about", "BLACK", "--format", "json")
    fields = json.loads(out)
    assert (code, fields["label"]["name"], fields["runner_up"]["name"]) == (0, "PINK", "BLACK")
    code, out, err = run(picture, "--about", "GOLD")
    assert (code, out) == (2, "")
    assert err.startswith("error: color cannot tell of GOLD; name one or two of BLACK, RED, PINK")


def test_the_model_of_a_task_answers(run: Run, picture: Path, model: Path) -> None:
    other = fit_model(classes=("BLACK", "RED"))
    task = Task("ink", "ink").learned(["BLACK", "RED"])
    save_model(replace(other, metadata=replace(other.metadata, task=task)), model.parent / "ink")
    code, out, err = run(picture, "--task", "ink")
    assert (code, err) == (0, introduced("ink"))
    assert out.splitlines()[0].split()[3] == "BLACK"
    assert out == run(picture, "--model", model.parent / "ink")[1]
    code, out, err = run(picture, "--task", "shape")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "shape" in err


def test_it_draws_the_same_figure_every_time_and_replaces_none_unasked(
    run: Run, picture: Path, tmp_path: Path
) -> None:
    target = tmp_path / "why.png"
    assert run(picture, "--figure", target)[0] == 0
    drawn = target.read_bytes()
    pixels = cv2.imdecode(np.frombuffer(drawn, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    assert pixels.shape[1] == 1245
    code, out, err = run(picture, "--figure", target)
    assert (code, out) == (2, "")
    assert err == f"error: cannot write {target}: it is there already; add --force to replace it\n"
    target.write_bytes(b"old")
    assert run(picture, "--figure", target, "--force")[0] == 0
    assert target.read_bytes() == drawn
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rose.png", "why.png"]


def test_what_cannot_be_explained_or_written_is_one_line(
    run: Run, picture: Path, tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_text("hello")
    for arguments, message in [
        ((tmp_path / "note.txt",), "is not an image"),
        ((tmp_path / "gone.png",), "gone.png"),
        ((picture, "--figure", tmp_path), "it is a folder"),
        ((picture, "--figure", tmp_path / "no" / "why.png"), "no folder"),
        ((picture, "--model", tmp_path / "none"), "no model folder"),
    ]:
        code, out, err = run(*arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert message in err
