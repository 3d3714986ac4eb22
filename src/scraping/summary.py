"""What a run came to, in words and as an exit code."""

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, NoReturn

from ..edges import EXIT_BLOCKED, EXIT_INTERRUPTED, EXIT_SOME_FAILED
from .option_types import OutputFormat
from .store import Store
from .tables import ColorRow


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
        if self.stopped:
            return EXIT_INTERRUPTED
        if self.blocked:
            return EXIT_BLOCKED
        unproven = any(row.state not in ("complete", "capped") for row in self.colors)
        lost = self.failures or self.failed_pages or self.waiting or self.missing
        return EXIT_SOME_FAILED if unproven or lost else 0

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
        if self.stopped:
            lines.append("stopped; run the same command again to go on")
        if self.blocked:
            lines.append(f"blocked: {self.blocked}")
        return "\n".join(lines)


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


def write_summary(summary: Summary, output_format: OutputFormat) -> None:
    """Write a summary on standard output."""
    if output_format is OutputFormat.JSON:
        print(json.dumps(summary.as_dict(), indent=2, ensure_ascii=False))
    else:
        print(summary.text())


def leave(exit_code: int) -> NoReturn:
    """End the process now, with its results written.

    A thread may still hang in a read that was given up; an ordinary exit would wait for it.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)


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
