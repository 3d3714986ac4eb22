"""CSV text: from a file to cells, and from cells to lines."""

import csv
from io import StringIO
from pathlib import Path

import pandas as pd

from ..errors import DataError


def read_text(path: Path) -> str:
    """Return the whole text of a file in UTF-8, or raise a `DataError` that says why not."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise DataError(f"there is no table at {path}; give another path or make it") from None
    except UnicodeDecodeError as error:
        what = f"{path} is not a table (byte {error.start} is not UTF-8 text)"
        raise DataError(f"{what}; save it as CSV in UTF-8") from None
    except OSError as error:
        raise DataError(f"cannot read {path} ({error.strerror}); give a CSV file") from None


def parse_cells(text: str, path: str | Path) -> pd.DataFrame:
    """Return the table of CSV text with every value as it stands there, or raise a `DataError`."""
    try:
        return pd.read_csv(StringIO(text), dtype=str, keep_default_na=False)
    except pd.errors.EmptyDataError:
        raise DataError(f"{path} is empty (no line of column names); make the table anew") from None
    except pd.errors.ParserError as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        raise DataError(f"{path} is not a CSV table ({reason}); correct that line") from None


def record_lines(text: str) -> list[int]:
    r"""Return the line on which each row starts, where quoted text may go over several.

    Examples
    --------
    >>> record_lines('title,color\n"two\nlines",RED\n\nlast,BLUE\n')
    [2, 5]
    """
    reader = csv.reader(StringIO(text, newline=""))
    starts, start = [], 1
    for record in reader:
        if any(cell.strip() for cell in record) or len(record) > 1:
            starts.append(start)
        start = reader.line_num + 1
    return starts[1:]
