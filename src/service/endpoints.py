"""What answers at each path: pictures in and answers out, and facts of model and service."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from ..errors import ImageError
from ..models.analyse import gather
from ..models.answers import Panel, Result
from ..models.explain_model import Explanation, explain
from ..records import Analysis, FailedPrediction, Prediction
from ..tasks import Kind
from . import answers_json
from .answers_json import (
    BatchPrediction,
    Label,
    PictureAnswer,
    PictureFailure,
    Unanswered,
    analysis_answer,
    explanation_answer,
    json_response,
    picture_answer,
)
from .facts_json import (
    Health,
    classes_answer,
    model_answer,
    readiness_answer,
    tasks_answer,
    unanswered,
)
from .forms import Upload
from .metrics import CONTENT_TYPE
from .problems import (
    Problem,
    busy,
    file_too_large,
    image_problem,
    invalid_request,
    reason,
)
from .served_models import Engine
from .state import State, state_of
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
    timed: answers_json.Prediction = {**answer, "milliseconds": milliseconds_since(start)}
    return json_response(timed)


async def analyse_picture(request: Request) -> Response:
    """Answer with all that the models know of the picture that is the body, or in a form's file."""
    start = perf_counter()
    state = state_of(request)
    main, min_score = _engine_with_room(state), _min_score(request)
    chosen, unanswered = _chosen(request, state)
    # Where no model can answer yet, the picture has its palette all the same.
    asked = chosen or [main]
    filename, answers = await look_at_one(
        request, state, lambda content: _ask(state, asked, min_score, content)
    )
    found = replace(answers, answers=answers.answers[: len(chosen)])
    _count_answers(request, state, found)
    models = [
        (engine.model.task, engine.version, engine.model.metadata.thresholds) for engine in chosen
    ]
    taken = milliseconds_since(start)
    return json_response(analysis_answer(found, filename, models, unanswered, taken))


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
    if engine.model.spread is None:
        raise invalid_request("This model cannot say why: it does not know its training's means.")

    async def look(content: bytes) -> Explanation | FailedPrediction:
        return await state.inference.run(partial(_explain, content, engine, state), [content])

    filename, found = await look_at_one(request, state, look)
    note(request.scope, label=found.label.name)
    taken = milliseconds_since(start)
    return json_response(explanation_answer(found, filename, engine.version, taken))


async def predict_batch(request: Request) -> Response:
    """Answer for each picture in the field files of a form."""
    start = perf_counter()
    state = state_of(request)
    engine, min_score = _engine_with_room(state), _min_score(request)
    with state.meter.lease() as lease:
        uploads = await read_uploads(
            request, ("files",), state.limits.max_files, state.limits, lease
        )
        found = await _predict_all(uploads, state, engine, min_score)
    results = [
        _result(state, upload, result, engine)
        for upload, result in zip(uploads, found, strict=True)
    ]
    note(request.scope, files=len(uploads), failed=sum("error" in result for result in results))
    return json_response(BatchPrediction(results=results, milliseconds=milliseconds_since(start)))


async def list_classes(request: Request) -> Response:
    """Answer what the model tells apart, and how each class is shown."""
    return json_response(classes_answer(_started(state_of(request)).model))


async def list_tasks(request: Request) -> Response:
    """Answer what is asked of pictures here, and whether the model of each task is ready."""
    state = state_of(request)
    return json_response(tasks_answer(state.models.places, state.folder))


async def describe_model(request: Request) -> Response:
    """Answer with the model's card in short, and the limits of the service."""
    state = state_of(request)
    return json_response(model_answer(_started(state).model, state.limits))


async def say_alive(_request: Request) -> Response:
    """Answer as long as the process does."""
    return json_response(Health(status="ok"))


async def say_ready(request: Request) -> Response:
    """Answer whether predictions are taken."""
    state = state_of(request)
    _engine_with_room(state)
    return json_response(readiness_answer(state.models.places))


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
    if not state.inference.has_room():
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


def _chosen(request: Request, state: State) -> tuple[list[Engine], list[Unanswered]]:
    """Return the models that are asked, by default all, and what cannot be answered."""
    places = {place.task.name: place for place in state.models.places}
    asked = [name for name, place in places.items() if place.task.kind is not Kind.SAME]
    if texts := request.query_params.getlist("task"):
        named = {name.strip() for text in texts for name in text.split(",")}
        if unknown := sorted(named.difference(asked)):
            raise invalid_request(
                f"There is no task {unknown[0]!r} of one picture here; ask for some of "
                f"{', '.join(asked)}."
            )
        asked = [name for name in asked if name in named]
    ready = state.models.engines
    missing = [unanswered(places[name]) for name in asked if name not in ready]
    return [ready[name] for name in asked if name in ready], missing


async def _ask(
    state: State, engines: Sequence[Engine], min_score: float, content: bytes
) -> Analysis | FailedPrediction:
    """Return what models say of a picture; each answer depends on no other model's."""
    panel = Panel.of([engine.model for engine in engines], min_score)
    (answers,) = await state.answers.ask([content], panel)
    return gather(answers)


def _explain(content: bytes, engine: Engine, state: State) -> Explanation | FailedPrediction:
    try:
        return explain(content, model=engine.model, limits=state.limits.image_limits)
    except ImageError as error:
        return FailedPrediction("", error)


def _count_answers(request: Request, state: State, found: Analysis) -> None:
    labels = {}
    for said in found.answers:
        assert said.model is not None
        state.metrics.count_answer(said.model.task, said.labels)
        labels[said.model.task] = list(said.labels)
    note(request.scope, labels=labels)


async def _predict_one(
    request: Request, state: State, engine: Engine, min_score: float
) -> tuple[str, Prediction]:
    panel = Panel.of([engine.model], min_score)

    async def predict(content: bytes) -> Result:
        ((found,),) = await state.answers.ask([content], panel)
        return found

    filename, found = await look_at_one(request, state, predict)
    state.metrics.count_answer(engine.model.task.name, found.labels)
    note(request.scope, label=found.label)
    return filename, found


async def look_at_one(
    request: Request, state: State, look: Callable[[bytes], Awaitable[Found | FailedPrediction]]
) -> tuple[str, Found]:
    """Return the name of the one picture of a request, and what is found in it."""
    (name,), found = await look_at(request, state, ("file",), look)
    return name, found


async def look_at(
    request: Request,
    state: State,
    fields: Sequence[str],
    look: Callable[..., Awaitable[Found | FailedPrediction]],
) -> tuple[Sequence[str], Found]:
    """Return the names of a request's pictures, one of each field, and what is found in them."""
    with state.meter.lease() as lease:
        sent = await read_uploads(request, fields, len(fields), state.limits, lease)
        uploads = sorted(sent, key=lambda upload: fields.index(upload.field or fields[0]))
        contents = [upload.content for upload in uploads if upload.content is not None]
        if len(contents) < len(uploads):
            raise counted(state, file_too_large(state.limits))
        found = await look(*contents)
    if isinstance(found, FailedPrediction):
        raise counted(state, problem_of(found, state))
    return [upload.filename for upload in uploads], found


async def _predict_all(
    uploads: Sequence[Upload], state: State, engine: Engine, min_score: float
) -> list[Result | None]:
    """Return a result for each file; None for those that were too large to be kept."""
    contents = [upload.content for upload in uploads if upload.content is not None]
    panel = Panel.of([engine.model], min_score)
    found = iter(await state.answers.ask(contents, panel))
    return [None if upload.content is None else next(found)[0] for upload in uploads]


def _result(
    state: State, upload: Upload, result: Result | None, engine: Engine
) -> PictureAnswer | PictureFailure:
    if isinstance(result, Prediction):
        state.metrics.count_answer(engine.model.task.name, result.labels)
        return picture_answer(result, upload.filename, engine.version)
    problem = file_too_large(state.limits) if result is None else problem_of(result, state)
    counted(state, problem)
    return {"filename": upload.filename, "error": reason(problem)}


def problem_of(failure: FailedPrediction, state: State) -> Problem:
    """Return what is told of a picture that could not be used."""
    if not isinstance(failure.error, ImageError):
        raise failure.error
    return image_problem(failure.error, state.limits)


def counted(state: State, problem: Problem) -> Problem:
    """Count a picture that could not be used."""
    state.metrics.failures.labels(problem.code).inc()
    return problem


def milliseconds_since(start: float) -> float:
    """Return how long ago that was, as answers say it."""
    return round((perf_counter() - start) * 1000, 2)
