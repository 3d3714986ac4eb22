"""Sheets of what was told wrong of tags: a row of small pictures for each tag (pure)."""

from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..errors import DataError
from .class_labels import write_label
from .contact_sheets import Loader
from .style import WIDTH_IN, new_figure, require_columns, styled

STATED: Final = ["filename", "tag", "score", "threshold"]
_EACH: Final = 8
_NAME_IN: Final = 1.15
_BELOW_IN: Final = 0.2
# Rows of more tags are longer than anyone scrolls.
_MOST_ROWS: Final = 20


@styled
def draw_tag_sheet(stated: pd.DataFrame, load: Loader, title: str) -> Figure:
    """Draw pictures by the tag that something was stated of, in the order given.

    Parameters
    ----------
    stated : DataFrame
        ``filename``, ``tag``, ``score`` (the tag's probability) and ``threshold``.
    load : callable
        Gives the RGB pixels of a file name: uint8, shape (height, width, 3).
    title : str

    Returns
    -------
    Figure
        The first eight pictures of each tag, the tags with most of them first, at most 20.

    Raises
    ------
    DataError
        If a column is missing, or there is no row.
    """
    if stated.empty:
        raise DataError("nothing is stated of any tag, so no sheet can be drawn")
    require_columns(stated, STATED)
    counts = stated["tag"].value_counts(sort=False)
    order = sorted(counts.index, key=lambda tag: (-int(counts[tag]), str(tag)))[:_MOST_ROWS]
    cell_in = (WIDTH_IN - _NAME_IN) / _EACH
    figure = new_figure(0.8 + len(order) * (cell_in + _BELOW_IN), title)
    grid = figure.subplots(
        len(order), _EACH + 1, squeeze=False, width_ratios=[_NAME_IN, *[cell_in] * _EACH]
    )
    for (first, *others), tag in zip(grid, order, strict=True):
        own = stated[stated["tag"] == tag]
        _name_row(first, str(tag), own)
        for axes, row in zip(others, own.itertuples(), strict=False):
            axes.imshow(load(str(row.filename)), interpolation="antialiased")
            score = f"{float(str(row.score)):.2f}"
            axes.text(0, -0.05, score, transform=axes.transAxes, va="top", fontsize=7.5)
        for axes in others:
            axes.set_axis_off()
            axes.set_anchor("N")
    note = "Below each picture: the probability of the tag."
    figure.supxlabel(note, x=0.01, ha="left", fontsize=9)
    return figure


def _name_row(axes: Axes, tag: str, own: pd.DataFrame) -> None:
    """Write what a row is about, as plain text: tags have no colours."""
    threshold = float(own["threshold"].iloc[0])
    lines = f"{min(len(own), _EACH)} of {len(own):,}\nthreshold {threshold:.2f}"
    axes.text(0, 0.95, write_label(tag, 16), va="top", fontsize=9, weight="bold")
    axes.text(0, 0.75, lines, va="top", fontsize=8)
    axes.set_axis_off()
