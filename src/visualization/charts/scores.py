"""How good a model is: leaderboard, confusion matrix, reliability (pure)."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ...errors import DataError
from ...models.kinds import ECE_BINS, expected_calibration_error
from ...models.reporting.model_card import render_params
from ...models.storage.metadata import LeaderboardRow
from .style import (
    BLUE,
    FAINT,
    SEQUENTIAL,
    VERMILION,
    name_classes,
    new_figure,
    styled,
)


@styled
def draw_leaderboard(leaderboard: Sequence[LeaderboardRow]) -> Figure:
    """Draw the families' accuracies over the folds with their standard deviations, best on top.

    Parameters
    ----------
    leaderboard : sequence of LeaderboardRow
        As in `ModelMetadata.leaderboard`.

    Returns
    -------
    Figure

    Raises
    ------
    DataError
        If there is no row.
    """
    if not leaderboard:
        raise DataError("an empty leaderboard cannot be drawn; give that of a fitted model")
    rows = sorted(leaderboard, key=lambda row: row.cv_mean)
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
    for place, row in zip(places, rows, strict=True):
        text = f"{row.cv_mean:.3f} ± {row.cv_std:.3f}   {render_params(row.params)}"
        axes.annotate(text, (row.cv_mean, place), (0, 9), textcoords="offset points", ha="center")
    axes.set_yticks(places, labels=[row.family.replace("_", " ") for row in rows])
    axes.set(
        title="Best of each family over the same folds",
        xlabel="accuracy over the folds: mean, and standard deviation as a bar",
        ylim=(-0.5, len(rows) - 0.3),
    )
    axes.margins(x=0.25)
    axes.grid(axis="x")
    return figure


@styled
def draw_confusion(confusion: Sequence[Sequence[int]], classes: Sequence[str]) -> Figure:
    """Draw a confusion matrix: percent of each true class, and below it the counts.

    Parameters
    ----------
    confusion : sequence of sequence of int, shape (n_classes, n_classes)
        Rows are the truth, columns the answers.
    classes : sequence of str
        What rows and columns stand for.

    Returns
    -------
    Figure

    Raises
    ------
    DataError
        If the matrix does not fit the classes, there is one class only, or it counts nothing.
    """
    counts = _check_confusion(confusion, classes)
    totals = counts.sum(axis=1, keepdims=True)
    percent = np.divide(100 * counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    figure = new_figure(1.4 + 0.56 * len(classes))
    axes = figure.subplots()
    axes.imshow(percent, cmap=SEQUENTIAL, vmin=0, vmax=100)
    for (i, j), count in np.ndenumerate(counts):
        if count:
            color = "white" if percent[i, j] > 55 else "black"
            share = f"{percent[i, j]:.0f} %" if percent[i, j] >= 1 else "< 1 %"
            axes.text(j, i - 0.14, share, ha="center", va="center", color=color)
            axes.text(j, i + 0.24, f"{count}", ha="center", va="center", color=color, fontsize=7.5)
    _frame_cells(axes, len(classes))
    name_classes(axes, classes)
    name_classes(axes, classes, "y")
    axes.set(title=f"Confusion of {counts.sum():,} works", xlabel="answer", ylabel="truth")
    return figure


@styled
def draw_reliability(confidences: NDArray[np.float64], correct: NDArray[np.bool_]) -> Figure:
    """Draw how often answers are right against how sure the model was, with the ECE.

    Parameters
    ----------
    confidences : ndarray of float64, shape (n,)
        Probability of the answer given, in [0, 1].
    correct : ndarray of bool, shape (n,)
        Whether it was right.

    Returns
    -------
    Figure
        Above, a bar per bin of confidence from the diagonal to the share that was right; below,
        how many answers fell into each bin.

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
    which = np.clip(np.ceil(sure * ECE_BINS).astype(int) - 1, 0, ECE_BINS - 1)
    counts = np.bincount(which, minlength=ECE_BINS)
    used = counts > 0
    mean_sure = np.bincount(which, sure, ECE_BINS)[used] / counts[used]
    accuracy = np.bincount(which, right, ECE_BINS)[used] / counts[used]
    figure = new_figure(6.2)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    top.plot([0, 1], [0, 1], "--", color="#777777", label="as sure as right")
    error = np.sqrt(accuracy * (1 - accuracy) / counts[used])
    top.vlines(mean_sure, mean_sure, accuracy, color=VERMILION, linewidth=5, alpha=0.4, label="gap")
    top.errorbar(mean_sure, accuracy, error, fmt="o", color=BLUE, capsize=3, label="bin, ± 1 s.e.")
    ece = expected_calibration_error(sure, right)
    top.set(
        title=f"Reliability over {len(sure):,} works: expected calibration error {ece:.3f}",
        ylabel="share that is right",
        ylim=(0, 1.02),
    )
    top.grid()
    top.legend(loc="upper left")
    centres = (np.arange(ECE_BINS) + 0.5) / ECE_BINS
    bottom.bar(centres, counts, width=0.9 / ECE_BINS, color=FAINT, edgecolor="#888888")
    bottom.set(xlabel="probability of the answer", ylabel="works", xlim=(0, 1))
    return figure


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
            f"({k}, {k}) for {', '.join(classes)})"
        )
    if not counts.sum():
        raise DataError("the confusion matrix counts no answers; judge the model on some rows")
    return counts.astype(np.int64)


def _frame_cells(axes: Axes, k: int) -> None:
    axes.set_xticks(np.arange(k + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(k + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1)
    axes.tick_params(which="minor", length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
