"""Tables in pieces, for those that are too long to be held in memory."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pandera.pandas as pa

from ..errors import DataError
from ..files import whole_file
from .cells import type_cells
from .csv_lines import CsvLines
from .parquet_files import ParquetRows, is_parquet
from .schemas import read_table
from .violations import find_violations

# Rows that are read, checked and written at once: enough that pandas' cost per call does not show.
PIECE_ROWS: Final = 8192

Write = Callable[[pd.DataFrame], None]


def check_in_pieces(path: Path, schema: pa.DataFrameSchema) -> Iterator[pd.DataFrame]:
    """Read a CSV table piece by piece and hold each against the schema.

    Parameters
    ----------
    path : Path
    schema : pandera.DataFrameSchema
        See `src.data.schemas.read_table`.

    Yields
    ------
    pandas.DataFrame
        The next rows, numbered from 0, as `read_table` would give them.

    Raises
    ------
    DataError
        As from `read_table`; that a value stands twice shows after the last piece only.
    """
    unique = [name for name, column in schema.columns.items() if column.unique]
    hashes: dict[str, list[Any]] = {name: [] for name in unique}
    try:
        for cells in read_in_pieces(path):
            typed = type_cells(cells, schema, path)
            if len(find_violations(typed, schema)):
                break
            for name in unique:
                hashes[name].append(pd.util.hash_array(typed[name].to_numpy(object)))
            yield typed
        else:
            if any(hashes.values()) and not any(map(_repeats, hashes.values())):
                return
    except (OSError, ValueError, DataError):
        pass
    # It says what is wrong, and where, of the whole table.
    read_table(path, schema)


def read_in_pieces(path: Path) -> Iterator[pd.DataFrame]:
    """Yield the cells of a CSV table as text, `PIECE_ROWS` rows at a time, numbered from 0."""
    with (
        path.open(encoding="utf-8", newline="") as file,
        pd.read_csv(file, dtype=str, keep_default_na=False, chunksize=PIECE_ROWS) as pieces,
    ):
        for piece in pieces:
            yield piece.reset_index(drop=True)


@contextmanager
def open_table(path: Path, schema: pa.DataFrameSchema) -> Iterator[Write]:
    """Give a function that appends rows to a new table, in CSV or, by its suffix, in Parquet.

    The file is there whole or not at all. The same rows give the same bytes, and the same numbers
    in either format: those with six significant digits.

    Parameters
    ----------
    path : Path
        Where to; missing folders are made, a table that is there already is replaced. Nobody else
        may be writing it.
    schema : pandera.DataFrameSchema
        From `src.data.schemas`. The rows must come in its order.

    Raises
    ------
    DataError
        If a value breaks the schema, or the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as file:
            sink = ParquetRows(file) if is_parquet(path) else CsvLines(file)
            yield lambda frame: sink.append(_checked(frame, schema, path))
            sink.close()
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"{path} cannot be written ({reason}); make room for it there") from error


def _checked(frame: pd.DataFrame, schema: pa.DataFrameSchema, path: Path) -> pd.DataFrame:
    violations = find_violations(frame, schema)
    if len(violations):
        first = violations.iloc[0]
        raise DataError(
            f"{path} is not written, for its column {first['column']!r} would hold "
            f"{first['failure_case']!r}; expected {first['check']}"
        )
    return frame


def _repeats(hashes: list[Any]) -> bool:
    """Return whether two values are, in all likelihood, the same."""
    values = np.concatenate(hashes)
    return len(np.unique(values)) < len(values)
