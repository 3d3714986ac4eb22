"""How well tags fit what is known of pictures, in numbers with 95 % intervals (pure)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError
from .class_scores import ClassScore, Estimate, wilson_interval
from .judgement import Bin, compare_outcomes, fill_bins
from .said_tags import TagAnswers, Values

_RESAMPLES: Final = 2000
# Of more pictures fewer are drawn: the ends of their intervals are near by any of them.
_LEAST_RESAMPLES: Final = 200
_MOST_DRAWN: Final = 50_000_000
_BLOCK_CELLS: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class TagScore(ClassScore):
    """How well a tag is told: of the `known` pictures, `rows` have it, of `answers` it is said.

    It is `missed` in some that have it, and `wrong` are those of which it is said though it is not
    there.
    """

    known: int
    average_precision: Estimate
    threshold: float
    missed: int
    wrong: int


@dataclass(frozen=True, slots=True)
class TagJudgement:
    """How well a model's tags fit what is known of pictures.

    Attributes
    ----------
    rows : int
        Pictures of which something is known.
    mean_average_precision : Estimate
        Over the tags that some picture has and some lacks.
    macro_f1, micro_f1 : Estimate
        The mean over the tags that some picture has or is said to have, and some lacks; and of all
        these together.
    all_right : Estimate
        The share of the pictures of which all that is known was told right.
    hamming_loss : Estimate
        The share of all that is known that was told wrong.
    at_random : float
        The mean average precision of probabilities that say nothing.
    none_said : float
        The share of pictures all right if no tag was ever said.
    mean_score, mean_truth, calibration_error : float
        How probable tags are on average, how many are there, and by how much the two differ, on
        average over the bins.
    bins : tuple of Bin
        Of the probabilities of all tags: the share that is right is that of those that are there.
    by_tag : tuple of TagScore
        In the order of the model.
    """

    rows: int
    mean_average_precision: Estimate
    macro_f1: Estimate
    micro_f1: Estimate
    all_right: Estimate
    hamming_loss: Estimate
    at_random: float
    none_said: float
    mean_score: float
    mean_truth: float
    calibration_error: float
    bins: tuple[Bin, ...]
    by_tag: tuple[TagScore, ...]


@dataclass(frozen=True, slots=True)
class TagComparison:
    """Two models of tags on the same pictures.

    Attributes
    ----------
    first, second : str
        Their names.
    tags : tuple of str
        Those that both were judged by.
    rows : int
        Pictures of which something is known of these.
    mean_average_precision, macro_f1 : Estimate
        Of the second less that of the first.
    only_first, only_second : int
        Pictures that only this one has all right.
    all_right : Estimate
        The difference of these shares.
    p_value : float
        How often models that have equally many all right differ so much or more.
    """

    first: str
    second: str
    tags: tuple[str, ...]
    rows: int
    mean_average_precision: Estimate
    macro_f1: Estimate
    only_first: int
    only_second: int
    all_right: Estimate
    p_value: float


def judge_tags(answers: TagAnswers, seed: int = 0) -> TagJudgement:
    """Hold what is said of tags against what is known.

    Parameters
    ----------
    answers : TagAnswers
        Of each picture something is known.
    seed : int, default 0
        Decides the resamples.

    Returns
    -------
    TagJudgement
        Intervals of precision, recall and all right are Wilson's; the others are the middle 95 % of
        up to 2,000 bootstrap resamples of the pictures.

    Raises
    ------
    DataError
        If there is no picture.

    Examples
    --------
    >>> truth, scores = np.array([[1.0], [1.0], [0.0]]), np.array([[0.9], [0.4], [0.6]])
    >>> found = judge_tags(TagAnswers(("sea",), truth, scores, np.array([0.5])))
    >>> round(found.mean_average_precision.value, 3), found.by_tag[0].f1.value
    (0.833, 0.5)
    """
    if not len(answers.truth):
        raise DataError("no picture is left to judge by; give some of which the tags are known")
    telling, has, rows = answers.telling, answers.has, len(answers.truth)
    drawn = [_measure(answers, weights) for weights in _resamples(rows, len(answers.tags), seed)]
    found = _measure(answers, np.ones((1, rows)))
    spread = _Figures(*(np.concatenate(each) for each in zip(*drawn, strict=True)))
    score, there = answers.scores[telling], has[telling]
    bins = fill_bins(score, there) if len(score) else ()
    off = [each.rows * abs(each.right.value - each.score) for each in bins]
    return TagJudgement(
        rows=rows,
        mean_average_precision=_mean(found.precisions, spread.precisions),
        macro_f1=_mean(found.f1, spread.f1),
        micro_f1=_estimate(found.micro_f1[0], spread.micro_f1),
        all_right=wilson_interval(int(answers.all_right.sum()), rows),
        hamming_loss=_estimate(found.hamming_loss[0], spread.hamming_loss),
        at_random=_mean_share(answers),
        none_said=float((~has.any(axis=1)).mean()),
        mean_score=float(score.mean()) if bins else np.nan,
        mean_truth=float(there.mean()) if bins else np.nan,
        calibration_error=sum(off) / len(score) if bins else np.nan,
        bins=bins,
        by_tag=tuple(_score_tag(answers, tag, found, spread) for tag in range(len(answers.tags))),
    )


def compare_tags(
    first: str, one: TagAnswers, second: str, other: TagAnswers, seed: int = 0
) -> TagComparison | None:
    """Compare two models of tags on what both were asked; None if no picture has such a tag.

    Parameters
    ----------
    first, second : str
        Their names.
    one, other : TagAnswers
        Of the same pictures in the same order.
    seed : int, default 0
        Decides the resamples, which are the same for both.
    """
    told = dict(zip(one.tags, one.lacking, strict=True))
    tags = tuple(tag for tag in one.tags if tag in other.tags and told[tag])
    one, other = (each.at(np.ones(len(one.truth), bool), tags) for each in (one, other))
    both = np.asarray(one.known.any(axis=1))
    rows = int(both.sum())
    if not one.has[both].any():
        return None
    one, other = one.at(both, tags), other.at(both, tags)
    a, b = (each.all_right for each in (one, other))
    lost, won, all_right, p_value = compare_outcomes(a, b)
    differences = [
        _less(_measure(other, weights), _measure(one, weights))
        for weights in _resamples(rows, 2 * len(tags), seed)
    ]
    precision, f1 = np.concatenate(differences, axis=1)
    value = _less(_measure(other, np.ones((1, rows))), _measure(one, np.ones((1, rows))))
    return TagComparison(
        first,
        second,
        tags,
        rows,
        _estimate(value[0, 0], precision),
        _estimate(value[1, 0], f1),
        lost,
        won,
        all_right,
        p_value,
    )


class _Figures(NamedTuple):
    """What is measured of resamples: by tag, shape (b, k), and of all tags, shape (b,)."""

    precisions: Values
    f1: Values
    micro_f1: Values
    hamming_loss: Values


def _resamples(rows: int, tags: int, seed: int) -> Iterator[Values]:
    """Yield how often each picture is drawn, some resamples at a time, shape (b, rows)."""
    rng = np.random.default_rng(seed)
    count = min(_RESAMPLES, max(_LEAST_RESAMPLES, _MOST_DRAWN // (rows * tags)))
    most = max(1, _BLOCK_CELLS // rows)
    for begin in range(0, count, most):
        size = min(most, count - begin)
        yield rng.multinomial(rows, np.full(rows, 1 / rows), size=size).astype(np.float64)


def _measure(answers: TagAnswers, weights: Values) -> _Figures:
    known, has, lacking = answers.known, answers.has, answers.lacking
    # What no picture is known to lack cannot be said wrongly, which is no merit.
    said = answers.said & lacking
    hits = weights @ (said & has)
    both = weights @ (said & known) + weights @ (has & lacking)
    precisions = [
        weighted_precision(
            has[known[:, t], t], answers.scores[known[:, t], t], weights[:, known[:, t]]
        )
        if lacking[t]
        else np.full(len(weights), np.nan)
        for t in range(len(answers.tags))
    ]
    wrong = (weights @ answers.wrong).sum(axis=1)
    return _Figures(
        np.column_stack(precisions),
        _divide(2 * hits, both),
        _divide(2 * hits.sum(axis=1), both.sum(axis=1)),
        _divide(wrong, (weights @ known).sum(axis=1)),
    )


def weighted_precision(has: NDArray[np.bool_], scores: Values, weights: Values) -> Values:
    """Return the average precision of rows that count several times, or not at all.

    Parameters
    ----------
    has : ndarray of bool, shape (n,)
    scores : ndarray of float64, shape (n,)
    weights : ndarray of float64, shape (b, n)
        How often each counts, in each of several samples.

    Returns
    -------
    ndarray of float64, shape (b,)
        The area under the steps of precision over recall; not-a-number where no row has the tag.

    Examples
    --------
    >>> has, scores = np.array([True, False, True]), np.array([0.9, 0.8, 0.3])
    >>> drawn = np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 2.0]])
    >>> weighted_precision(has, scores, drawn).round(3).tolist()
    [0.833, 1.0]
    """
    order = np.argsort(-scores, kind="stable")
    # Of equal scores all are said or none.
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, len(scores) > 0))
    drawn = weights[:, order]
    hits = np.cumsum(drawn * has[order], axis=1)[:, ends]
    precision = _divide(hits, np.cumsum(drawn, axis=1)[:, ends])
    gained = np.nan_to_num(precision) * np.diff(hits, axis=1, prepend=0)
    return _divide(gained.sum(axis=1), weights @ has)


def _divide(part: Values, whole: Values) -> Values:
    out = np.full(np.shape(part), np.nan)
    return np.asarray(np.divide(part, whole, out=out, where=whole > 0))


def _estimate(value: float, spread: Values) -> Estimate:
    """Return a figure with the middle 95 % of its resamples."""
    defined = spread[~np.isnan(spread)]
    if np.isnan(value) or not defined.size:
        return Estimate(float(value), np.nan, np.nan)
    low, high = np.quantile(defined, (0.025, 0.975)).tolist()
    # Where rare tags are, the figure itself may lie beside the middle of its resamples.
    return Estimate(float(value), min(low, float(value)), max(high, float(value)))


def _mean(found: Values, spread: Values) -> Estimate:
    """Return the mean over the tags that have a figure.

    In resamples without a tag, where the mean would be over others, it keeps its figure.
    """
    able = ~np.isnan(found[0])
    if not able.any():
        return Estimate(np.nan, np.nan, np.nan)
    filled = np.where(np.isnan(spread), found, spread)[:, able]
    return _estimate(float(found[0, able].mean()), filled.mean(axis=1))


def _less(one: _Figures, other: _Figures) -> Values:
    """Return by how much the means of precision and F1 over tags differ, shape (2, b)."""
    both = zip(one[:2], other[:2], strict=True)
    return np.array([_row_means(a) - _row_means(b) for a, b in both])


def _row_means(values: Values) -> Values:
    return _divide(np.nansum(values, axis=1), (~np.isnan(values)).sum(axis=1))


def _mean_share(answers: TagAnswers) -> float:
    """Return the share of pictures that have a tag, on average over those that some have."""
    there = answers.has.sum(axis=0)
    able = (there > 0) & answers.lacking
    shares = there[able] / answers.known.sum(axis=0)[able]
    return float(shares.mean()) if shares.size else np.nan


def _score_tag(answers: TagAnswers, tag: int, found: _Figures, spread: _Figures) -> TagScore:
    known, has, said = (each[:, tag] for each in (answers.known, answers.has, answers.said))
    hits, there, told = int((said & has).sum()), int(has.sum()), int((said & known).sum())
    return TagScore(
        name=answers.tags[tag],
        rows=there,
        answers=told,
        precision=wilson_interval(hits, told if answers.lacking[tag] else 0),
        recall=wilson_interval(hits, there),
        f1=_estimate(found.f1[0, tag], spread.f1[:, tag]),
        known=int(known.sum()),
        average_precision=_estimate(found.precisions[0, tag], spread.precisions[:, tag]),
        threshold=float(answers.thresholds[tag]),
        missed=there - hits,
        wrong=told - hits,
    )
