"""One picture: its palette, its scores, and why it got its label (pure)."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..errors import DataError
from ..features.feature_words import label_feature, label_group
from ..models.explain_model import Contribution, Explanation
from ..models.studies.owen_values import SPACES
from ..tasks import Task
from .class_labels import class_colors, name_classes, write_label
from .style import ACCENTS, NEUTRAL, WIDTH_IN, ink_on, new_figure, styled

_EDGE = "#555555"
# More bars than this beside a picture would be higher than it; the others are taken together.
_MOST_SCORES = 12


class Swatch(Protocol):
    """One colour of a picture's palette."""

    @property
    def hex(self) -> str:
        """Return the colour as ``#rrggbb``."""

    @property
    def share(self) -> float:
        """Return the part of the picture it covers, in [0, 1]."""

    @property
    def name(self) -> str | None:
        """Return what people call the colour, if that is known."""


@styled
def draw_prediction(
    picture: NDArray[np.uint8],
    scores: Mapping[str, float],
    palette: Sequence[Swatch] = (),
    task: Task | None = None,
) -> Figure:
    """Draw a picture with the colours it is made of and the probability of every class.

    Of more than 12 classes the most probable ones stand alone.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)
        Red first.
    scores : Mapping[str, float]
        Probability by class, most probable first, as in `Prediction`.
    palette : sequence with `hex`, `share` and `name`, optional
        Largest share first.
    task : Task, optional
        Decides the classes' colours.

    Raises
    ------
    DataError
        If there are no scores, or the picture is not of that form.
    """
    _require_picture(picture)
    if not scores:
        raise DataError("a prediction without scores cannot be drawn; give one that predict made")
    figure = new_figure(4.1 + (0.5 if palette else 0))
    left, right = figure.subplots(1, 2, width_ratios=(1, 1))
    _show(left, picture)
    colors = class_colors(scores, task)
    shown = dict(scores) if len(scores) <= _MOST_SCORES else dict(_split_scores(scores))
    names = list(shown)
    bars = right.barh(
        range(len(names)),
        list(shown.values()),
        color=[colors.get(name, NEUTRAL) for name in names],
        edgecolor=_EDGE,
        linewidth=0.8,
    )
    right.bar_label(bars, [f"{score:.3f}" for score in shown.values()], padding=4, fontsize=9)
    right.invert_yaxis()
    name_classes(right, names, {name: colors.get(name, "#ffffff") for name in names}, "y")
    right.set(title="Probability by class", xlim=(0, 1.12), xticks=np.linspace(0, 1, 6))
    if palette:
        _draw_palette(left.inset_axes((0, -0.17, 1, 0.14)), palette)
    return figure


def _split_scores(scores: Mapping[str, float]) -> list[tuple[str, float]]:
    """Return the most probable classes, and all others as one."""
    first, rest = (
        list(scores.items())[: _MOST_SCORES - 1],
        list(scores.values())[_MOST_SCORES - 1 :],
    )
    return [*first, (f"the other {len(rest)}", sum(rest))]


@styled
def draw_explanation(
    explanation: Explanation,
    picture: NDArray[np.uint8] | None = None,
    count: int = 10,
    task: Task | None = None,
) -> Figure:
    """Draw what the most influential features did for the label and for the runner-up.

    Parameters
    ----------
    explanation : Explanation
        From :func:`src.models.explain_model.explain`.
    picture : ndarray of uint8, shape (height, width, 3), optional
        Red first; drawn beside it.
    count : int
        How many features stand alone; the others are taken together.
    task : Task, optional
        Decides the classes' colours.

    Raises
    ------
    DataError
        If the picture is not of that form.
    """
    lines = _lines_of(explanation, count)
    spaces = explanation.by_space()
    figure = new_figure(2.2 + 0.4 * (len(lines) + len(spaces)))
    axes = _stack_axes(figure, (len(lines), len(spaces) + 0.4), picture)
    colors = _two_colors(explanation, task)
    second = "" if explanation.many else ", the runner-up"
    _draw_pairs(axes[0], lines, colors, second)
    sums = {label_group(space): pair for space, pair in spaces.items()}
    _draw_pairs(axes[1], sums, colors, second)
    label, runner_up = explanation.label, explanation.runner_up
    title = (
        f"{write_label(label.name)} {label.probability:.2f}, {'' if explanation.many else 'not '}"
        f"{write_label(runner_up.name)} {runner_up.probability:.2f}"
    )
    figure.suptitle(title, x=0.01, ha="left")
    axes[0].set_title(f"what each {'part' if explanation.of_regions else 'feature'} did")
    axes[0].tick_params(labelbottom=False)
    axes[0].legend(loc="best")
    axes[1].set_title(f"and each {_group_word(explanation)}")
    axes[1].set_xlabel(
        f"change of log-odds (base 2) against {explanation.against}:\n+1 doubles the odds"
    )
    return figure


def _group_word(explanation: Explanation) -> str:
    if explanation.of_regions:
        return "third of the picture"
    return "colour space" if set(explanation.by_space()) & set(SPACES) else "group of features"


def _stack_axes(
    figure: Figure, heights: tuple[float, float], picture: NDArray[np.uint8] | None
) -> Sequence[Axes]:
    """Return two axes, one above the other, with the picture beside them if there is one."""
    if picture is None:
        stacked: Sequence[Axes] = figure.subplots(2, 1, sharex=True, height_ratios=heights)
        return stacked
    _require_picture(picture)
    grid = figure.add_gridspec(2, 2, width_ratios=(1, 2.9), height_ratios=heights)
    top = figure.add_subplot(grid[0, 1])
    below = figure.add_subplot(grid[1, 1], sharex=top)
    shown = figure.add_subplot(grid[0, 0])
    _show(shown, picture)
    shown.set_anchor("N")
    return top, below


def _lines_of(explanation: Explanation, count: int) -> dict[str, tuple[float, float]]:
    """Return a label and both contributions for each line of the figure."""
    first, rest = explanation.contributions[:count], explanation.contributions[count:]
    lines = {_describe(part): (part.label, part.runner_up) for part in first}
    if rest:
        lines[f"the other {len(rest)}"] = (
            sum(part.label for part in rest),
            sum(part.runner_up for part in rest),
        )
    return lines


def _describe(part: Contribution) -> str:
    if part.value is None:
        return part.feature
    return f"{label_feature(part.feature)}\n{part.value:.3g} ({part.deviations:+.1f} sd)"


def _two_colors(explanation: Explanation, task: Task | None) -> list[tuple[str, str]]:
    """Return label and runner-up with colours that differ."""
    names = [explanation.label.name, explanation.runner_up.name]
    colors = list(class_colors(names, task).values())
    return list(zip(names, ACCENTS if colors[0] == colors[1] else colors, strict=False))


def _draw_pairs(
    axes: Axes,
    lines: Mapping[str, tuple[float, float]],
    colors: Sequence[tuple[str, str]],
    second: str,
) -> None:
    """Draw two bars for each line: for the label and, hatched, for the runner-up."""
    places = np.arange(len(lines))
    for i, ((name, color), hatch) in enumerate(zip(colors, ("", "////"), strict=True)):
        values = [pair[i] for pair in lines.values()]
        bars = axes.barh(
            places + (i - 0.5) * 0.38,
            values,
            height=0.38,
            color=color,
            edgecolor=_hatch_ink(color) if hatch else _EDGE,
            hatch=hatch,
            linewidth=0.7,
            label=f"for {write_label(name)}{second if i else ''}",
        )
        # Adding 0 makes a zero of what would read "-0.0".
        written = [f"{round(value, 1) + 0:+.1f}" for value in values]
        axes.bar_label(bars, written, padding=3, fontsize=8)
    axes.axvline(0, color=_EDGE, linewidth=0.8)
    axes.set_yticks(places, labels=list(lines), fontsize=8.5)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.grid(axis="x")


def _hatch_ink(color: str) -> str:
    return "#888888" if ink_on(color) == "#ffffff" else _EDGE


def _draw_palette(axes: Axes, palette: Sequence[Swatch]) -> None:
    left = 0.0
    for swatch in palette:
        axes.barh(0, swatch.share, left=left, height=1, color=to_rgb(swatch.hex), edgecolor=_EDGE)
        if swatch.share * WIDTH_IN / 2 > 0.42:
            text = f"{swatch.share:.0%}"
            place = (left + swatch.share / 2, 0)
            axes.annotate(
                text, place, ha="center", va="center", fontsize=8.5, color=ink_on(swatch.hex)
            )
        left += swatch.share
    named = [f"{swatch.name or ''} {swatch.hex}".strip() for swatch in palette]
    lines = [", ".join(named[start : start + 3]) for start in range(0, len(named), 3)]
    axes.text(0, -0.62, "\n".join(lines), va="top", fontsize=7.5)
    axes.set(xlim=(0, 1), ylim=(-0.5, 0.5))
    axes.set_axis_off()


def _show(axes: Axes, picture: NDArray[np.uint8]) -> None:
    axes.imshow(picture)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(True)


def _require_picture(picture: NDArray[np.uint8]) -> None:
    if picture.dtype != np.uint8 or picture.shape[2:] != (3,) or not picture.size:
        raise DataError(
            f"this is no picture to draw ({picture.dtype} of shape {picture.shape}); give uint8 "
            "pixels of shape (height, width, 3), red first"
        )
