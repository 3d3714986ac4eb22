"""What a run tells the people who watch it: lines on a terminal, or JSON lines for a log."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Protocol, TextIO

_REDRAW_S: Final = 0.2
_UP_AND_CLEAR: Final = "\x1b[{}F\x1b[J"


class Report(Protocol):
    """Takes the events of a run."""

    def tell(self, event: str, **facts: Any) -> None:
        """Take one event: ``begun``, ``opened``, ``works``, ``image``, ``ended`` or ``blocked``."""


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


@dataclass(slots=True)
class _Line:
    """How far a colour has come, and since when."""

    since: float
    declared: int | None = None
    found: int = 0
    images: int = 0
    failed: int = 0
    steps: int = 0
    end: str = ""

    def text(self, color: str, now: float) -> str:
        declared = "?" if self.declared is None else f"{self.declared:,}"
        rate = self.steps / max(now - self.since, 0.001)
        return (
            f"{color:<8}{self.found:>8,}/{declared} works  {self.images:>7,} images  "
            f"{self.failed:>4,} failed  {rate:>5.0f}/s  {self.end}"
        )


@dataclass(slots=True)
class TerminalProgress:
    """A line for each colour, drawn anew a few times a second."""

    stream: TextIO
    clock: Callable[[], float] = time.monotonic
    _lines: dict[str, _Line] = field(default_factory=dict)
    _drawn: int = 0
    _drawn_at: float = 0.0

    def tell(self, event: str, **facts: Any) -> None:
        """Take the event into account, and draw if it is time to."""
        now = self.clock()
        if "color" in facts:
            line = self._lines.setdefault(facts["color"], _Line(since=now))
            _apply(line, event, facts, now)
        if now - self._drawn_at >= _REDRAW_S or event == "ended":
            self._draw(now)

    def _draw(self, now: float) -> None:
        up = _UP_AND_CLEAR.format(self._drawn) if self._drawn else ""
        text = "".join(f"{line.text(color, now)}\n" for color, line in self._lines.items())
        print(up + text, end="", file=self.stream, flush=True)
        self._drawn, self._drawn_at = len(self._lines), now


def _apply(line: _Line, event: str, facts: dict[str, Any], now: float) -> None:
    """Bring a line up to date; its rate starts anew with each phase."""
    if event == "opened":
        line.declared = facts["declared"]
    elif event == "ended":
        line.end = facts["end"]
    elif event == "begun":
        line.found, line.steps, line.since, line.end = 0, 0, now, ""
    elif event == "works":
        line.found += facts["new"]
        line.steps += facts["new"]
    elif event == "image":
        if not line.images + line.failed:
            line.steps, line.since = 0, now
        line.steps += 1
        line.images += not facts["reason"]
        line.failed += bool(facts["reason"])


def choose_report(stream: TextIO, *, log_json: bool) -> Report:
    """Return how to report on a stream: JSON lines if asked for, a progress if it is a terminal."""
    if log_json:
        return JsonLog(stream)
    return TerminalProgress(stream) if stream.isatty() else Silence()
