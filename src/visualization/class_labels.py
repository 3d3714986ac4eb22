"""How classes are shown in figures: which of them, in which colour, and by which text (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.font_manager import findfont, get_font
from matplotlib.text import Text

from ..edges import name_some, printable
from ..errors import DataError
from ..tasks import TASKS, Task
from .style import ACCENTS, NEUTRAL, fonts, ink_on, require_columns

# More classes than this are not listed in a sentence, nor in a table that is read from end to end.
MOST_LISTED: Final = 20
_MOST_LETTERS: Final = 22


def classes_to_draw(table: pd.DataFrame, task: Task) -> list[str]:
    """Return the task's classes that occur in a table, in the task's order.

    Raises
    ------
    DataError
        If the target column is missing, or holds a class that the task does not know.
    """
    require_columns(table, [task.column])
    found = set(table[task.column])
    unknown = sorted(map(str, found - set(task.classes)))
    if unknown:
        raise DataError(
            f"column {task.column!r} holds classes that the task {task.name!r} does not know "
            f"({name_some(unknown)}); it knows {name_some(task.classes)}"
        )
    return [name for name in task.classes if name in found]


def commonest_classes(table: pd.DataFrame, task: Task, most: int) -> list[str]:
    """Return so many of the classes that a table has, those with the most rows, in task order."""
    classes = classes_to_draw(table, task)
    counts = table[task.column].value_counts()
    kept = set(sorted(classes, key=lambda name: -int(counts[name]))[:most])
    return [name for name in classes if name in kept]


def class_colors(classes: Iterable[str], task: Task | None = None) -> dict[str, str]:
    """Return a colour for each class.

    Parameters
    ----------
    classes : iterable of str
    task : Task, optional
        Whose classes they are; a class then has the same colour in every figure. Otherwise the
        colours go by the order given.

    Returns
    -------
    dict of str to str
        As ``"#rrggbb"``: that by which a task shows the class, else one of `ACCENTS` or, of more
        classes than these, `NEUTRAL`.

    Examples
    --------
    >>> class_colors(["TEAL", "watercolour"])
    {'TEAL': '#0f8b8d', 'watercolour': '#e69f00'}
    """
    names = list(classes)
    own = {
        name: color
        for known in ([task] if task else TASKS.values())
        for name, color in zip(known.classes, known.swatches, strict=False)
    }
    order = task.classes if task and task.classes else tuple(names)
    accents = dict(zip(order, ACCENTS, strict=False)) if len(order) <= len(ACCENTS) else {}
    return {name: own.get(name, accents.get(name, NEUTRAL)) for name in names}


def write_label(name: str, most: int = _MOST_LETTERS) -> str:
    r"""Return a label as a figure can show it: in letters that can be drawn, not too many of them.

    Examples
    --------
    >>> write_label("landscape with a river and trees"), write_label("a\tb")
    ('landscape with…d trees', 'a\\tb')
    """
    known = _letters()
    text = "".join(c if ord(c) in known else ascii(c)[1:-1] for c in printable(name))
    if len(text) <= most:
        return text
    # Labels often differ at their end: "plate 1", "plate 2".
    tail = most // 3
    return f"{text[: most - 1 - tail]}…{text[-tail:]}"


def name_classes(
    axes: Axes, classes: Sequence[str], colors: Mapping[str, str], axis: str = "x"
) -> None:
    """Put a tick with a chip for each class at 0, 1, 2 ... of an axis."""
    places, texts = range(len(classes)), [write_label(name) for name in classes]
    if axis == "x":
        axes.set_xticks(places, labels=texts, rotation=90)
    else:
        axes.set_yticks(places, labels=texts)
    labels = axes.get_xticklabels() if axis == "x" else axes.get_yticklabels()
    for label, name in zip(labels, classes, strict=True):
        chip(label, colors[name])
    axes.tick_params(axis="x" if axis == "x" else "y", length=0, pad=6)


def chip(text: Text, color: str, size: float = 8.5) -> None:
    """Turn a text that names a class into a chip of the class's colour."""
    text.set(color=ink_on(color), fontsize=size)
    text.set_bbox({"boxstyle": "round,pad=0.25", "fc": color, "ec": "#888888", "lw": 0.6})


@cache
def _letters() -> frozenset[int]:
    return frozenset(code for name in fonts() for code in get_font(findfont(name)).get_charmap())
