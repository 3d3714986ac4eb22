"""The cells of a table as they were read -> columns of the types that its schema names."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd
import pandera.pandas as pa

from ..errors import DataError, MissingColumns

_NO_COUNT: Final = -1  # below every size, so that no schema lets it pass
_MAX_EXACT: Final = 2**53  # whole numbers beyond are not told apart once they have been floats


def type_cells(cells: pd.DataFrame, schema: pa.DataFrameSchema, path: str | Path) -> pd.DataFrame:
    """Return the schema's columns of a table as read, in its order, with numbers made of text.

    Parameters
    ----------
    cells : pandas.DataFrame
        Rows numbered from 0.
    schema : pandera.DataFrameSchema
        From one of the functions above.
    path : str or Path
        What the error texts call it.

    Raises
    ------
    DataError
        If there are no rows; `MissingColumns` if a required column is not there.
    """
    required = [name for name, column in schema.columns.items() if column.required]
    require_columns(cells, required, path)
    if cells.empty:
        raise DataError(f"{path} has no rows (only column names); make the table anew")
    known = [name for name in schema.columns if name in cells]
    return pd.DataFrame({name: _typed(cells[name], schema) for name in known})


def require_columns(frame: pd.DataFrame, required: Sequence[str], path: str | Path) -> None:
    """Raise `MissingColumns` if one is not there."""
    missing = [name for name in required if name not in frame]
    if missing:
        what = f"{path} lacks {len(missing)} of its columns ({', '.join(missing)})"
        raise MissingColumns(f"{what}; it must have {', '.join(required)}", missing)


def _typed(cells: pd.Series, schema: pa.DataFrameSchema) -> pd.Series:
    """Return text as it is, and numbers as such, with what is none of them missing."""
    column = schema.columns[str(cells.name)]
    if str(column.dtype) not in {"float64", "Int64"}:
        return cells if pd.api.types.is_string_dtype(cells.dtype) else cells.astype(str)
    numbers = pd.to_numeric(cells, errors="coerce").astype(float)
    if str(column.dtype) == "float64":
        return numbers
    numbers = numbers.where((numbers % 1 == 0) & (numbers.abs() < _MAX_EXACT))
    # Where a number may be missing, text must not pass for a missing one.
    return numbers.mask(numbers.isna() & (cells != ""), _NO_COUNT).astype("Int64")
