"""From a table to a fitted model: search, calibrate, fit, and judge once."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, Protocol

from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import Pipeline

from ...features.extract_features import FeatureSpec
from ...tasks import Task
from ..kinds import rules_of
from ..scorer import Scorer
from ..storage.metadata import (
    FittedModel,
    HoldoutMetrics,
    LeaderboardRow,
    Leak,
    ModelMetadata,
    library_versions,
)
from .calibration import Scores, choose_calibration, fit_calibrated, score_across
from .family_average import average_families
from .leak import deal_out
from .plan import WIDE, SearchPlan
from .processes import training_processes
from .rows import LabelledRows, Split, mark_seen, pick_check_rows, split_holdout
from .search import (
    SearchProgress,
    parameters_of,
    pick_winner,
    pipeline_of,
    search_families,
)
from .strangers import fit_novelty
from .table import TrainingTable
from .wide_search import fit_wide, search_wide


class TrainingProgress(SearchProgress, Protocol):
    """Who wants to know how far a training run is."""

    def prepared(self, split: Split, plan: SearchPlan) -> None:
        """Take note of the rows that take part, before the search begins."""


def fit_best_model(
    data: TrainingTable, spec: FeatureSpec, task: Task, plan: SearchPlan, progress: TrainingProgress
) -> FittedModel:
    """Search all families, calibrate and fit the winner, and judge it on the hold-out.

    Parameters
    ----------
    data : TrainingTable
        Checked; the order of its rows does not matter.
    spec : FeatureSpec
        How the features were made.
    task : Task
        What is learned; its classes too, unless it has some.
    plan : SearchPlan
        What is searched.
    progress : TrainingProgress
        Told of each step.

    Returns
    -------
    FittedModel
        Fitted on the training rows alone, three quarters of the table or what it says itself.

    Raises
    ------
    DataError
        If less than two classes have enough rows.
    """
    plan = plan.suiting(task, spec)
    table = mark_seen(data.table, spec)
    split = split_holdout(table, spec.names, task, plan.seed, plan.min_count, data.mirrored)
    sides = split.sides
    progress.prepared(split, plan)
    with training_processes():
        compete = _compete_wide if len(spec.names) >= WIDE else _compete
        won = compete(split, plan, progress)
        leaderboard, winner = won.leaderboard, won.winner
        method = choose_calibration(won.scores, sides.folds)
        calibrate = partial(
            fit_calibrated, scores=won.scores, method=method, folds=len(sides.folds)
        )
        estimator = calibrate(won.pipeline)
        novelty = fit_novelty(split, plan.seed, plan.jobs) if len(spec.names) >= WIDE else None
        # The hold-out is opened.
        judge = partial(_judge, task=task, classes=sides.classes)
        holdout = judge(estimator, split.holdout)
        dealt = deal_out(split, task, plan.seed)
        leak = dealt and Leak(
            judge(calibrate(won.fit(dealt.training)), dealt.holdout).accuracy, dealt.repeated
        )
    metadata = describe_fit(
        data,
        spec,
        task,
        plan,
        split,
        family=winner.family,
        parameters=parameters_of(winner, plan, len(spec.names)),
        calibration=method,
        leaderboard=leaderboard,
        holdout=holdout,
        leak=leak,
    )
    return FittedModel(estimator, metadata, pick_check_rows(split.training, plan.seed), novelty)


def describe_fit(  # noqa: PLR0913 - all that a fit stands on
    data: TrainingTable,
    spec: FeatureSpec,
    task: Task,
    plan: SearchPlan,
    split: Split,
    *,
    leaderboard: Sequence[LeaderboardRow],
    **found: Any,
) -> ModelMetadata:
    """Return the metadata of a model: what stood before it was fitted, and what was `found`."""
    sides, rows = split.sides, split.training
    learned = task.learned(sorted({*sides.classes, *sides.left_out}))
    return ModelMetadata(
        task=replace(learned, features=spec.name),
        classes=sides.classes,
        feature_spec=spec,
        leaderboard=tuple(sorted(leaderboard, key=LeaderboardRow.rank)),
        training_rows=len(rows.labels) - sides.painted,
        search=plan.preset.value,
        seed=plan.seed,
        data_source=data.source,
        data_sha256=data.sha256,
        library_versions=library_versions(),
        min_count=sides.min_count,
        left_out=sides.left_out,
        given_split=sides.given,
        seen_rows=sides.seen,
        judged_unseen=sides.unseen,
        painted_rows=sides.painted,
        gallery_sha256=data.gallery_sha256,
        mirrored_rows=int(rows.has_mirror.sum()),
        **found,
    )


class _Outcome(NamedTuple):
    """The best of each family, the winner, fitted, and what its like says across the folds.

    ``fit`` does to other rows what made the pipeline of the training rows.
    """

    leaderboard: tuple[LeaderboardRow, ...]
    winner: LeaderboardRow
    pipeline: Pipeline
    scores: Scores
    fit: Callable[[LabelledRows], Pipeline]


def _compete(split: Split, plan: SearchPlan, progress: TrainingProgress) -> _Outcome:
    (leaderboard, known), rows = search_families(split, plan, progress), split.training
    averaged = average_families(leaderboard, split, plan, progress) if plan.averages() else None
    if averaged is not None:
        leaderboard = (*leaderboard, averaged.row)
    winner = pick_winner(leaderboard)
    progress.calibrating(winner)
    if averaged is not None and winner is averaged.row:
        return _Outcome(leaderboard, winner, averaged.fit(rows), averaged.scores, averaged.fit)
    pipeline = pipeline_of(winner, plan)
    scores = known.get(winner.family) or score_across(pipeline, rows, split.sides.folds, plan)
    fit = partial(_fit, pipeline)
    return _Outcome(leaderboard, winner, fit(rows), scores, fit)


def _fit(pipeline: Pipeline, rows: LabelledRows) -> Pipeline:
    return clone(pipeline).fit(rows.features, rows.labels)


def _compete_wide(split: Split, plan: SearchPlan, progress: TrainingProgress) -> _Outcome:
    leaderboard, scores = search_wide(split, plan, progress)
    winner = pick_winner(leaderboard)
    progress.calibrating(winner)
    fit = partial(fit_wide, winner, leaderboard, plan)
    return _Outcome(leaderboard, winner, fit(split.training), scores[winner.family], fit)


def _judge(
    estimator: CalibratedClassifierCV, rows: LabelledRows, task: Task, classes: Sequence[str]
) -> HoldoutMetrics:
    scores = Scorer.plain(estimator, classes)(rows.features)
    return rules_of(task).judge(rows.labels, scores, classes)
