"""Pictures before anything is asked of them: sizes, works that occur twice, bars (pure)."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter
from numpy.typing import NDArray

from ..errors import DataError
from .class_labels import write_label
from .contact_sheets import Loader
from .style import (
    FAINT,
    SEQUENTIAL,
    VERMILION,
    WIDTH_IN,
    new_figure,
    require_columns,
    styled,
)

_RATIOS: Final = ((1 / 3, "1:3"), (1, "1:1"), (3, "3:1"))
_COPIES: Final = 7
_PAIRS_ABREAST: Final = 4


class Cut(NamedTuple):
    """A picture before and after its borders were cut: uint8, red first."""

    name: str
    before: NDArray[np.uint8]
    after: NDArray[np.uint8]


@styled
def draw_picture_sizes(table: pd.DataFrame, input_side: int | None = None) -> Figure:
    """Draw how wide and high pictures are, whatever their classes.

    Parameters
    ----------
    table : DataFrame
        With ``width`` and ``height`` in pixels; rows without are left out.
    input_side : int, optional
        Of the square that features are measured of; it is marked.

    Raises
    ------
    DataError
        If a column is missing, or no row has sizes.
    """
    both = ["width", "height"]
    known = table.dropna(subset=[name for name in both if name in table])
    if known.empty and len(table):
        raise DataError("no picture of this table has a size; run make_dataset, which looks at all")
    require_columns(known, both)
    sizes = known[both].to_numpy(np.float64)
    figure = new_figure(4.2)
    left, right = figure.subplots(1, 2, width_ratios=(1.1, 1))
    _draw_sides(left, sizes)
    short = sizes.min(axis=1)
    edges = np.geomspace(short.min() * 0.95, short.max() * 1.05, 30)
    right.hist(short, bins=edges.tolist(), color=FAINT, edgecolor="#888888")
    right.set(xscale="log", title="Shorter side", xlabel="pixels", ylabel="works")
    if input_side is not None:
        below = float(np.mean(short < input_side))
        right.axvline(input_side, color=VERMILION)
        right.set_xlabel(f"pixels; {below:.0%} have fewer than {input_side} (line)")
    for axis in (left.xaxis, left.yaxis, right.xaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(ScalarFormatter())
        axis.set_minor_formatter(NullFormatter())
    return figure


@styled
def draw_clusters(table: pd.DataFrame, load: Loader, most: int = 12) -> Figure:
    """Draw works that occur more than once, the copies of each side by side.

    Parameters
    ----------
    table : DataFrame
        ``filename`` and ``cluster``, which is equal where pictures show one work; empty is alone.
    load : callable
        Gives the RGB pixels of a file name: uint8, shape (height, width, 3).
    most : int
        At most so many clusters, the largest first.

    Raises
    ------
    DataError
        If a column is missing, or nothing occurs twice.
    """
    require_columns(table, ["filename", "cluster"])
    named = table[table["cluster"].astype(str).str.strip() != ""]
    counts = named["cluster"].value_counts()
    counts = counts[counts > 1]
    if counts.empty:
        raise DataError("no work occurs twice in this table, so no cluster can be drawn")
    shown = sorted(counts.index, key=lambda name: (-int(counts[name]), str(name)))[:most]
    cell_in = WIDTH_IN / _COPIES
    figure = new_figure(0.7 + len(shown) * (cell_in + 0.12))
    title = f"{len(counts):,} works occur more than once ({int(counts.sum()):,} pictures)"
    figure.suptitle(title, x=0.01, ha="left")
    grid = figure.subplots(len(shown), _COPIES, squeeze=False)
    for row, name in zip(grid, shown, strict=True):
        _hang_copies(row, [str(f) for f in named[named["cluster"] == name]["filename"]], load)
    return figure


@styled
def draw_cut_borders(cuts: Sequence[Cut]) -> Figure:
    """Draw pictures before and after flat bars at their edges were cut.

    Raises
    ------
    DataError
        If there is none.
    """
    if not cuts:
        raise DataError("no borders were cut, so there is nothing to draw")
    lines = -(-len(cuts) // _PAIRS_ABREAST)
    cell_in = WIDTH_IN / (2 * _PAIRS_ABREAST)
    figure = new_figure(0.5 + lines * (cell_in + 0.35))
    figure.suptitle("Borders that are cut: before and after", x=0.01, ha="left")
    grid = figure.subplots(lines, 2 * _PAIRS_ABREAST, squeeze=False).reshape(-1, 2)
    for (left, right), cut in zip(grid, cuts, strict=False):
        for axes, pixels in ((left, cut.before), (right, cut.after)):
            _hang(axes, pixels)
        _name_below(left, write_label(cut.name, 26))
    for axes in grid[len(cuts) :].ravel():
        axes.set_axis_off()
    return figure


def _draw_sides(axes: Axes, sizes: NDArray[np.float64]) -> None:
    low, high = sizes.min() * 0.8, sizes.max() * 1.25
    axes.hexbin(
        sizes[:, 0],
        sizes[:, 1],
        xscale="log",
        yscale="log",
        gridsize=32,
        extent=(*np.log10([low, high]), *np.log10([low, high])),
        bins="log",
        mincnt=1,
        cmap=SEQUENTIAL,
        vmin=0.3,
    )
    for ratio, name in _RATIOS:
        axes.plot([low, high], [low / ratio, high / ratio], "--", color="#999999", linewidth=0.8)
        x, y = (high * 0.9, high * 0.9 / ratio) if ratio >= 1 else (high * 0.9 * ratio, high * 0.9)
        axes.annotate(name, (x, y), ha="right", va="top", fontsize=8, color="#555555")
    title = f"Width and height of {len(sizes):,} works"
    axes.set(title=title, xlabel="width in pixels", ylabel="height in pixels")
    axes.set(xlim=(low, high), ylim=(low, high), aspect="equal")


def _hang_copies(row: Sequence[Axes], filenames: Sequence[str], load: Loader) -> None:
    more = len(filenames) - len(row)
    for axes, filename in zip(row, filenames, strict=False):
        _hang(axes, load(filename))
        _name_below(axes, write_label(filename, 20))
    for axes in row[len(filenames) :]:
        axes.set_axis_off()
    if more > 0:
        row[-1].set_title(f"and {more} more", fontsize=7.5)


def _name_below(axes: Axes, name: str) -> None:
    # As a label of the axes it would make the pictures small.
    text = axes.text(0, -0.04, name, transform=axes.transAxes, va="top", size=6.5)
    text.set_in_layout(False)


def _hang(axes: Axes, rgb: NDArray[np.uint8]) -> None:
    axes.imshow(rgb, interpolation="antialiased")
    axes.set(xticks=[], yticks=[], anchor="N")
    axes.spines[:].set(visible=True, color="#cccccc")
