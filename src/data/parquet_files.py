"""Parquet files: rows to them in pieces, and cells from them."""

from pathlib import Path
from typing import Any, BinaryIO, Final

import pandas as pd

from ..errors import DataError

SUFFIX: Final = ".parquet"


class ParquetRows:
    """Appends frames to a file, each as a row group; floats keep six significant digits."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._writer: Any = None

    def append(self, frame: pd.DataFrame) -> None:
        """Write the rows of a frame, which has the columns of those before it."""
        # It takes a quarter of a second to import, which CSV can do without.
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.Table.from_pandas(frame.apply(_six_digits), preserve_index=False)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._file, table.schema)
        self._writer.write_table(table)

    def close(self) -> None:
        """Write what stands at the end of such a file, after its rows."""
        if self._writer is not None:
            self._writer.close()


def is_parquet(path: str | Path) -> bool:
    """Tell by its suffix whether a table is one in Parquet.

    Examples
    --------
    >>> is_parquet("pictures.parquet"), is_parquet("pictures.csv")
    (True, False)
    """
    return Path(path).suffix.lower() == SUFFIX


def read_parquet(path: str | Path) -> pd.DataFrame:
    """Return the table of a Parquet file, or raise a `DataError` that says why not."""
    try:
        return pd.read_parquet(path)
    except FileNotFoundError:
        raise DataError(f"there is no table at {path}; give another path or make it") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is not a Parquet table ({error}); make the table anew") from None


def _six_digits(column: "pd.Series[Any]") -> "pd.Series[Any]":
    if column.dtype.kind != "f":
        return column
    return pd.Series([float(f"{value:.6g}") for value in column.tolist()], column.index)
