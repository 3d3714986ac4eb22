"""What a table holds: works by class, and how features are spread by class (pure)."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cbook import boxplot_stats
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import ScalarFormatter
from numpy.typing import NDArray

from ..errors import DataError
from ..features.feature_words import CHANNELS, label_channel, label_feature
from ..tasks import Task
from .class_labels import (
    class_colors,
    classes_to_draw,
    commonest_classes,
    name_classes,
    write_label,
)
from .style import (
    BLUE,
    VERMILION,
    ink_on,
    new_figure,
    require_columns,
    require_rows,
    styled,
)

# What `draw_channel_boxes` and `draw_channel_densities` need of a table.
CHANNEL_FEATURES: Final = tuple(
    f"{channel}_{part}" for part in ("mean", "std") for channel in CHANNELS
)
MOST_BOXED: Final = 9
# The names of more classes than this would overlap below a panel.
_MOST_BOXES: Final = 12
_LIGHTNESS: Final = "l_lab_mean"
# More bars are longer than anyone scrolls: then so many of the commonest and of the rarest stand.
_MOST_BARS: Final = 60
_COMMONEST, _RAREST = 20, 9


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
        Of more than 60 classes, the 20 with the most works and the 9 with the fewest, and above
        them how many works each has, from the commonest to the rarest.

    Raises
    ------
    DataError
        If the table is empty or lacks the column.
    """
    classes = classes_to_draw(table, task)
    counts = table[task.column].value_counts().reindex(classes).sort_values(kind="stable")
    left_out = counts.iloc[:0]
    if len(counts) > _MOST_BARS:
        left_out = counts.iloc[_RAREST:-_COMMONEST]
        # A bar of no length holds the place of those between.
        gap = pd.Series({"": 0})
        counts = pd.concat([counts.iloc[:_RAREST], gap, counts.iloc[-_COMMONEST:]])
    bars_in = 0.8 + (0.23 if len(counts) > 30 else 0.3) * len(counts)
    if len(left_out):
        figure = new_figure(bars_in + 2.2)
        ranks, axes = figure.subplots(2, 1, height_ratios=(2.2, bars_in))
        _draw_ranks(ranks, np.asarray(table[task.column].value_counts(), np.int64))
    else:
        figure = new_figure(bars_in)
        axes = figure.subplots()
    colors = class_colors(counts.index, task)
    bars = axes.barh(
        range(len(counts)), counts, color=list(colors.values()), edgecolor="#888888", linewidth=0.8
    )
    texts = [f"{count:,} ({count / len(table):.1%})" for count in counts]
    if len(left_out):
        numbers = " to ".join(f"{n:,}" for n in dict.fromkeys(left_out.iloc[[0, -1]]))
        texts[_RAREST] = f"and {len(left_out)} more, with {numbers} works each"
    axes.bar_label(bars, texts, padding=4, fontsize=9)
    name_classes(axes, list(counts.index), colors, "y")
    axes.set(
        title=f"Works by {write_label(task.column)}", xlabel=f"works, of {len(table):,} in all"
    )
    axes.margins(x=0.14, y=0.02)
    return figure


def _draw_ranks(axes: Axes, counts: NDArray[np.int64]) -> None:
    """Draw how many works each class has, the commonest first."""
    axes.fill_between(np.arange(1, len(counts) + 1), counts, step="mid", color=BLUE, alpha=0.5)
    middle = int(np.median(counts))
    title = f"{len(counts):,} classes: half of them have {middle:,} works or more"
    axes.set(title=title, xlabel="class, from the commonest to the rarest", ylabel="works")
    axes.set(xlim=(1, len(counts)), yscale="log", ylim=(0.8, None))
    axes.yaxis.set_major_formatter(ScalarFormatter())
    axes.grid(axis="y")


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
        to the last work within 1.5 box lengths, and works further out are left out. Of more than 12
        classes, those with the most works.

    Raises
    ------
    DataError
        If the table is empty or lacks a column.
    """
    means = {f"{channel}_mean": label_channel(channel) for channel in CHANNELS}
    title = f"Averages of a work by {write_label(task.column)}, from dark to light"
    return _draw_box_grid(table, task, means, _LIGHTNESS, title)


@styled
def draw_feature_boxes(table: pd.DataFrame, task: Task, names: Sequence[str]) -> Figure:
    """Draw box plots of up to nine features by class, the classes by the first one's median.

    Parameters
    ----------
    table : DataFrame
        A processed table with these features and the task's target column.
    task : Task
    names : sequence of str
        One to nine features, the most important ones say.

    Returns
    -------
    Figure
        As `draw_channel_boxes` draws them.

    Raises
    ------
    DataError
        If the table is empty or lacks a column, or there are no features or too many.
    """
    if not 1 <= len(names) <= MOST_BOXED:
        raise DataError(
            f"{len(names)} features cannot be drawn as boxes; name 1 to {MOST_BOXED} of them"
        )
    panels = {name: label_feature(name, between="\n") for name in names}
    title = f"Features by {write_label(task.column)}, by the median of the first"
    return _draw_box_grid(table, task, panels, names[0], title)


@styled
def draw_channel_densities(table: pd.DataFrame) -> Figure:
    """Draw how the means and the standard deviations of the nine channels are spread.

    Parameters
    ----------
    table : DataFrame
        A processed table with the eighteen features; all classes are taken together.

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

    require_columns(table, CHANNEL_FEATURES)
    require_rows(table)
    figure = new_figure(6.6, f"Density of each channel over {len(table):,} works")
    grid = figure.subplots(3, 3)
    for axes, channel in zip(grid.ravel(), CHANNELS, strict=True):
        for suffix, color in (("mean", BLUE), ("std", VERMILION)):
            values = table[f"{channel}_{suffix}"]
            if values.nunique() == 1:
                axes.axvline(values.iloc[0], color=color)
            else:
                sns.kdeplot(x=values, ax=axes, color=color, fill=True, alpha=0.25, cut=0)
        axes.set(
            title=label_channel(channel),
            xlabel="",
            ylabel="",
            xlim=(0, 179 if channel == "h_hsv" else 255),
        )
        axes.set_yticks([])
    handles = [Patch(facecolor=color, alpha=0.4) for color in (BLUE, VERMILION)]
    grid[0, -1].legend(handles, ["average of a work", "variation within it"], loc="upper right")
    for axes in grid[:, 0]:
        axes.set_ylabel("density")
    for axes in grid[-1]:
        axes.set_xlabel("value, 8 bits")
    return figure


def _draw_box_grid(
    table: pd.DataFrame, task: Task, panels: Mapping[str, str], order_by: str, title: str
) -> Figure:
    """Draw a panel of boxes for each column, with its title, three to a row."""
    require_columns(table, list(panels))
    present = commonest_classes(table, task, _MOST_BOXES)
    medians = table.groupby(task.column)[order_by].median()
    classes = sorted(present, key=lambda name: float(medians[name]))
    if (known := table[task.column].nunique()) > len(classes):
        title += f": the {len(classes)} commonest of {known} classes"
    lines = -(-len(panels) // 3)
    figure = new_figure(0.8 + 2.6 * lines, title)
    grid = figure.subplots(lines, 3, sharex=True, squeeze=False)
    for axes, (column, words) in zip(grid.ravel(), panels.items(), strict=False):
        groups = [table.loc[table[task.column] == name, column] for name in classes]
        _draw_boxes(axes, groups, class_colors(classes, task))
        axes.set_title(words)
        axes.grid(axis="y")
    for axes in grid.ravel()[len(panels) :]:
        axes.set_axis_off()
    # The lowest panel of each column names the classes of all above it.
    for axes in grid.ravel()[max(0, len(panels) - 3) : len(panels)]:
        axes.tick_params(axis="x", labelbottom=True)
        name_classes(axes, classes, class_colors(classes, task))
    return figure


def _draw_boxes(axes: Axes, groups: Sequence[pd.Series], colors: Mapping[str, str]) -> None:
    stats = [boxplot_stats(np.asarray(group, float))[0] for group in groups]
    parts = axes.bxp(
        stats, positions=range(len(groups)), widths=0.7, patch_artist=True, showfliers=False
    )
    for box, median, color in zip(parts["boxes"], parts["medians"], colors.values(), strict=True):
        box.set(facecolor=color, edgecolor="#555555", linewidth=0.8)
        median.set(color=ink_on(color), linewidth=1.6)
    for line in (*parts["whiskers"], *parts["caps"]):
        line.set(color="#555555", linewidth=0.8)
