"""What a training run tells its user: progress on standard error, results on standard output."""

import sys
from dataclasses import dataclass
from typing import Any

import rich
from sklearn.callback import ProgressBar

from ..storage.metadata import LeaderboardRow, ModelMetadata
from .leaderboard import render_leaderboard, render_score


@dataclass(frozen=True, slots=True)
class ConsoleProgress:
    """A bar per family on a terminal, else one line per finished family, on standard error."""

    terminal: bool

    def started(self, family: str, fits: int) -> list[Any]:
        """Announce the family; return the callback that draws its bar."""
        if not self.terminal:
            return []
        note(f"{family}: {fits} fits")
        # The bar writes to rich's global console, which is standard output unless told otherwise.
        rich.reconfigure(stderr=True)
        return [ProgressBar(max_propagation_depth=0)]

    def finished(self, row: LeaderboardRow, seconds: float) -> None:
        """Tell the family's best score."""
        note(f"{row.family}: {render_score(row)} after {seconds:.0f} s")

    def calibrating(self, winner: LeaderboardRow) -> None:
        """Tell which family won and what is still to do."""
        note(f"{winner.family} wins: fitting and calibrating it")


def note(text: str) -> None:
    """Write a line on standard error."""
    print(text, file=sys.stderr, flush=True)


def describe_rows(given: int, metadata: ModelMetadata) -> str:
    """Say in one line how many rows were used, and what became of the others."""
    used = metadata.training_rows + metadata.holdout.rows
    text = f"{metadata.training_rows} rows to fit on, {metadata.holdout.rows} held out"
    if given == used:
        return text
    return f"{text}; {given - used} left out, for they repeat the features of another row exactly"


def render_results(metadata: ModelMetadata) -> str:
    """Return the leaderboard and the hold-out figures as plain text, ready to print."""
    holdout = metadata.holdout
    figures = {
        "rows": f"{holdout.rows}",
        "accuracy": f"{holdout.accuracy:.4f}",
        "balanced accuracy": f"{holdout.balanced_accuracy:.4f}",
        "macro F1": f"{holdout.macro_f1:.4f}",
        "calibration error": f"{holdout.ece:.4f} ({metadata.calibration})",
    }
    lines = [f"  {name:<18} {value}" for name, value in figures.items()]
    heading = f"{metadata.family} on the hold-out"
    return "\n".join([render_leaderboard(metadata.leaderboard), "", heading, *lines])
