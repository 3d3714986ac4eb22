"""What a model's accuracy depends on: features, their number, and rows (pure)."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..errors import DataError
from ..features.feature_words import label_feature, label_group
from ..models.studies.accuracy_studies import FeatureCurve, Importance, LearningCurve
from ..models.studies.owen_values import SPACES
from .class_labels import write_label
from .style import BLUE, GREEN, VERMILION, new_figure, styled

_MOST_BARS: Final = 24
# As long as the longest of a feature's words with its code.
_LETTERS: Final = 44
_COLLINEAR: Final = (
    "\nThe features are collinear: another stands in for a single one, so that its bar\n"
    "understates it; the bars of single features do not add up to those of their space."
)


@styled
def draw_importance(importance: Importance) -> Figure:
    """Draw what shuffling costs: of single features, and of whole colour spaces.

    Parameters
    ----------
    importance : Importance
        From :func:`src.models.studies.accuracy_studies.measure_importance`.

    Returns
    -------
    Figure
        A bar is the mean loss, a dot one shuffling.

    Raises
    ------
    DataError
        If nothing was measured.
    """
    if not importance.by_space:
        raise DataError("no importance was measured, so none can be drawn; name some features")
    spaces = {label_group(name): losses for name, losses in importance.by_space.items()}
    first = importance.ranking()[:_MOST_BARS]
    ranked = {label_feature(name): importance.single[name] for name in first}
    figure = new_figure((2.3 if ranked else 1.4) + 0.25 * (len(ranked) + len(spaces)))
    if ranked:
        top, bottom = figure.subplots(
            2, 1, sharex=True, height_ratios=(len(ranked), len(spaces) + 1)
        )
        _draw_losses(top, ranked, BLUE)
        left_out = len(importance.single) - len(ranked)
        rest = f" (the other {left_out} matter less)" if left_out else ""
        top.set_title(f"Permutation importance of single features{rest}")
    else:
        bottom = figure.subplots()
    _draw_losses(bottom, spaces, GREEN)
    kind = "colour space" if set(importance.by_space) & set(SPACES) else "group"
    bottom.set_title(
        f"of all features of a {kind} together" if ranked else "Permutation importance of groups"
    )
    lost = (
        f"{importance.measure} lost when shuffled (from {importance.score:.3f}, "
        f"{importance.rows:,} works)"
    )
    bottom.set_xlabel(lost + (_COLLINEAR if ranked else ""))
    return figure


@styled
def draw_feature_curve(curve: FeatureCurve) -> Figure:
    """Draw accuracy against the number of features, over validation folds.

    Parameters
    ----------
    curve : FeatureCurve
        From :func:`src.models.studies.accuracy_studies.measure_feature_curve`.

    Raises
    ------
    DataError
        If the curve has no points.
    """
    _require_points(curve.accuracies)
    counts = curve.counts
    mean = curve.accuracies.mean(axis=0)
    figure = new_figure(5.6)
    axes = figure.subplots()
    band = "mean over the folds, and their range"
    _draw_band(axes, np.arange(len(counts)), curve.accuracies, color=BLUE, marker="o", label=band)
    places = range(len(counts))
    for place, value in zip(places, mean, strict=True):
        text = f"{value:.2f}"
        axes.annotate(text, (place, value), (0, -15), textcoords="offset points", ha="left")
    named = [label_feature(curve.ranking[count - 1]) for count in counts]
    labels = [
        f"{count}  {write_label(name, _LETTERS)}" for count, name in zip(counts, named, strict=True)
    ]
    axes.set_xticks(places, labels=labels, rotation=90, fontsize=8.5)
    axes.set(
        title="Accuracy with the best features, on validation folds",
        xlabel=f"number of features, and the one that ranks there on average ({curve.rows:,} works "
        "to fit on)",
        ylabel="accuracy",
    )
    axes.margins(y=0.12)
    axes.grid(axis="y")
    axes.legend(loc="lower right")
    return figure


@styled
def draw_learning_curve(curve: LearningCurve) -> Figure:
    """Draw accuracy against the number of works fitted on.

    Parameters
    ----------
    curve : LearningCurve
        From :func:`src.models.studies.accuracy_studies.measure_learning_curve`.

    Raises
    ------
    DataError
        If the curve has no points.
    """
    _require_points(curve.validation)
    figure = new_figure(3.9)
    axes = figure.subplots()
    seen, unseen = "on works it was fitted on", "on validation folds"
    _draw_band(axes, curve.sizes, curve.training, color=VERMILION, marker="s", ls="--", label=seen)
    _draw_band(axes, curve.sizes, curve.validation, color=BLUE, marker="o", label=unseen)
    for size, value in zip(curve.sizes, curve.validation.mean(axis=0), strict=True):
        axes.annotate(
            f"{value:.3f}", (size, value), (0, -15), textcoords="offset points", ha="center"
        )
    axes.set_xscale("log")
    axes.set_xticks(curve.sizes, labels=[f"{size:,}" for size in curve.sizes])
    axes.set_xticks([], minor=True)
    axes.set(
        title="Learning curve",
        xlabel="works to fit on",
        ylabel=f"{curve.measure}, mean and range",
    )
    axes.margins(y=0.15)
    axes.grid(axis="y")
    axes.legend(loc="lower right")
    return figure


def _draw_losses(axes: Axes, losses: Mapping[str, NDArray[np.float64]], color: str) -> None:
    places = np.arange(len(losses))[::-1]
    means = [float(values.mean()) for values in losses.values()]
    axes.barh(places, means, color=color, alpha=0.45, height=0.75)
    for place, values in zip(places, losses.values(), strict=True):
        axes.plot(
            values, np.full(len(values), place), "o", color=color, ms=3.5, mec="white", mew=0.3
        )
    for place, values, mean in zip(places, losses.values(), means, strict=True):
        end = max(float(values.max()), 0.0)
        axes.annotate(
            f"{mean:.3f}", (end, place), (6, 0), textcoords="offset points", va="center", fontsize=8
        )
    axes.axvline(0, color="#888888", linewidth=0.8)
    axes.set_yticks(places, labels=list(losses))
    axes.margins(x=0.08, y=0.03)
    axes.grid(axis="x")


def _draw_band(axes: Axes, x: NDArray[np.int64], values: NDArray[np.float64], **line: str) -> None:
    """Draw the mean over the folds as a line, and their range as a band of its colour."""
    low, high = values.min(axis=0), values.max(axis=0)
    axes.fill_between(x, low, high, color=line["color"], alpha=0.2, lw=0)
    axes.plot(x, values.mean(axis=0), markersize=5, **line)  # type: ignore[arg-type]


def _require_points(values: NDArray[np.float64]) -> None:
    if not values.size:
        raise DataError("a curve without points cannot be drawn; measure it on some rows first")
