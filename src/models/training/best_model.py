"""From a table to a fitted model: search, calibrate, fit, and judge once."""

from typing import Any

from ...features.extract_features import FeatureSpec
from ...tasks import Task
from ..evaluate_model import evaluate_model
from ..storage.metadata import FittedModel, HoldoutMetrics, ModelMetadata
from ..storage.model_checks import library_versions, score_features
from .calibration import choose_calibration, fit_calibrated
from .plan import SearchPlan
from .processes import training_processes
from .rows import (
    LabelledRows,
    classes_present,
    distinct_rows,
    pick_check_rows,
    split_holdout,
)
from .search import (
    SearchProgress,
    folds_of,
    parameters_of,
    pick_winner,
    pipeline_of,
    search_families,
)
from .table import TrainingTable


def fit_best_model(
    data: TrainingTable, spec: FeatureSpec, task: Task, plan: SearchPlan, progress: SearchProgress
) -> FittedModel:
    """Search all families, calibrate and fit the winner, and judge it on the hold-out.

    Parameters
    ----------
    data : TrainingTable
        Checked; the order of its rows does not matter.
    spec : FeatureSpec
        How the features were made.
    task : Task
        What is learned.
    plan : SearchPlan
        What is searched.
    progress : SearchProgress
        Told of each family.

    Returns
    -------
    FittedModel
        Fitted on the training rows alone, three quarters of the table.

    Raises
    ------
    DataError
        If there is one class only, or too few rows of one.
    """
    table = distinct_rows(data.table, spec.names)
    classes = classes_present(table[task.column].tolist(), task)
    split = split_holdout(table, spec.names, task, plan.seed)
    with training_processes():
        leaderboard = search_families(split.training, plan, progress)
        winner = pick_winner(leaderboard)
        progress.calibrating(winner)
        pipeline = pipeline_of(winner, plan)
        folds = folds_of(plan)
        method = choose_calibration(pipeline, split.training, folds, plan.jobs)
        estimator = fit_calibrated(pipeline, split.training, folds, method, plan.jobs)
        holdout = _judge(estimator, split.holdout, classes)
    metadata = ModelMetadata(
        task=task.learned(classes),
        classes=classes,
        feature_spec=spec,
        family=winner.family,
        parameters=parameters_of(winner, plan),
        calibration=method,
        leaderboard=tuple(sorted(leaderboard, key=lambda row: -row.cv_mean)),
        holdout=holdout,
        training_rows=len(split.training.labels),
        search=plan.preset.value,
        seed=plan.seed,
        data_source=data.source,
        data_sha256=data.sha256,
        library_versions=library_versions(),
    )
    return FittedModel(estimator, metadata, pick_check_rows(split.training, plan.seed))


def _judge(estimator: Any, holdout: LabelledRows, classes: tuple[str, ...]) -> HoldoutMetrics:
    """Open the hold-out."""
    probabilities = score_features(estimator, classes, holdout.features)
    return evaluate_model(holdout.labels, probabilities, classes)
