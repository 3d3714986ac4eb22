"""The questions that can be asked of a picture: values, known by name.

Takes nothing; gives a `Task`: which column holds the answer, and what answers there are.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ..errors import ConfigError
from .artist import ARTIST, SAME_ARTIST
from .color import COLOR
from .medium import MEDIUM, TRADITIONAL
from .tags import TAGS
from .task import Kind, Task

__all__ = [
    "ARTIST",
    "COLOR",
    "MEDIUM",
    "SAME_ARTIST",
    "TAGS",
    "TASKS",
    "TRADITIONAL",
    "Kind",
    "Task",
    "dataset_of",
    "find_task",
    "may_lack_group",
]

# Those that come with the package; any other is made of a name and a column.
TASKS: Final[Mapping[str, Task]] = {
    task.name: task for task in (COLOR, ARTIST, SAME_ARTIST, MEDIUM, TAGS)
}
_NAME: Final = re.compile(r"\w[\w-]{0,63}")


def find_task(
    name: str, column: str | None = None, group: str | None = None, *, many: bool = False
) -> Task:
    """Return the task of a name: one that comes with the package, or a user's own.

    Parameters
    ----------
    name : str
        Of the model folder, too: letters, digits, ``-`` and ``_``.
    column : str, optional
        Where its answers stand; by default that of the known task, or named like the task.
    group : str, optional
        Column whose equal values stay on one side of every split.
    many : bool
        Whether a picture may have any number of its answers; a known task says so itself.

    Raises
    ------
    ConfigError
        If nothing can be called so, or a known task is of another kind.

    Examples
    --------
    >>> find_task("motif", many=True).kind
    <Kind.MANY: 'many'>
    >>> find_task("shape").column, find_task("shape", "outline").column, find_task("color") is COLOR
    ('shape', 'outline', True)
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"no name for a task ({name!r}); use letters, digits, - and _, as in {COLOR.name}"
        )
    own = Task(name, name, Kind.MANY, features="embedding") if many else Task(name, name)
    known = TASKS.get(name, own)
    if many and known.kind is not Kind.MANY:
        raise ConfigError(
            f"{name} has one answer to a picture, not any number (--many); leave it out, or give "
            "your own question another name"
        )
    if column is None and group is None:
        return known
    return replace(known, column=column or known.column, group=group or known.group)


def may_lack_group(task: Task) -> bool:
    """Tell whether a table without the column of the task's groups will do.

    It will where the task comes with the package: nobody asked for the column by name.

    Examples
    --------
    >>> may_lack_group(ARTIST), may_lack_group(find_task("artist", group="school"))
    (True, False)
    """
    known = TASKS.get(task.name)
    return known is not None and known.group == task.group


def dataset_of(task: Task, named: str | None) -> str | None:
    """Return the data set that a task's pictures are in: as named, else called like the task.

    The project's first data set, that of colour, has no name.

    Examples
    --------
    >>> dataset_of(COLOR, None), dataset_of(ARTIST, None), dataset_of(ARTIST, "wikiart")
    (None, 'artist', 'wikiart')
    """
    return named or (None if task.name == COLOR.name else task.name)
