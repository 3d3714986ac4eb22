"""Precision, recall and F1 of each class with 95 % intervals, from a confusion matrix (pure)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
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


def average_classes(confusion: Sequence[Sequence[int]], seed: int = 0) -> tuple[Estimate, Estimate]:
    """Return balanced accuracy and macro F1, in which every class counts the same.

    Parameters
    ----------
    confusion : sequence of sequence of int, shape (n_classes, n_classes)
        Rows are the truth, columns the answers; it counts something.
    seed : int, default 0
        Decides the resamples.

    Returns
    -------
    tuple of Estimate
        The mean recall of the classes that occur, and the mean F1 of those that occur or are
        answered. Their intervals are the middle 95 % of 2,000 bootstrap resamples of the rows.

    Examples
    --------
    >>> balanced, f1 = average_classes([[8, 2], [1, 9]])
    >>> round(balanced.value, 2), round(f1.value, 2)
    (0.85, 0.85)
    """
    counts = np.asarray(confusion, np.int64)
    own = _means(counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0))
    spread = np.concatenate([_means(*block) for block in _resample(counts, seed)])
    low, high = np.quantile(spread, (0.025, 0.975), axis=0).tolist()
    balanced, f1 = (Estimate(*each) for each in zip(own.tolist(), low, high, strict=True))
    return balanced, f1


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


def _means(right: Counts, rows: Counts, answers: Counts) -> NDArray[np.float64]:
    """Return the means over classes of recall and of F1, shape (..., 2)."""
    out = np.full(right.shape, np.nan)
    recall = np.divide(right, rows, out=out, where=rows > 0)
    both = (recall, _f1(right, rows, answers))
    return np.stack([np.nanmean(each, axis=-1) for each in both], axis=-1)


def _f1_intervals(counts: Counts, seed: int) -> NDArray[np.float64]:
    """Return the ends of the intervals, shape (2, n_classes)."""
    scores = np.concatenate([_f1(*block) for block in _resample(counts, seed)])
    ends = np.full((2, len(counts)), np.nan)
    for i in np.flatnonzero(counts.sum(axis=0) + counts.sum(axis=1)):
        defined = scores[~np.isnan(scores[:, i]), i]
        ends[:, i] = np.quantile(defined, (0.025, 0.975))
    return ends


def _resample(counts: Counts, seed: int) -> Iterator[tuple[Counts, Counts, Counts]]:
    """Yield resamples of the rows in blocks: by class the right answers, the rows, the answers."""
    rng = np.random.default_rng(seed)
    truth, answer = np.nonzero(counts)
    cells = counts[truth, answer]
    sums = [
        _sums_by_class(places, chosen, len(counts))
        for places, chosen in ((truth, truth == answer), (truth, cells > 0), (answer, cells > 0))
    ]
    # In blocks, and of the cells that are used: a matrix of hundreds of classes has many.
    for _ in range(_RESAMPLES // _BLOCK):
        block = rng.multinomial(cells.sum(), cells / cells.sum(), size=_BLOCK)
        right, rows, answers = (block @ by_class for by_class in sums)
        yield right, rows, answers


def _sums_by_class(places: Counts, chosen: NDArray[np.bool_], classes: int) -> Any:
    """Return the matrix that sums chosen cells by class, shape (cells, classes)."""
    cells = np.flatnonzero(chosen)
    ones = np.ones(len(cells), np.int64)
    return csr_array((ones, (cells, places[cells])), (len(places), classes))
