"""What all figures have in common: size, fonts, colours, and what must hold before one is drawn."""

from collections.abc import Callable, Sequence
from functools import cache, wraps
from typing import Any, Final, ParamSpec, TypeVar

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from ..errors import DataError
from ..features.oklab import linearize

# 830 pixels, the width at which a README is shown, at 100 dots per inch: fonts of 9 points then
# are 12 pixels high and more.
WIDTH_IN: Final = 8.3
# Comes with matplotlib, so that a figure is the same on every machine.
FONT: Final = "DejaVu Sans"
# Where a label is written in letters that `FONT` lacks; the first that this machine has is asked.
_OTHER_FONTS: Final = (
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Microsoft YaHei",
    "Arial Unicode MS",
    "Noto Sans",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
)
INK: Final = "#222222"
FAINT: Final = "#d9d9d9"

# Okabe and Ito's colours, which people with any of the usual colour blindnesses tell apart.
BLUE: Final = "#0072b2"
ORANGE: Final = "#e69f00"
VERMILION: Final = "#d55e00"
GREEN: Final = "#009e73"
ACCENTS: Final = (BLUE, ORANGE, GREEN, VERMILION, "#cc79a7", "#56b4e9", "#f0e442", "#000000")
# Of more classes than these, none has a colour of its own.
NEUTRAL: Final = "#c3ced6"
# From white to dark blue, even in lightness, so that it reads in grey too.
SEQUENTIAL: Final = "Blues"
DIVERGING: Final = "RdBu_r"

_RC: Final[dict[Any, Any]] = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#888888",
    "axes.grid": False,
    "axes.labelcolor": INK,
    "axes.labelsize": 9.5,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "figure.facecolor": "white",
    "figure.titlesize": 12,
    "figure.titleweight": "bold",
    "font.size": 9.5,
    "grid.color": "#e5e5e5",
    "grid.linewidth": 0.8,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "savefig.facecolor": "white",
    "svg.hashsalt": "artlens",
    "text.color": INK,
    # A label may hold any text, two dollar signs too.
    "text.parse_math": False,
    "xtick.color": "#888888",
    "xtick.labelcolor": INK,
    "xtick.labelsize": 9,
    "ytick.color": "#888888",
    "ytick.labelcolor": INK,
    "ytick.labelsize": 9,
}

P = ParamSpec("P")
R = TypeVar("R")


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Let a function draw in the style of this package, whatever the caller's settings are."""

    @wraps(draw)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with mpl.rc_context():
            mpl.rcdefaults()
            use_style()
            return draw(*args, **kwargs)

    return run


def use_style() -> None:
    """Let all that is drawn from here on have the style of this package, as notebooks do."""
    mpl.rcParams.update(_RC | {"font.family": list(fonts())})


@cache
def fonts() -> tuple[str, ...]:
    """Return the fonts of figures: `FONT`, and what this machine has for letters it lacks."""
    here = {font.name for font in fontManager.ttflist}
    return (FONT, *(name for name in _OTHER_FONTS if name in here))


def new_figure(height_in: float, title: str = "") -> Figure:
    """Return an empty figure of README width that belongs to no window and no global state."""
    figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
    FigureCanvasAgg(figure)
    if title:
        figure.suptitle(title, x=0.01, ha="left")
    return figure


def ink_on(color: str) -> str:
    """Return black or white, whichever is easier to read on a colour.

    References
    ----------
    W3C, Web Content Accessibility Guidelines 2.2, "relative luminance" and "contrast ratio".

    Examples
    --------
    >>> ink_on("#ffff14"), ink_on("#0343df")
    ('#000000', '#ffffff')
    """
    luminance = linearize(np.array(to_rgb(color))) @ (0.2126, 0.7152, 0.0722)
    return "#000000" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "#ffffff"


def require_columns(table: pd.DataFrame, names: Sequence[str]) -> None:
    """Refuse a table without rows, or without one of the columns, or with gaps in them.

    Raises
    ------
    DataError
    """
    missing = [name for name in names if name not in table]
    if missing:
        raise DataError(
            f"the table lacks {len(missing)} of the columns to draw ({', '.join(missing)}); "
            "give a processed table, as build_features writes it"
        )
    if table.empty:
        raise DataError("a table without rows cannot be drawn; give one with some")
    values = table[list(names)].select_dtypes("number")
    gaps = [str(name) for name in values if not np.isfinite(values[name].to_numpy(float)).all()]
    if gaps:
        raise DataError(
            f"the table has gaps or infinities in columns to draw ({', '.join(gaps)}); "
            "leave those rows out"
        )


def require_rows(values: pd.DataFrame, least: int = 3) -> None:
    """Refuse so few rows that nothing can be said of how they are spread.

    Raises
    ------
    DataError
    """
    if len(values) < least:
        raise DataError(
            f"too few rows to draw how features spread ({len(values)}); give at least {least}"
        )


def find_constant(values: pd.DataFrame) -> list[str]:
    """Return the columns that hold a single value.

    Examples
    --------
    >>> find_constant(pd.DataFrame({"a": [1, 2], "b": [3, 3]}))
    ['b']
    """
    return [str(name) for name in values if values[name].nunique() < 2]


def require_spread(values: pd.DataFrame) -> None:
    """Refuse numbers that cannot vary: too few rows, or a column of one value.

    Raises
    ------
    DataError
    """
    require_rows(values)
    if constant := find_constant(values):
        raise DataError(
            f"columns of a single value have no spread to draw ({', '.join(constant)}); "
            "leave them out, or give more rows"
        )
