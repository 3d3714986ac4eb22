"""Probabilities that mean what they say: which calibration, and the calibrated fit."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self
from warnings import catch_warnings, filterwarnings

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.parallel import Parallel, delayed

from ..one_answer import Folds, Labels, Places
from .plan import SearchPlan
from .rows import LabelledRows

METHODS: Final = ("temperature", "sigmoid")


@dataclass(frozen=True, slots=True)
class Scores:
    """What pipelines that were fitted on other folds say of rows.

    Attributes
    ----------
    values : ndarray of float64, shape (n, k)
        In the order of the sorted classes; not-a-number where a row is in no fold to compare by.
    labels : ndarray of str, shape (n,)
    decisions : bool
        Whether they are decision values; else they are probabilities.
    balanced : bool
        Whether all classes count the same, however many rows of them there are.
    """

    values: NDArray[np.float64]
    labels: Labels
    decisions: bool
    balanced: bool = False

    def weights(self, places: Places) -> NDArray[np.float64]:
        """Return what each of some rows counts."""
        how = "balanced" if self.balanced else None
        return np.asarray(compute_sample_weight(how, self.labels[places]))

    def accuracies(self, parts: Iterable[Places]) -> list[float]:
        """Return the accuracy on parts of the rows, or its mean over classes that count the same.

        Each part is given by the places of its rows, all of which have a value.
        """
        right = np.unique(self.labels)[np.argmax(self.values, axis=1)] == self.labels
        return [float(np.average(right[part], weights=self.weights(part))) for part in parts]

    @property
    def scored(self) -> Places:
        """The rows that have a value."""
        return np.flatnonzero(~np.isnan(self.values[:, 0]))


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


def score_across(pipeline: Pipeline, rows: LabelledRows, folds: Folds, plan: SearchPlan) -> Scores:
    """Return what the pipeline, fitted on each fold, says of the rows that it was not fitted on.

    Parameters
    ----------
    pipeline : Pipeline
        Unfitted, with the winner's parameters.
    rows : LabelledRows
        Training rows only.
    folds : sequence of (ndarray of int, ndarray of int)
        Those of the search.
    plan : SearchPlan
    """
    found = Parallel(n_jobs=plan.jobs)(
        delayed(_score_fold)(pipeline, rows, *fold) for fold in folds
    )
    values = np.full((len(rows.labels), len(np.unique(rows.labels))), np.nan)
    for (_, compared), part in zip(folds, found, strict=True):
        values[compared] = part
    decisions = hasattr(pipeline, "decision_function")
    return Scores(values, rows.labels, decisions, plan.balanced)


def _score_fold(
    pipeline: Pipeline, rows: LabelledRows, kept: Places, compared: Places
) -> NDArray[np.float64]:
    fitted = clone(pipeline).fit(rows.features[kept], rows.labels[kept])
    return score_rows(fitted, rows.features[compared])


def score_rows(fitted: Any, features: NDArray[Any]) -> NDArray[np.float64]:
    """Return a classifier's decision values, or else probabilities, with a column per class."""
    if not hasattr(fitted, "decision_function"):
        return np.asarray(fitted.predict_proba(features), np.float64)
    values = np.asarray(fitted.decision_function(features), np.float64)
    return np.column_stack([-values, values]) if values.ndim == 1 else values


def choose_calibration(scores: Scores, folds: Folds) -> str:
    """Return the method whose probabilities have the lower log-loss on rows it was not fitted on.

    Parameters
    ----------
    scores : Scores
        Of training rows.
    folds : sequence of (ndarray of int, ndarray of int)
        Those of the search.

    Returns
    -------
    str
        One of `METHODS`.
    """
    # Two layers keep the comparison honest: every row's decision values come from a pipeline
    # fitted on the other folds, and every fold's log-loss from a calibrator fitted on the decision
    # values of the other folds. The hold-out has no part in it.
    if scores.balanced:
        # Weighed classes need no shift of their own, and few rows would tell a wrong one.
        return METHODS[0]
    losses = {name: _log_loss(scores, name, folds) for name in METHODS}
    return min(losses, key=losses.__getitem__)


def fit_calibrator(scores: Scores, method: str, rows: Places | None = None) -> Any:
    """Return a fitted calibrator that takes such scores in place of features.

    Parameters
    ----------
    scores : Scores
    method : str
        One of `METHODS`.
    rows : ndarray of int, optional
        Which it is fitted on; by default all that have scores.
    """
    places = scores.scored if rows is None else np.intersect1d(rows, scores.scored)
    values, labels = scores.values[places], scores.labels[places]
    stored = _StoredDecisions() if scores.decisions else _StoredProbabilities()
    frozen = FrozenEstimator(stored.fit(values, scores.labels))
    # Nothing is refitted, so one "fold" of all rows gives what several would.
    everything = np.arange(len(labels))
    calibrator = CalibratedClassifierCV(frozen, method=method, cv=[(everything, everything)])
    with catch_warnings():
        # What the weights are not for is fitted already.
        filterwarnings("ignore", ".*sample weights will only be used for the calibration")
        return calibrator.fit(values, labels, sample_weight=scores.weights(places))


def fit_calibrated(
    pipeline: Pipeline, scores: Scores, method: str, folds: int
) -> CalibratedClassifierCV:
    """Fit a calibrator to what is said across the folds, and put it behind a fitted pipeline.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted on all rows.
    scores : Scores
        What its like, fitted on the folds, say of rows; these alone are learned from.
    method : str
        One of `METHODS`.
    folds : int
        How many there were.

    Returns
    -------
    CalibratedClassifierCV
        One pipeline with one calibrator; its answer is always its most probable class.
    """
    calibrated = fit_calibrator(scores, method)
    calibrated.calibrated_classifiers_[0].estimator = pipeline
    calibrated.n_features_in_ = pipeline.n_features_in_
    # How it was fitted is no part of the model: the same bytes for any number of processes, and
    # nothing in the file but what answers.
    return calibrated.set_params(estimator=clone(pipeline), ensemble=False, cv=folds, n_jobs=None)


def _log_loss(scores: Scores, method: str, folds: Folds) -> float:
    """Return the mean log-loss over the folds of a calibrator fitted on the other folds."""
    columns = np.searchsorted(np.unique(scores.labels), scores.labels)
    losses = []
    for _, compared in folds:
        others = np.setdiff1d(scores.scored, compared)
        given = fit_calibrator(scores, method, others).predict_proba(scores.values[compared])
        right = given[np.arange(len(compared)), columns[compared]]
        logs = -np.log(right.clip(np.finfo(float).eps))
        losses.append(np.average(logs, weights=scores.weights(compared)))
    return float(np.mean(losses))
