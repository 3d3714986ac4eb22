"""Files of a multipart body, read as they come and never beyond the limits."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from .limits import MEGA, ServiceLimits
from .problems import (
    ClientGone,
    Problem,
    bad_request,
    invalid_request,
    too_large,
)
from .state import Lease

# What surrounds the files: a boundary and headers for each.
_ENVELOPE_BYTES: Final = 4096
# Fields other than files are read over; nobody needs so many.
_MAX_OTHER_PARTS: Final = 32
# Some clients send names that are not ASCII in this form only, which RFC 7578 forbids in forms and
# the parser therefore leaves out.
_EXTENDED_NAME: Final = re.compile(
    rb";\s*filename\*\s*=\s*\"?(utf-8|iso-8859-1)'[^']{0,40}'([^;\s\"]*)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a request.

    Attributes
    ----------
    filename : str
        As the client calls it.
    content : bytes or None
        None where it had more bytes than a file may have.
    """

    filename: str
    content: bytes | None


@dataclass(slots=True)
class _Part:
    """A part of the body on its way in; of what is not wanted, nothing is kept."""

    filename: str
    wanted: bool
    pieces: list[bytes]
    size: int = 0


class _FileCollector:
    """Callbacks of the parser: keeps the files of one field, each up to its limit."""

    def __init__(self, field: str, max_files: int, limits: ServiceLimits) -> None:
        self._field = field.encode()
        self._max_files = max_files
        self._limits = limits
        self._parts = 0
        self._header = [b"", b""]
        self._disposition = b""
        self._part = _Part("", False, [])
        self.uploads: list[Upload] = []
        self.ended = False

    def on_part_begin(self) -> None:
        self._parts += 1
        if self._parts > self._max_files + _MAX_OTHER_PARTS:
            raise too_many_files(self._max_files)
        self._disposition = b""

    def on_header_begin(self) -> None:
        self._header = [b"", b""]

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def on_header_end(self) -> None:
        if self._header[0].lower() == b"content-disposition":
            self._disposition = self._header[1]

    def on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        # By its name a file is told from a text; a browser sends an empty one for no file.
        name = _find_name(self._disposition, options)
        wanted = options.get(b"name") == self._field and bool(name)
        self._part = _Part(name, wanted, [])
        if wanted and len(self.uploads) >= self._max_files:
            raise too_many_files(self._max_files)

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        part.size += end - start
        if part.size > self._limits.max_file_bytes:
            part.pieces.clear()
        elif part.wanted:
            part.pieces.append(data[start:end])

    def on_part_end(self) -> None:
        part = self._part
        if part.wanted:
            whole = part.size <= self._limits.max_file_bytes
            self.uploads.append(Upload(part.filename, b"".join(part.pieces) if whole else None))
            part.pieces.clear()

    def on_end(self) -> None:
        self.ended = True


async def read_uploads(
    request: Request, field: str, max_files: int, limits: ServiceLimits, lease: Lease
) -> list[Upload]:
    """Read the files of one field of a multipart body.

    Parameters
    ----------
    request : Request
        Its body is read as it comes, whether its length was announced or not.
    field : str
        Name of the field; other fields are read over.
    max_files : int
    limits : ServiceLimits
    lease : Lease
        Held for as long as the files are in memory.

    Returns
    -------
    list of Upload
        At least one.

    Raises
    ------
    Problem
        Too large, too many, not multipart, or without a file.
    ClientGone
        If the client left.
    """
    max_bytes = _max_body_bytes(max_files, limits)
    collector = _FileCollector(field, max_files, limits)
    parser = _start_parser(request, collector)
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
        _parse(parser, chunk)
        if not message.get("more_body", False):
            break
    return _finish(collector, field)


def body_too_large(max_bytes: int) -> Problem:
    """Return the problem of a body with too many bytes."""
    return too_large(f"The request is too large; at most {max_bytes / MEGA:.4g} MB are read.")


def too_many_files(max_files: int) -> Problem:
    """Return the problem of a request with too many files."""
    if max_files == 1:
        return invalid_request("There is more than one file; send several to /v1/predict/batch.")
    return too_large(f"There are too many files; at most {max_files} are read at once.")


def _find_name(disposition: bytes, options: dict[bytes, bytes]) -> str:
    extended = _EXTENDED_NAME.search(disposition)
    if b"filename" in options or extended is None:
        return options.get(b"filename", b"").decode("utf-8", "replace")
    return unquote_to_bytes(extended[2]).decode(extended[1].decode(), "replace")


def _max_body_bytes(max_files: int, limits: ServiceLimits) -> int:
    if max_files == 1:
        return limits.max_file_bytes + _ENVELOPE_BYTES
    return limits.max_request_bytes


def _declared_bytes(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0


def _start_parser(request: Request, collector: _FileCollector) -> MultipartParser:
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data":
        raise Problem(
            415, "unsupported_type", "The request is no form; send it as multipart/form-data."
        )
    boundary = options.get(b"boundary")
    if not boundary:
        raise bad_request("The form has no boundary; name it in the header Content-Type.")
    callbacks = {name: getattr(collector, name) for name in dir(collector) if name[:3] == "on_"}
    try:
        return MultipartParser(boundary, callbacks)  # type: ignore[arg-type]  # names are checked by it
    except FormParserError:
        raise bad_request("The form's boundary is too long.") from None


def _parse(parser: MultipartParser, chunk: bytes) -> None:
    try:
        parser.write(chunk)
    except FormParserError:
        raise bad_request("The form is malformed; send it as multipart/form-data.") from None


def _finish(collector: _FileCollector, field: str) -> list[Upload]:
    if not collector.ended:
        raise bad_request("The form ends before its last boundary.")
    if not collector.uploads:
        raise invalid_request(f"There is no file; send one with its name in the field {field!r}.")
    return collector.uploads
