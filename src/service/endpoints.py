"""What answers at each path: pictures in and answers out, and facts of model and service."""

from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from ..errors import ImageError
from ..records import FailedPrediction, Prediction
from . import answers_json
from .answers_json import (
    BatchPrediction,
    Label,
    PictureAnswer,
    PictureFailure,
    explanation_answer,
    json_response,
    picture_answer,
)
from .facts_json import Health, Readiness, classes_answer, model_answer
from .forms import Upload
from .inference import Result
from .metrics import CONTENT_TYPE
from .problems import (
    Problem,
    busy,
    file_too_large,
    image_problem,
    invalid_request,
    reason,
)
from .state import Engine, State, state_of
from .uploads import read_uploads
from .watch import note

Found = TypeVar("Found")


async def predict_picture(request: Request) -> Response:
    """Answer for the picture that is the body, or in the field file of a form."""
    start = perf_counter()
    state = state_of(request)
    engine, min_score = _engine_with_room(state), _min_score(request)
    filename, found = await _predict_one(request, state, engine, min_score)
    answer = picture_answer(found, filename, engine.version)
    timed: answers_json.Prediction = {**answer, "milliseconds": _milliseconds_since(start)}
    return json_response(timed)


async def classify_image(request: Request) -> Response:
    """Answer with the label alone, as the published study's service did."""
    state = state_of(request)
    _, found = await _predict_one(request, state, _engine_with_room(state), 0.0)
    # With no least score asked for, there always is one.
    return json_response(Label(prediction=str(found.label)))


async def explain_picture(request: Request) -> Response:
    """Answer which features pushed a picture, sent as for a prediction, to its label."""
    start = perf_counter()
    state = state_of(request)
    engine = _engine_with_room(state)
    if engine.reasons is None:
        raise invalid_request("This model cannot say why: it does not know its training's means.")
    filename, found = await _look_at_one(request, state, engine.inference.explain)
    note(request.scope, label=found.label.name)
    taken = _milliseconds_since(start)
    return json_response(explanation_answer(found, filename, engine.version, taken))


async def predict_batch(request: Request) -> Response:
    """Answer for each picture in the field files of a form."""
    start = perf_counter()
    state = state_of(request)
    engine, min_score = _engine_with_room(state), _min_score(request)
    with state.meter.lease() as lease:
        uploads = await read_uploads(request, "files", state.limits.max_files, state.limits, lease)
        found = await _predict_all(uploads, engine, min_score)
    results = [
        _result(state, upload, result, engine)
        for upload, result in zip(uploads, found, strict=True)
    ]
    note(request.scope, files=len(uploads), failed=sum("error" in result for result in results))
    return json_response(BatchPrediction(results=results, milliseconds=_milliseconds_since(start)))


async def list_classes(request: Request) -> Response:
    """Answer what the model tells apart, and how each class is shown."""
    return json_response(classes_answer(_started(state_of(request)).model))


async def describe_model(request: Request) -> Response:
    """Answer with the model's card in short, and the limits of the service."""
    state = state_of(request)
    return json_response(model_answer(_started(state).model, state.limits))


async def say_alive(_request: Request) -> Response:
    """Answer as long as the process does."""
    return json_response(Health(status="ok"))


async def say_ready(request: Request) -> Response:
    """Answer whether predictions are taken."""
    _engine_with_room(state_of(request))
    return json_response(Readiness(status="ready"))


async def show_metrics(request: Request) -> Response:
    """Answer with the counters in Prometheus's format."""
    return Response(state_of(request).metrics.render(), headers={"Content-Type": CONTENT_TYPE})


def _started(state: State) -> Engine:
    if state.engine is None:
        raise busy(state.limits)
    return state.engine


def _engine_with_room(state: State) -> Engine:
    """Return the engine, if it would take another picture: nobody should upload one in vain."""
    engine = _started(state)
    if not engine.inference.has_room():
        raise busy(state.limits)
    return engine


def _min_score(request: Request) -> float:
    text = request.query_params.get("min_score")
    if text is None:
        return 0.0
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise invalid_request("The value of min_score is not a number from 0 to 1.")
    return value


async def _predict_one(
    request: Request, state: State, engine: Engine, min_score: float
) -> tuple[str, Prediction]:
    async def predict(content: bytes) -> Result:
        (found,) = await engine.inference.predict([("", content)], min_score)
        return found

    filename, found = await _look_at_one(request, state, predict)
    state.metrics.predictions.labels(found.label or "none").inc()
    note(request.scope, label=found.label)
    return filename, found


async def _look_at_one(
    request: Request, state: State, look: Callable[[bytes], Awaitable[Found | FailedPrediction]]
) -> tuple[str, Found]:
    """Return the name of the one picture of a request, and what is found in it."""
    with state.meter.lease() as lease:
        (upload,) = await read_uploads(request, "file", 1, state.limits, lease)
        if upload.content is None:
            raise _counted(state, file_too_large(state.limits))
        found = await look(upload.content)
    if isinstance(found, FailedPrediction):
        raise _counted(state, _problem_of(found, state))
    return upload.filename, found


async def _predict_all(
    uploads: Sequence[Upload], engine: Engine, min_score: float
) -> list[Result | None]:
    """Return a result for each file; None for those that were too large to be kept."""
    contents = [("", upload.content) for upload in uploads if upload.content is not None]
    found = iter(await engine.inference.predict(contents, min_score))
    return [None if upload.content is None else next(found) for upload in uploads]


def _result(
    state: State, upload: Upload, result: Result | None, engine: Engine
) -> PictureAnswer | PictureFailure:
    if isinstance(result, Prediction):
        state.metrics.predictions.labels(result.label or "none").inc()
        return picture_answer(result, upload.filename, engine.version)
    problem = file_too_large(state.limits) if result is None else _problem_of(result, state)
    _counted(state, problem)
    return {"filename": upload.filename, "error": reason(problem)}


def _problem_of(failure: FailedPrediction, state: State) -> Problem:
    if not isinstance(failure.error, ImageError):
        raise failure.error
    return image_problem(failure.error, state.limits)


def _counted(state: State, problem: Problem) -> Problem:
    state.metrics.failures.labels(problem.code).inc()
    return problem


def _milliseconds_since(start: float) -> float:
    return round((perf_counter() - start) * 1000, 2)
