"""How tags are told, one by one, and which of them go together (pure)."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..errors import DataError
from ..models.studies.said_tags import TagAnswers, TagCurve, trace_tag
from .class_labels import write_label
from .style import BLUE, FAINT, GREEN, ORANGE, SEQUENTIAL, VERMILION, new_figure, styled

_LEAST_COLUMNS: Final = 3
_MOST_COLUMNS: Final = 4
# More panels are longer than anyone scrolls.
_MOST_PANELS: Final = 24
_PANEL_IN: Final = 1.95
# Numbers in the cells of more tags would run into one another, and names of more than the second.
_MOST_NUMBERED: Final = 12
_MOST_PAIRED: Final = 40
_MOST_COUNTED: Final = 60


@styled
def draw_precision_recall(answers: TagAnswers) -> Figure:
    """Draw precision over recall for each tag, and where its threshold lies.

    Parameters
    ----------
    answers : TagAnswers

    Returns
    -------
    Figure
        A panel for each tag that some picture has and some lacks; of more than 24, those with the
        lowest average precision.

    Raises
    ------
    DataError
        If there is none.
    """
    figure, panels = _panels(answers, "Precision over recall, by tag", "precision")
    for axes, curve in panels:
        axes.axhline(curve.share, color="#888888", ls="--", lw=1)
        recall = np.concatenate([[0.0], curve.recall])
        precision = np.concatenate([curve.precision[:1], curve.precision])
        axes.step(recall, precision, where="pre", color=BLUE)
        if curve.said:
            here = curve.said - 1
            axes.plot(curve.recall[here], curve.precision[here], "o", ms=6, color=VERMILION)
        axes.set_xlabel("recall")
    note = (
        "Point: at the tag's threshold, which stands in the title. Dashed: its share of the "
        "pictures, the precision of saying it always."
    )
    figure.supxlabel(note, x=0.01, ha="left", fontsize=9)
    return figure


@styled
def draw_threshold_curves(answers: TagAnswers) -> Figure:
    """Draw precision, recall and F1 of each tag over the threshold from which on it is said.

    Parameters, returns and errors are those of `draw_precision_recall`.
    """
    figure, panels = _panels(answers, "What another threshold would come to, by tag", "share")
    series = (("precision", ORANGE), ("recall", GREEN), ("F1", BLUE))
    for axes, curve in panels:
        limits = np.append(curve.limits, 0.0)
        shares = (curve.precision, curve.recall, curve.f1)
        for (name, color), values in zip(series, shares, strict=True):
            reached = np.append(values, values[-1])
            axes.step(limits, reached, where="post", color=color, lw=1.4, label=name)
        axes.axvline(curve.threshold, color=VERMILION, ls="--", lw=1.2, label="its threshold")
        axes.set_xlabel("threshold")
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower right", ncols=4)
    return figure


def _panels(
    answers: TagAnswers, title: str, name: str
) -> tuple[Figure, list[tuple[Axes, TagCurve]]]:
    """Return a figure with a panel for each tag, and what is drawn in it over the axis's name."""
    curves = list(_curves(answers))
    if not curves:
        raise DataError(
            "no tag is there in some pictures and not in others, so no curve can be drawn; give "
            "pictures that are known to have one, and others that are known to lack it"
        )
    if len(curves) > _MOST_PANELS:
        title += f" (the {_MOST_PANELS} of {len(curves)} with the lowest average precision)"
        worst = sorted(curves, key=lambda curve: (curve.average_precision, curve.name))
        curves = sorted(worst[:_MOST_PANELS], key=curves.index)
    lines = -(-len(curves) // _MOST_COLUMNS)
    # Without a last line that is nearly empty.
    columns = max(_LEAST_COLUMNS, -(-len(curves) // lines))
    figure = new_figure(0.8 + lines * _PANEL_IN, title)
    table = figure.subplots(lines, columns, squeeze=False)
    grid = table.ravel()
    for axes in grid[len(curves) :]:
        axes.set_axis_off()
    for axes, curve in zip(grid, curves, strict=False):
        axes.set(xlim=(0, 1.02), ylim=(0, 1.04))
        axes.set_xticks([0, 0.5, 1])
        axes.set_yticks([0, 0.5, 1])
        axes.grid()
        axes.set_title(
            f"{write_label(curve.name, 24)}\nAP {curve.average_precision:.3f}, threshold "
            f"{curve.threshold:.2f}",
            fontsize=8.5,
            fontweight="normal",
        )
    for axes in table[:, 0]:
        axes.set_ylabel(name)
    return figure, list(zip(grid, curves, strict=False))


def _curves(answers: TagAnswers) -> Iterator[TagCurve]:
    for place in np.flatnonzero(answers.has.any(axis=0) & answers.lacking):
        yield trace_tag(answers, int(place))


@styled
def draw_tag_counts(tags: Sequence[str], truth: NDArray[np.float64]) -> Figure:
    """Draw how many works have each tag, lack it, or are not known to do either.

    Parameters
    ----------
    tags : sequence of str
    truth : ndarray of float64, shape (n, k)
        1 for yes, 0 for no, not-a-number where it is not known.

    Returns
    -------
    Figure
        The tag that most works have first; of more than 60, the first 60.

    Raises
    ------
    DataError
        If there are no rows.
    """
    if not truth.size:
        raise DataError("works of no tag cannot be counted; give a table with some")
    has, lacks = (truth == 1).sum(axis=0), (truth == 0).sum(axis=0)
    order = np.argsort(-has, kind="stable")[:_MOST_COUNTED]
    title = "Works by tag"
    if len(order) < len(tags):
        title += f" (the {len(order)} of {len(tags)} that most have)"
    figure = new_figure(1.2 + 0.3 * len(order))
    axes, left = figure.subplots(), np.zeros(len(order))
    parts = (("have it", BLUE, has), ("lack it", FAINT, lacks))
    for label, color, counts in (*parts, ("not known", "white", len(truth) - has - lacks)):
        width = counts[order]
        bars = axes.barh(
            range(len(order)), width, left=left, color=color, ec="#888888", lw=0.6, label=label
        )
        if counts is has:
            texts = [f"{n:,}" for n in width]
            axes.bar_label(bars, texts, label_type="edge", padding=3, fontsize=8.5)
        left = left + width
    axes.set_yticks(range(len(order)), labels=[write_label(tags[i]) for i in order])
    axes.invert_yaxis()
    axes.set(title=title, xlabel=f"works, of {len(truth):,} in all", xlim=(0, len(truth)))
    figure.legend(loc="outside lower right", ncols=3)
    return figure


@styled
def draw_tag_pairs(answers: TagAnswers) -> Figure:
    """Draw which tags go together: in truth, and in what is said of the same pictures.

    Parameters
    ----------
    answers : TagAnswers

    Returns
    -------
    Figure
        Of pictures with the tag of a row, the share that has that of a column, too; of more than 40
        tags, those that most pictures have.

    Raises
    ------
    DataError
        If there are not two tags to be paired.
    """
    common = np.argsort(-answers.has.sum(axis=0), kind="stable")[:_MOST_PAIRED]
    places = np.sort(common)
    if len(places) < 2:
        raise DataError("a single tag goes with no other; give the answers of two tags or more")
    known, has, said = (each[:, places] for each in (answers.known, answers.has, answers.said))
    names = [answers.tags[place] for place in places]
    numbered = len(names) <= _MOST_NUMBERED
    # Two side by side, or one above the other.
    side = min(0.5 * len(names), 3.4) if numbered else 5.6
    figure = new_figure(1.3 + side if numbered else 2 * (side + 0.9), "Which tags go together")
    grid = figure.subplots(1, 2) if numbered else figure.subplots(2, 1)
    pairs = (("in truth", has), ("as said of the same pictures", said & known))
    for axes, (title, there) in zip(grid, pairs, strict=True):
        percent = _share_together(there, known)
        shades = axes.imshow(percent, cmap=SEQUENTIAL, vmin=0, vmax=100, interpolation="nearest")
        _name_pairs(axes, names, numbered=numbered)
        axes.set_title(title)
        if numbered:
            _write_percents(axes, percent)
    if not numbered:
        figure.colorbar(shades, ax=grid, label="% of the pictures with the row's tag", shrink=0.4)
    note = "Of the pictures with the tag of a row, the percentage that has that of a column, too."
    figure.supxlabel(note, x=0.01, ha="left", fontsize=9)
    return figure


def _share_together(there: NDArray[np.bool_], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return percentages, not-a-number where nothing is known of a pair or on the diagonal."""
    together = there.T.astype(np.int64) @ there.astype(np.int64)
    pictures = there.T.astype(np.int64) @ known.astype(np.int64)
    percent = np.full(together.shape, np.nan)
    np.divide(100 * together, pictures, out=percent, where=pictures > 0)
    np.fill_diagonal(percent, np.nan)
    return percent


def _name_pairs(axes: Axes, names: Sequence[str], *, numbered: bool) -> None:
    size = 8.5 if numbered else 6.5
    texts = [write_label(name, 18) for name in names]
    axes.set_xticks(range(len(texts)), labels=texts, rotation=90, fontsize=size)
    axes.set_yticks(range(len(texts)), labels=texts, fontsize=size)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _write_percents(axes: Axes, percent: NDArray[np.float64]) -> None:
    for (i, j), share in np.ndenumerate(percent):
        if np.isnan(share):
            continue
        text = f"{share:.0f}" if share >= 0.5 or not share else "<1"
        color = "white" if share > 55 else "black"
        axes.text(j, i, text, ha="center", va="center", color=color, fontsize=8.5)
