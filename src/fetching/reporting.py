"""What a run of a collector tells: events while it goes on, and at its end what it came to."""

import json
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NoReturn, Protocol, TextIO

from ..edges import EXIT_BLOCKED, EXIT_INTERRUPTED, EXIT_SOME_FAILED, TextOrJson
from .threads import leave, stop_on_interrupt


class Report(Protocol):
    """Takes the events of a run."""

    def tell(self, event: str, **facts: Any) -> None:
        """Take one event, by its name, such as ``image`` or ``blocked``."""


class Silence:
    """For output that nobody watches."""

    def tell(self, event: str, **facts: Any) -> None:
        """Say nothing."""


class JsonLog:
    """One JSON object a line for each event, with its time."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def tell(self, event: str, **facts: Any) -> None:
        """Write the event."""
        line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event}
        print(json.dumps(line | facts, ensure_ascii=False), file=self._stream, flush=True)


class Outcome(Protocol):
    """What a run came to."""

    @property
    def exit_code(self) -> int:
        """0 if everything asked for is there, else the code that says what kept it away."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain types, for JSON."""

    def text(self) -> str:
        """Return lines for people."""


def exit_code_of(*, failed: bool, blocked: str, stopped: bool) -> int:
    """Return the code that says what kept a run from its end, the user first; 0 for nothing.

    Examples
    --------
    >>> exit_code_of(failed=True, blocked="", stopped=False)
    1
    """
    if stopped:
        return EXIT_INTERRUPTED
    if blocked:
        return EXIT_BLOCKED
    return EXIT_SOME_FAILED if failed else 0


def describe_end(*, blocked: str, stopped: bool) -> list[str]:
    """Return lines for people on how a run ended, if not by itself.

    Examples
    --------
    >>> describe_end(blocked="", stopped=True)
    ['stopped; run the same command again to go on']
    """
    lines = ["stopped; run the same command again to go on"] if stopped else []
    return [*lines, f"blocked: {blocked}"] if blocked else lines


def write_outcome(outcome: Outcome, output_format: TextOrJson) -> None:
    """Write what a run came to on standard output."""
    if output_format is TextOrJson.JSON:
        print(json.dumps(outcome.as_dict(), indent=2, ensure_ascii=False))
    else:
        print(outcome.text())


def carry_out(
    run: Callable[[Report, threading.Event], Outcome],
    progress: Callable[[TextIO], Report],
    *,
    log_json: bool,
    output_format: TextOrJson,
) -> NoReturn:
    """Let a run tell its events, stop at a Ctrl-C, and end the process with what it came to.

    Parameters
    ----------
    run : callable
        Takes the report and the stop.
    progress : callable
        Gives the report that a terminal gets.
    log_json : bool
        Whether events are written as JSON lines.
    output_format : TextOrJson
        Of what it came to.
    """
    with stop_on_interrupt() as stop:
        outcome = run(choose_report(sys.stderr, progress, log_json=log_json), stop)
        write_outcome(outcome, output_format)
        leave(outcome.exit_code)


def choose_report(
    stream: TextIO, progress: Callable[[TextIO], Report], *, log_json: bool
) -> Report:
    """Return how to report on a stream: JSON lines if asked for, a progress if it is a terminal."""
    if log_json:
        return JsonLog(stream)
    return progress(stream) if stream.isatty() else Silence()
