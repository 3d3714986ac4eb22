"""What a request can be refused for: one shape for all, and never the text of an exception."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from pydantic import with_config
from starlette.responses import Response
from typing_extensions import TypedDict

from ..decoding.file_kinds import READABLE
from ..errors import ArtlensError, ImageTooLarge, UnsupportedFormat
from .limits import MEGA, ServiceLimits

_READABLE: Final = f"a {READABLE}"

# What is built as JSON has these fields and no other.
exact = with_config(extra="forbid")
Code: TypeAlias = Literal[
    "bad_request",
    "not_found",
    "method_not_allowed",
    "too_large",
    "unsupported_type",
    "unreadable_image",
    "invalid_request",
    "busy",
    "unavailable",
    "timeout",
    "internal",
]


@exact
class Reason(TypedDict):
    """Why a picture got no answer."""

    code: Code
    message: str


@exact
class Error(Reason):
    """What is wrong, for programs, for people, and for the log."""

    request_id: str


@exact
class ErrorAnswer(TypedDict):
    """The one shape of every error."""

    error: Error


@dataclass(eq=False)
class Problem(Exception):
    """Why a request gets no answer.

    Attributes
    ----------
    status : int
        HTTP status.
    code : Code
        A fixed word for programs.
    message : str
        A sentence for people, free of anything that the client did not know.
    headers : Mapping[str, str]
        What goes with the answer, such as ``Retry-After``.
    """

    status: int
    code: Code
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


class ClientGone(Exception):
    """The client left before it had sent its request; nobody is there to be answered."""


def not_found(message: str = "There is nothing at this address.") -> Problem:
    """Return the problem with an address at which this service has nothing."""
    return Problem(404, "not_found", message)


def bad_request(message: str) -> Problem:
    """Return a problem with the form of the request's body."""
    return Problem(400, "bad_request", message)


def invalid_request(message: str) -> Problem:
    """Return a problem with what the request asks."""
    return Problem(422, "invalid_request", message)


def too_large(message: str) -> Problem:
    """Return a problem with the size of something."""
    return Problem(413, "too_large", message)


def file_too_large(limits: ServiceLimits) -> Problem:
    """Return the problem of a file with too many bytes."""
    most = limits.max_file_bytes / MEGA
    return too_large(f"The file is too large; at most {most:g} MB are read.")


def busy(limits: ServiceLimits) -> Problem:
    """Return the problem of a client that should come again."""
    return Problem(
        503,
        "busy",
        "The service is busy with other pictures; try again in a moment.",
        {"Retry-After": str(limits.retry_after_s)},
    )


def unavailable(message: str) -> Problem:
    """Return the problem of something that this service should do and cannot."""
    return Problem(503, "unavailable", message)


def timeout(limits: ServiceLimits) -> Problem:
    """Return the problem of a request that took too long."""
    return Problem(
        503,
        "timeout",
        f"The request took longer than {limits.max_seconds:g} seconds; try again, or send less.",
        {"Retry-After": str(limits.retry_after_s), "Connection": "close"},
    )


INTERNAL = Problem(500, "internal", "Something went wrong on the server; the log says what.")


def image_problem(error: ArtlensError, limits: ServiceLimits) -> Problem:
    """Return what a client is told of a picture that cannot be used."""
    if isinstance(error, ImageTooLarge):
        most = limits.max_pixels / MEGA
        return too_large(f"The picture has too many pixels; at most {most:g} million are read.")
    if isinstance(error, UnsupportedFormat):
        return Problem(
            415, "unsupported_type", f"The picture is of a type that is not read; send {_READABLE}."
        )
    return Problem(
        422,
        "unreadable_image",
        f"The file is no picture, or it is damaged or incomplete; send {_READABLE}.",
    )


def reason(problem: Problem) -> Reason:
    """Return what stands under ``error`` in the answer for a picture of several."""
    return {"code": problem.code, "message": problem.message}


def problem_response(problem: Problem, request_id: str) -> Response:
    """Return the answer to a request that is refused."""
    body: ErrorAnswer = {"error": {**reason(problem), "request_id": request_id}}
    return Response(
        json.dumps(body), problem.status, dict(problem.headers), media_type="application/json"
    )
