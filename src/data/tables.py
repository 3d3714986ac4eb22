"""The doors through which every table is read and written, whole or in pieces, against its schema.

What is read without doubt is read, and said on standard error where it had to be found out; what
breaks the schema is told by its lines. What is written is there whole or not at all.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pandera.pandas as pa

from ..errors import DataError
from ..files import whole_file
from .cells import Piece, as_texts, is_parquet, read_cells
from .columns import Typing, require_columns
from .sinks import CsvLines, ParquetRows

# Rows that are read, checked and written at once: enough that pandas' cost per call does not show.
PIECE_ROWS: Final = 8192

Write = Callable[[pd.DataFrame], None]

_SHOWN_FAULTS: Final = 5
_FIELDS: Final = ["index", "column", "check", "failure_case"]
# How it is called depends on whether pandas keeps text with PyArrow.
_TEXT_TYPE: Final = re.compile(r"dtype\('(str|string\[\w+\])'\)")
_EXPECTED: Final = {
    "not_nullable": "a number",
    "field_uniqueness": "a value that no earlier row has",
    "multiple_fields_uniqueness": "a combination that no earlier row has",
}


def read_table(path: str | Path, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Read a table and hold it against its schema.

    Parameters
    ----------
    path : str or Path
        CSV in any dialect that shows itself (see `dialects`), JSON lines, Parquet or ``.xlsx``,
        with the columns in any order.
    schema : pandera.DataFrameSchema
        From one of the functions of `schemas`.

    Returns
    -------
    pandas.DataFrame
        The columns of the schema that are there, in its order, then all others as text; the rows
        in the file's order. Labels have no spaces around them, hashes are in lower case.

    Raises
    ------
    DataError
        If there is no such file, it is not such a table, has no rows, or a value breaks the schema;
        the text names the columns and the lines of the first few. `MissingColumns` if it lacks a
        required column.
    """
    (table,) = _read(Path(path), schema, None)
    return table


def read_pieces(path: str | Path, schema: pa.DataFrameSchema) -> Iterator[pd.DataFrame]:
    """Read a table as `read_table` does, but `PIECE_ROWS` rows at a time, each numbered from 0.

    Raises
    ------
    DataError
        As from `read_table`, when all of it has been looked at: no piece follows the first bad
        value, and that a value stands twice shows after the last piece.
    """
    yield from _read(Path(path), schema, PIECE_ROWS)


def write_table(frame: pd.DataFrame, path: str | Path, schema: pa.DataFrameSchema) -> None:
    """Write a table that keeps its schema; the same rows in any order give the same bytes.

    Parameters
    ----------
    frame : pandas.DataFrame
        Every column of the schema, and maybe others, which are written behind them as text.
    path, schema
        As in `open_table`.

    Raises
    ------
    DataError
        As from `open_table`.
    """
    with open_table(path, schema) as write:
        require_columns(frame, list(schema.columns), path)
        sort_by = (schema.metadata or {})["sort_by"]
        write(frame.sort_values(sort_by, ignore_index=True))


@contextmanager
def open_table(path: str | Path, schema: pa.DataFrameSchema) -> Iterator[Write]:
    """Give a function that appends rows to a new table, in CSV or, by its suffix, in Parquet.

    The file is there whole or not at all. The same rows give the same bytes, and the same numbers
    in either format: those with six significant digits.

    Parameters
    ----------
    path : str or Path
        Where to; missing folders are made, a table that is there already is replaced. Nobody else
        may be writing it.
    schema : pandera.DataFrameSchema
        From one of the functions of `schemas`. The rows must come in its order.

    Raises
    ------
    DataError
        If a column is missing or a value breaks the schema (lines are those the file would have),
        or the file cannot be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as file:
            sink = ParquetRows(file) if is_parquet(path) else CsvLines(file)
            line = 2

            def append(frame: pd.DataFrame) -> None:
                nonlocal line
                sink.append(_checked(frame, schema, path, line))
                line += len(frame)

            yield append
            sink.close()
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"{path} cannot be written ({reason}); make room for it there") from error


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


@dataclass(slots=True)
class _Faults:
    """How many values break a schema, and where the first few of them stand."""

    count: int = 0
    shown: list[str] = field(default_factory=list)

    def add(self, violations: pd.DataFrame, piece: Piece) -> None:
        self.count += len(violations)
        first = violations.head(_SHOWN_FAULTS - len(self.shown))
        self.shown += [_describe(fault, piece) for fault in first.to_numpy().tolist()]

    def __str__(self) -> str:
        more = self.count - len(self.shown)
        told = "; ".join(self.shown + [f"and {more} more"] * (more > 0))
        return f"{self.count} bad value{'s'[: self.count > 1]}: {told}"


def _describe(fault: list[Any], piece: Piece) -> str:
    row, column, check, value = fault
    expected = "text" if _TEXT_TYPE.match(check) else _EXPECTED.get(check, check)
    if pd.isna(row):
        return f"column {column!r}: got {value}, expected {expected}"
    got, line = _plain(piece.cells.at[int(row), column]), piece.lines[int(row)]
    cells = piece.short.get(line, 0) if got == "" else 0
    short = f" (the row has {cells} cell{'s'[: cells > 1]})" if cells else ""
    return f"line {line}, column {column!r}: got {got!r:.80}{short}, expected {expected}"


def _plain(value: Any) -> Any:
    """Return a value without NumPy around it; an empty text where there is none."""
    return "" if pd.isna(value) else getattr(value, "item", lambda: value)()


def _read(path: Path, schema: pa.DataFrameSchema, size: int | None) -> Iterator[pd.DataFrame]:
    faults, typing = _Faults(), Typing(path, schema)
    prints = list[Any]()
    for piece in read_cells(path, schema.columns, size):
        typed = typing.typed(piece)
        faults.add(find_violations(typed, schema), piece)
        if len(typed) and not faults.count:
            prints.append(_fingerprints(typed, schema) if size else ())
            yield typed
    if not prints and not faults.count:
        raise DataError(f"{path} has no rows (only column names); make the table anew")
    if faults.count:
        raise DataError(f"{path} has {faults}; correct these rows or leave them out")
    if len(prints) > 1 and any(map(_repeats, zip(*prints, strict=True))):
        # Of each value only a fingerprint is kept, so that memory holds any table; where two are
        # alike, all is read again to say which values they are.
        read_table(path, schema)


def _fingerprints(typed: pd.DataFrame, schema: pa.DataFrameSchema) -> list[Any]:
    """Return 64 bits for each value that may be there once only."""
    keys = [[name] for name, column in schema.columns.items() if column.unique]
    keys += [list(schema.unique)] if schema.unique else []
    return [pd.util.hash_pandas_object(typed[key], index=False).to_numpy() for key in keys]


def _repeats(prints: Sequence[Any]) -> bool:
    values = np.concatenate(prints)
    return len(np.unique(values)) < len(values)


def _checked(
    frame: pd.DataFrame, schema: pa.DataFrameSchema, path: Path, line: int
) -> pd.DataFrame:
    """Return the rows as they are written, or raise a `DataError`."""
    require_columns(frame, list(schema.columns), path)
    others = [name for name in frame if name not in schema.columns]
    rows = frame[[*schema.columns, *others]].reset_index(drop=True)
    faults = _Faults()
    faults.add(find_violations(rows, schema), Piece(rows, range(line, line + len(rows))))
    if faults.count:
        raise DataError(f"{path} is not written, for it would have {faults}; correct these rows")
    for name in others:
        rows[name] = as_texts(rows[name])
    return rows
