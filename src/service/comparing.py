"""What answers where pictures are held beside others: two of them, or one and those of a folder."""

from functools import partial
from time import perf_counter
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from ..errors import ImageError
from ..images import load_uncut
from ..models.answers import TRUNCATED
from ..models.comparing.compare import Comparison, compare_shown
from ..models.comparing.comparer import Comparer
from ..models.comparing.similar import By, SimilarWork
from ..records import FailedPrediction, PredictionWarning
from ..tasks import SAME_ARTIST
from .answers_json import json_response, model_version, warning_answers
from .endpoints import look_at, look_at_one, milliseconds_since
from .facts_json import folder_answer
from .limits import ServiceLimits
from .pairs_json import Similar, comparison_answer, similar_picture
from .problems import Problem, busy, image_problem, invalid_request, not_found, unavailable
from .searched_folder import SearchedFolder, Work
from .state import State, state_of
from .watch import note

SIMILAR_PATH: Final = "/v1/similar"
_MOST_WORKS: Final = 100
_USUAL_WORKS: Final = 12
# A browser may keep a thumbnail for an hour: files of a collection seldom change.
_CACHED: Final = {"Cache-Control": "private, max-age=3600"}

Found = tuple[list[tuple[Work, SimilarWork]], tuple[PredictionWarning, ...]]


async def compare_pictures(request: Request) -> Response:
    """Answer whether the pictures in the fields a and b of a form are by one artist, and why."""
    start = perf_counter()
    state = state_of(request)
    comparer = _comparer(state)

    async def look(first: bytes, second: bytes) -> Comparison | FailedPrediction:
        work = partial(_compare, first, second, comparer, state.limits)
        return await state.inference.run(work, [first, second])

    names, found = await look_at(request, state, ("a", "b"), look)
    state.metrics.count_answer(SAME_ARTIST.name, [found.verdict])
    note(request.scope, verdict=found.verdict)
    model, taken = model_version(comparer), milliseconds_since(start)
    return json_response(comparison_answer(found, names, comparer.verdicts, model, taken))


async def find_similar(request: Request) -> Response:
    """Answer which works of the folder are like the picture that is the body, or in a form's file.

    The folder is that which the service was started with.
    """
    start = perf_counter()
    state = state_of(request)
    folder, comparer = _folder(state), _comparer(state)
    count, by = _count(request), _by(request)

    async def look(content: bytes) -> Found | FailedPrediction:
        work = partial(_find, content, folder, count, by, state.limits)
        return await state.inference.run(work, [content])

    filename, (works, warnings) = await look_at_one(request, state, look)
    note(request.scope, found=len(works))
    answer: Similar = {
        "filename": filename,
        "by": by.value,
        "pictures": [
            similar_picture(f"{SIMILAR_PATH}/{known.id}", known.name, work) for known, work in works
        ],
        "searched": folder.measured,
        "warnings": warning_answers(warnings),
        "model": model_version(comparer),
        "milliseconds": milliseconds_since(start),
    }
    return json_response(answer)


async def describe_folder(request: Request) -> Response:
    """Answer how far the folder is that is searched, and which of its works cannot be read."""
    state = state_of(request)
    return json_response(folder_answer(_folder(state), state.limits))


async def show_work(request: Request) -> Response:
    """Answer with a small JPEG of a work of the folder."""
    state = state_of(request)
    folder, name = _folder(state), request.path_params["id"]
    try:
        content = await state.inference.run(partial(folder.thumbnail, name), [])
    except ImageError as error:
        raise image_problem(error, state.limits) from None
    if content is None:
        raise not_found()
    return Response(content, media_type="image/jpeg", headers=_CACHED)


def _compare(
    first: bytes, second: bytes, comparer: Comparer, limits: ServiceLimits
) -> Comparison | FailedPrediction:
    try:
        one, other = (
            ("", load_uncut(content, limits=limits.image_limits)) for content in (first, second)
        )
        return compare_shown(one, other, comparer)
    except ImageError as error:
        return FailedPrediction("", error)


def _find(
    content: bytes, folder: SearchedFolder, count: int, by: By, limits: ServiceLimits
) -> Found | FailedPrediction:
    try:
        shown = load_uncut(content, limits=limits.image_limits)
        return folder.find(shown, count, by), (TRUNCATED,) * shown.truncated
    except ImageError as error:
        return FailedPrediction("", error)


def _comparer(state: State) -> Comparer:
    """Return what compares, if it is there and would take another picture."""
    if state.models.comparer is None:
        raise _why_none_compares(state)
    if not state.inference.has_room():
        raise busy(state.limits)
    return state.models.comparer


def _why_none_compares(state: State) -> Problem:
    places = {place.task.name: place for place in state.models.places}
    place = places.get(SAME_ARTIST.name)
    if place is None and state.engine is not None:
        return not_found(f"This service compares no pictures; start it with {SAME_ARTIST.name}.")
    if place is None or place.status == "loading":
        return busy(state.limits)
    return unavailable(f"What compares pictures is not there. {place.reason}")


def _folder(state: State) -> SearchedFolder:
    if state.folder is None:
        raise not_found("This service searches no folder; start it with --similar FOLDER.")
    return state.folder


def _count(request: Request) -> int:
    text = request.query_params.get("count", str(_USUAL_WORKS))
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= _MOST_WORKS):
        raise invalid_request(f"The value of count is not a number from 1 to {_MOST_WORKS}.")
    return int(text)


def _by(request: Request) -> By:
    text = request.query_params.get("by", By.HAND.value)
    if text not in set(By):
        raise invalid_request(f"The value of by is none of {' and '.join(By)}.")
    return By(text)
