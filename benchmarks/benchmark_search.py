"""How much sooner the ``fast`` search is done than the ``published`` one.

Run with ``python -m benchmarks.benchmark_search``. Both search all families on the same folds of
the same rows. 250 paintings keep the published grids to minutes, but are too few to say which
winner is better: of some hundred candidates one is always lucky. On 5,400 it takes an hour and
means something: ``python -m benchmarks.benchmark_search 5400``.
"""

import sys
from functools import partial
from time import monotonic
from typing import Any, Final

from benchmarks.report import Ratio, run_alone
from benchmarks.study_search_grids import sample_rows
from src.features.extract_features import FEATURES_V1
from src.models.storage.metadata import LeaderboardRow
from src.models.training.plan import Preset, SearchPlan
from src.models.training.processes import training_processes
from src.models.training.rows import Split
from src.models.training.search import pick_winner, search_families
from src.models.training.table import paint_training_table

PAINTINGS: Final = 250
FLOOR: Final = 15.0


class Silence:
    """Follows a search without a word."""

    def started(self, family: str, fits: int) -> list[Any]:
        """Attach nothing."""
        return []

    def finished(self, row: LeaderboardRow, seconds: float) -> None:
        """Say nothing."""

    def calibrating(self, winner: LeaderboardRow) -> None:
        """Say nothing."""


def measure(paintings: int = PAINTINGS) -> list[Ratio]:
    """Run both searches."""
    table = paint_training_table(paintings, seed=0, jobs=None, spec=FEATURES_V1).table
    split = sample_rows(table, len(table), seed=0)
    fast_s, fast = search(split, Preset.FAST)
    published_s, published = search(split, Preset.PUBLISHED)
    note = (
        f"{fast_s:.0f} s, winner {fast.family} {fast.cv_mean:.4f}, against {published_s:.0f} s, "
        f"winner {published.family} {published.cv_mean:.4f}"
    )
    name = f"fast search against published, {len(split.training.labels):,} rows"
    return [Ratio(name, published_s / fast_s, FLOOR, note)]


def search(split: Split, preset: Preset) -> tuple[float, LeaderboardRow]:
    """Return the seconds that a search takes, and its winner."""
    began = monotonic()
    with training_processes():
        found = search_families(split, SearchPlan(preset=preset), Silence())
        winner = pick_winner(found.leaderboard)
    return monotonic() - began, winner


if __name__ == "__main__":
    run_alone(partial(measure, *map(int, sys.argv[1:2])))
