"""The questions that can be asked of a picture: values, known by name.

Takes nothing; gives a `Task`: which column holds the answer, and what answers there are.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ..errors import ConfigError
from .color import COLOR
from .task import Kind, Task

__all__ = ["COLOR", "TASKS", "Kind", "Task", "dataset_of", "find_task"]

# Those that come with the package; any other is made of a name and a column.
TASKS: Final[Mapping[str, Task]] = {COLOR.name: COLOR}
_NAME: Final = re.compile(r"\w[\w-]{0,63}")


def find_task(name: str, column: str | None = None, group: str | None = None) -> Task:
    """Return the task of a name: one that comes with the package, or a user's own.

    Parameters
    ----------
    name : str
        Of the model folder, too: letters, digits, ``-`` and ``_``.
    column : str, optional
        Where its answers stand; by default that of the known task, or named like the task.
    group : str, optional
        Column whose equal values stay on one side of every split.

    Raises
    ------
    ConfigError
        If nothing can be called so.

    Examples
    --------
    >>> find_task("shape").column, find_task("shape", "outline").column, find_task("color") is COLOR
    ('shape', 'outline', True)
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"no name for a task ({name!r}); use letters, digits, - and _, as in {COLOR.name}"
        )
    known = TASKS.get(name, Task(name, name))
    if column is None and group is None:
        return known
    return replace(known, column=column or known.column, group=group or known.group)


def dataset_of(task: Task, named: str | None) -> str | None:
    """Return the data set that a task's pictures are in: as named, else called like the task.

    The project's first data set, that of the tasks of the package, has no name.
    """
    return named or (None if task.name in TASKS else task.name)
