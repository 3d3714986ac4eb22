"""What the mean average precision of tags depends on: features, and rows (pure)."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils.parallel import Parallel, delayed

from ..classifier import Classifier
from ..one_answer import Cells
from ..tag_classifier import NO, YES
from ..tag_rules import Truth, average_precision, judged_truth, read_truth, stratify
from ..training.calibration import score_rows
from ..training.processes import training_processes
from ..training.rows import LabelledRows
from .accuracy_studies import CURVE_FOLDS, Importance, LearningCurve, curve_sizes, measure_losses

MEASURE: Final = "mean average precision"
_TRAINING_ROWS: Final = 1000
_REPEATS: Final = 5
_LEAST_ROWS: Final = 50


def measure_tag_importance(model: Classifier, rows: LabelledRows, seed: int = 0) -> Importance:
    """Shuffle features, as `measure_importance` does, and see how much precision is lost.

    Parameters
    ----------
    model : Classifier
    rows : LabelledRows
        Rows that it was not fitted on.
    seed : int, default 0
        Decides the shufflings.

    Raises
    ------
    DataError
        If there are no rows.
    """
    truth, names = read_truth(rows.labels, model.classes), model.metadata.feature_spec.names

    def score(features: NDArray[np.float64]) -> float:
        return mean_precision(truth, model.predict_scores(features))

    found = measure_losses(score, rows.features, names, _REPEATS, seed)
    return replace(found, measure=MEASURE)


def measure_tag_curve(
    pipeline: Pipeline, rows: LabelledRows, tags: tuple[str, ...], seed: int = 0, jobs: int = 1
) -> LearningCurve:
    """Refit a pipeline for each tag on ever more rows, and judge it on the same folds.

    Parameters
    ----------
    pipeline : Pipeline
        Cloned for every fit; need not be fitted.
    rows : LabelledRows
        Training rows only.
    tags : tuple of str
    seed : int, default 0
        Decides the folds, and which rows are the first.
    jobs : int, default 1
        Processes, which have no influence on the result.

    Returns
    -------
    LearningCurve
        At up to six sizes, each about twice the one before.
    """
    truth, cells = read_truth(rows.labels, tags), rows.cells or Cells(rows.labels)
    judged, rng = judged_truth(cells, truth), np.random.default_rng(seed)
    folds = stratify(truth, cells.groups, [1 / CURVE_FOLDS] * CURVE_FOLDS, seed)
    others = [rng.permutation(np.setdiff1d(np.arange(len(truth)), fold)) for fold in folds]
    sizes = curve_sizes(_LEAST_ROWS, min(map(len, others)))
    parts = [
        (order[:size], fold) for order, fold in zip(others, folds, strict=True) for size in sizes
    ]
    with training_processes():
        scores = Parallel(n_jobs=jobs)(
            delayed(_compare)(pipeline, rows.features, truth, judged, part) for part in parts
        )
    table = np.array(scores).reshape(len(folds), len(sizes), 2)
    return LearningCurve(sizes, table[..., 0], table[..., 1], MEASURE)


def mean_precision(truth: Truth, scores: NDArray[np.float64]) -> float:
    """Return the mean average precision over the tags that some row has and that have scores.

    Examples
    --------
    >>> truth, scores = np.array([[1, 0], [0, 0]]), np.array([[0.9, 0.1], [0.2, 0.8]])
    >>> mean_precision(truth, scores)
    1.0
    """
    known = ~(np.isnan(truth) | np.isnan(scores))
    each = [
        average_precision(truth[own, tag] == 1, scores[own, tag])
        for tag, own in enumerate(known.T)
        if (truth[own, tag] == 1).any()
    ]
    return float(np.mean(each)) if each else np.nan


def _compare(
    pipeline: Pipeline,
    features: NDArray[np.float64],
    truth: Truth,
    judged: Truth,
    part: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[float, float]:
    """Return the precision on a fold's rows and on some of those fitted on."""
    fit, fold = part
    *before, (_, classifier) = clone(pipeline).steps
    axes = Pipeline(before)
    fitted, seen = axes.fit_transform(features[fit]), fit[:_TRAINING_ROWS]
    rows = [axes.transform(features[places]) for places in (fold, seen)]
    scores = [np.full((len(each), truth.shape[1]), np.nan) for each in rows]
    for tag in range(truth.shape[1]):
        known = ~np.isnan(truth[fit, tag])
        labels = np.where(truth[fit, tag][known] == 1, YES, NO)
        if len(np.unique(labels)) > 1:
            own = clone(classifier).fit(fitted[known], labels)
            for found, each in zip(scores, rows, strict=True):
                found[:, tag] = score_rows(own, each)[:, 1]
    return mean_precision(judged[fold], scores[0]), mean_precision(truth[seen], scores[1])
