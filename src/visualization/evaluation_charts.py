"""How well each class is found, and what is gained by not answering (pure)."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from ..errors import DataError
from ..models.studies.class_scores import ClassScore, Estimate
from ..models.studies.judgement import Abstention
from ..tasks import Task
from .class_labels import class_colors, name_classes
from .style import BLUE, FAINT, VERMILION, new_figure, styled

# More are longer than anyone scrolls; of more than a screen holds, bars stand closer.
_MOST_CLASSES: Final = 60
_MANY: Final = 30
_LEAST_ANSWERS: Final = 20
_FOUND: Final = "How many of each class are found, and how often its name is right"


@styled
def draw_class_scores(
    scores: Sequence[ClassScore], task: Task | None = None, title: str = _FOUND
) -> Figure:
    """Draw recall and precision of each class with their 95 % intervals.

    Parameters
    ----------
    scores : sequence of ClassScore
        From :func:`src.models.studies.class_scores.score_classes`.
    task : Task, optional
        Decides the classes' colours.
    title : str, optional

    Returns
    -------
    Figure
        In the order given; of more than 30 classes those first of which the smallest share is
        found, and of more than 60 these alone.

    Raises
    ------
    DataError
        If there is no class.
    """
    if not scores:
        raise DataError("scores of no class cannot be drawn; give those of a model judged on some")
    shown = list(scores)
    if len(shown) > _MANY:
        shown.sort(key=lambda score: (np.nan_to_num(score.recall.value, nan=2.0), score.name))
    if len(shown) > _MOST_CLASSES:
        shown = shown[:_MOST_CLASSES]
        title += f" (the {_MOST_CLASSES} of {len(scores)} that are found least)"
    figure = new_figure(1.5 + (0.23 if len(shown) > _MANY else 0.36) * len(shown))
    axes = figure.subplots()
    places = np.arange(len(shown), dtype=np.float64)
    recalls = [score.recall for score in shown]
    axes.barh(places, [recall.value for recall in recalls], 0.7, color=FAINT, edgecolor="#888888")
    _draw_estimates(axes, places - 0.13, recalls, BLUE, "o", "found (recall)")
    precisions = [score.precision for score in shown]
    _draw_estimates(axes, places + 0.17, precisions, VERMILION, "s", "right when said (precision)")
    names = [score.name for score in shown]
    name_classes(axes, names, class_colors(names, task), "y")
    axes.set(title=title, xlabel="share, and its 95 % interval", xlim=(0, 1.005))
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.grid(axis="x")
    figure.legend(loc="outside lower right", ncols=2)
    return figure


@styled
def draw_abstention(
    score: NDArray[np.float64], right: NDArray[np.bool_], marked: Sequence[Abstention] = ()
) -> Figure:
    """Draw how often answers are right against how many are given, the surest first.

    Parameters
    ----------
    score : ndarray of float64, shape (n,)
        Probability of the answer given, in [0, 1].
    right : ndarray of bool, shape (n,)
        Whether it was right.
    marked : sequence of Abstention
        Least scores that are marked on the line.

    Raises
    ------
    DataError
        If there are no answers.
    """
    if not len(score):
        raise DataError("no answers, so nothing can be drawn of them; give one or more")
    order = np.argsort(-score, kind="stable")
    # Answers that are equally sure are given all or none; of few, a share says little.
    given = np.flatnonzero(np.append(np.diff(score[order]) != 0, True)) + 1
    given = given[given >= min(_LEAST_ANSWERS, len(score))]
    accuracy = np.cumsum(right[order])[given - 1] / given
    figure = new_figure(3.9)
    axes = figure.subplots()
    axes.plot(given / len(score), accuracy, color=BLUE)
    _mark(axes, [each for each in marked if each.answered >= given[0]], len(score))
    axes.set(
        title="What is gained by giving no answer under a probability (--min-score)",
        xlabel="share of the pictures that are answered; the numbers are the least probabilities",
        ylabel="share that is right, and its 95 % interval",
        xlim=(0, 1.02),
    )
    axes.set_ylim(top=1.01)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    axes.grid()
    return figure


def _mark(axes: Axes, points: Sequence[Abstention], rows: int) -> None:
    """Mark what some least scores come to."""
    shares = [each.answered / rows for each in points]
    low, value, high = _ends([each.right for each in points])
    axes.errorbar(shares, value, (value - low, high - value), fmt="o", color=BLUE, capsize=3)
    at: dict[str, Any]
    for share, each in zip(shares, points, strict=True):
        place, at = (share, each.right.low), {"va": "top", "xytext": (0, -4)}
        if not each.min_score:
            # Above, for the next one is near.
            place, at = (share, each.right.high), {"va": "bottom", "xytext": (0, 4)}
        text = f"{each.min_score:g}" if each.min_score else "all"
        axes.annotate(text, place, textcoords="offset points", ha="center", fontsize=8.5, **at)


def _draw_estimates(  # noqa: PLR0913 - what a series of points is made of
    axes: Axes,
    places: NDArray[np.float64],
    estimates: Sequence[Estimate],
    color: str,
    marker: str,
    label: str,
) -> None:
    low, value, high = _ends(estimates)
    axes.errorbar(
        value,
        places,
        xerr=(value - low, high - value),
        fmt=marker,
        ms=4,
        color=color,
        capsize=2,
        elinewidth=1.2,
        label=label,
    )


def _ends(estimates: Sequence[Estimate]) -> NDArray[np.float64]:
    """Return lower ends, values and upper ends, shape (3, n)."""
    ends = [(each.low, each.value, each.high) for each in estimates]
    return np.array(ends, float).reshape(-1, 3).T
