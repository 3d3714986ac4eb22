"""Precision, recall and F1 of each class with 95 % intervals, from a confusion matrix (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, sqrt
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ...errors import DataError

# The normal quantile that leaves 2.5 % on either side.
Z: Final = 1.959963984540054
_RESAMPLES: Final = 2000
_BLOCK: Final = 100

Counts: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its 95 % interval; all three are NaN where there is nothing to divide by."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ClassScore:
    """How well one class is found: `rows` are of it, `answers` say it."""

    name: str
    rows: int
    answers: int
    precision: Estimate
    recall: Estimate
    f1: Estimate


@dataclass(frozen=True, slots=True)
class Confusion:
    """So many of the `rows` works of class `truth` were called `answer`."""

    truth: str
    answer: str
    count: int
    rows: int


def score_classes(
    confusion: Sequence[Sequence[int]], classes: Sequence[str], seed: int = 0
) -> list[ClassScore]:
    """Return the scores of each class.

    Parameters
    ----------
    confusion : sequence of sequence of int, shape (n_classes, n_classes)
        Rows are the truth, columns the answers.
    classes : sequence of str
        What rows and columns stand for.
    seed : int, default 0
        Decides the resamples.

    Returns
    -------
    list of ClassScore
        Intervals of precision and recall are Wilson's; those of F1 are the middle 95 % of 2,000
        bootstrap resamples of the rows.

    Raises
    ------
    DataError
        If the matrix does not fit the classes.

    References
    ----------
    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA
    22(158), 1927. B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993, ch. 13.

    Examples
    --------
    >>> red, blue = score_classes([[8, 2], [1, 9]], ["RED", "BLUE"])
    >>> print(f"{red.recall.value:.2f} ({red.recall.low:.2f} to {red.recall.high:.2f})")
    0.80 (0.49 to 0.94)
    """
    counts = np.asarray(confusion, np.int64)
    if counts.shape != (len(classes), len(classes)) or not counts.sum():
        raise DataError(
            f"the confusion matrix does not fit its {len(classes)} classes (shape {counts.shape}, "
            f"{counts.sum()} answers); give that of a model judged on some rows"
        )
    right, rows, answers = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    f1, spread = _f1(right, rows, answers), _f1_intervals(counts, seed)
    return [
        ClassScore(
            name,
            int(rows[i]),
            int(answers[i]),
            wilson_interval(int(right[i]), int(answers[i])),
            wilson_interval(int(right[i]), int(rows[i])),
            Estimate(float(f1[i]), float(spread[0, i]), float(spread[1, i])),
        )
        for i, name in enumerate(classes)
    ]


def average_recall(confusion: Sequence[Sequence[int]]) -> Estimate:
    """Return balanced accuracy: the mean recall of the classes that occur.

    Parameters
    ----------
    confusion : sequence of sequence of int, shape (n_classes, n_classes)
        Rows are the truth, columns the answers; it counts something.

    Returns
    -------
    Estimate
        Its interval is put together of Wilson's for each class, which are independent.

    References
    ----------
    G. Y. Zou, A. Donner, "Construction of confidence limits about effect measures: a general
    approach", Statistics in Medicine 27(10), 2008.

    Examples
    --------
    >>> found = average_recall([[8, 2], [1, 9]])
    >>> print(f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})")
    0.85 (0.63 to 0.93)
    """
    rows = [(row[i], sum(row)) for i, row in enumerate(confusion) if sum(row)]
    recalls = [wilson_interval(right, of_class) for right, of_class in rows]
    mean = sum(recall.value for recall in recalls) / len(recalls)
    below = hypot(*(recall.value - recall.low for recall in recalls)) / len(recalls)
    above = hypot(*(recall.high - recall.value for recall in recalls)) / len(recalls)
    return Estimate(mean, mean - below, mean + above)


def average_f1(confusion: Sequence[Sequence[int]], seed: int = 0) -> Estimate:
    """Return macro F1: the mean F1 of the classes that occur or are answered.

    Parameters
    ----------
    confusion : sequence of sequence of int, shape (n_classes, n_classes)
        Rows are the truth, columns the answers; it counts something.
    seed : int, default 0
        Decides the resamples.

    Returns
    -------
    Estimate
        Its interval is the middle 95 % of 2,000 bootstrap resamples of the rows of each class.
        Where every answer is right, so it is in each of them, and the interval has no width.
    """
    counts = np.asarray(confusion, np.int64)
    rows = counts.sum(axis=1)
    right, answers = _resample_classes(counts, seed)
    spread = np.nanmean(_f1(right, rows, answers), axis=-1)
    low, high = np.quantile(spread, (0.025, 0.975)).tolist()
    return Estimate(float(np.nanmean(_f1(counts.diagonal(), rows, counts.sum(axis=0)))), low, high)


def wilson_interval(part: int, whole: int) -> Estimate:
    """Return a share with Wilson's 95 % interval.

    Examples
    --------
    >>> round(wilson_interval(0, 10).high, 4)
    0.2775
    """
    if not whole:
        return Estimate(np.nan, np.nan, np.nan)
    share, square = part / whole, Z * Z
    centre = (share + square / (2 * whole)) / (1 + square / whole)
    half = Z * sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
    half /= 1 + square / whole
    # The last bit of either end may be on the wrong side.
    return Estimate(share, min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half)))


def frequent_confusions(
    confusion: Sequence[Sequence[int]], classes: Sequence[str], count: int = 8
) -> list[Confusion]:
    """Return the mistakes made most often; of equally frequent ones, the larger share first.

    Examples
    --------
    >>> frequent_confusions([[8, 2], [0, 9]], ["RED", "BLUE"])
    [Confusion(truth='RED', answer='BLUE', count=2, rows=10)]
    """
    counts = np.asarray(confusion, np.int64)
    rows = counts.sum(axis=1)
    found = [
        Confusion(classes[i], classes[j], int(counts[i, j]), int(rows[i]))
        for i, j in np.argwhere(counts)
        if i != j
    ]
    return sorted(found, key=lambda mistake: (-mistake.count, mistake.rows))[:count]


def _f1(right: Counts, rows: Counts, answers: Counts) -> NDArray[np.float64]:
    """Return F1 by class, shape (..., n_classes), NaN for a class neither there nor answered."""
    both = rows + answers
    out = np.full(right.shape, np.nan)
    return np.asarray(np.divide(2.0 * right, both, out=out, where=both > 0))


def _resample_classes(counts: Counts, seed: int) -> tuple[Counts, Counts]:
    """Return right answers and answers by class, shape (resamples, n_classes).

    Each class keeps its rows: without the only row of one, a mean would be over others.
    """
    rng = np.random.default_rng(seed)
    right, answers = np.zeros((2, _RESAMPLES, len(counts)), np.int64)
    for i in np.flatnonzero(counts.sum(axis=1)):
        said = np.flatnonzero(counts[i])
        cells = counts[i, said]
        drawn = rng.multinomial(cells.sum(), cells / cells.sum(), size=_RESAMPLES)
        answers[:, said] += drawn
        right[:, i] = drawn[:, said == i].sum(axis=1)
    return right, answers


def _f1_intervals(counts: Counts, seed: int) -> NDArray[np.float64]:
    """Return the ends of the intervals, shape (2, n_classes)."""
    rng = np.random.default_rng(seed)
    truth, answer = np.nonzero(counts)
    cells = counts[truth, answer]
    sums = [
        _sums_by_class(places, chosen, len(counts))
        for places, chosen in ((truth, truth == answer), (truth, cells > 0), (answer, cells > 0))
    ]
    # In blocks, and of the cells that are used: a matrix of hundreds of classes has many.
    blocks = (
        rng.multinomial(cells.sum(), cells / cells.sum(), size=_BLOCK)
        for _ in range(_RESAMPLES // _BLOCK)
    )
    scores = np.concatenate([_f1(*(block @ by_class for by_class in sums)) for block in blocks])
    ends = np.full((2, len(counts)), np.nan)
    for i in np.union1d(truth, answer):
        defined = scores[~np.isnan(scores[:, i]), i]
        ends[:, i] = np.quantile(defined, (0.025, 0.975))
    return ends


def _sums_by_class(places: Counts, chosen: NDArray[np.bool_], classes: int) -> Any:
    """Return the matrix that sums chosen cells by class, shape (cells, classes)."""
    cells = np.flatnonzero(chosen)
    ones = np.ones(len(cells), np.int64)
    return csr_array((ones, (cells, places[cells])), (len(places), classes))
