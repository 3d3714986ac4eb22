"""What must hold of a table or of figures before they can be drawn (pure)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ...errors import DataError
from ...tasks import Task


def require_columns(table: pd.DataFrame, names: Sequence[str]) -> None:
    """Refuse a table without rows, or without one of the columns, or with gaps in them.

    Raises
    ------
    DataError
    """
    missing = [name for name in names if name not in table]
    if missing:
        raise DataError(
            f"the table lacks {len(missing)} of the columns to draw ({', '.join(missing)}); "
            "give a processed table, as build_features writes it"
        )
    if table.empty:
        raise DataError("a table without rows cannot be drawn; give one with some")
    values = table[list(names)].select_dtypes("number")
    gaps = [str(name) for name in values if not np.isfinite(values[name].to_numpy(float)).all()]
    if gaps:
        raise DataError(
            f"the table has gaps or infinities in columns to draw ({', '.join(gaps)}); "
            "leave those rows out"
        )


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
            f"({', '.join(unknown)}); it knows {', '.join(task.classes)}"
        )
    return [name for name in task.classes if name in found]


def require_rows(values: pd.DataFrame, least: int = 3) -> None:
    """Refuse so few rows that nothing can be said of how they are spread.

    Raises
    ------
    DataError
    """
    if len(values) < least:
        raise DataError(
            f"too few rows to draw how features spread ({len(values)}); give at least {least}"
        )


def find_constant(values: pd.DataFrame) -> list[str]:
    """Return the columns that hold a single value.

    Examples
    --------
    >>> find_constant(pd.DataFrame({"a": [1, 2], "b": [3, 3]}))
    ['b']
    """
    return [str(name) for name in values if values[name].nunique() < 2]


def require_spread(values: pd.DataFrame) -> None:
    """Refuse numbers that cannot vary: too few rows, or a column of one value.

    Raises
    ------
    DataError
    """
    require_rows(values)
    if constant := find_constant(values):
        raise DataError(
            f"columns of a single value have no spread to draw ({', '.join(constant)}); "
            "leave them out, or give more rows"
        )
