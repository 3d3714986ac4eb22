"""Answers at each path."""

import json

import pytest
from httpx import Client

from src.service.limits import ServiceLimits
from tests.models.fitted_models import fit_model
from tests.service.apps import (
    assert_refused,
    between_red_and_pink,
    encoded,
    named_model,
    running,
)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp", ".tiff"])
def test_a_picture_gets_its_label_scores_palette_and_model(client: Client, suffix: str) -> None:
    reply = client.post("/v1/predict", files={"file": (f"rose{suffix}", encoded("RED", suffix))})
    assert reply.status_code == 200
    found = reply.json()
    assert found["filename"] == f"rose{suffix}"
    assert found["label"] == "RED" == next(iter(found["scores"]))
    assert found["score"] == found["scores"]["RED"] == max(found["scores"].values())
    assert sum(found["scores"].values()) == pytest.approx(1, abs=1e-5)
    assert found["palette"][0]["name"] == "dark red"
    assert found["stands_on"] in found["palette"]
    assert sum(color["share"] for color in found["palette"]) == pytest.approx(1, abs=1e-3)
    assert found["model"] == {
        "task": "color",
        "family": "logistic_regression",
        "version": "0123456789ab",
    }
    assert found["milliseconds"] > 0


def test_a_batch_has_a_result_or_an_error_for_each_file(client: Client) -> None:
    names = ["rose.jpg", "note.txt", "night.png", "drawing.svg"]
    contents = [encoded("RED"), b"hello", encoded("BLACK", ".png"), b"<svg xmlns='x'></svg>"]
    files = [("files", pair) for pair in zip(names, contents, strict=True)]
    reply = client.post("/v1/predict/batch", files=files)
    assert reply.status_code == 200
    results = reply.json()["results"]
    assert [result["filename"] for result in results] == names
    assert [result.get("label") for result in results] == ["RED", None, "BLACK", None]
    errors = [result["error"]["code"] for result in results if "error" in result]
    assert errors == ["unreadable_image", "unsupported_type"]
    assert reply.json()["milliseconds"] > 0
    (alone,) = client.post("/v1/predict/batch", files=files[:1]).json()["results"]
    assert alone == results[0]


def test_the_old_address_answers_with_the_label_alone(client: Client) -> None:
    reply = client.post("/img_classify", files={"file": ("rose.jpg", encoded("PINK"))})
    assert (reply.status_code, reply.json()) == (200, {"prediction": "PINK"})


def test_it_abstains_where_no_class_is_probable_enough(client: Client) -> None:
    for path, field in (("/v1/predict", "file"), ("/v1/predict/batch", "files")):
        files = {field: ("rose.png", between_red_and_pink())}
        reply = client.post(path, params={"min_score": "1"}, files=files)
        (found,) = reply.json().get("results", [reply.json()])
        assert found["label"] is None
        assert found["score"] == max(found["scores"].values()) < 1
        (warning,) = [found for found in found["warnings"] if found["code"] == "abstained"]
        assert next(iter(found["scores"])) in warning["message"]
        found = client.post(path, params={"min_score": "0.1"}, files=files).json()
        assert "abstained" not in json.dumps(found)


@pytest.mark.parametrize("value", ["", "x", "-0.1", "1.1", "nan", "inf", "0x1", "1e999"])
def test_a_min_score_that_is_no_probability(client: Client, value: str) -> None:
    for path, field in (("/v1/predict", "file"), ("/v1/predict/batch", "files")):
        reply = client.post(path, params={"min_score": value}, files={field: encoded()})
        assert_refused(reply, 422, "invalid_request")


def test_facts_of_the_model(client: Client) -> None:
    classes = client.get("/v1/classes").json()
    assert (classes["task"], classes["called"]) == ("color", "colour")
    assert [found["label"] for found in classes["classes"]] == ["BLACK", "RED", "PINK"]
    assert classes["classes"][1]["hex"] == "#c8202f"
    facts, metadata = client.get("/v1/model").json(), fit_model().metadata
    assert (facts["task"], facts["called"]) == ("color", "colour")
    assert facts["accuracy"] == metadata.holdout.accuracy
    assert facts["family"] == metadata.family
    assert facts["features"]["names"] == list(metadata.feature_spec.names)
    assert facts["version"] == facts["sha256"][:12] == "0123456789ab"
    assert facts["limits"]["bytes"] == ServiceLimits().max_file_bytes
    assert facts["limits"]["seconds"] == ServiceLimits().max_seconds


def test_a_task_of_ones_own_is_told_by_its_own_words() -> None:
    with running(named_model("medium", ("1", "10", "لوحة زيتية"))) as service:
        client = service.client
        classes = client.get("/v1/classes").json()
        assert (classes["task"], classes["called"]) == ("medium", "medium")
        assert [found["label"] for found in classes["classes"]] == ["1", "10", "لوحة زيتية"]
        assert {found["hex"] for found in classes["classes"]} == {None}
        found = client.post("/v1/predict", files={"file": encoded("PINK")}).json()
        assert found["label"] == "لوحة زيتية"
        assert found["model"]["task"] == "medium"
        # A palette has the names of colours, whatever is asked.
        assert found["palette"][0]["name"] == "pinkish grey"
        assert found["stands_on"] is None


def test_alive_and_ready(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}
    with running(started=False) as unstarted:
        assert unstarted.client.get("/healthz").status_code == 200
        assert_refused(unstarted.client.get("/readyz"), 503, "busy")
        reply = unstarted.client.post("/v1/predict", files={"file": encoded()})
        assert_refused(reply, 503, "busy")
