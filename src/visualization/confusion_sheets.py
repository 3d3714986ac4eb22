"""What is most often taken for what, as pictures side by side (pure)."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..errors import DataError
from .class_labels import write_label
from .contact_sheets import JUDGED, Loader
from .style import BLUE, VERMILION, WIDTH_IN, new_figure, require_columns, styled

_EACH: Final = 5
_HEAD_IN: Final = 0.42


@styled
def draw_confused_pairs(judged: pd.DataFrame, load: Loader, pairs: int = 8) -> Figure:
    """Draw the pairs of classes that are most often taken for one another, works of each.

    Parameters
    ----------
    judged : DataFrame
        ``filename``, ``truth``, ``answer`` and ``confidence`` (the answer's probability).
    load : callable
        Gives the RGB pixels of a file name: uint8, shape (height, width, 3).
    pairs : int
        At most so many.

    Returns
    -------
    Figure
        On the left works of the one class, on the right of the other: first those that were taken
        for the other, then those that were found, the surest first.

    Raises
    ------
    DataError
        If a column is missing, or nothing was confused.
    """
    require_columns(judged, JUDGED)
    found = most_confused(judged, pairs)
    if not found:
        raise DataError("nothing was taken for anything else, so no pairs can be drawn")
    cell_in = WIDTH_IN / (2 * _EACH + 0.5)
    figure = new_figure(0.8 + len(found) * (cell_in + _HEAD_IN))
    figure.suptitle("Most often taken for one another", x=0.01, ha="left")
    widths = [1.0] * _EACH + [0.3] + [1.0] * _EACH
    grid = figure.subplots(len(found), 2 * _EACH + 1, squeeze=False, width_ratios=widths)
    for row, (one, other) in zip(grid, found, strict=True):
        for places, own, its in ((row[:_EACH], one, other), (row[_EACH + 1 :], other, one)):
            _hang_class(places, judged, own, its, load)
        row[_EACH].set_axis_off()
    note = "Framed and first: taken for the other. The others were found, the surest first."
    figure.supxlabel(note, x=0.01, ha="left", fontsize=9)
    return figure


def most_confused(judged: pd.DataFrame, pairs: int) -> list[tuple[str, str]]:
    """Return the pairs of classes with the most mistakes between them, in both directions.

    Examples
    --------
    >>> table = pd.DataFrame({"truth": list("aabbc"), "answer": list("abaac")})
    >>> most_confused(table, 3)
    [('a', 'b')]
    """
    wrong = judged[judged["truth"] != judged["answer"]]
    counts = Counter[tuple[str, str]]()
    for truth, answer in zip(wrong["truth"].astype(str), wrong["answer"].astype(str), strict=True):
        counts[min(truth, answer), max(truth, answer)] += 1
    return sorted(counts, key=lambda pair: (-counts[pair], pair))[:pairs]


def _hang_class(
    places: Sequence[Axes], judged: pd.DataFrame, name: str, other: str, load: Loader
) -> None:
    """Draw works of a class beside one another, those first that were taken for the other."""
    own = judged[judged["truth"] == name].sort_values("confidence", ascending=False, kind="stable")
    taken, found = own[own["answer"] == other], own[own["answer"] == name]
    both = pd.concat([taken, found]).head(len(places))
    for axes, filename in zip(places, both["filename"], strict=False):
        axes.imshow(load(str(filename)), interpolation="antialiased")
    for place, axes in enumerate(places):
        axes.set_anchor("S")
        if place >= len(both):
            axes.set_axis_off()
            continue
        axes.set(xticks=[], yticks=[])
        color, width = (VERMILION, 2.2) if place < len(taken) else (BLUE, 0.0)
        axes.spines[:].set(visible=place < len(taken), color=color, linewidth=width)
    text = f"{write_label(name, 30)}: {len(taken)} of {len(own)} taken for the other"
    # As a title it would make its column as wide as itself.
    above = places[0].text(0, 1.09, text, transform=places[0].transAxes, size=8.5, weight="bold")
    above.set_in_layout(False)
