"""What a run tells: events while it goes on, and at its end what it came to."""

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Final, TextIO

from ..fetching.reporting import describe_end, exit_code_of
from .store import ColorRow, Store

_REDRAW_S: Final = 0.2
_UP_AND_CLEAR: Final = "\x1b[{}F\x1b[J"


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


@dataclass(frozen=True, slots=True)
class Summary:
    """How far everything has come.

    Attributes
    ----------
    colors : tuple of ColorRow
        The colours that were asked for and begun.
    missing : tuple of str
        Those that were not begun.
    stored : int
        Pictures on the disk.
    failures : dict of str to int
        Failed pictures by reason.
    waiting : bool
        Whether pictures wait for another run.
    failed_pages : int
        Works whose own page could not be read.
    blocked : str
        Why the site was left alone, and until when; empty if it was not.
    stopped : bool
        Whether the user stopped it.
    """

    colors: tuple[ColorRow, ...]
    missing: tuple[str, ...]
    stored: int
    failures: dict[str, int]
    waiting: bool
    failed_pages: int
    blocked: str
    stopped: bool

    @property
    def exit_code(self) -> int:
        """0 if everything asked for is there, else the code that says what kept it away."""
        unproven = any(row.state not in ("complete", "capped") for row in self.colors)
        lost = self.failures or self.failed_pages or self.waiting or self.missing
        return exit_code_of(
            failed=bool(unproven or lost), blocked=self.blocked, stopped=self.stopped
        )

    def as_dict(self) -> dict[str, Any]:
        """Return plain types, for JSON."""
        return asdict(self) | {"exit_code": self.exit_code}

    def text(self) -> str:
        """Return a line for each colour, and one for each thing that is left to do."""
        lines = [describe_color(row) for row in self.colors]
        if self.missing:
            lines.append(f"not begun: {', '.join(self.missing)}")
        lines.append(f"pictures: {_describe_pictures(self)}")
        if self.failed_pages:
            lines.append(f"pages of works that failed: {self.failed_pages:,}; --retry-failed")
        return "\n".join(lines + describe_end(blocked=self.blocked, stopped=self.stopped))


def summarise(
    store: Store, colors: Iterable[str], *, blocked: str = "", stopped: bool = False
) -> Summary:
    """Read from the state how far the wanted colours have come."""
    rows = {row.color: row for row in store.colors()}
    wanted = tuple(colors)
    return Summary(
        colors=tuple(rows[color] for color in wanted if color in rows),
        missing=tuple(color for color in wanted if color not in rows),
        stored=store.count_stored(),
        failures=store.failures(),
        waiting=next(store.waiting_images(), None) is not None,
        failed_pages=store.failed_pages(),
        blocked=blocked,
        stopped=stopped,
    )


def describe_color(row: ColorRow) -> str:
    """Say in words how far a colour has come.

    Examples
    --------
    >>> describe_color(ColorRow("RED", "complete", "", 60, None, "", 60, 59, 1))
    'RED: complete, all 60 works found; 59 pictures stored, 1 failed'
    """
    declared = "an unknown number" if row.declared is None else f"{row.declared:,}"
    words = {
        "complete": f"complete, all {row.found:,} works found",
        "capped": f"capped, {row.found:,} of {declared} works found; {row.reason}",
        "stalled": f"stalled, {row.found:,} of {declared} works found; {row.reason}",
        "blocked": f"blocked, {row.found:,} of {declared} works found",
        "collecting": f"not finished, {row.found:,} of {declared} works found",
    }[row.state]
    failed = f", {row.failed:,} failed" if row.failed else ""
    return f"{row.color}: {words}; {row.stored:,} pictures stored{failed}"


def _describe_pictures(summary: Summary) -> str:
    words = f"{summary.stored:,} stored"
    if summary.failures:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in summary.failures.items())
        words += f", failed: {reasons}; take them up again with --retry-failed"
    return words + (", some still wait" if summary.waiting else "")
