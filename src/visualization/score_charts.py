"""How good a model is: leaderboard, confusion matrix, reliability (pure)."""

from collections.abc import Sequence
from textwrap import shorten
from typing import Any, Final, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage

from ..errors import DataError
from ..models.one_answer import expected_calibration_error
from ..models.reporting.model_card import render_params, render_score
from ..models.storage.metadata import LeaderboardRow
from ..models.studies.class_scores import Confusion, frequent_confusions
from ..models.studies.judgement import fill_bins
from ..tasks import Task
from .class_labels import class_colors, name_classes, write_label
from .style import (
    BLUE,
    FAINT,
    SEQUENTIAL,
    VERMILION,
    new_figure,
    styled,
)

# Letters of a family's parameters that have a place in the leaderboard; its table has them all.
_PARAMS_WIDTH: Final = 50
# Numbers in the cells of more classes than this would run into one another.
MOST_NUMBERED: Final = 16
_MOST_PAIRS: Final = 20
# Bars that show where all answers lie.
_FINE: Final = 50
# Names of more classes than this would be smaller than can be read.
_MOST_NAMED: Final = 60
# The best order takes time that grows with the third power of the classes.
_MOST_ORDERED: Final = 300


class Words(NamedTuple):
    """What probabilities are of, what they are called, and what comes true."""

    things: str
    sure: str
    true: str


ANSWERS: Final = Words("works", "probability of the answer", "share that is right")
TAGS: Final = Words("tags of works", "probability of the tag", "share that has it")


@styled
def draw_leaderboard(leaderboard: Sequence[LeaderboardRow], measure: str = "accuracy") -> Figure:
    """Draw the families' accuracies over the folds with their standard deviations, best on top.

    Parameters
    ----------
    leaderboard : sequence of LeaderboardRow
        As in `ModelMetadata.leaderboard`.
    measure : str, optional
        What they are compared by.

    Raises
    ------
    DataError
        If there is no row.
    """
    if not leaderboard:
        raise DataError("an empty leaderboard cannot be drawn; give that of a fitted model")
    rows = sorted(leaderboard, key=LeaderboardRow.rank, reverse=True)
    places = range(len(rows))
    figure = new_figure(1.1 + 0.48 * len(rows))
    axes = figure.subplots()
    axes.errorbar(
        [row.cv_mean for row in rows],
        places,
        xerr=[row.cv_std for row in rows],
        fmt="o",
        color=BLUE,
        capsize=4,
        markersize=7,
    )
    middle = (min(row.cv_mean for row in rows) + max(row.cv_mean for row in rows)) / 2
    for place, row in zip(places, rows, strict=True):
        # Towards the middle, where there is room for it.
        side = "left" if row.cv_mean < middle else "right"
        # The shares of an average of many families would press the axes into a corner.
        params = shorten(render_params(row.params), _PARAMS_WIDTH, placeholder=" …")
        text = f"{render_score(row, digits=3)}   {params}"
        axes.annotate(text, (row.cv_mean, place), (0, 9), textcoords="offset points", ha=side)
    axes.set_yticks(places, labels=[row.family.replace("_", " ") for row in rows])
    axes.set(
        title="Best of each family over the same folds",
        xlabel=f"{measure} over the folds: mean, and standard deviation as a bar",
        ylim=(-0.5, len(rows) - 0.3),
    )
    axes.margins(x=0.25)
    axes.grid(axis="x")
    return figure


@styled
def draw_confusion(
    confusion: Sequence[Sequence[int]], classes: Sequence[str], task: Task | None = None
) -> Figure:
    """Draw a confusion matrix: percent of each true class, and below it the counts.

    Parameters
    ----------
    confusion : sequence of sequence of int, shape (n_classes, n_classes)
        Rows are the truth, columns the answers.
    classes : sequence of str
        What rows and columns stand for.
    task : Task, optional
        Decides the classes' colours.

    Returns
    -------
    Figure
        Of more than 16 classes, a map of shades in which those taken for one another stand
        together, and below it the most frequent confusions.

    Raises
    ------
    DataError
        If the matrix does not fit the classes, there is one class only, or it counts nothing.
    """
    counts = _check_confusion(confusion, classes)
    totals = counts.sum(axis=1, keepdims=True)
    percent = np.divide(100 * counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    if len(classes) > MOST_NUMBERED:
        return _draw_confusion_map(counts, percent, classes)
    # As high as it is wide at most; of more than 12 classes the cells are smaller.
    cell_in = min(0.56, 6.8 / len(classes))
    size = 9.5 * cell_in / 0.56
    figure = new_figure(1.4 + cell_in * len(classes))
    axes = figure.subplots()
    axes.imshow(percent, cmap=SEQUENTIAL, vmin=0, vmax=100)
    for (i, j), count in np.ndenumerate(counts):
        if count:
            color = "white" if percent[i, j] > 55 else "black"
            share = f"{percent[i, j]:.0f} %" if percent[i, j] >= 1 else "< 1 %"
            for y, text, points in ((i - 0.14, share, size), (i + 0.24, f"{count}", 7.5)):
                axes.text(j, y, text, ha="center", va="center", color=color, fontsize=points)
    _frame_cells(axes, len(classes))
    name_classes(axes, classes, class_colors(classes, task))
    name_classes(axes, classes, class_colors(classes, task), "y")
    axes.set(title=f"Confusion of {counts.sum():,} works", xlabel="answer", ylabel="truth")
    return figure


@styled
def draw_reliability(
    confidences: NDArray[np.float64],
    correct: NDArray[np.bool_],
    calibration_error: float | None = None,
    words: Words = ANSWERS,
) -> Figure:
    """Draw how often answers are right against how sure the model was, with the ECE.

    Parameters
    ----------
    confidences : ndarray of float64, shape (n,)
        Probability of the answer given, in [0, 1].
    correct : ndarray of bool, shape (n,)
        Whether it was right.
    calibration_error : float, optional
        What the title tells; by default the ECE over bins of equal width.
    words : Words
        What the probabilities are of.

    Returns
    -------
    Figure
        Above, a bar per bin of confidence from the diagonal to the share that was right, the bins
        holding equally many answers; below, where the answers lie.

    Raises
    ------
    DataError
        If there are no answers, or the two differ in length.

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural Networks",
    ICML 2017.
    """
    sure, right = np.asarray(confidences, float), np.asarray(correct, bool)
    if not len(sure) or sure.shape != right.shape:
        raise DataError(
            f"no reliability can be drawn of {len(sure)} confidences and {len(right)} outcomes; "
            "give one outcome for each of one or more confidences"
        )
    figure = new_figure(6.2)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    filled = _draw_bins(top, sure, right)
    top.set_ylabel(words.true)
    error = calibration_error
    if error is None:
        error = expected_calibration_error(sure, right)
    top.set_title(
        f"Reliability over {len(sure):,} {words.things}: expected calibration error {error:.3f}"
    )
    bottom.hist(sure, bins=list(np.linspace(0, 1, _FINE + 1)), color=FAINT, edgecolor="#888888")
    bottom.set(xlabel=f"{words.sure}\n{filled}", ylabel=words.things)
    return figure


def _draw_bins(axes: Axes, sure: NDArray[np.float64], right: NDArray[np.bool_]) -> str:
    """Draw a point with its gap for each bin; return how many answers the bins hold."""
    bins = fill_bins(sure, right)
    counts = [each.rows for each in bins]
    mean_sure = np.array([each.score for each in bins])
    ends = [(each.right.low, each.right.value, each.right.high) for each in bins]
    low, accuracy, high = np.array(ends).T
    axes.plot([0, 1], [0, 1], "--", color="#777777", label="as sure as right")
    axes.vlines(
        mean_sure, mean_sure, accuracy, color=VERMILION, linewidth=5, alpha=0.4, label="gap"
    )
    axes.errorbar(
        mean_sure,
        accuracy,
        (accuracy - low, high - accuracy),
        fmt="o",
        ms=5,
        color=BLUE,
        capsize=3,
        label="share of a bin, and its 95 % interval",
    )
    # Of eleven classes no answer is given with less than 1 in 11.
    least = np.floor(10 * min(sure.min(), low.min())) / 10
    axes.set(xlim=(least, 1.01), ylim=(least, 1.01))
    axes.grid()
    axes.legend(loc="upper left")
    numbers = dict.fromkeys([min(counts), max(counts)])
    return f"Each point stands for {' to '.join(f'{n:,}' for n in numbers)} of the answers."


def _check_confusion(
    confusion: Sequence[Sequence[int]], classes: Sequence[str]
) -> NDArray[np.int64]:
    counts = np.asarray(confusion)
    k = len(classes)
    if k < 2:
        raise DataError(f"a confusion matrix of {k} class shows nothing; give two or more classes")
    if counts.shape != (k, k):
        raise DataError(
            f"the confusion matrix does not fit its classes (shape {counts.shape}; expected "
            f"({k}, {k}) for {len(classes)} classes)"
        )
    if not counts.sum():
        raise DataError("the confusion matrix counts no answers; judge the model on some rows")
    return counts.astype(np.int64)


def _draw_confusion_map(
    counts: NDArray[np.int64], percent: NDArray[np.float64], classes: Sequence[str]
) -> Figure:
    pairs = frequent_confusions(counts.tolist(), classes, _MOST_PAIRS)
    heights = (7.4, 0.9 + 0.21 * len(pairs))
    figure = new_figure(sum(heights))
    # Apart, so that long names of pairs do not make the map small.
    parts: Any = figure.subfigures(2, 1, height_ratios=heights)  # an array, other than its type
    _draw_map(parts[0], counts, percent, classes)
    _draw_pairs(parts[1].subplots(), pairs)
    return figure


def _draw_map(
    figure: SubFigure,
    counts: NDArray[np.int64],
    percent: NDArray[np.float64],
    classes: Sequence[str],
) -> None:
    order = _confused_together(percent)
    axes = figure.subplots()
    # A root, so that a few per cent can be seen beside a hundred.
    norm = PowerNorm(0.5, 0, 100)
    shades = axes.imshow(
        percent[np.ix_(order, order)], cmap=SEQUENTIAL, norm=norm, interpolation="nearest"
    )
    figure.colorbar(
        shades, ax=axes, label="% of the truth", ticks=[0, 1, 5, 20, 50, 100], shrink=0.6
    )
    title = f"Confusion of {counts.sum():,} works of {len(classes)} classes"
    axes.set(title=title, xlabel="answer", ylabel="truth")
    texts = [write_label(classes[i], 18) for i in order] if len(classes) <= _MOST_NAMED else []
    axes.set_xticks(range(len(texts)), labels=texts, rotation=90, fontsize=6.5)
    axes.set_yticks(range(len(texts)), labels=texts, fontsize=6.5)
    axes.tick_params(length=0)


def _draw_pairs(axes: Axes, pairs: Sequence[Confusion]) -> None:
    places = range(len(pairs))
    names = [f"{write_label(pair.truth)} → {write_label(pair.answer)}" for pair in pairs]
    bars = axes.barh(places, [pair.count for pair in pairs], color=BLUE, alpha=0.6)
    texts = [f"{pair.count:,} of {pair.rows:,} ({pair.count / pair.rows:.0%})" for pair in pairs]
    axes.bar_label(bars, texts, padding=4, fontsize=8.5)
    axes.set_yticks(places, labels=names, fontsize=8.5)
    axes.invert_yaxis()
    axes.margins(x=0.2, y=0.02)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(title="What is most often taken for what: truth → answer", xlabel="works")


def _confused_together(percent: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the classes in an order in which those taken for one another stand together."""
    alike = (percent + percent.T) / 2
    far = 100 - alike[np.triu_indices(len(alike), 1)]
    # The order of the leaves of a tree: neighbours in it are as alike as a line allows.
    tree = linkage(far, "average", optimal_ordering=len(alike) <= _MOST_ORDERED)
    return np.asarray(leaves_list(tree), np.int64)


def _frame_cells(axes: Axes, k: int) -> None:
    axes.set_xticks(np.arange(k + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(k + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1)
    axes.tick_params(which="minor", length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
