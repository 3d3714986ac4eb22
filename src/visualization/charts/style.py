"""What all figures have in common: size, fonts, colours, and a canvas that needs no display."""

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from ...tasks import TASKS

# 830 pixels, the width at which a README is shown, at 100 dots per inch: fonts of 9 points then
# are 12 pixels high and more.
WIDTH_IN: Final = 8.3
INK: Final = "#222222"
FAINT: Final = "#d9d9d9"

# Okabe and Ito's colours, which people with any of the usual colour blindnesses tell apart.
BLUE: Final = "#0072b2"
ORANGE: Final = "#e69f00"
VERMILION: Final = "#d55e00"
GREEN: Final = "#009e73"
ACCENTS: Final = (BLUE, ORANGE, GREEN, VERMILION, "#cc79a7", "#56b4e9", "#f0e442", "#000000")
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
    # Comes with matplotlib, so that a figure is the same on every machine.
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "grid.color": "#e5e5e5",
    "grid.linewidth": 0.8,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "savefig.facecolor": "white",
    "svg.hashsalt": "artlens",
    "text.color": INK,
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
            mpl.rcParams.update(_RC)
            return draw(*args, **kwargs)

    return run


def new_figure(height_in: float, title: str = "") -> Figure:
    """Return an empty figure of README width that belongs to no window and no global state."""
    figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
    FigureCanvasAgg(figure)
    if title:
        figure.suptitle(title, x=0.01, ha="left")
    return figure


def class_colors(classes: Iterable[str]) -> dict[str, str]:
    """Return a colour for each class: that by which its task shows it, else one of `ACCENTS`.

    Parameters
    ----------
    classes : iterable of str

    Returns
    -------
    dict of str to str
        As ``"#rrggbb"``.

    Examples
    --------
    >>> class_colors(["TEAL", "watercolour"])
    {'TEAL': '#0f8b8d', 'watercolour': '#e69f00'}
    """
    own = {
        name: color
        for task in TASKS.values()
        for name, color in zip(task.classes, task.swatches, strict=False)
    }
    return {name: own.get(name, ACCENTS[i % len(ACCENTS)]) for i, name in enumerate(classes)}


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
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "#ffffff"


def chip_labels(labels: Iterable[Text], size: float = 8.5) -> None:
    """Turn tick labels that name classes into chips of the class's own colour."""
    texts = list(labels)
    colors = class_colors(text.get_text() for text in texts)
    for text in texts:
        color = colors[text.get_text()]
        text.set(color=ink_on(color), fontsize=size)
        text.set_bbox({"boxstyle": "round,pad=0.25", "fc": color, "ec": "#888888", "lw": 0.6})


def name_classes(axes: Axes, classes: Sequence[str], axis: str = "x") -> None:
    """Put a tick with a chip for each class at 0, 1, 2 ... of an axis."""
    places = range(len(classes))
    if axis == "x":
        axes.set_xticks(places, labels=list(classes), rotation=90)
        chip_labels(axes.get_xticklabels())
        axes.tick_params(axis="x", length=0, pad=6)
    else:
        axes.set_yticks(places, labels=list(classes))
        chip_labels(axes.get_yticklabels())
        axes.tick_params(axis="y", length=0, pad=6)
