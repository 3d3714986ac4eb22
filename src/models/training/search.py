"""The competition: a cross-validated grid search per family, on the same folds for all."""

from collections.abc import Iterable
from time import monotonic
from typing import Any, Protocol

import numpy as np
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from ..storage.metadata import LeaderboardRow, ModelMetadata
from .pipelines import CLASSIFY, Candidates, build_pipeline, candidates_of, pipeline_grid
from .plan import Preset, SearchPlan
from .race import Competition, Race, Tried, grid_of
from .rows import Split


class SearchProgress(Protocol):
    """Who wants to know how far the search is."""

    def started(self, family: str, fits: int) -> list[Any]:
        """Take note that a family's search begins, with so many fits.

        Return scikit-learn callbacks to attach.
        """

    def finished(self, row: LeaderboardRow, seconds: float) -> None:
        """Take note of a family's best result and of how long its search took.

        Where families race, that is what their fits took one by one.
        """

    def calibrating(self, winner: LeaderboardRow) -> None:
        """Take note that the search is over and the winner is fitted and calibrated."""


def search_families(split: Split, plan: SearchPlan, progress: SearchProgress) -> Competition:
    """Find the best candidate of each family, by mean accuracy over the folds.

    In a fast search all families race over the folds, and what was said there of each row is kept;
    in others one after the other is tried on all.

    Parameters
    ----------
    split : Split
        Of which only the training rows are looked at; its folds are the same for every family.
    plan : SearchPlan
        Its families are searched in its order.
    progress : SearchProgress
        Told of each family.
    """
    width = split.training.features.shape[1]
    families = plan.families_for(len(split.sides.classes), width)
    # Of a share of all rows it is known how far chance moves it; not of a mean over classes.
    if plan.preset is not Preset.FAST or plan.balanced:
        rows = tuple(_search_family(family, split, plan, progress) for family in families)
        return Competition(rows, {})
    race = Race(split, plan, families)
    found = race.run()
    for row in found.leaderboard:
        progress.finished(row, sum(race.seconds[row.family]))
    return found


def _search_family(
    family: str, split: Split, plan: SearchPlan, progress: SearchProgress
) -> LeaderboardRow:
    began, folds = monotonic(), split.sides.folds
    candidates, rows = _candidates(family, plan), split.training
    grid = grid_of(candidates)
    search = GridSearchCV(
        build_pipeline(candidates, plan.seed),
        pipeline_grid(candidates),
        scoring="balanced_accuracy" if plan.balanced else "accuracy",
        n_jobs=plan.jobs,
        cv=folds,
        refit=False,
        error_score="raise",
    )
    search.set_callbacks(*progress.started(family, len(grid) * len(folds)))
    found = search.fit(rows.features, rows.labels).cv_results_
    scores = np.column_stack([found[f"split{fold}_test_score"] for fold in range(len(folds))])
    seconds = np.repeat(found["mean_fit_time"][:, None], len(folds), axis=1)
    row = Tried(grid, scores, seconds).best_row(family, len(folds))
    progress.finished(row, monotonic() - began)
    return row


def pick_winner(leaderboard: Iterable[LeaderboardRow]) -> LeaderboardRow:
    """Return the row of the highest mean accuracy over all folds; of equals, the first."""
    return min(leaderboard, key=LeaderboardRow.rank)


def pipeline_of(row: LeaderboardRow, plan: SearchPlan, width: int = 1) -> Pipeline:
    """Return the row's pipeline for rows of so many numbers, unfitted, with its parameters set."""
    pipeline = build_pipeline(_candidates(row.family, plan, width), plan.seed, plan.blocks)
    return pipeline.set_params(
        **{f"{CLASSIFY}__{name}": value for name, value in row.params.items()}
    )


def unfitted_of(metadata: ModelMetadata) -> Pipeline:
    """Return the pipeline of a model, unfitted; of an average, that of its best family."""
    rows = {row.family: row for row in metadata.leaderboard}
    # The parameters of an average are the shares of families.
    row = next((rows[name] for name in rows if name in metadata.parameters), rows[metadata.family])
    plan = SearchPlan(preset=Preset(metadata.search), seed=metadata.seed)
    plan = plan.suiting(metadata.task, metadata.feature_spec)
    return pipeline_of(row, plan, len(metadata.feature_spec.names))


def _candidates(family: str, plan: SearchPlan, width: int = 1) -> Candidates:
    return candidates_of(family, plan.preset, width, balanced=plan.balanced)


def parameters_of(row: LeaderboardRow, plan: SearchPlan, width: int = 1) -> dict[str, Any]:
    """Return all that was set of the row's classifier: what the candidates share, and its own.

    Of an average of families, which is no family itself, these are the shares.
    """
    try:
        fixed = _candidates(row.family, plan, width).fixed
    except KeyError:
        return row.params
    return dict(fixed) | row.params
