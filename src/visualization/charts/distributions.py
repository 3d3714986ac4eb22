"""How many works there are of each class, and how their features are spread (pure)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cbook import boxplot_stats
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ...tasks import Task
from .checks import classes_to_draw, require_columns, require_rows
from .feature_words import CHANNELS, SPACES
from .style import (
    BLUE,
    VERMILION,
    class_colors,
    ink_on,
    name_classes,
    new_figure,
    styled,
)

_MEANS = [f"{channel}_mean" for channel in CHANNELS]
_LIGHTNESS = "l_lab_mean"


@styled
def draw_class_counts(table: pd.DataFrame, task: Task) -> Figure:
    """Draw how many works of each class a table has, most frequent first.

    Parameters
    ----------
    table : DataFrame
        With the task's target column.
    task : Task

    Returns
    -------
    Figure

    Raises
    ------
    DataError
        If the table is empty or lacks the column.
    """
    classes = classes_to_draw(table, task)
    counts = table[task.column].value_counts().reindex(classes).sort_values(kind="stable")
    figure = new_figure(0.8 + 0.3 * len(counts))
    axes = figure.subplots()
    colors = class_colors(counts.index)
    bars = axes.barh(
        range(len(counts)), counts, color=list(colors.values()), edgecolor="#888888", linewidth=0.8
    )
    texts = [f"{count:,} ({count / len(table):.1%})" for count in counts]
    axes.bar_label(bars, texts, padding=4, fontsize=9)
    name_classes(axes, list(counts.index), "y")
    axes.set(title=f"Works by {task.column}", xlabel=f"works, of {len(table):,} in all")
    axes.margins(x=0.14, y=0.02)
    return figure


@styled
def draw_channel_boxes(table: pd.DataFrame, task: Task) -> Figure:
    """Draw box plots of the nine channel means by class, the classes from dark to light.

    Parameters
    ----------
    table : DataFrame
        A processed table with the nine means and the task's target column.
    task : Task

    Returns
    -------
    Figure
        Three rows of three: B, G, R; H, S, V; L, a, b. Boxes hold the middle half, whiskers reach
        to the last work within 1.5 box lengths, and works further out are left out.

    Raises
    ------
    DataError
        If the table is empty or lacks a column.
    """
    require_columns(table, _MEANS)
    present = classes_to_draw(table, task)
    medians = table.groupby(task.column)[_LIGHTNESS].median()
    classes = sorted(present, key=lambda name: float(medians[name]))
    figure = new_figure(8.6, f"Channel means by {task.column}, from dark to light")
    grid = figure.subplots(3, 3, sharex=True)
    for axes, (channel, words) in zip(grid.ravel(), CHANNELS.items(), strict=True):
        groups = [table.loc[table[task.column] == name, f"{channel}_mean"] for name in classes]
        _draw_boxes(axes, groups, classes)
        axes.set_title(words)
        axes.grid(axis="y")
    for axes in grid[-1]:
        name_classes(axes, classes)
    for axes, space in zip(grid[:, 0], SPACES.values(), strict=True):
        axes.set_ylabel(f"mean of {space}")
    return figure


@styled
def draw_channel_densities(table: pd.DataFrame, task: Task) -> Figure:
    """Draw how the means and the standard deviations of the nine channels are spread.

    Parameters
    ----------
    table : DataFrame
        A processed table with the eighteen features.
    task : Task
        Names what the works are counted in; all classes are taken together.

    Returns
    -------
    Figure
        Kernel density estimates in three rows of three. A feature of a single value has no
        density; a line stands where it is.

    Raises
    ------
    DataError
        If the table is empty, lacks a column, or has fewer than three rows.
    """
    import seaborn as sns

    stds = [f"{channel}_std" for channel in CHANNELS]
    require_columns(table, [*_MEANS, *stds])
    require_rows(table)
    figure = new_figure(6.6, f"Density of each channel over {len(table):,} works")
    grid = figure.subplots(3, 3)
    for axes, (channel, words) in zip(grid.ravel(), CHANNELS.items(), strict=True):
        for suffix, color in (("mean", BLUE), ("std", VERMILION)):
            values = table[f"{channel}_{suffix}"]
            if values.nunique() == 1:
                axes.axvline(values.iloc[0], color=color)
            else:
                sns.kdeplot(x=values, ax=axes, color=color, fill=True, alpha=0.25, cut=0)
        axes.set(title=words, xlabel="", ylabel="", xlim=(0, 179 if channel == "h_hsv" else 255))
        axes.set_yticks([])
    handles = [Patch(facecolor=color, alpha=0.4) for color in (BLUE, VERMILION)]
    grid[0, -1].legend(handles, ["mean of a work", "std within it"], loc="upper right")
    for axes, space in zip(grid[:, 0], SPACES.values(), strict=True):
        axes.set_ylabel(f"density, {space}")
    for axes in grid[-1]:
        axes.set_xlabel("value, 8 bits")
    return figure


def _draw_boxes(axes: Axes, groups: Sequence[Any], classes: Sequence[str]) -> None:
    colors = class_colors(classes)
    stats = [boxplot_stats(np.asarray(group, float))[0] for group in groups]
    parts = axes.bxp(
        stats, positions=range(len(classes)), widths=0.7, patch_artist=True, showfliers=False
    )
    for box, median, name in zip(parts["boxes"], parts["medians"], classes, strict=True):
        box.set(facecolor=colors[name], edgecolor="#555555", linewidth=0.8)
        median.set(color=ink_on(colors[name]), linewidth=1.6)
    for line in (*parts["whiskers"], *parts["caps"]):
        line.set(color="#555555", linewidth=0.8)
