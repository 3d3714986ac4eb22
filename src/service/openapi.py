"""The routes with what the OpenAPI document says of each, in the words of the model's task."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import Response

from . import answers_json, comparing, endpoints, facts_json, pairs_json
from .answers_json import EXAMPLE_MS, json_response
from .facts_json import classes_answer, model_answer, readiness_answer
from .metrics import CONTENT_TYPE
from .problems import ErrorAnswer
from .state import State

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]

_PICTURE_TYPES: Final = (
    "image/jpeg, image/png, image/webp, image/avif, image/heic, image/heif, image/jp2, image/gif, "
    "image/bmp, image/tiff"
)
_PICTURE: Final = {"type": "string", "format": "binary"}
_SEVERAL: Final = {"type": "array", "items": _PICTURE, "minItems": 1}
_MIN_SCORE: Final = {
    "name": "min_score",
    "in": "query",
    "required": False,
    "description": "Give no label where no class is as probable as this, from 0 to 1.",
    "schema": {"type": "number", "minimum": 0, "maximum": 1, "default": 0},
}
_TASK: Final = {
    "name": "task",
    "in": "query",
    "required": False,
    "description": "Ask these alone, separated by commas; by default all that are ready.",
    "style": "form",
    "explode": False,
    "schema": {"type": "array", "items": {"type": "string"}},
}
_COUNT: Final = {
    "name": "count",
    "in": "query",
    "required": False,
    "description": "Of so many works is told.",
    "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 12},
}
_BY: Final = {
    "name": "by",
    "in": "query",
    "required": False,
    "description": "What makes works alike: who made them, or how they look.",
    "schema": {"type": "string", "enum": ["hand", "look"], "default": "hand"},
}
_ID: Final = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "As the address in an answer has it.",
    "schema": {"type": "string", "minLength": 1},
}
_FILENAME: Final = {
    "name": "filename",
    "in": "query",
    "required": False,
    "description": "What the answer calls a picture that is the body itself.",
    "schema": {"type": "string", "default": ""},
}
_RETRY_AFTER: Final = {
    "Retry-After": {
        "description": "Seconds after which to try again.",
        "schema": {"type": "integer", "minimum": 1},
    }
}
_REFUSALS: Final = {
    400: "The form is malformed.",
    404: "There is no such thing, or the service was started without it.",
    413: "Too many bytes, pixels or files.",
    415: "Neither a form nor a picture, or a picture of a type that is not read.",
    422: "No file, a value that makes no sense, or not a sound picture.",
    503: "Busy with other pictures, or not finished in time.",
}

_ON_PICTURES: Final = (400, 413, 415, 422, 503)


@dataclass(frozen=True, slots=True)
class Operation:
    """An endpoint and its description.

    Attributes
    ----------
    refusals : sequence of int
        Statuses besides 200 that it can answer with.
    extra : Mapping
        What the document says beyond FastAPI's own words.
    content : Mapping
        Of an answer that is not JSON.
    """

    method: str
    path: str
    endpoint: Endpoint
    answer: type | None
    refusals: Sequence[int] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    content: Mapping[str, Any] = field(default_factory=dict)


def _form(schema: Mapping[str, Any], *fields: str) -> dict[str, Any]:
    properties = dict.fromkeys(fields, schema)
    return {
        "multipart/form-data": {
            "schema": {"type": "object", "properties": properties, "required": list(fields)},
            "encoding": {field: {"contentType": _PICTURE_TYPES} for field in fields},
        }
    }


def _body(content: Mapping[str, Any], *parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "requestBody": {"required": True, "content": dict(content)},
        "parameters": list(parameters),
    }


# One picture comes in a form, or is the body.
_ONE: Final = _form(_PICTURE, "file") | {
    kind: {"schema": _PICTURE} for kind in ("image/*", "application/octet-stream")
}

_OPERATIONS: Final = (
    Operation(
        "POST",
        "/v1/predict",
        endpoints.predict_picture,
        answers_json.Prediction,
        _ON_PICTURES,
        _body(_ONE, _MIN_SCORE, _FILENAME),
    ),
    Operation(
        "POST",
        "/v1/analyse",
        endpoints.analyse_picture,
        answers_json.Analysis,
        _ON_PICTURES,
        _body(_ONE, _TASK, _MIN_SCORE, _FILENAME),
    ),
    Operation(
        "POST",
        "/v1/compare",
        comparing.compare_pictures,
        pairs_json.Comparison,
        (404, *_ON_PICTURES),
        _body(_form(_PICTURE, "a", "b")),
    ),
    Operation(
        "POST",
        comparing.SIMILAR_PATH,
        comparing.find_similar,
        pairs_json.Similar,
        (404, *_ON_PICTURES),
        _body(_ONE, _COUNT, _BY, _FILENAME),
    ),
    Operation(
        "GET",
        comparing.SIMILAR_PATH,
        comparing.describe_folder,
        facts_json.SearchedFolder,
        (404,),
    ),
    Operation(
        "GET",
        f"{comparing.SIMILAR_PATH}/{{id}}",
        comparing.show_work,
        None,
        (404, 413, 415, 422, 503),
        {"parameters": [_ID]},
        {"image/jpeg": {"schema": _PICTURE}},
    ),
    Operation(
        "POST",
        "/v1/explain",
        endpoints.explain_picture,
        answers_json.Explanation,
        _ON_PICTURES,
        _body(_ONE, _FILENAME),
    ),
    Operation(
        "POST",
        "/v1/predict/batch",
        endpoints.predict_batch,
        answers_json.BatchPrediction,
        _ON_PICTURES,
        _body(_form(_SEVERAL, "files"), _MIN_SCORE),
    ),
    Operation(
        "POST",
        "/img_classify",
        endpoints.classify_image,
        answers_json.Label,
        _ON_PICTURES,
        _body(_ONE),
    ),
    Operation("GET", "/v1/tasks", endpoints.list_tasks, facts_json.Tasks),
    Operation("GET", "/v1/classes", endpoints.list_classes, facts_json.Classes, (503,)),
    Operation("GET", "/v1/model", endpoints.describe_model, facts_json.Model, (503,)),
    Operation("GET", "/healthz", endpoints.say_alive, facts_json.Health),
    Operation("GET", "/readyz", endpoints.say_ready, facts_json.Readiness, (503,)),
    Operation(
        "GET",
        "/metrics",
        endpoints.show_metrics,
        None,
        content={CONTENT_TYPE: {"schema": {"type": "string"}}},
    ),
)


def add_documented_routes(app: FastAPI) -> None:
    """Add all routes that the document describes, and the document.

    They call their endpoints with the bare request: FastAPI's own way of reading and checking a
    form would write large pictures to disk, and takes longer than a prediction. Where they answer
    GET they answer HEAD too.
    """
    for path in dict.fromkeys(operation.path for operation in _OPERATIONS):
        ways = {each.method: each.endpoint for each in _OPERATIONS if each.path == path}
        # One route of a path knows all methods, and names them to who takes another.
        app.add_route(path, partial(_answer, ways), methods=list(ways))
    app.add_route("/openapi.json", _show_document, methods=["GET"])
    app.openapi = partial(_describe, app)  # type: ignore[method-assign]  # as FastAPI advises


async def _answer(ways: Mapping[str, Endpoint], request: Request) -> Response:
    """Answer by the endpoint of the request's method."""
    method = request.method if request.method in ways else "GET"
    return await ways[method](request)


def _describe(app: FastAPI) -> dict[str, Any]:
    state: State = app.state.service
    if state.engine is None:
        return _compose(app, state)
    app.openapi_schema = app.openapi_schema or _compose(app, state)
    return app.openapi_schema


def _compose(app: FastAPI, state: State) -> dict[str, Any]:
    examples = _examples(state)
    described = APIRouter()
    for operation in _OPERATIONS:
        described.add_api_route(
            operation.path,
            operation.endpoint,
            methods=[operation.method],
            response_model=operation.answer,
            responses=_responses(operation, examples.get(operation.path)),
            openapi_extra=dict(operation.extra),
        )
    return get_openapi(
        title=app.title,
        version=app.version,
        description=_describe_task(state),
        routes=described.routes,
    )


def _describe_task(state: State) -> str:
    said = f"Names the {state.task.called} of a picture"
    if state.classes:
        said += f", one of the {len(state.classes)} that the model knows"
    return f"{said}.\n\nPictures are looked at in memory and not kept."


def _examples(state: State) -> dict[str, object]:
    """Return an answer of each path, as the model that is loaded gives it."""
    examples = state.models.examples
    if state.engine is None or examples is None:
        return {}
    answer, model = examples.prediction, state.engine.model
    return {
        "/v1/predict": {**answer, "milliseconds": EXAMPLE_MS},
        "/v1/analyse": examples.analysis,
        "/v1/explain": examples.explanation,
        "/v1/predict/batch": {"results": [answer], "milliseconds": EXAMPLE_MS},
        "/img_classify": {"prediction": answer["label"]},
        "/v1/classes": classes_answer(model),
        "/v1/model": model_answer(model, state.limits),
        "/healthz": {"status": "ok"},
        "/readyz": readiness_answer(state.models.places),
    }


def _responses(operation: Operation, example: object) -> dict[int | str, dict[str, Any]]:
    found: dict[int | str, dict[str, Any]] = {
        status: {"model": ErrorAnswer, "description": _REFUSALS[status]}
        for status in operation.refusals
    }
    if 503 in found:
        found[503]["headers"] = _RETRY_AFTER
    if example is not None:
        found[200] = {"content": {"application/json": {"example": example}}}
    if operation.answer is None:
        found[200] = {"content": operation.content}
    return found


async def _show_document(request: Request) -> Response:
    """Answer with the OpenAPI document itself."""
    return json_response(request.app.openapi())
