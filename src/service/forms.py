"""The files of a form, taken out of a multipart body piece by piece as it comes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from .limits import ServiceLimits
from .problems import Problem, bad_request, invalid_request, too_large

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
    field : str
        Of the form; empty if the file was the body.
    filename : str
        As the client calls it.
    content : bytes or None
        None where it had more bytes than a file may have.
    """

    field: str
    filename: str
    content: bytes | None


@dataclass(slots=True)
class _Part:
    """A part of the body on its way in; of what is not wanted, nothing is kept."""

    field: str
    filename: str
    wanted: bool
    pieces: list[bytes]
    size: int = 0


class _FileCollector:
    """Callbacks of the parser: keeps the files of some fields, each up to its limit."""

    def __init__(self, fields: Sequence[str], max_files: int, limits: ServiceLimits) -> None:
        self._fields = {field.encode(): field for field in fields}
        self._max_files = max_files
        self._limits = limits
        self._parts = 0
        self._header = [b"", b""]
        self._disposition = b""
        self._part = _Part("", "", False, [])
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
        field = self._fields.get(options.get(b"name", b""), "")
        wanted = bool(field and name)
        self._part = _Part(field, name, wanted, [])
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
            content = b"".join(part.pieces) if whole else None
            self.uploads.append(Upload(part.field, part.filename, content))
            part.pieces.clear()

    def on_end(self) -> None:
        self.ended = True


_CALLBACKS: Final = tuple(name for name in dir(_FileCollector) if name[:3] == "on_")


class Form:
    """A multipart body on its way in.

    Parameters
    ----------
    boundary : bytes or None
        As the header ``Content-Type`` names it.
    fields : sequence of str
        Names of the fields whose files are kept; other fields are read over.
    max_files : int
    limits : ServiceLimits

    Raises
    ------
    Problem
        If that is no boundary.
    """

    def __init__(
        self, boundary: bytes | None, fields: Sequence[str], max_files: int, limits: ServiceLimits
    ) -> None:
        self._fields = fields
        self._collector = _FileCollector(fields, max_files, limits)
        self._parser = _start_parser(boundary, self._collector)

    def write(self, chunk: bytes) -> None:
        """Take a piece of the body.

        Raises
        ------
        Problem
            If it is malformed, or holds too many files.
        """
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise bad_request("The form is malformed; send it as multipart/form-data.") from None

    def finish(self) -> list[Upload]:
        """Return the files, at least one of each field.

        Raises
        ------
        Problem
            If there is none of one, or the body ended too early.
        """
        if not self._collector.ended:
            raise bad_request("The form ends before its last boundary.")
        sent = {upload.field for upload in self._collector.uploads}
        if missing := [field for field in self._fields if field not in sent]:
            raise invalid_request(
                f"There is no file; send one with its name in the field {missing[0]!r}."
            )
        return self._collector.uploads


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


def _start_parser(boundary: bytes | None, collector: _FileCollector) -> MultipartParser:
    if not boundary:
        raise bad_request("The form has no boundary; name it in the header Content-Type.")
    callbacks = {name: getattr(collector, name) for name in _CALLBACKS}
    try:
        return MultipartParser(boundary, callbacks)  # type: ignore[arg-type]  # names are checked by it
    except FormParserError:
        raise bad_request("The form's boundary is too long.") from None
