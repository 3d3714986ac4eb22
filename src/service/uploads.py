"""The pictures of a request, read as they come and never beyond the limits.

They are the files of a form, or one picture is the body itself.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from .forms import Form, Upload
from .limits import MEGA, ServiceLimits
from .problems import ClientGone, Problem, invalid_request, too_large
from .state import Lease

# What surrounds the one file of a form: a boundary and headers.
_ENVELOPE_BYTES: Final = 4096


class _Body(Protocol):
    """A body on its way in."""

    def write(self, chunk: bytes) -> None: ...

    def finish(self) -> list[Upload]: ...


class _Bare:
    """A body that is a picture and nothing else."""

    def __init__(self, filename: str) -> None:
        self._filename = filename
        self._pieces: list[bytes] = []

    def write(self, chunk: bytes) -> None:
        self._pieces.append(chunk)

    def finish(self) -> list[Upload]:
        content = b"".join(self._pieces)
        if not content:
            raise invalid_request("The body is empty; send the bytes of a picture.")
        return [Upload("", self._filename, content)]


async def read_uploads(
    request: Request, fields: Sequence[str], max_files: int, limits: ServiceLimits, lease: Lease
) -> list[Upload]:
    """Read the pictures of a request.

    Parameters
    ----------
    request : Request
        Its body is read as it comes, whether its length was announced or not.
    fields : sequence of str
        Names of a form's fields; other fields are read over.
    max_files : int
        Where it is one, the body may be the picture itself.
    limits : ServiceLimits
    lease : Lease
        Held for as long as the files are in memory.

    Returns
    -------
    list of Upload
        At least one of each field.

    Raises
    ------
    Problem
        Too large, too many, neither a form nor a picture, or without a file.
    ClientGone
        If the client left.
    """
    body, max_bytes = _open_body(request, fields, max_files, limits)
    if _declared_bytes(request) > max_bytes:
        raise body_too_large(max_bytes)
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        lease.take(len(chunk))
        if lease.taken_bytes > max_bytes:
            raise body_too_large(max_bytes)
        body.write(chunk)
        if not message.get("more_body", False):
            return body.finish()


def body_too_large(max_bytes: int) -> Problem:
    """Return the problem of a body with too many bytes."""
    return too_large(f"The request is too large; at most {max_bytes / MEGA:.4g} MB are read.")


def _open_body(
    request: Request, fields: Sequence[str], max_files: int, limits: ServiceLimits
) -> tuple[_Body, int]:
    """Return what takes the body, by its type, and how many bytes it may have."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind == b"multipart/form-data":
        alone = limits.max_file_bytes + _ENVELOPE_BYTES
        form = Form(options.get(b"boundary"), fields, max_files, limits)
        return form, alone if max_files == 1 else limits.max_request_bytes
    if max_files > 1:
        raise _unsupported("The request is no form; send it as multipart/form-data.")
    if kind.startswith(b"image/") or kind == b"application/octet-stream":
        return _Bare(request.query_params.get("filename", "")), limits.max_file_bytes
    raise _unsupported(
        "The request is neither a form nor a picture; send it as multipart/form-data, or the "
        "picture itself with its own type, such as image/jpeg."
    )


def _unsupported(message: str) -> Problem:
    return Problem(415, "unsupported_type", message)


def _declared_bytes(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0
