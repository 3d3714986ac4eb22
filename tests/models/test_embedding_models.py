"""Models that go by what a network measures, everywhere a model is asked."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner, Result

from src.cli import app
from src.edges import TextOrJson
from src.errors import ModelError, ModelMismatch, ModelNotFound
from src.features import measuring
from src.features.backbones import Backbone, backbone_of
from src.features.embedding import see_square
from src.features.measuring import Measured, measure_picture
from src.gallery.paintings import paint as paint_commission
from src.gallery.paintings import plan_gallery
from src.images import load_uncut
from src.models.answers import UNUSUAL, Panel, warnings_of
from src.models.artifact import load_model_folder
from src.models.classifier import TrainingSpread
from src.models.explain_model import BLURRED, explain, explain_features
from src.models.predict_model import Classifier, load_model, predict, predict_many
from src.models.registry import keep_model
from src.models.reporting.explanation_text import render_explanation
from src.models.studies.picture_regions import REGIONS, THIRDS, PartlyHidden, blur
from src.tasks import MEDIUM, TRADITIONAL
from tests.models.embedding_models import SIDE, add_tiny, as_classifier, fit_embedding_model
from tests.models.fitted_models import paint
from tests.service.apps import running

ROOT = Path(__file__).parents[2]
RED = paint("RED", np.random.default_rng(1), SIDE)


@pytest.fixture
def tiny(own_networks: Path, tmp_path: Path) -> Backbone:
    return add_tiny(tmp_path)


@pytest.fixture
def model(tiny: Backbone) -> Classifier:
    return as_classifier(fit_embedding_model(tiny))


@pytest.fixture
def rooms(tiny: Backbone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep a model among a user's own ones, and give a folder with pictures and a broken one."""
    keep_model(fit_embedding_model(tiny))
    folder = tmp_path / "rooms"
    folder.mkdir()
    for n, label in enumerate(("BLACK", "RED", "PINK")):
        picture = paint(label, np.random.default_rng(n), SIDE)
        cv2.imwrite(str(folder / f"{n}.png"), picture)
    (folder / "broken.png").write_bytes(b"no picture")
    monkeypatch.chdir(tmp_path)
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_one_picture_and_many_get_the_same_answer(model: Classifier) -> None:
    found = predict(RED, model=model, order="bgr")
    assert found.label == "RED"
    assert {color.name for color in found.palette} >= {"red"}
    many = predict_many([RED] * 3, model=model, order="bgr", palette=False)
    # With another number of threads, sums are rounded otherwise.
    scores: Any = pytest.approx(found.scores, rel=1e-9)
    expected = replace(found, palette=(), scores=scores)
    assert list(many) == [expected] * 3


def test_models_of_both_kinds_measure_a_picture_once(
    model: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = list[object]()

    def load(source: Any, **options: Any) -> Any:
        decoded.append(source)
        return load_uncut(source, **options)

    monkeypatch.setattr(measuring, "load_uncut", load)
    panel = Panel.of([load_model("color"), model])
    measured = measure_picture(RED, panel.specs, order="bgr")
    (answers,) = panel.answer([("red", measured)])
    assert len(decoded) == 1
    assert [getattr(answer, "label", None) for answer in answers] == ["RED", "RED"]
    again = Measured.unpack(measured.pack(panel.specs), panel.specs)
    assert list(panel.answer([("red", again)])) == [answers]


def test_the_command_answers_as_text_and_json_and_in_files(rooms: Path) -> None:
    text = run("predict", "--task", "look", str(rooms), "-q")
    assert text.exit_code == 1
    assert [line.split()[0] for line in text.stdout.splitlines()] == ["BLACK", "RED", "PINK"]
    both = run("predict", "--task", "color", "--task", "look", str(rooms), "--format", "json", "-q")
    answers = json.loads(both.stdout)
    assert len(answers) == 4
    filled = run("predict", "--task", "look", str(rooms), "-q", "-o", "out.csv", "--jobs", "1")
    assert filled.exit_code == 1
    rows = list(csv.DictReader(Path("out.csv").read_text().splitlines()))
    assert [row["label"] for row in rows] == ["BLACK", "RED", "PINK", ""]
    scores = [row["score"] for row in rows[:3]]
    json_scores = json.loads(
        run("predict", "--task", "look", str(rooms), "--format", "json", "-q").stdout
    )
    assert scores == [str(answer["score"]) for answer in json_scores[:3]]


def spoil_by_removing(path: Path) -> None:
    path.unlink()


def spoil_by_altering(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def spoil_by_exchanging(path: Path) -> None:
    note = path.with_suffix(".json")
    note.write_text(note.read_text().replace(json.loads(note.read_text())["sha256"], "ab" * 32))


def spoil_by_taking_all_away(path: Path) -> None:
    path.unlink()
    path.with_suffix(".json").unlink()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (spoil_by_removing, "the network tiny lacks its file"),
        (spoil_by_altering, "is not the file of the network tiny"),
        (spoil_by_exchanging, "the network tiny here is another one"),
        (spoil_by_taking_all_away, "artlens backbone add FILE.onnx"),
    ],
)
@pytest.mark.parametrize("into", [[], ["-o", "out.csv", "--jobs", "2"]], ids=["text", "file"])
def test_without_its_network_a_model_says_what_to_do(
    rooms: Path, own_networks: Path, spoil: Callable[[Path], None], words: str, into: list[str]
) -> None:
    spoil(own_networks / "tiny.onnx")
    command = [sys.executable, "-m", "src.cli", "predict", "--task", "look", str(rooms), "-q"]
    done = subprocess.run([*command, *into], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert words in line
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("rooms")
def test_a_model_is_not_even_loaded_without_its_network(own_networks: Path) -> None:
    assert load_model(task="look").classes
    spoil_by_removing(own_networks / "tiny.onnx")
    with pytest.raises(ModelNotFound, match="the network tiny lacks its file"):
        load_model_folder(own_networks.parent / "look")


def test_rows_of_another_network_are_refused(model: Classifier) -> None:
    with pytest.raises(ModelMismatch, match=r"shape \(1, 4128\).*\(n, 8\)"):
        model.predict_scores(np.zeros((1, 4128)))
    elsewhere = replace(model.metadata.feature_spec, network=f"gone {'0' * 64}")
    with pytest.raises(ModelNotFound, match="gone, sha256 0000"):
        measure_picture(RED, (elsewhere,))


def test_parts_of_the_picture_add_up_to_the_odds(model: Classifier) -> None:
    found = explain(RED, model=model, order="bgr")
    assert (found.of_regions, found.against) == (True, BLURRED)
    assert {part.feature for part in found.contributions} == set(REGIONS)
    assert {part.value for part in found.contributions} == {None}
    assert list(found.by_space()) == sorted(THIRDS)
    predicted = predict(RED, model=model, order="bgr")
    first, second = list(predicted.scores.items())[:2]
    for of, odds, expected in (
        ("label", found.label, first),
        ("runner_up", found.runner_up, second),
    ):
        assert (odds.name, odds.probability) == expected
        total = sum(getattr(part, of) for part in found.contributions)
        assert odds.average_log_odds + total == pytest.approx(odds.log_odds, abs=1e-9)
    assert found == explain(RED, model=model, order="bgr")


def test_a_part_where_there_is_nothing_changes_nothing(model: Classifier) -> None:
    picture = np.full((3 * SIDE, 3 * SIDE, 3), 128, np.uint8)
    picture[SIDE : 2 * SIDE, 2 * SIDE :] = paint("RED", np.random.default_rng(1), SIDE)
    backbone = backbone_of(model.metadata.feature_spec)
    rows = PartlyHidden(see_square(picture, backbone), backbone).rows(np.eye(10, 9, dtype=bool))
    nothing = rows[-1].tobytes()
    changed = {name for name, row in zip(REGIONS, rows, strict=False) if row.tobytes() != nothing}
    # Its colour runs into the parts beside it.
    assert "right" in changed
    assert not changed & {"top left", "bottom left"}


def test_what_is_hidden_is_blurred_and_all_shown_is_the_picture(model: Classifier) -> None:
    backbone = backbone_of(model.metadata.feature_spec)
    hidden = PartlyHidden(see_square(RED, backbone), backbone)
    (whole,) = measure_picture(RED, (model.metadata.feature_spec,), order="bgr").rows
    all_of_it, nothing = hidden.rows(np.array([[True], [False]]).repeat(9, axis=1))
    assert all_of_it.tobytes() == whole.tobytes()
    assert not np.allclose(nothing, whole)
    fine = np.random.default_rng(3).integers(0, 256, (224, 224, 3), np.uint8)
    steps = [np.abs(np.diff(seen.astype(int), axis=0)).mean() for seen in (fine, blur(fine))]
    assert steps[1] < steps[0] / 10


def test_the_text_of_parts_names_no_values(model: Classifier) -> None:
    text = render_explanation(explain(RED, model=model, order="bgr"), TextOrJson.TEXT)
    lines = text.splitlines()
    assert lines[1] == f"What each part of the picture did, against {BLURRED};"
    assert sum(line.startswith("all of the ") for line in lines) == 0
    assert {line.rsplit(None, 2)[0] for line in lines if line} >= {
        "all of upper third",
        "the other part",
    }
    assert "for the blurred picture (" in lines[-1]
    assert "None" not in text


def test_the_command_explains_by_parts_and_draws_them(rooms: Path) -> None:
    found = run("explain", "--task", "look", str(rooms / "1.png"), "--figure", "why.png")
    assert (found.exit_code, found.stdout.split()[0]) == (0, "RED")
    drawn = cv2.imread("why.png")
    assert drawn is not None
    assert drawn.shape[0] > 300
    told = json.loads(
        run("explain", "--task", "look", str(rooms / "1.png"), "--format", "json").stdout
    )
    assert told["against"] == BLURRED
    assert len(told["contributions"]) == 9


def test_numbers_of_a_network_are_not_explained_one_by_one(model: Classifier) -> None:
    with pytest.raises(ModelError, match=r"explain the picture itself.*artlens explain"):
        explain_features(np.zeros(8), model)


def test_the_service_answers_by_form_and_body_and_explains(model: Classifier) -> None:
    content = cv2.imencode(".png", RED)[1].tobytes()
    with running(model) as service:
        form = service.client.post("/v1/predict", files={"file": ("red.png", content)}).json()
        body = service.client.post(
            "/v1/predict", content=content, headers={"content-type": "image/png"}
        ).json()
        why = service.client.post("/v1/explain", files={"file": ("red.png", content)}).json()
        bad = service.client.post("/v1/explain", files={"file": ("red.png", b"no picture")})
    assert form["label"] == body["label"] == why["label"]["name"] == "RED"
    assert form["scores"] == body["scores"]
    assert form["palette"]
    assert [part["feature"] for part in why["contributions"]] == [
        part.feature for part in explain(content, model=model).contributions
    ]
    assert {part["level"] for part in why["contributions"]} == {None}
    assert bad.status_code == 422


def test_a_picture_far_from_training_is_called_unusual_whatever_its_texture(
    model: Classifier,
) -> None:
    spec = model.metadata.feature_spec
    usual = measure_picture(RED, (spec,), order="bgr")
    flat = measure_picture(np.full((SIDE, SIDE, 3), (0, 255, 0), np.uint8), (spec,))
    assert list(warnings_of(usual.rows[0], usual, model)) == []
    assert list(warnings_of(flat.rows[0], flat, model)) == [UNUSUAL]
    # Black ink on white paper has a flat texture too.
    drawn = replace(usual, texture=flat.texture)
    assert list(warnings_of(usual.rows[0], drawn, model)) == []


def test_a_few_numbers_that_never_varied_do_not_make_a_picture_unusual() -> None:
    spread = TrainingSpread(np.zeros(1000), np.ones(1000))
    row = np.zeros(1000)
    row[:5] = 1e6
    assert spread.distance(row) > 1e4
    assert spread.distance(row, 3.0) == pytest.approx(3 * 0.005**0.5)


@pytest.mark.parametrize("kind", ["noise", "black", "one colour", "fade", "checkers"])
def test_the_shipped_model_of_artists_says_what_is_no_work(kind: str) -> None:
    picture = {
        "noise": np.random.default_rng(6).integers(0, 256, (300, 260, 3)),
        "black": np.zeros((300, 300, 3)),
        "one colour": np.full((300, 300, 3), (60, 20, 180)),
        "fade": np.tile(np.arange(256)[:, np.newaxis, np.newaxis], (1, 256, 3)),
        "checkers": np.kron(np.tile(np.eye(2), (8, 8)), np.full((14, 14), 255)),
    }[kind]
    assert UNUSUAL in predict(picture.astype(np.uint8), model=load_model(task="artist")).warnings


def test_the_shipped_model_of_artists_takes_paintings_as_usual() -> None:
    model = load_model(task="artist")
    for commission in plan_gallery(8, seed=3):
        found = predict(paint_commission(commission), model=model, order="bgr")
        assert UNUSUAL not in found.warnings


def draw_lines(bgr: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Draw flat shapes with an even outline, as drawing programs do."""
    picture = np.full((400, 400, 3), 255, np.uint8)
    for radius, centre in ((120, (200, 220)), (50, (110, 100)), (50, (290, 100))):
        cv2.circle(picture, centre, radius, bgr, -1, cv2.LINE_AA)
        cv2.circle(picture, centre, radius, (0, 0, 0), 4, cv2.LINE_AA)
    for eye in (160, 240):
        cv2.circle(picture, (eye, 190), 14, (0, 0, 0), -1, cv2.LINE_AA)
    return picture


def test_the_shipped_model_of_media_tells_digital_from_traditional() -> None:
    model = load_model(task="medium")
    assert tuple(model.classes) == MEDIUM.classes
    drawn = predict(draw_lines((60, 140, 240)), model=model, order="bgr")
    by_hand = sum(drawn.scores[name] for name in TRADITIONAL)
    assert drawn.label == "digital"
    assert drawn.scores["digital"] > by_hand
    grain = np.random.default_rng(2).normal(0, 25, (400, 400, 3))
    painted = cv2.GaussianBlur(grain, (0, 0), 3) * 6 + (70, 110, 150)
    found = predict(painted.clip(0, 255).astype(np.uint8), model=model, order="bgr")
    assert sum(found.scores.values()) == pytest.approx(1)
    assert found.label != "digital"
