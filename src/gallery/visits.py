"""The museum's log: one line of JSON per request, written before anything is sent back."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import IO, Self

from .faults import Kind


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, as the museum saw it.

    Attributes
    ----------
    time : float
        Seconds on the machine's monotonic clock, the same one in every process.
    method, path : str
        What was asked.
    kind : Kind
        What the path stands for.
    status : int
        What was answered.
    faults : tuple of str
        Names of the faults that struck.
    agent : str
        The User-Agent.
    by_page : bool
        Sent by the script of a page in a browser, as the browser itself declares.
    """

    time: float
    method: str
    path: str
    kind: Kind
    status: int
    faults: tuple[str, ...]
    agent: str
    by_page: bool


class VisitLog:
    """Appends visits to a file, in the order of their times; safe in several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._file: IO[str] = path.open("a", encoding="utf-8")

    def __enter__(self) -> Self:
        """Return the open log."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the file."""
        self._file.close()

    def write(self, visit: Visit) -> None:
        """Append one visit; it is in the file when this returns."""
        line = json.dumps(asdict(visit)) + "\n"
        with self._lock:
            self._file.write(line)
            self._file.flush()


def read_visits(path: Path) -> list[Visit]:
    """Read a log back, oldest visit first; a last line that is still being written is left out."""
    lines = path.read_text("utf-8").splitlines(keepends=True)
    visits = [_parse(line) for line in lines if line.endswith("\n")]
    return sorted(visits, key=lambda visit: visit.time)


def now() -> float:
    """Return the time as the log has it."""
    return time.monotonic()


def _parse(line: str) -> Visit:
    fields = json.loads(line)
    return Visit(**fields | {"kind": Kind(fields["kind"]), "faults": tuple(fields["faults"])})
