"""How accuracy grows with the number of features and of rows, on validation folds (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold

# joblib's own would not hand the filters of warnings on to its processes.
from sklearn.utils.parallel import Parallel, delayed

from ...errors import DataError
from ..training.rows import LabelledRows
from ..training.search import training_processes
from .importance import measure_importance

# Every point of a curve is one fit per fold; three give a spread at a bearable price.
CURVE_FOLDS: Final = 3
_RANKING_ROWS: Final = 600
_TRAINING_ROWS: Final = 1000
_FIRST_ROWS: Final = 200
_SIZES: Final = 6
_EVERY_COUNT: Final = 18


@dataclass(frozen=True, slots=True)
class FeatureCurve:
    """Validation accuracy with the best features of each fold.

    Attributes
    ----------
    counts : ndarray of int, shape (n,)
        How many features: every number to 18, then ever fewer, to all of them.
    accuracies : ndarray of float64, shape (folds, n)
        With so many features that rank first within the fold.
    ranking : tuple of str
        All features by their mean rank over the folds.
    rows : int
        How many rows each fold was fitted on.
    """

    counts: NDArray[np.int64]
    accuracies: NDArray[np.float64]
    ranking: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """Accuracy against the number of rows fitted on.

    Attributes
    ----------
    sizes : ndarray of int, shape (n,)
        Rows fitted on.
    validation, training : ndarray of float64, shape (folds, n)
        Accuracy on the rows of the fold, and on (at most 1,000 of) those fitted on.
    """

    sizes: NDArray[np.int64]
    validation: NDArray[np.float64]
    training: NDArray[np.float64]


def measure_feature_curve(
    pipeline: Any, rows: LabelledRows, names: Sequence[str], seed: int = 0, jobs: int = 1
) -> FeatureCurve:
    """Refit a pipeline on its best feature, its two best, and so on to all of them.

    Features are ranked within each fold, by how much a quarter of the fold's training rows suffers
    when one is shuffled; the rows that judge have no part in the ranking.

    Parameters
    ----------
    pipeline : scikit-learn estimator
        Cloned for every fit; need not be fitted.
    rows : LabelledRows
        Training rows only.
    names : sequence of str
        The features, in the order of the columns.
    seed : int, default 0
        Decides folds and shufflings.
    jobs : int, default 1
        Processes, which have no influence on the result.

    Returns
    -------
    FeatureCurve

    Raises
    ------
    DataError
        If there is one class only, or too few rows of one.
    """
    folds, counts = _folds(rows, seed), _feature_counts(len(names))
    with training_processes():
        run = Parallel(n_jobs=jobs)
        ranked = run(delayed(_rank_features)(pipeline, rows, fit, names, seed) for fit, _ in folds)
        accuracies = run(
            delayed(_validate)(pipeline, rows, fold, order[:count])
            for fold, order in zip(folds, ranked, strict=True)
            for count in counts
        )
    # The place of each feature in each fold's ranking.
    mean_rank = np.argsort(np.array(ranked), axis=1).mean(axis=0)
    ranking = tuple(names[i] for i in np.argsort(mean_rank, kind="stable"))
    table = np.array(accuracies).reshape(len(folds), len(counts))
    return FeatureCurve(counts, table, ranking, len(folds[0][0]))


def measure_learning_curve(
    pipeline: Any, rows: LabelledRows, seed: int = 0, jobs: int = 1
) -> LearningCurve:
    """Refit a pipeline on ever more rows and judge it on the same validation folds.

    Parameters, errors: as for `measure_feature_curve`. A part of the rows holds every class in its
    proportion.

    Returns
    -------
    LearningCurve
        At up to six sizes, each about twice the one before.
    """
    folds = _folds(rows, seed)
    most = min(len(fit) for fit, _ in folds)
    least = min(max(_FIRST_ROWS, 2 * len(np.unique(rows.labels))), most)
    sizes = np.unique(np.geomspace(least, most, _SIZES).astype(int))
    parts = [(_spread(rows, fit, size, seed), judge) for fit, judge in folds for size in sizes]
    with training_processes():
        scores = Parallel(n_jobs=jobs)(delayed(_compare)(pipeline, rows, part) for part in parts)
    table = np.array(scores).reshape(len(folds), len(sizes), 2)
    return LearningCurve(sizes, table[..., 0], table[..., 1])


def limit_rows(rows: LabelledRows, most: int, seed: int = 0) -> LabelledRows:
    """Return at most so many of the rows, with every class in its proportion.

    Examples
    --------
    >>> rows = LabelledRows(np.zeros((8, 1)), np.array(list("aaaaaabb")))
    >>> "".join(sorted(limit_rows(rows, 4).labels))
    'aaab'
    """
    places = _spread(rows, np.arange(len(rows.labels)), most, seed)
    return LabelledRows(rows.features[places], rows.labels[places])


_Fold: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]


def _folds(rows: LabelledRows, seed: int) -> list[_Fold]:
    classes, counts = np.unique(rows.labels, return_counts=True)
    if len(classes) < 2 or counts.min() < CURVE_FOLDS:
        found = ", ".join(f"{name}: {n}" for name, n in zip(classes, counts, strict=True))
        raise DataError(
            f"no curve can be measured on these rows ({found or 'none'}); give two or more "
            f"classes with at least {CURVE_FOLDS} rows each"
        )
    splitter = StratifiedKFold(CURVE_FOLDS, shuffle=True, random_state=seed)
    return list(splitter.split(rows.features, rows.labels))


def _feature_counts(most: int) -> NDArray[np.int64]:
    every = np.arange(1, min(most, _EVERY_COUNT) + 1)
    beyond = np.geomspace(len(every), most, 7).astype(int)
    return np.unique(np.concatenate([every, beyond, [most]]))


def _spread(
    rows: LabelledRows, places: NDArray[np.int64], size: int, seed: int
) -> NDArray[np.int64]:
    """Return so many of the places, each class in its proportion, each at least once."""
    order = np.random.default_rng(seed).permutation(places)
    labels = rows.labels[order]
    # By how far each row stands within its class: a prefix then holds all classes in proportion.
    ranks = np.empty(len(order))
    for name in np.unique(labels):
        own = np.flatnonzero(labels == name)
        ranks[own] = np.arange(len(own)) / len(own)
    return order[np.argsort(ranks, kind="stable")[:size]]


def _rank_features(
    pipeline: Any, rows: LabelledRows, fit: NDArray[np.int64], names: Sequence[str], seed: int
) -> list[int]:
    """Return the columns by importance, as three quarters of the rows show on the last one."""
    kept = _spread(rows, fit, len(fit) * 3 // 4, seed)
    aside = np.setdiff1d(fit, kept)[:_RANKING_ROWS]
    fitted = clone(pipeline).fit(rows.features[kept], rows.labels[kept])
    judge = LabelledRows(rows.features[aside], rows.labels[aside])
    found = measure_importance(fitted.predict, judge, names, repeats=3, seed=seed)
    return [list(names).index(name) for name in found.ranking()]


def _validate(pipeline: Any, rows: LabelledRows, fold: _Fold, columns: Sequence[int]) -> float:
    """Return the accuracy on a fold's validation rows with some of the columns alone."""
    fit, judge = fold
    features = rows.features[:, list(columns)]
    fitted = clone(pipeline).fit(features[fit], rows.labels[fit])
    return float(np.mean(fitted.predict(features[judge]) == rows.labels[judge]))


def _compare(pipeline: Any, rows: LabelledRows, fold: _Fold) -> tuple[float, float]:
    """Return the accuracy on a fold's validation rows and on some of those fitted on."""
    fit, judge = fold
    fitted = clone(pipeline).fit(rows.features[fit], rows.labels[fit])
    seen = fit[:_TRAINING_ROWS]
    validation, training = (
        float(np.mean(fitted.predict(rows.features[places]) == rows.labels[places]))
        for places in (judge, seen)
    )
    return validation, training
