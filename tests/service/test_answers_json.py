"""Answers as they are sent, held against what is said of them."""

from typing import Any

import pytest
from httpx import Client
from pydantic import TypeAdapter, ValidationError

from src.records import PaletteColor, Prediction
from src.service import answers_json, facts_json
from src.service.answers_json import json_response, model_version, picture_answer
from src.service.problems import ErrorAnswer
from tests.service.apps import between_red_and_pink, encoded, small_model


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/v1/classes", facts_json.Classes),
        ("/v1/model", facts_json.Model),
        ("/healthz", facts_json.Health),
        ("/readyz", facts_json.Readiness),
        ("/nowhere", ErrorAnswer),
    ],
)
def test_facts_have_the_shape_that_is_told(client: Client, path: str, shape: Any) -> None:
    reply = client.get(path)
    assert TypeAdapter(shape).validate_json(reply.content, strict=True) == reply.json()
    with pytest.raises(ValidationError, match="Extra inputs"):
        TypeAdapter(shape).validate_python(reply.json() | {"more": 1})


def test_predictions_have_the_shape_that_is_told(client: Client) -> None:
    asked = {"min_score": "1"}
    alone = client.post("/v1/predict", params=asked, files={"file": between_red_and_pink()})
    TypeAdapter(answers_json.Prediction).validate_json(alone.content, strict=True)
    files = [("files", encoded()), ("files", b"no picture")]
    several = client.post("/v1/predict/batch", files=files)
    TypeAdapter(answers_json.BatchPrediction).validate_json(several.content, strict=True)
    reasons = client.post("/v1/explain", files={"file": encoded()})
    TypeAdapter(answers_json.Explanation).validate_json(reasons.content, strict=True)
    bare = client.post("/img_classify", files={"file": encoded()})
    TypeAdapter(answers_json.Label).validate_json(bare.content, strict=True)


def test_the_colour_that_a_label_stands_on_is_told_with_its_name() -> None:
    teal = PaletteColor("#39545b", 0.031249, "TEAL")
    version = model_version(small_model())
    for stands_on, told in (
        (teal, {"hex": "#39545b", "share": 0.0312, "name": "TEAL"}),
        (None, None),
    ):
        found = Prediction("", "BLUE", 1.0, {"BLUE": 1.0}, (teal,), stands_on=stands_on)
        assert picture_answer(found, "sea.jpg", version)["stands_on"] == told


def test_what_is_no_text_is_sent_all_the_same() -> None:
    assert json_response({"label": "\ud800é"}).body == '{"label":"?é"}'.encode()
