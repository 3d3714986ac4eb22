"""Contact sheets: many small pictures with what was said of them (pure)."""

from collections.abc import Callable, Mapping, Sequence
from textwrap import wrap
from typing import Final, TypeAlias

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..errors import DataError
from ..tasks import Task
from .class_labels import chip, class_colors, commonest_classes, write_label
from .style import WIDTH_IN, ink_on, new_figure, require_columns, styled

# A file name in, its picture out: uint8, shape (height, width, 3), red first.
Loader: TypeAlias = Callable[[str], NDArray[np.uint8]]
_COLUMNS: Final = 8
# So many stand under a picture without touching the next one.
_LETTERS: Final = 14
# As wide as the chip of a class.
_CHIP_IN: Final = 0.75
_TITLE_IN: Final = 0.3
_TITLE_LETTERS: Final = 17
# Rows of more classes would be longer than anyone scrolls.
_MOST_ROWS: Final = 20
JUDGED: Final = ["filename", "truth", "answer", "confidence"]


@styled
def draw_class_sheet(
    judged: pd.DataFrame, name: str, load: Loader, count: int = 24, task: Task | None = None
) -> Figure:
    """Draw works of one class with the answers to them, at equal distances down the table.

    Parameters
    ----------
    judged : DataFrame
        ``filename``, ``truth``, ``answer`` and ``confidence`` (the answer's probability).
    name : str
        The class, as in ``truth``.
    load : callable
        Gives the RGB pixels of a file name: uint8, shape (height, width, 3).
    count : int
        At most so many works.
    task : Task, optional
        Decides the classes' colours.

    Raises
    ------
    DataError
        If a column is missing, or there is no such work.
    """
    require_columns(judged, JUDGED)
    rows = _some(judged[judged["truth"] == name], f"work of class {name}")
    picked = rows.iloc[np.unique(np.linspace(0, len(rows) - 1, count).astype(int))]
    return _draw_sheet(
        picked, load, task, f"{write_label(name)}: {len(picked)} of {len(rows):,} works"
    )


@styled
def draw_mistakes(
    judged: pd.DataFrame, load: Loader, count: int = 24, task: Task | None = None
) -> Figure:
    """Draw the wrong answers of which the model was most sure.

    Parameters, returns and errors are those of `draw_class_sheet`.
    """
    require_columns(judged, JUDGED)
    rows = _some(judged[judged["truth"] != judged["answer"]], "mistake")
    picked = rows.sort_values(["confidence", "filename"], ascending=[False, True]).head(count)
    return _draw_sheet(picked, load, task, f"The {len(picked)} surest of {len(rows):,} mistakes")


@styled
def draw_least_certain(
    judged: pd.DataFrame, load: Loader, count: int = 24, task: Task | None = None
) -> Figure:
    """Draw the works of which the model was least sure, whether it was right or not.

    Parameters, returns and errors are those of `draw_class_sheet`.
    """
    require_columns(judged, JUDGED)
    picked = judged.sort_values(["confidence", "filename"]).head(count)
    return _draw_sheet(
        picked, load, task, f"The {len(picked)} least certain of {len(judged):,} answers"
    )


@styled
def draw_collection(table: pd.DataFrame, load: Loader, task: Task, count: int = 8) -> Figure:
    """Draw works of every class, a row and a chip for each class, each work with its title.

    Parameters
    ----------
    table : DataFrame
        With ``filename`` and the task's target column, and ``title`` if its works have titles.
    load : callable
        As for `draw_class_sheet`.
    task : Task
        Decides the order of the classes, and their colours.
    count : int
        At most so many works of a class, the first ones; of more than 20 classes, those with the
        most works.

    Raises
    ------
    DataError
        If a column is missing, or the table has no rows.
    """
    require_columns(table, ["filename", task.column])
    classes = commonest_classes(table, task, _MOST_ROWS)
    cell_in = (WIDTH_IN - _CHIP_IN) / count
    row_in = cell_in + (_TITLE_IN if "title" in table else 0)
    figure = new_figure(0.4 + len(classes) * row_in)
    title = f"Works by {write_label(task.column)}, {len(table):,} in all"
    figure.suptitle(title, x=0.01, ha="left")
    grid = figure.subplots(
        len(classes), count + 1, squeeze=False, width_ratios=[_CHIP_IN, *[cell_in] * count]
    )
    colors = class_colors(classes, task)
    for (first, *others), name in zip(grid, classes, strict=True):
        middle = 1 - cell_in / row_in / 2
        chip(first.text(0, middle, write_label(name, _LETTERS), va="center"), colors[name])
        _hang(others, table[table[task.column] == name], load)
        first.set_axis_off()
    return figure


def _hang(places: Sequence[Axes], rows: pd.DataFrame, load: Loader) -> None:
    """Draw works side by side, their titles below."""
    titles = rows.get("title", rows["filename"].map(lambda _: ""))
    for axes, filename, title in zip(places, rows["filename"], titles, strict=False):
        axes.imshow(load(str(filename)), interpolation="antialiased")
        lines = wrap(write_label(str(title), 2 * _TITLE_LETTERS), _TITLE_LETTERS)[:2]
        below = axes.text(0, -0.04, "\n".join(lines), transform=axes.transAxes, va="top", size=6.5)
        # Or else wide titles would make the pictures small.
        below.set_in_layout(False)
    for axes in places:
        axes.set_axis_off()
        axes.set_anchor("N")


def _some(rows: pd.DataFrame, what: str) -> pd.DataFrame:
    if rows.empty:
        raise DataError(f"there is no {what} among these answers, so no sheet can be drawn")
    return rows


def _draw_sheet(rows: pd.DataFrame, load: Loader, task: Task | None, title: str) -> Figure:
    lines = -(-len(rows) // _COLUMNS)
    cell_in = WIDTH_IN / _COLUMNS
    figure = new_figure(0.75 + lines * (cell_in + 0.38))
    figure.suptitle(title, x=0.01, ha="left")
    grid = figure.subplots(lines, _COLUMNS, squeeze=False).ravel()
    for axes in grid:
        axes.set_axis_off()
        axes.set_anchor("N")
    colors = class_colors(dict.fromkeys([*rows["truth"], *rows["answer"]]), task)
    for axes, row in zip(grid, rows.itertuples(), strict=False):
        axes.imshow(load(str(row.filename)), interpolation="antialiased")
        _caption(axes, str(row.truth), str(row.answer), float(str(row.confidence)), colors)
    note = "Upper chip: the truth. Lower chip: the answer, if it is another, and its probability."
    figure.supxlabel(note, x=0.01, ha="left", fontsize=9)
    return figure


def _caption(
    axes: Axes, truth: str, answer: str, confidence: float, colors: Mapping[str, str]
) -> None:
    right = truth == answer
    _chip(axes, -0.02, truth, f" {confidence:.2f}" if right else "", colors)
    if not right:
        _chip(axes, -0.22, answer, f" {confidence:.2f}", colors)


def _chip(axes: Axes, y: float, name: str, after: str, colors: Mapping[str, str]) -> None:
    color = colors[name]
    axes.text(
        0,
        y - 0.03,
        write_label(name, _LETTERS - len(after)) + after,
        transform=axes.transAxes,
        va="top",
        fontsize=7.5,
        color=ink_on(color),
        bbox={"boxstyle": "round,pad=0.15", "fc": color, "ec": "#888888", "lw": 0.5},
    )
