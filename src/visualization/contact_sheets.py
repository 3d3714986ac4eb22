"""Contact sheets: many small pictures with what was said of them (pure)."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..errors import DataError
from ..tasks import Task
from .class_labels import class_colors, write_label
from .style import WIDTH_IN, ink_on, new_figure, require_columns, styled

# A file name in, its picture out: uint8, shape (height, width, 3), red first.
Loader: TypeAlias = Callable[[str], NDArray[np.uint8]]
_COLUMNS: Final = 8
# So many stand under a picture without touching the next one.
_LETTERS: Final = 14
_JUDGED: Final = ["filename", "truth", "answer", "confidence"]


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
    require_columns(judged, _JUDGED)
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
    require_columns(judged, _JUDGED)
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
    require_columns(judged, _JUDGED)
    picked = judged.sort_values(["confidence", "filename"]).head(count)
    return _draw_sheet(
        picked, load, task, f"The {len(picked)} least certain of {len(judged):,} answers"
    )


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
