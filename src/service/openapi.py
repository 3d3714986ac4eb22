"""The routes with what the OpenAPI document says of each."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from . import facts, predictions, schemas
from .metrics import CONTENT_TYPE
from .rendering import json_response

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]

_PICTURE_TYPES: Final = "image/jpeg, image/png, image/webp, image/gif, image/bmp, image/tiff"
_PICTURE: Final = {"type": "string", "format": "binary"}
_SEVERAL: Final = {"type": "array", "items": _PICTURE, "minItems": 1}
_MIN_SCORE: Final = {
    "name": "min_score",
    "in": "query",
    "required": False,
    "description": "Give no label where no class is as probable as this.",
    "schema": {"type": "number", "minimum": 0, "maximum": 1, "default": 0},
}
_RETRY_AFTER: Final = {
    "Retry-After": {
        "description": "Seconds after which to try again.",
        "schema": {"type": "integer", "minimum": 1},
    }
}
_REFUSALS: Final = {
    400: "The form is malformed.",
    413: "Too many bytes, pixels or files.",
    415: "Not a form, or a picture of a type that is not read.",
    422: "No file, a value that makes no sense, or not a sound picture.",
    503: "Busy with other pictures, or not finished in time.",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """An endpoint and its description.

    Attributes
    ----------
    refusals : sequence of int
        Statuses besides 200 that it can answer with.
    extra : Mapping
        What the document says beyond FastAPI's own words.
    """

    method: str
    path: str
    endpoint: Endpoint
    answer: type[BaseModel] | None
    refusals: Sequence[int] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


def _form(field: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    content = {
        "schema": {"type": "object", "properties": {field: schema}, "required": [field]},
        "encoding": {field: {"contentType": _PICTURE_TYPES}},
    }
    return {"requestBody": {"required": True, "content": {"multipart/form-data": content}}}


_OPERATIONS: Final = (
    Operation(
        "POST",
        "/v1/predict",
        predictions.predict_picture,
        schemas.Prediction,
        tuple(_REFUSALS),
        _form("file", _PICTURE) | {"parameters": [_MIN_SCORE]},
    ),
    Operation(
        "POST",
        "/v1/predict/batch",
        predictions.predict_batch,
        schemas.BatchPrediction,
        tuple(_REFUSALS),
        _form("files", _SEVERAL) | {"parameters": [_MIN_SCORE]},
    ),
    Operation(
        "POST",
        "/img_classify",
        predictions.classify_image,
        schemas.Label,
        tuple(_REFUSALS),
        _form("file", _PICTURE),
    ),
    Operation("GET", "/v1/classes", facts.list_classes, schemas.Classes, (503,)),
    Operation("GET", "/v1/model", facts.describe_model, schemas.Model, (503,)),
    Operation("GET", "/healthz", facts.say_alive, schemas.Health),
    Operation("GET", "/readyz", facts.say_ready, schemas.Readiness, (503,)),
    Operation("GET", "/metrics", facts.show_metrics, None),
)


def add_documented_routes(app: FastAPI) -> None:
    """Add all routes that the document describes, and the document.

    They call their endpoints with the bare request: FastAPI's own way of reading and checking a
    form would write large pictures to disk, and takes longer than a prediction. Where they answer
    GET they answer HEAD too.
    """
    for operation in _OPERATIONS:
        app.add_route(operation.path, operation.endpoint, methods=[operation.method])
    app.add_route("/openapi.json", _show_document, methods=["GET"])
    app.openapi = cache(partial(_describe, app))  # type: ignore[method-assign]  # as FastAPI advises


def _describe(app: FastAPI) -> dict[str, Any]:
    described = APIRouter()
    for operation in _OPERATIONS:
        described.add_api_route(
            operation.path,
            operation.endpoint,
            methods=[operation.method],
            response_model=operation.answer,
            responses=_responses(operation),
            openapi_extra=dict(operation.extra),
        )
    return get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=described.routes,
    )


def _responses(operation: Operation) -> dict[int | str, dict[str, Any]]:
    found: dict[int | str, dict[str, Any]] = {
        status: {"model": schemas.ErrorAnswer, "description": _REFUSALS[status]}
        for status in operation.refusals
    }
    if 503 in found:
        found[503]["headers"] = _RETRY_AFTER
    if operation.answer is None:
        found[200] = {"content": {CONTENT_TYPE: {"schema": {"type": "string"}}}}
    return found


async def _show_document(request: Request) -> Response:
    """Answer with the OpenAPI document itself."""
    return json_response(request.app.openapi())
