"""The figures that every report has, whatever the kind of its question."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from ..models.reporting.model_card import compared_by
from ..models.studies.accuracy_studies import MOST_SINGLE, Importance, LearningCurve
from . import figures
from .image_files import Plate
from .judged_model import HeldOut

# What is refitted or asked many times sees so many rows at most.
_IMPORTANCE_ROWS: Final = 1500
CURVE_ROWS: Final = 4500
# Of more features, fewer rows are asked for each of them.
_IMPORTANCE_CELLS: Final = 1500 * 64


@dataclass
class Once:
    """Measures what several figures need when the first of them is drawn."""

    measure: Callable[[], Importance]
    found: Importance | None = None

    def __call__(self) -> Importance:
        """Return it."""
        if self.found is None:
            self.found = self.measure()
        return self.found


def leaderboard_plate(judged: HeldOut) -> Plate:
    """Return the families' results over the folds."""
    metadata = judged.model.metadata
    return Plate(
        "leaderboard",
        "Leaderboard",
        "Bars that overlap: over other folds the order could be another.",
        partial(figures.draw_leaderboard, metadata.leaderboard, compared_by(metadata.task)),
    )


def importance_plate(importance: Callable[[], Importance]) -> Plate:
    """Return what features say by themselves."""
    return Plate(
        "importance",
        "What it goes by",
        "Each dot is one shuffling of the hold-out's values. The features are collinear: read the "
        "single bars as what the model uses, not as what there is to know.",
        lambda: figures.draw_importance(importance()),
    )


def importance_rows(names: Sequence[str]) -> int:
    """Return how many rows are asked what each of so many features is worth."""
    return min(_IMPORTANCE_ROWS, _IMPORTANCE_CELLS // min(len(names), MOST_SINGLE))


def curve_plate(measure: Callable[[], LearningCurve]) -> Plate:
    """Return what more rows to learn from are worth."""
    return Plate(
        "learning-curve",
        "More works",
        "The same family and settings (of an average, its best), refitted on parts of the training "
        "rows. Where the lines have met, more works of the same kind would change little.",
        lambda: figures.draw_learning_curve(measure()),
    )
