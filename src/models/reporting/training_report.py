"""What a training run tells its user: progress on standard error, results on standard output."""

import sys
from dataclasses import dataclass
from typing import Any

import rich
from sklearn.callback import ProgressBar

from ...edges import align, printable
from ..one_answer import name_counts
from ..storage.metadata import LeaderboardRow, ManyFigures, ModelMetadata
from ..training.plan import SearchPlan
from ..training.rows import Split
from .model_card import (
    TAG_HEAD,
    families_left_out,
    render_leaderboard,
    render_score,
    tag_cells,
)


@dataclass(frozen=True, slots=True)
class ConsoleProgress:
    """A line per finished family, and bars of a thorough search on a terminal."""

    terminal: bool

    def prepared(self, split: Split, plan: SearchPlan) -> None:
        """Tell what became of the table, where that is not all of it in the usual way."""
        for text in describe_split_rows(split, plan):
            note(text)

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


def describe_split_rows(split: Split, plan: SearchPlan) -> list[str]:
    """Say what became of a table, in a line for each thing that is out of the ordinary."""
    sides, classes = split.sides, len(split.sides.classes)
    width = split.training.features.shape[1]
    too_many = families_left_out(plan.families_for(classes, width), classes, width)
    notes = {
        f"{split.repeated} rows repeat the features of another exactly and are left out": (
            split.repeated
        ),
        f"{split.unlabelled} rows have no label and are left out": split.unlabelled,
        f"left out, for they have too few rows (--min-count {sides.min_count}): "
        f"{printable(name_counts(sides.left_out))}": sides.left_out,
        f"judged on the {len(sides.holdout)} rows that the table marks as test": sides.given,
        f"{sides.straddling} rows are left out, for their group stands in the test part too": (
            sides.straddling
        ),
        f"a network was trained on the pictures of {sides.seen} rows, which are learned, but not "
        "judged by": sides.seen and sides.unseen,
        f"a network was trained on the pictures of nearly all rows ({sides.seen}), so that all "
        "figures will be too good": sides.seen and not sides.unseen,
        f"{sides.painted} paintings of the gallery are learned, but not judged by": sides.painted,
        f"{too_many}; name them with --families if they shall compete": (
            too_many and not plan.families
        ),
    }
    return [text for text, holds in notes.items() if holds]


def describe_rows(metadata: ModelMetadata) -> str:
    """Say in one line how many rows were used."""
    painted = f" and {metadata.painted_rows} paintings" if metadata.painted_rows else ""
    return f"{metadata.training_rows} rows{painted} to fit on, {metadata.holdout.rows} held out"


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
    if holdout.top_5 is not None:
        figures["top-5 accuracy"] = f"{holdout.top_5:.4f}"
    if metadata.leak is not None:
        why = f"if rows of one {metadata.task.group} stood on both sides"
        figures["with a leak"] = f"{metadata.leak.accuracy:.4f} ({why})"
    heading = f"{metadata.family} on the hold-out"
    if holdout.many is not None:
        return _render_tags(metadata, holdout.many, heading)
    lines = [f"  {name:<18} {value}" for name, value in figures.items()]
    return "\n".join([render_leaderboard(metadata.leaderboard), "", heading, *lines])


def _render_tags(metadata: ModelMetadata, many: ManyFigures, heading: str) -> str:
    holdout = metadata.holdout
    figures = {
        "rows": f"{holdout.rows}",
        "mean average precision": f"{many.mean_average_precision:.4f}",
        "macro F1": f"{holdout.macro_f1:.4f}",
        "micro F1": f"{many.micro_f1:.4f}",
        "all right": f"{holdout.accuracy:.4f}",
        "hamming loss": f"{many.hamming_loss:.4f}",
        "calibration error": f"{holdout.ece:.4f} ({metadata.calibration})",
    }
    lines = [f"  {name:<23} {value}" for name, value in figures.items()]
    tags = align([TAG_HEAD, *tag_cells(many)])
    board = render_leaderboard(metadata.leaderboard, "mAP")
    return "\n".join([board, "", heading, *lines, "", printable_lines(tags)])


def printable_lines(text: str) -> str:
    """Return lines of text without what a terminal would obey."""
    return "\n".join(map(printable, text.splitlines()))
