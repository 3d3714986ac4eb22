"""How well answers fit labels, in numbers with 95 % intervals (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import DataError
from .class_scores import (
    ClassScore,
    Estimate,
    Z,
    average_f1,
    average_recall,
    score_classes,
    wilson_interval,
)

# With fewer answers in each, a bin says more of chance than of the model.
_LEAST_IN_BIN: Final = 20
_MOST_BINS: Final = 15
_LEAST_SCORES: Final = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers about as sure: how many, how sure on average, and the share that is right."""

    rows: int
    score: float
    right: Estimate


@dataclass(frozen=True, slots=True)
class Abstention:
    """What is answered where no label is given under a score, and the share of it that is right."""

    min_score: float
    answered: int
    right: Estimate


@dataclass(frozen=True, slots=True)
class Judgement:
    """How well a model's answers fit the labels.

    Attributes
    ----------
    rows : int
        Pictures that count.
    accuracy, among_two : Estimate
        The share whose answer is right, and of which one of the first two is.
    balanced_accuracy, macro_f1 : Estimate
        The means over the classes; see `average_recall` and `average_f1`.
    commonest : str
        The class with the most pictures.
    always_commonest : float
        The accuracy of always answering that.
    by_chance : float
        That of guessing among the classes that the model knows.
    mean_score, calibration_error : float
        How sure the model is on average, and by how much this differs from how often it is right,
        on average over the bins.
    bins : tuple of Bin
    abstentions : tuple of Abstention
    classes : tuple of str
        Those that occur as a label or an answer, in the order of the model.
    confusion : list of list of int, shape (n_classes, n_classes)
        Rows are the labels, columns the answers.
    by_class : tuple of ClassScore
    """

    rows: int
    accuracy: Estimate
    among_two: Estimate
    balanced_accuracy: Estimate
    macro_f1: Estimate
    commonest: str
    always_commonest: float
    by_chance: float
    mean_score: float
    calibration_error: float
    bins: tuple[Bin, ...]
    abstentions: tuple[Abstention, ...]
    classes: tuple[str, ...]
    confusion: list[list[int]]
    by_class: tuple[ClassScore, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same pictures.

    Attributes
    ----------
    first, second : str
        Their names.
    rows : int
        Pictures of which both know the label.
    only_first, only_second : int
        Those that only this one is right about.
    difference : Estimate
        Accuracy of the second less that of the first.
    p_value : float
        How often models that are equally good differ so much or more.
    """

    first: str
    second: str
    rows: int
    only_first: int
    only_second: int
    difference: Estimate
    p_value: float


def judge_answers(answers: pd.DataFrame, classes: Sequence[str]) -> Judgement:
    """Hold answers against labels.

    Parameters
    ----------
    answers : DataFrame
        ``label``, ``said``, ``score`` (of the answer) and ``place`` (of the label among the
        answers, from 1), one row for each picture that counts.
    classes : sequence of str
        All that the model knows.

    Raises
    ------
    DataError
        If there is no row.
    """
    if answers.empty:
        raise DataError("no picture is left to judge by; give some whose labels the model knows")
    used = set(answers["label"]) | set(answers["said"])
    names = [name for name in classes if name in used]
    confusion = _count_pairs(answers, names)
    right = (answers["place"] == 1).to_numpy(bool)
    score = answers["score"].to_numpy(float)
    rows = len(answers)
    bins = fill_bins(score, right)
    of_class = confusion.sum(axis=1)
    return Judgement(
        rows=rows,
        accuracy=wilson_interval(int(right.sum()), rows),
        among_two=wilson_interval(int((answers["place"] <= 2).sum()), rows),
        balanced_accuracy=average_recall(confusion.tolist()),
        macro_f1=average_f1(confusion.tolist()),
        commonest=names[int(of_class.argmax())],
        always_commonest=float(of_class.max() / rows),
        by_chance=1 / len(classes),
        mean_score=float(score.mean()),
        calibration_error=sum(b.rows * abs(b.right.value - b.score) for b in bins) / rows,
        bins=bins,
        abstentions=tuple(_abstain(score, right, least) for least in _LEAST_SCORES),
        classes=tuple(names),
        confusion=confusion.tolist(),
        by_class=tuple(score_classes(confusion.tolist(), names)),
    )


def fill_bins(score: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[Bin, ...]:
    """Return bins of answers in the order of their scores, each with about as many.

    Parameters
    ----------
    score : ndarray of float64, shape (n,)
        Probability of the answer given, in [0, 1].
    right : ndarray of bool, shape (n,)

    Returns
    -------
    tuple of Bin
        At most 15, with about 20 answers or more in each. Equal scores are in one bin.

    References
    ----------
    K. Nguyen, B. O'Connor, "Posterior calibration and exploratory analysis for natural language
    processing models", EMNLP 2015, section 4.

    Examples
    --------
    >>> fill_bins(np.array([0.5, 0.9]), np.array([False, True]))[0].score
    0.7
    """
    count = min(max(len(score) // _LEAST_IN_BIN, 1), _MOST_BINS)
    edges = np.unique(np.quantile(score, np.arange(1, count) / count, method="inverted_cdf"))
    which = np.searchsorted(edges, score)
    found = []
    for place in np.unique(which):
        inside = which == place
        hits, rows = int(right[inside].sum()), int(inside.sum())
        found.append(Bin(rows, float(score[inside].mean()), wilson_interval(hits, rows)))
    return tuple(found)


def compare_answers(
    first: str, one: pd.DataFrame, second: str, other: pd.DataFrame
) -> Comparison | None:
    """Compare two models on the pictures that count for both; None if there is no such picture.

    Parameters
    ----------
    first, second : str
        Their names.
    one, other : DataFrame
        ``place``, of the same pictures in the same order, and ``left_out``.
    """
    both = ((one["left_out"] == "") & (other["left_out"] == "")).to_numpy()
    rows = int(both.sum())
    if not rows:
        return None
    a, b = ((table["place"][both] == 1).to_numpy(bool) for table in (one, other))
    return Comparison(first, second, rows, *compare_outcomes(a, b))


def compare_outcomes(
    first: NDArray[np.bool_], second: NDArray[np.bool_]
) -> tuple[int, int, Estimate, float]:
    """Compare which pictures two models have right.

    Parameters
    ----------
    first, second : ndarray of bool, shape (n,)

    Returns
    -------
    only_first, only_second : int
    difference : Estimate
        Of the shares: the second's less the first's.
    p_value : float

    References
    ----------
    Q. McNemar, "Note on the sampling error of the difference between correlated proportions or
    percentages", Psychometrika 12(2), 1947 (here exact, by the binomial distribution).
    D. G. Bonett, R. M. Price, "Adjusted Wald Confidence Interval for a Difference of Binomial
    Proportions Based on Paired Data", J. Educational and Behavioral Statistics 37(4), 2012.
    """
    from scipy.stats import binomtest

    lost, won = int((first & ~second).sum()), int((second & ~first).sum())
    p_value = float(binomtest(won, won + lost).pvalue) if won + lost else 1.0
    return lost, won, _difference(lost, won, len(first)), p_value


def _difference(lost: int, won: int, rows: int) -> Estimate:
    """Return the difference of two paired shares with the interval of Bonett and Price."""
    p_lost, p_won = (lost + 1) / (rows + 2), (won + 1) / (rows + 2)
    centre = p_won - p_lost
    half = Z * sqrt((p_won + p_lost - centre * centre) / (rows + 2))
    return Estimate((won - lost) / rows, max(-1.0, centre - half), min(1.0, centre + half))


def _count_pairs(answers: pd.DataFrame, names: Sequence[str]) -> NDArray[np.int64]:
    place = {name: i for i, name in enumerate(names)}
    cells = answers["label"].map(place) * len(names) + answers["said"].map(place)
    counts = np.bincount(cells.to_numpy(np.int64), minlength=len(names) ** 2)
    return counts.reshape(len(names), len(names)).astype(np.int64)


def _abstain(score: NDArray[np.float64], right: NDArray[np.bool_], least: float) -> Abstention:
    answered = score >= least
    rows = int(answered.sum())
    return Abstention(least, rows, wilson_interval(int(right[answered].sum()), rows))
