"""What is wrong with a table, and where, in one line that a person can act on."""

import re
from collections.abc import Sequence
from itertools import islice
from typing import Any, Final

import pandas as pd
import pandera.pandas as pa

_SHOWN: Final = 5
_FIELDS: Final = ["index", "column", "check", "failure_case"]
# How it is called depends on whether pandas keeps text with PyArrow.
_TEXT_TYPE: Final = re.compile(r"dtype\('(str|string\[\w+\])'\)")
_EXPECTED: Final = {
    "not_nullable": "a number",
    "field_uniqueness": "a value that no earlier row has",
    "multiple_fields_uniqueness": "a combination that no earlier row has",
}


def find_violations(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Return one row for each value that breaks the schema, in the order of the table.

    Parameters
    ----------
    frame : pandas.DataFrame
        A table with rows numbered from 0.
    schema : pandera.DataFrameSchema
        The form it should have.

    Returns
    -------
    pandas.DataFrame
        Columns ``index`` (row number, or none where a whole column is of the wrong type),
        ``column``, ``check`` and ``failure_case``; empty if nothing is wrong.
    """
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases: pd.DataFrame = errors.failure_cases[_FIELDS]
        return cases.sort_values("index", kind="stable", ignore_index=True)
    return pd.DataFrame(columns=_FIELDS)


def describe_violations(violations: pd.DataFrame, cells: pd.DataFrame, lines: Sequence[int]) -> str:
    """Say how many values break the schema, and where the first few of them stand.

    Parameters
    ----------
    violations : pandas.DataFrame
        From `find_violations`, not empty.
    cells : pandas.DataFrame
        The table as it was written, before numbers were made of its text.
    lines : sequence of int
        The line of the file on which each row stands.

    Returns
    -------
    str
        For example ``1 bad value: line 2, column 'color': got 'BEIGE', expected one of RED, BLUE``.
    """
    count = len(violations)
    shown = [
        _describe(violation, cells, lines)
        for violation in islice(violations.itertuples(index=False, name="Violation"), _SHOWN)
    ]
    more = [f"and {count - _SHOWN} more"] if count > _SHOWN else []
    return f"{count} bad value{'s'[: count > 1]}: " + "; ".join(shown + more)


def _describe(violation: Any, cells: pd.DataFrame, lines: Sequence[int]) -> str:
    row, column, check, value = violation
    expected = "text" if _TEXT_TYPE.match(check) else _EXPECTED.get(check, check)
    if pd.isna(row):
        return f"column {column!r}: got {value}, expected {expected}"
    got = cells.at[int(row), column]
    return f"line {lines[int(row)]}, column {column!r}: got {got!r:.80}, expected {expected}"
