"""The questions that can be asked of a picture: values, known by name.

Takes nothing; gives a `Task`: which column holds the answer, and what answers there are.
"""

from collections.abc import Mapping
from typing import Final

from .color import COLOR
from .task import Kind, Task

__all__ = ["COLOR", "TASKS", "Kind", "Task"]

# Those that come with the package; any other is made of a name and a column.
TASKS: Final[Mapping[str, Task]] = {COLOR.name: COLOR}
