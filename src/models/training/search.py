"""The competition: a cross-validated grid search per family, on the same folds for all."""

from collections.abc import Iterable, Mapping, Sequence
from time import monotonic
from typing import Any, Protocol

import numpy as np
from sklearn.model_selection import GridSearchCV, ParameterGrid, StratifiedKFold
from sklearn.pipeline import Pipeline

from ..pipelines import (
    CLASSIFY,
    Candidates,
    build_pipeline,
    candidates_of,
    pipeline_grid,
)
from ..storage.metadata import LeaderboardRow
from .plan import Preset, SearchPlan
from .rows import FOLDS, LabelledRows
from .rungs import Rung, halving_rungs

Grid = list[dict[str, Any]]


class SearchProgress(Protocol):
    """Who wants to know how far the search is."""

    def started(self, family: str, fits: int) -> list[Any]:
        """Take note that a family's search begins; return scikit-learn callbacks to attach."""

    def finished(self, row: LeaderboardRow, seconds: float) -> None:
        """Take note of a family's best result and of how long its search took."""

    def calibrating(self, winner: LeaderboardRow) -> None:
        """Take note that the search is over and the winner is fitted and calibrated."""


def folds_of(plan: SearchPlan) -> StratifiedKFold:
    """Return the plan's folds: the same for every family and for the calibration."""
    return StratifiedKFold(FOLDS, shuffle=True, random_state=plan.seed)


def search_families(
    rows: LabelledRows, plan: SearchPlan, progress: SearchProgress
) -> tuple[LeaderboardRow, ...]:
    """Return the best candidate of each family, by mean accuracy over the folds.

    Parameters
    ----------
    rows : LabelledRows
        Training rows only.
    plan : SearchPlan
        Its families are searched in its order.
    progress : SearchProgress
        Told of each family.

    Returns
    -------
    tuple of LeaderboardRow
    """
    return tuple(_search_family(family, rows, plan, progress) for family in plan.families)


def pick_winner(leaderboard: Iterable[LeaderboardRow]) -> LeaderboardRow:
    """Return the row of the highest mean accuracy; of equals, the first."""
    return max(leaderboard, key=lambda row: row.cv_mean)


def pipeline_of(row: LeaderboardRow, plan: SearchPlan) -> Pipeline:
    """Return the row's pipeline, unfitted, with its parameters set."""
    pipeline = build_pipeline(candidates_of(row.family, plan.preset), plan.seed)
    return pipeline.set_params(
        **{f"{CLASSIFY}__{name}": value for name, value in row.params.items()}
    )


def parameters_of(row: LeaderboardRow, plan: SearchPlan) -> dict[str, Any]:
    """Return all that was set of the row's classifier: what the candidates share, and its own."""
    return dict(candidates_of(row.family, plan.preset).fixed) | row.params


def _search_family(
    family: str, rows: LabelledRows, plan: SearchPlan, progress: SearchProgress
) -> LeaderboardRow:
    candidates = candidates_of(family, plan.preset)
    grid = list(ParameterGrid(pipeline_grid(candidates)))
    rungs = _rungs_of(rows, len(grid), plan)
    callbacks = progress.started(family, sum(rung.candidates for rung in rungs) * FOLDS)
    began = monotonic()
    results: Mapping[str, Any] = {}
    for rung in rungs:
        grid = _best_of(grid, results, rung.candidates)
        results = _cross_validate(candidates, grid, rung.rows, plan, callbacks)
    row = _best_row(family, results)
    progress.finished(row, monotonic() - began)
    return row


def _rungs_of(rows: LabelledRows, candidates: int, plan: SearchPlan) -> tuple[Rung, ...]:
    if plan.preset is Preset.HALVING:
        return halving_rungs(rows, candidates, plan.seed)
    return (Rung(candidates, rows),)


def _cross_validate(
    candidates: Candidates,
    grid: Grid,
    rows: LabelledRows,
    plan: SearchPlan,
    callbacks: Sequence[Any],
) -> Mapping[str, Any]:
    search = GridSearchCV(
        build_pipeline(candidates, plan.seed),
        [{name: [value] for name, value in params.items()} for params in grid],
        scoring="accuracy",
        cv=folds_of(plan),
        n_jobs=plan.jobs,
        refit=False,
        error_score="raise",
    )
    search.set_callbacks(*callbacks)
    search.fit(rows.features, rows.labels)
    results: Mapping[str, Any] = search.cv_results_
    return results


def _best_of(grid: Grid, results: Mapping[str, Any], count: int) -> Grid:
    """Return the best of the last rung, in the order of the grid; of equals, the first."""
    if not results:
        return grid
    best = np.argsort(-results["mean_test_score"], kind="stable")[:count]
    return [grid[i] for i in sorted(best)]


def _best_row(family: str, results: Mapping[str, Any]) -> LeaderboardRow:
    best = int(np.argmax(results["mean_test_score"]))
    params = {
        name.removeprefix(f"{CLASSIFY}__"): value for name, value in results["params"][best].items()
    }
    return LeaderboardRow(
        family=family,
        params=params,
        cv_mean=float(results["mean_test_score"][best]),
        cv_std=float(results["std_test_score"][best]),
        fit_seconds=round(float(results["mean_fit_time"][best]), 3),
    )
