"""All that differs between the kinds of question stands in the rules of each.

No other module asks how a kind encodes, splits, judges or decides: it takes what `rules_of`
returns.
"""

from collections.abc import Mapping
from typing import Final

from ..errors import ConfigError
from ..tasks import Kind, Task
from .one_answer import OneAnswer
from .tag_rules import TagRules

Rules = OneAnswer | TagRules
_RULES: Final[Mapping[Kind, Rules]] = {Kind.ONE: OneAnswer(), Kind.MANY: TagRules()}


def rules_of(task: Task) -> Rules:
    """Return what a task's kind decides.

    Raises
    ------
    ConfigError
        If nothing here answers such questions.
    """
    if task.kind not in _RULES:
        raise ConfigError(
            f"task {task.name} asks for an answer of a kind that is not known here "
            f"({task.kind.value}; known: {', '.join(kind.value for kind in _RULES)})"
        )
    return _RULES[task.kind]
