"""How features go together, and with the classes (pure)."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..errors import DataError
from ..features.feature_words import label_feature
from ..tasks import Task
from .class_labels import class_colors, classes_to_draw, commonest_classes, write_label
from .style import (
    ACCENTS,
    DIVERGING,
    FAINT,
    new_figure,
    require_columns,
    require_spread,
    styled,
)

MOST_PAIRED: Final = 6
# More dots than this hide one another in panels of this size.
_PAIR_DOTS: Final = 1500
# Numbers in the cells of more features than this would run into one another.
_MOST_NUMBERED: Final = 20


@styled
def draw_feature_correlation(table: pd.DataFrame, names: Sequence[str]) -> Figure:
    """Draw Pearson's correlation of every two features.

    Parameters
    ----------
    table : DataFrame
        Holds the features as columns.
    names : sequence of str
        The features, in the order of the figure.

    Raises
    ------
    DataError
        If the table is empty, lacks a column, or a column has one value only.
    """
    import seaborn as sns

    require_columns(table, names)
    require_spread(table[list(names)])
    correlation = table[list(names)].corr()
    figure = new_figure(7.2)
    axes = figure.subplots()
    sns.heatmap(
        # Adding 0 makes a zero of what would read "-0".
        correlation.mul(100).round() + 0,
        mask=np.triu(np.ones(correlation.shape, bool), 1),
        ax=axes,
        vmin=-100,
        vmax=100,
        cmap=DIVERGING,
        annot=len(names) <= _MOST_NUMBERED,
        fmt=".0f",
        annot_kws={"size": 7.5},
        # Given as lists, none is left out where they are close.
        xticklabels=list(names),
        yticklabels=[label_feature(name) for name in names],
        linewidths=0.5,
        linecolor="white",
        # In the half that would repeat the other.
        cbar_ax=axes.inset_axes((0.87, 0.5, 0.03, 0.48)),
        cbar_kws={"label": "correlation × 100"},
    )
    axes.tick_params(length=0, labelsize=8.5 if len(names) <= _MOST_NUMBERED else 5)
    axes.set_title(f"Correlation of the features over {len(table):,} works")
    return figure


@styled
def draw_feature_pairs(table: pd.DataFrame, task: Task, names: Sequence[str]) -> Figure:
    """Draw features against one another, a dot per work in its class's colour.

    Parameters
    ----------
    table : DataFrame
        A processed table.
    task : Task
        Its target column decides the colours.
    names : sequence of str
        Two to six features, the most important ones say.

    Returns
    -------
    Figure
        Scatter plots below the diagonal, on it how each feature is spread. Of a large table, 1,500
        rows at equal distances are drawn; the outermost 1 in 100 may lie beyond the frame.

    Raises
    ------
    DataError
        If the table is empty, lacks a column, or there are too few or too many features.
    """
    if not 2 <= len(names) <= MOST_PAIRED:
        raise DataError(
            f"{len(names)} features cannot be drawn against one another; "
            f"name 2 to {MOST_PAIRED} of them"
        )
    require_columns(table, names)
    colors = _told_apart(table, task)
    step = max(1, -(-len(table) // _PAIR_DOTS))
    rows = table.iloc[::step]
    dots = [colors.get(name, FAINT) for name in rows[task.column]]
    size = len(names)
    figure = new_figure(8.0, f"The {size} features against one another, {len(rows):,} works")
    grid = figure.subplots(size, size)
    for i, j in np.ndindex(size, size):
        _draw_panel(grid[i, j], rows, (names[i], names[j]), dots)
        grid[i, j].set_visible(j <= i)
        grid[i, j].tick_params(labelbottom=i == size - 1, labelleft=j == 0 < i)
    for i, name in enumerate(names):
        label = label_feature(name, between="\n")
        grid[-1, i].set_xlabel(label, fontsize=8.5)
        grid[i, 0].set_ylabel(label if i else "works", fontsize=8.5)
    _add_class_legend(figure, colors, table[task.column].nunique() - len(colors))
    return figure


def _draw_panel(axes: Axes, rows: pd.DataFrame, pair: tuple[str, str], dots: Sequence[str]) -> None:
    y_name, x_name = pair
    axes.set_xlim(*_middle(rows[x_name]))
    if y_name == x_name:
        axes.hist(rows[x_name], bins=list(np.linspace(*_middle(rows[x_name]), 31)), color="#bbbbbb")
        axes.set_yticks([])
    else:
        axes.set_ylim(*_middle(rows[y_name]))
        _draw_dots(axes, rows[x_name], rows[y_name], dots)


def _middle(values: pd.Series) -> tuple[float, float]:
    """Return limits that hold 99 of 100 values, with some room around them."""
    low, high = (float(value) for value in values.quantile([0.005, 0.995]))
    room = 0.08 * (high - low) or 1.0
    return low - room, high + room


def _draw_dots(axes: Axes, x: pd.Series, y: pd.Series, dots: Sequence[str]) -> None:
    # In the table's order, classes mixed, so that none lies on top of all others; only those
    # without a colour of their own lie below.
    order = np.random.default_rng(0).permutation(len(x))
    order = order[np.argsort([dots[i] != FAINT for i in order], kind="stable")]
    axes.scatter(
        x.iloc[order],
        y.iloc[order],
        s=11,
        c=[dots[i] for i in order],
        edgecolors="#777777",
        linewidths=0.25,
    )


def _told_apart(table: pd.DataFrame, task: Task) -> dict[str, str]:
    """Return a colour for each class of a table that dots can show, the commonest ones at least."""
    classes = classes_to_draw(table, task)
    if task.swatches or len(task.classes) <= len(ACCENTS):
        return class_colors(classes, task)
    # One colour less than there are: on a legend of many, black reads as "all".
    common = commonest_classes(table, task, len(ACCENTS) - 1)
    return dict(zip(common, ACCENTS, strict=False))


def _add_class_legend(figure: Figure, colors: Mapping[str, str], others: int) -> None:
    named = {write_label(name): color for name, color in colors.items()}
    if others:
        named[f"{others} other classes"] = FAINT
    handles = [
        Line2D([], [], ls="", marker="o", ms=8, mfc=color, mec="#777777", label=label)
        for label, color in named.items()
    ]
    figure.legend(handles=handles, loc="upper right", bbox_to_anchor=(0.98, 0.95), ncols=2)
