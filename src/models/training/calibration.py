"""Probabilities that mean what they say: which calibration, and the calibrated fit."""

from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import Pipeline

from ..kinds import Folds
from .rows import LabelledRows

METHODS: Final = ("temperature", "sigmoid")


class _StoredScores(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # untyped bases
    """A classifier that is given its own scores, a column per class, instead of features."""

    def fit(self, scores: NDArray[np.float64], labels: NDArray[np.str_]) -> Self:
        self.classes_ = np.unique(labels)
        return self

    def predict(self, scores: NDArray[np.float64]) -> NDArray[np.str_]:
        answers: NDArray[np.str_] = self.classes_[scores.argmax(axis=1)]
        return answers


class _StoredDecisions(_StoredScores):
    def decision_function(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        return scores[:, 1] if scores.shape[1] == 2 else scores


class _StoredProbabilities(_StoredScores):
    def predict_proba(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        return scores


def choose_calibration(pipeline: Pipeline, rows: LabelledRows, folds: Folds, jobs: int) -> str:
    """Return the method whose probabilities have the lower log-loss on rows it was not fitted on.

    Parameters
    ----------
    pipeline : Pipeline
        Unfitted, with the winner's parameters.
    rows : LabelledRows
        Training rows only.
    folds : sequence of (ndarray of int, ndarray of int)
        Those of the search.
    jobs : int
        Processes.

    Returns
    -------
    str
        One of `METHODS`.
    """
    # Two layers keep the comparison honest: every row's decision values come from a pipeline
    # fitted on the other folds, and every fold's log-loss from a calibrator fitted on the decision
    # values of the other folds. The hold-out has no part in it.
    stored, method = _stored_scores_of(pipeline)
    scores = cross_val_predict(
        pipeline, rows.features, rows.labels, cv=folds, method=method, n_jobs=jobs
    )
    by_class = np.column_stack([-scores, scores]) if scores.ndim == 1 else scores
    scored = LabelledRows(by_class, rows.labels)
    losses = {name: _log_loss(stored, name, scored, folds) for name in METHODS}
    return min(losses, key=losses.__getitem__)


def fit_calibrated(
    pipeline: Pipeline, rows: LabelledRows, folds: Folds, method: str, jobs: int
) -> CalibratedClassifierCV:
    """Fit the pipeline on all rows, and a calibrator on its decisions across the folds.

    Parameters
    ----------
    pipeline, rows, folds, jobs
        As for `choose_calibration`.
    method : str
        One of `METHODS`.

    Returns
    -------
    CalibratedClassifierCV
        One pipeline with one calibrator; its answer is always its most probable class.
    """
    calibrated = CalibratedClassifierCV(
        pipeline, method=method, cv=folds, ensemble=False, n_jobs=jobs
    )
    calibrated.fit(rows.features, rows.labels)
    # How it was fitted is no part of the model: the same bytes for any number of processes, and
    # nothing in the file but what answers.
    return calibrated.set_params(cv=len(folds), n_jobs=None)


def _stored_scores_of(pipeline: Pipeline) -> tuple[_StoredScores, str]:
    """Return what stands for the pipeline, and the method whose values are calibrated of it."""
    if hasattr(pipeline, "decision_function"):
        return _StoredDecisions(), "decision_function"
    return _StoredProbabilities(), "predict_proba"


def _log_loss(stored: _StoredScores, method: str, rows: LabelledRows, folds: Folds) -> float:
    """Return the mean log-loss over the folds of a calibrator fitted on the other folds."""
    frozen = FrozenEstimator(stored.fit(rows.features, rows.labels))
    columns = np.searchsorted(frozen.classes_, rows.labels)
    losses = []
    for kept, compared in folds:
        # Nothing is refitted, so one "fold" of all rows gives what several would.
        everything = np.arange(len(kept))
        calibrator = CalibratedClassifierCV(frozen, method=method, cv=[(everything, everything)])
        calibrator.fit(rows.features[kept], rows.labels[kept])
        given = calibrator.predict_proba(rows.features[compared])
        right = given[np.arange(len(compared)), columns[compared]]
        losses.append(-np.log(right.clip(np.finfo(float).eps)).mean())
    return float(np.mean(losses))
