"""Rows -> a file that grows: lines of CSV, or row groups of Parquet; six significant digits."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any, BinaryIO

import pandas as pd


class CsvLines:
    """Appends frames to a file, the first with a line of column names.

    The bytes are those of ``to_csv(index=False, float_format="%.6g")``, of which the numbers of a
    row are formatted in one go, which is several times as fast.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> lines = CsvLines(file)
    >>> lines.append(pd.DataFrame({"name": ["a,b"], "mean": [1 / 3], "index": [0]}))
    >>> print(file.getvalue().decode())
    name,mean,index
    "a,b",0.333333,0
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._started = False

    def append(self, frame: pd.DataFrame) -> None:
        """Write the rows of a frame, which has the columns of those before it."""
        rows = [] if self._started else [tuple(frame.columns)]
        rows += _rows(frame)
        self._started = True
        text = StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        if "\r" in text.getvalue():
            # It quotes a carriage return only where that ends lines.
            text = _UnixLines(newline="")
            csv.writer(text, lineterminator="\r\n").writerows(rows)
        self._file.write(text.getvalue().encode("utf-8"))

    def close(self) -> None:
        """Do nothing: a CSV file has no end of its own."""


class ParquetRows:
    """Appends frames to a file, each as a row group."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._writer: Any = None

    def append(self, frame: pd.DataFrame) -> None:
        """Write the rows of a frame, which has the columns of those before it."""
        # It takes a quarter of a second to import, which CSV can do without.
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.Table.from_pandas(frame.apply(_rounded), preserve_index=False)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._file, table.schema)
        self._writer.write_table(table)

    def close(self) -> None:
        """Write what stands at the end of such a file, after its rows."""
        if self._writer is not None:
            self._writer.close()


class _UnixLines(StringIO):
    r"""Ends with a line feed what was to end with ``\r\n``; a row is written in one go."""

    def write(self, line: str) -> int:
        return super().write(f"{line.removesuffix(chr(13) + chr(10))}\n")


def _rows(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    return zip(*(_values(frame[name]) for name in frame), strict=True)


def _values(column: "pd.Series[Any]") -> list[Any]:
    if column.dtype.kind == "f" and column.dtype.name == "float64":
        return ("%.6g\n" * len(column) % tuple(column.tolist())).splitlines()
    if column.hasnans:
        return column.astype(object).where(column.notna(), "").tolist()
    return column.tolist()


def _rounded(column: "pd.Series[Any]") -> "pd.Series[Any]":
    if column.dtype.kind != "f":
        return column
    return pd.Series([float(f"{value:.6g}") for value in column.tolist()], column.index)
