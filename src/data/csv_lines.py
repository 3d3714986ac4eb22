"""Rows -> lines of CSV, with six significant digits."""

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
        text = StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        if not self._started:
            writer.writerow(frame.columns)
            self._started = True
        writer.writerows(_rows(frame))
        self._file.write(text.getvalue().encode("utf-8"))

    def close(self) -> None:
        """Do nothing: a CSV file has no end of its own."""


def _rows(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    columns = [
        _six_digits(frame[name]) if frame[name].dtype.kind == "f" else frame[name].tolist()
        for name in frame
    ]
    return zip(*columns, strict=True)


def _six_digits(numbers: "pd.Series[float]") -> list[str]:
    pattern = "%.6g\n" * len(numbers)
    return (pattern % tuple(numbers.tolist())).splitlines()
