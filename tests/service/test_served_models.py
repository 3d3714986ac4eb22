"""Several models in one service: loaded in the background, asked together, each by itself."""

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import cv2
import numpy as np
import pytest
from httpx import Client

from src.errors import ModelMismatch
from src.models import registry
from src.models.artifact import save_model
from src.models.predict_model import analyse
from src.service import served_models
from tests.models.tag_models import THRESHOLDS, fit_tag_model
from tests.service.apps import (
    Running,
    assert_refused,
    between_red_and_pink,
    encoded,
    fit_named,
    running,
    small_model,
    standing,
    wait_for,
)

SHAPES = ("oval", "round", "square")
TASKS = ("color", "mood", "shape", "texture")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models of one's own: two that are sound, and one whose file was changed."""
    folder = tmp_path_factory.mktemp("models")
    save_model(fit_named("shape", SHAPES), folder / "shape")
    save_model(fit_named("mood", ("calm", "gay", "sad")), folder / "mood")
    save_model(fit_named("texture", SHAPES), folder / "texture")
    (folder / "texture" / "model.skops").write_bytes(b"changed")
    return folder


@pytest.fixture(scope="module")
def several(shelf: Path) -> Iterator[Running]:
    """A service whose other models are found on that shelf, all loaded as far as they can be."""
    with standing(shelf), running(tasks=TASKS) as service:
        places = service.state.models
        wait_for(lambda: all(place.status != "loading" for place in places.places))
        yield service


def post(client: Client, **options: Any) -> Any:
    return client.post(
        "/v1/analyse", files={"file": ("rose.png", encoded("RED", ".png"))}, **options
    )


def test_each_ready_model_answers_as_it_does_alone(several: Running) -> None:
    found = post(several.client).json()
    assert found["filename"] == "rose.png"
    assert [answer["task"] for answer in found["answers"]] == ["color", "mood", "shape"]
    alone = analyse(encoded("RED", ".png"), models=[small_model()])
    predicted = several.client.post(
        "/v1/predict", files={"file": ("rose.png", encoded("RED", ".png"))}
    ).json()
    first = found["answers"][0]
    for name in ("label", "labels", "score", "scores", "stands_on", "warnings", "model"):
        assert first[name] == predicted[name]
    assert found["palette"] == predicted["palette"]
    assert [color["hex"] for color in found["palette"]] == [color.hex for color in alone.palette]
    assert [answer["labels"] for answer in found["answers"]] == [["RED"], ["gay"], ["round"]]
    assert {answer["kind"] for answer in found["answers"]} == {"one"}
    assert [answer["noun"] for answer in found["answers"]] == ["colour", "mood", "shape"]


def test_a_model_that_cannot_be_loaded_stops_no_other_and_is_told_of(
    several: Running, shelf: Path
) -> None:
    client = several.client
    (missing,) = post(client).json()["unanswered"]
    assert (missing["task"], missing["code"]) == ("texture", "model_failed")
    assert str(shelf) not in json.dumps(missing)
    tasks = client.get("/v1/tasks").json()["tasks"]
    assert {task["task"]: task["status"] for task in tasks} == dict.fromkeys(TASKS[:3], "ready") | {
        "texture": "failed"
    }
    by_name = {task["task"]: task for task in tasks}
    assert by_name["texture"]["reason"] == missing["message"]
    assert by_name["texture"]["model"] is None
    assert by_name["shape"]["classes"] == list(SHAPES)
    assert by_name["shape"]["model"]["task"] == "shape"
    assert by_name["color"]["swatches"]["RED"] == "#c8202f"
    ready = client.get("/readyz").json()
    assert {task["task"]: task["reason"] for task in ready["tasks"]}["texture"] == missing[
        "message"
    ]
    text = client.get("/metrics").text
    assert 'artlens_model_failures_total{task="texture"} 1.0' in text
    assert 'artlens_models_ready{task="shape"} 1.0' in text
    assert 'artlens_models_ready{task="texture"}' not in text


def test_only_the_tasks_that_are_named_are_asked(several: Running) -> None:
    for asked in ({"task": "shape,color"}, {"task": ["shape", "color"]}):
        found = post(several.client, params=asked).json()
        assert [answer["task"] for answer in found["answers"]] == ["color", "shape"]
        assert found["unanswered"] == []
    alone = post(several.client, params={"task": "texture"}).json()
    assert alone["answers"] == []
    assert [missing["task"] for missing in alone["unanswered"]] == ["texture"]
    assert alone["palette"] == found["palette"]
    for name in ("none", "same_artist", "", "color,none"):
        assert_refused(post(several.client, params={"task": name}), 422, "invalid_request")


def test_a_warning_of_the_picture_stands_once(several: Running) -> None:
    whole = np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)
    content = cv2.imencode(".jpg", whole)[1].tobytes()
    cut = content[: len(content) * 2 // 3]
    found = several.client.post("/v1/analyse", files={"file": cut}).json()
    assert [warning["code"] for warning in found["warnings"]] == ["truncated"]
    for answer in found["answers"]:
        assert "truncated" not in {warning["code"] for warning in answer["warnings"]}
        assert "unusual_image" in {warning["code"] for warning in answer["warnings"]}
    explained = several.client.post("/v1/explain", files={"file": cut}).json()
    assert "truncated" in {warning["code"] for warning in explained["warnings"]}


def test_no_label_where_none_is_as_probable_as_was_asked(several: Running) -> None:
    files = {"file": between_red_and_pink()}
    found = several.client.post("/v1/analyse", params={"min_score": "1"}, files=files).json()
    for answer in found["answers"]:
        assert (answer["label"], answer["labels"]) == (None, [])
        assert "abstained" in {warning["code"] for warning in answer["warnings"]}
    text = several.client.get("/metrics").text
    assert 'artlens_predictions_total{label="none",task="shape"} 1.0' in text


def test_the_main_model_answers_while_others_are_being_loaded(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = Event()

    def load_slowly(*, task: str) -> Any:
        assert released.wait(30)
        return registry.load_model(task=task)

    monkeypatch.setattr(served_models, "load_model", load_slowly)
    with standing(shelf), running(tasks=("color", "shape")) as service:
        client = service.client
        assert client.get("/readyz").status_code == 200
        found = client.post("/v1/predict", files={"file": encoded()})
        assert found.json()["label"] == "RED"
        early = post(client).json()
        assert [answer["task"] for answer in early["answers"]] == ["color"]
        assert [missing["code"] for missing in early["unanswered"]] == ["model_loading"]
        assert client.get("/v1/tasks").json()["tasks"][1]["status"] == "loading"
        released.set()
        wait_for(lambda: post(client).json()["unanswered"] == [])
        assert len(post(client).json()["answers"]) == 2


def test_what_nobody_foresaw_in_one_model_is_its_own_affair(
    shelf: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def load(*, task: str) -> Any:
        raise MemoryError(task) if task == "mood" else ModelMismatch("other features")

    monkeypatch.setattr(served_models, "load_model", load)
    with standing(shelf), running(tasks=("color", "mood", "shape")) as service:
        wait_for(lambda: len(post(service.client).json()["unanswered"]) == 2)
        statuses = [place.status for place in service.state.models.places]
        assert statuses == ["ready", "failed", "failed"]
    log = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    (mood,) = [line for line in log if line.get("task") == "mood"]
    (shape,) = [line for line in log if line.get("task") == "shape"]
    assert "MemoryError" in mood["traceback"]
    assert "traceback" not in shape
    assert "other features" in shape["message"]


def test_tags_are_answered_with_their_thresholds(tmp_path: Path) -> None:
    save_model(fit_tag_model(), tmp_path / "motif")
    with standing(tmp_path), running(tasks=("color", "motif")) as service:
        places = service.state.models
        wait_for(lambda: all(place.status == "ready" for place in places.places))
        found = post(service.client).json()
        tasks = service.client.get("/v1/tasks").json()["tasks"]
        schema = service.client.get("/openapi.json").json()
        text = service.client.get("/metrics").text
    color, motif = found["answers"]
    assert (color["kind"], color["thresholds"]) == ("one", None)
    assert (motif["kind"], motif["noun"], motif["thresholds"]) == ("many", "motif", THRESHOLDS)
    assert set(motif["labels"]) == {"rose", "warm"}
    assert motif["label"] == motif["labels"][0]
    assert sum(motif["scores"].values()) > 1.5
    assert {task["task"]: task["kind"] for task in tasks} == {"color": "one", "motif": "many"}
    assert "thresholds" in json.dumps(schema)
    for tag in ("rose", "warm"):
        assert f'artlens_predictions_total{{label="{tag}",task="motif"}} 1.0' in text
