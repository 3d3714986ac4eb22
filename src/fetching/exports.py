"""The tables that a collector leaves behind."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..files import write_whole


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table as CSV; the same rows give the same bytes.

    It is left alone when nothing changed, so that whoever watches its date does not work in vain.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    data = text.getvalue().encode()
    if not path.is_file() or path.read_bytes() != data:
        write_whole(path, data)


def write_or_remove(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table that is there only if it has rows."""
    found = list(rows)
    if found:
        write_rows(path, columns, found)
    else:
        path.unlink(missing_ok=True)
