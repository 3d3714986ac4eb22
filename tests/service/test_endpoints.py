"""Answers at each path."""

import json

import pytest
from httpx import Client

from src.edges import TextOrJson
from src.models.explain_model import explain
from src.models.reporting.explanation_text import describe_value, render_explanation
from src.service.limits import ServiceLimits
from tests.models.fitted_models import fit_model
from tests.service.apps import (
    assert_refused,
    between_red_and_pink,
    bomb,
    encoded,
    named_model,
    running,
    small_model,
)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp", ".tiff"])
def test_a_picture_gets_its_label_scores_palette_and_model(client: Client, suffix: str) -> None:
    reply = client.post("/v1/predict", files={"file": (f"rose{suffix}", encoded("RED", suffix))})
    assert reply.status_code == 200
    found = reply.json()
    assert found["filename"] == f"rose{suffix}"
    assert found["label"] == "RED" == next(iter(found["scores"]))
    assert found["labels"] == ["RED"]
    assert found["score"] == found["scores"]["RED"] == max(found["scores"].values())
    assert sum(found["scores"].values()) == pytest.approx(1, abs=1e-5)
    assert found["palette"][0]["name"] == "dark red"
    assert found["stands_on"] in found["palette"]
    assert sum(color["share"] for color in found["palette"]) == pytest.approx(1, abs=1e-3)
    assert found["model"] == {
        "name": "tiny",
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


@pytest.mark.parametrize("path", ["/v1/predict", "/v1/explain"])
@pytest.mark.parametrize("kind", ["image/png", "Image/JPEG; q=1", "application/octet-stream"])
def test_a_picture_may_be_the_body_itself(client: Client, path: str, kind: str) -> None:
    headers = {"Content-Type": kind}
    reply = client.post(
        path, content=encoded("RED"), headers=headers, params={"filename": "a rosé.jpg"}
    )
    found, told = reply.json(), client.post(path, files={"file": ("a rosé.jpg", encoded())}).json()
    assert reply.status_code == 200
    assert found | {"milliseconds": 0} == told | {"milliseconds": 0}
    nameless = client.post(path, content=encoded("RED"), headers=headers).json()
    assert nameless["filename"] == ""


def test_an_explanation_holds_the_facts_of_the_command(client: Client) -> None:
    found = client.post("/v1/explain", files={"file": ("rose.png", encoded("RED", ".png"))}).json()
    printed = render_explanation(
        explain(encoded("RED", ".png"), model=small_model()), TextOrJson.JSON
    )
    told = json.loads(printed)
    assert found["filename"] == "rose.png"
    assert found["model"]["name"] == "tiny"
    for end in ("label", "runner_up"):
        assert found[end]["name"] == told[end]["name"]
        for number in ("probability", "log_odds", "average_log_odds"):
            assert found[end][number] == pytest.approx(told[end][number], abs=1e-6)
    assert len(found["contributions"]) == len(told["contributions"]) == 18
    for part, own in zip(found["contributions"], told["contributions"], strict=True):
        assert (part["feature"], part["space"]) == (own["feature"], own["space"])
        assert part["level"] == describe_value(own["deviations"])
        for number in ("value", "deviations", "label", "runner_up"):
            assert part[number] == pytest.approx(own[number], abs=1e-6)
    assert list(found["by_space"]) == list(told["by_space"])
    moved = sum(part["label"] for part in found["contributions"])
    assert moved == pytest.approx(
        found["label"]["log_odds"] - found["label"]["average_log_odds"], abs=1e-4
    )


def test_what_cannot_be_explained_is_refused_as_predictions_are(client: Client) -> None:
    for content, status, code in (
        (b"no picture", 422, "unreadable_image"),
        (b"<svg xmlns='x'></svg>", 415, "unsupported_type"),
        (bomb(), 413, "too_large"),
    ):
        reply = client.post("/v1/explain", files={"file": content})
        assert_refused(reply, status, code)


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
    assert (facts["name"], facts["task"], facts["called"]) == ("tiny", "color", "colour")
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
    ready = {"task": "color", "status": "ready", "reason": None}
    assert client.get("/readyz").json() == {"status": "ready", "tasks": [ready]}
    with running(started=False) as unstarted:
        assert unstarted.client.get("/healthz").status_code == 200
        assert_refused(unstarted.client.get("/readyz"), 503, "busy")
        reply = unstarted.client.post("/v1/predict", files={"file": encoded()})
        assert_refused(reply, 503, "busy")
