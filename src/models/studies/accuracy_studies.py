"""What accuracy depends on: which features, how many of them, and how many rows (pure)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

# joblib's own would not hand the filters of warnings on to its processes.
from sklearn.utils.parallel import Parallel, delayed

from ...errors import DataError, ModelError
from ..one_answer import Cells
from ..training.processes import training_processes
from ..training.rows import LabelledRows
from .owen_values import group_features

# Every point of a curve is one fit per fold; three give a spread at a bearable price.
CURVE_FOLDS: Final = 3
_RANKING_ROWS: Final = 600
_TRAINING_ROWS: Final = 1000
_FIRST_ROWS: Final = 200
_SIZES: Final = 6
# Every number of features to here, then ever fewer: a figure has room for about 25 of their names.
_EVERY_COUNT: Final = 18
# A single one of more features, a network's say, matters to nothing; and to ask takes hours.
MOST_SINGLE: Final = 256

# Feature rows in, a class for each out; or how well all of them are answered.
Answer: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.str_]]
Score: TypeAlias = Callable[[NDArray[np.float64]], float]
_Fold: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Importance:
    """Loss of accuracy, or another score, when features are shuffled among the rows.

    Attributes
    ----------
    score : float
        With all features as they are.
    rows : int
        How many rows were answered each time.
    single : Mapping[str, ndarray of float64, shape (repeats,)]
        The loss for each feature, once per shuffling; of more than 256 features none.
    by_space : Mapping[str, ndarray of float64, shape (repeats,)]
        The loss when all features of a colour space, or of a stage of a network, are shuffled
        together, row by row.
    measure : str
        What the score is called.
    """

    score: float
    rows: int
    single: Mapping[str, NDArray[np.float64]]
    by_space: Mapping[str, NDArray[np.float64]]
    measure: str = "accuracy"

    def ranking(self) -> list[str]:
        """Return the single features, the most important one first."""
        return sorted(self.single, key=lambda name: (-float(self.single[name].mean()), name))


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
    measure : str
        What stands in its place, where it is another.
    """

    sizes: NDArray[np.int64]
    validation: NDArray[np.float64]
    training: NDArray[np.float64]
    measure: str = "accuracy"


def measure_importance(
    answer: Answer, rows: LabelledRows, names: Sequence[str], repeats: int = 5, seed: int = 0
) -> Importance:
    """Shuffle each feature, then each colour space, and see how much accuracy is lost.

    Parameters
    ----------
    answer : callable
        A fitted model: rows of shape (n, n_features) -> classes of shape (n,).
    rows : LabelledRows
        Rows the model was not fitted on.
    names : sequence of str
        The features, in the order of the columns.
    repeats : int, default 5
        How often each is shuffled.
    seed : int, default 0
        Decides the shufflings.

    Raises
    ------
    DataError
        If there are no rows, or the names do not fit the columns.
    ModelError
        If the model is not fitted.

    References
    ----------
    L. Breiman, "Random Forests", Machine Learning 45(1), 2001, section 10.

    Examples
    --------
    >>> rows = LabelledRows(np.array([[0.0, 5.0], [1.0, 5.0]] * 8), np.array(["lo", "hi"] * 8))
    >>> found = measure_importance(
    ...     lambda X: np.where(X[:, 0] > 0.5, "hi", "lo"), rows, ["b_bgr_mean", "b_bgr_std"]
    ... )
    >>> found.score, found.ranking(), float(found.single["b_bgr_std"].max())
    (1.0, ['b_bgr_mean', 'b_bgr_std'], 0.0)
    """

    def accuracy(features: NDArray[np.float64]) -> float:
        return float(np.mean(answer(features) == rows.labels))

    return measure_losses(accuracy, rows.features, names, repeats, seed)


def measure_losses(
    score: Score, features: NDArray[np.float64], names: Sequence[str], repeats: int, seed: int
) -> Importance:
    """Do the same for any score, of rows of shape (n, n_features).

    Raises
    ------
    DataError, ModelError
        As from `measure_importance`.
    """
    if not len(features) or features.shape[1:] != (len(names),):
        raise DataError(
            f"importance cannot be measured on features of shape {features.shape}; give one "
            f"or more rows of the {len(names)} features"
        )
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(features)) for _ in range(repeats)]
    try:
        whole = score(features)
        alone = names if len(names) <= MOST_SINGLE else ()
        singles = {name: (i,) for i, name in enumerate(alone)}
        single, joint = (
            {name: whole - _scores_left(score, features, places, orders) for name, places in every}
            for every in (singles.items(), group_features(names).items())
        )
    except NotFittedError as error:
        raise ModelError(
            f"the model is not fitted ({error}); fit it, or load a saved one"
        ) from error
    return Importance(whole, len(features), single, joint)


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
    sizes = curve_sizes(least, most)
    parts = [(_spread(rows, fit, size, seed), judge) for fit, judge in folds for size in sizes]
    with training_processes():
        scores = Parallel(n_jobs=jobs)(delayed(_compare)(pipeline, rows, part) for part in parts)
    table = np.array(scores).reshape(len(folds), len(sizes), 2)
    return LearningCurve(sizes, table[..., 0], table[..., 1])


def curve_sizes(least: int, most: int) -> NDArray[np.int64]:
    """Return up to six numbers of rows, each about as many times the one before.

    Examples
    --------
    >>> curve_sizes(10, 320).tolist()
    [10, 20, 40, 80, 160, 320]
    """
    return np.unique(np.rint(np.geomspace(min(least, most), most, _SIZES)).astype(np.int64))


def limit_rows(rows: LabelledRows, most: int, seed: int = 0, least: int = 1) -> LabelledRows:
    """Return at most so many of the rows, with every class in its proportion.

    Of a class that would have fewer than `least`, so many are kept, if there are as many.

    Examples
    --------
    >>> rows = LabelledRows(np.zeros((8, 1)), np.array(list("aaaaaabb")))
    >>> "".join(sorted(limit_rows(rows, 4).labels))
    'aaab'
    """
    places = _spread(rows, np.arange(len(rows.labels)), most, seed, least)
    return rows.at(places)


def _scores_left(
    score: Score,
    features: NDArray[np.float64],
    places: tuple[int, ...],
    orders: list[NDArray[np.int64]],
) -> NDArray[np.float64]:
    """Return the score left after each shuffling of the columns at `places`."""
    shuffled = features.copy()
    left = []
    for order in orders:
        shuffled[:, places] = features[order][:, places]
        left.append(score(shuffled))
    return np.array(left)


def _folds(rows: LabelledRows, seed: int) -> list[_Fold]:
    classes, counts = np.unique(rows.labels, return_counts=True)
    if len(classes) < 2 or counts.min() < CURVE_FOLDS:
        found = ", ".join(f"{name}: {n}" for name, n in zip(classes, counts, strict=True))
        raise DataError(
            f"no curve can be measured on these rows ({found or 'none'}); give two or more "
            f"classes with at least {CURVE_FOLDS} rows each"
        )
    cells = rows.cells or Cells(rows.labels)
    kind = StratifiedKFold if cells.groups is None else StratifiedGroupKFold
    splitter = kind(CURVE_FOLDS, shuffle=True, random_state=seed)
    folds = splitter.split(rows.features, rows.labels, cells.groups)
    # As in training: versions of a work stay together, and none judges that the network has seen.
    return [(fit, judge[cells.fresh[judge]]) for fit, judge in folds]


def _feature_counts(most: int) -> NDArray[np.int64]:
    every = np.arange(1, min(most, _EVERY_COUNT) + 1)
    beyond = np.geomspace(len(every), most, 7).astype(int)
    return np.unique(np.concatenate([every, beyond, [most]]))


def _spread(
    rows: LabelledRows, places: NDArray[np.int64], size: int, seed: int, least: int = 1
) -> NDArray[np.int64]:
    """Return so many of the places, each class in its proportion, each at least `least` times."""
    order = np.random.default_rng(seed).permutation(places)
    labels = rows.labels[order]
    # By how far each row stands within its class: a prefix then holds all classes in proportion.
    ranks, turns = np.empty(len(order)), np.empty(len(order))
    for own in _places_by_class(labels):
        ranks[own] = np.arange(len(own)) / len(own)
        turns[own] = np.arange(len(own))
    first = np.sort(np.lexsort((ranks, np.minimum(turns, least)))[:size])
    return order[first[np.argsort(ranks[first], kind="stable")]]


def _places_by_class(labels: NDArray[np.str_]) -> list[NDArray[np.int64]]:
    _, which, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return np.split(np.argsort(which, kind="stable"), np.cumsum(counts)[:-1])


def _rank_features(
    pipeline: Any, rows: LabelledRows, fit: NDArray[np.int64], names: Sequence[str], seed: int
) -> list[int]:
    """Return the columns by importance, as three quarters of the rows show on the last one."""
    kept = _spread(rows, fit, len(fit) * 3 // 4, seed)
    aside = np.setdiff1d(fit, kept)[:_RANKING_ROWS]
    fitted = clone(pipeline).fit(rows.features[kept], rows.labels[kept])
    judge = LabelledRows(rows.features[aside], rows.labels[aside])
    found = measure_importance(fitted.predict, judge, names, repeats=3, seed=seed)
    places = {name: i for i, name in enumerate(names)}
    return [places[name] for name in found.ranking()]


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
