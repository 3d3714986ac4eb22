"""What pictures can be chosen by: the answers of models, and the columns of a table.

A filter holds for each work which of its values it has, as numbers; texts stand there once.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..tasks import COLOR, Kind, Task
from .collection import Work
from .named_pictures import Named, year_of

# A column with more values is no filter, but stands beside each picture; so do further columns.
_MOST_VALUES: Final = 2_000
_MOST_FILTERS: Final = 32
_LONGEST: Final = 300
_SEPARATOR: Final = "|"
# What people look for first; all other questions follow, then the columns of a table.
_FIRST: Final = (COLOR.name, "medium", "tags", "artist")
_NO_YEAR: Final = -32_768

Labels: TypeAlias = Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter over all works.

    Attributes
    ----------
    facts : dict
        What a page has to know of it beforehand.
    values : ndarray of uint8, uint16 or int16
        Of each work its value; of a filter with several, all of them one after another.
    counts : ndarray of uint8, shape (n,), or None
        How many values each work has, where it may have several.
    """

    facts: dict[str, Any]
    values: NDArray[Any]
    counts: NDArray[np.uint8] | None = None

    @property
    def is_of_labels(self) -> bool:
        """Whether its values are texts, of which there is a list."""
        return "values" in self.facts

    def places(self, value: int) -> NDArray[np.intp]:
        """Return which works have a value, given by its place in the list."""
        found = np.flatnonzero(self.values == value)
        if self.counts is None:
            return found
        return np.unique(np.repeat(np.arange(len(self.counts)), self.counts)[found])


def find_filters(works: Sequence[Work], tasks: Sequence[Task], named: Named) -> list[Filter]:
    """Return the filters of a collection, in the order of a page.

    Parameters
    ----------
    works : sequence of Work
    tasks : sequence of Task
        Of the models that answered, in the order of the answers, with their classes.
    named : Named
        Where a table of it has a column for a question, that goes before the model's answers.
    """
    own = {task.name: _column_of(task, named) for task in tasks}
    found = dict[str, Filter]()
    for place, task in enumerate(tasks):
        column = own[task.name]
        told = _cells(works, named.columns.index(column)) if column is not None else []
        # Of a column in which nothing stands, nothing can be chosen.
        labels = told if any(told) else [work.answers[place].labels for work in works]
        found[task.name] = _of_task(task, labels, from_table=any(told))
    order = sorted(found, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
    filters = [found[name] for name in order]
    if "year" in named.roles:
        filters += _of_years(works, named.columns.index(named.roles["year"]))
    taken = {*own.values(), *(named.roles.get(role) for role in ("title", "year", "link"))}
    for place, name in enumerate(named.columns):
        if name not in taken:
            filters += _of_column(name, _cells(works, place))
    return filters[:_MOST_FILTERS]


def split_cell(cell: str) -> tuple[str, ...]:
    """Return the values that a cell holds, each once: a list has several.

    Examples
    --------
    >>> split_cell("sea|sunset"), split_cell('["sea", "sky"]'), split_cell(" oil "), split_cell("")
    (('sea', 'sunset'), ('sea', 'sky'), ('oil',), ())
    """
    parts: Iterable[Any] = cell.split(_SEPARATOR)
    if cell.startswith("["):
        try:
            parts = json.loads(cell)
        except ValueError:
            parts = [cell]
    texts = (str(part).strip()[:_LONGEST] for part in parts)
    return tuple(dict.fromkeys(text for text in texts if text))


def _column_of(task: Task, named: Named) -> str | None:
    """Return the column of a table that answers a question."""
    if task.column in named.columns:
        return task.column
    return named.roles.get(task.name)


def _cells(works: Sequence[Work], place: int) -> Labels:
    return [split_cell(work.picture.values[place]) for work in works]


def _of_task(task: Task, labels: Labels, *, from_table: bool) -> Filter:
    counts = Counter(label for some in labels for label in some)
    # Those of a model all stand there, since people correct to them.
    classes = list(dict.fromkeys([*([] if from_table else task.classes), *counts]))
    if from_table or not task.swatches:
        classes.sort(key=lambda name: (-counts[name], name))
    swatches = [task.swatch_of(name) for name in classes] if task.swatches else None
    facts = {
        "name": task.name,
        "title": task.called[:1].upper() + task.called[1:],
        "task": task.name,
        "source": "table" if from_table else "model",
        "swatches": swatches,
    }
    several = task.kind is Kind.MANY or _any_several(labels)
    return _of_labels(facts, classes, labels, several=several)


def _of_column(name: str, labels: Labels) -> list[Filter]:
    counts = Counter(label for some in labels for label in some)
    if not 2 <= len(counts) <= _MOST_VALUES or max(counts.values()) < 2:
        return []
    classes = sorted(counts, key=lambda text: (-counts[text], text))
    facts = {"name": name, "title": name, "task": None, "source": "table", "swatches": None}
    return [_of_labels(facts, classes, labels, several=_any_several(labels))]


def _any_several(labels: Labels) -> bool:
    return any(len(some) > 1 for some in labels)


def _of_labels(
    facts: dict[str, Any], classes: Sequence[str], labels: Labels, *, several: bool
) -> Filter:
    """Return the filter over texts; a number beyond all places means none."""
    kind = np.uint8 if len(classes) <= np.iinfo(np.uint8).max else np.uint16
    place_of = {name: place for place, name in enumerate(classes)}
    counts = Counter(label for some in labels for label in some)
    facts = {
        **facts,
        "kind": "many" if several else "one",
        "values": list(classes),
        "counts": [counts[name] for name in classes],
        "none": sum(not some for some in labels),
    }
    if several:
        flat = [place_of[label] for some in labels for label in some[:255]]
        sizes = np.array([len(some[:255]) for some in labels], np.uint8)
        return Filter(facts, np.array(flat, kind), sizes)
    missing = np.iinfo(kind).max
    return Filter(facts, np.array([place_of[s[0]] if s else missing for s in labels], kind))


def _of_years(works: Sequence[Work], place: int) -> list[Filter]:
    found = [year_of(work.picture.values[place]) for work in works]
    known = [year for year in found if year is not None]
    if not known:
        return []
    facts = {
        "name": "year",
        "title": "Year",
        "kind": "number",
        "task": None,
        "source": "table",
        "type": "int16",
        "least": min(known),
        "most": max(known),
        "none": len(found) - len(known),
        "year": True,
    }
    years = [_NO_YEAR if year is None else year for year in found]
    return [Filter(facts, np.array(years, np.int16))]
