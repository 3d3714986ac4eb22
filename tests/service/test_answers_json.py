"""Answers as they are sent, held against what is said of them."""

from typing import Any

import pytest
from httpx import Client
from pydantic import TypeAdapter, ValidationError

from src.service import answers_json
from src.service.answers_json import json_response
from src.service.problems import ErrorAnswer
from tests.service.apps import between_red_and_pink, encoded


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/v1/classes", answers_json.Classes),
        ("/v1/model", answers_json.Model),
        ("/healthz", answers_json.Health),
        ("/readyz", answers_json.Readiness),
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
    bare = client.post("/img_classify", files={"file": encoded()})
    TypeAdapter(answers_json.Label).validate_json(bare.content, strict=True)


def test_what_is_no_text_is_sent_all_the_same() -> None:
    assert json_response({"label": "\ud800é"}).body == '{"label":"?é"}'.encode()
