"""A table in any of the formats that are read -> its cells, in pieces of so many rows.

CSV and its relatives (`dialects`), JSON with an object per line or a list of them, Parquet, and
Excel's ``.xlsx``. The content says which it is; a name has a say only where that leaves a doubt.
"""

import json
import re
import stat
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import pandas as pd

from ..dialects import Row, find_dialect, find_encoding, fit_row, read_rows
from ..errors import ArtlensError, DataError

PARQUET_SUFFIX: Final = ".parquet"
_ALL_ROWS: Final = 2**62
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_JSON_SUFFIXES: Final = (".jsonl", ".ndjson", ".json")
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_OBJECT: Final = re.compile(rb'(\xef\xbb\xbf)?\s*(\[\s*)?\{\s*["}]')


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of a table as they stand there.

    Attributes
    ----------
    cells : pandas.DataFrame
        Text, numbered from 0; floats of Parquet as such. What is missing is an empty text.
    lines : sequence of int
        Where in the file each row starts; in Parquet, as if it were CSV.
    remarks : sequence of str
        How the table was read, where that had to be found out.
    separator : str
        What stands between the cells of text; empty in other formats.
    short : mapping of int to int
        By line, how many cells the rows have that end early; what they lack counts as empty.
    """

    cells: pd.DataFrame
    lines: Sequence[int]
    remarks: Sequence[str] = ()
    separator: str = ""
    short: Mapping[int, int] = field(default_factory=dict)

    def texts(self) -> pd.DataFrame:
        """Return the cells all as text."""
        return self.cells.apply(as_texts)


def is_parquet(path: str | Path) -> bool:
    """Tell by its suffix whether a table is to be one in Parquet.

    Examples
    --------
    >>> is_parquet("pictures.parquet"), is_parquet("pictures.csv")
    (True, False)
    """
    return Path(path).suffix.lower() == PARQUET_SUFFIX


def read_cells(
    path: str | Path, known: Collection[str] = (), rows: int | None = None
) -> Iterator[Piece]:
    """Yield the cells of a table piece by piece; at least one piece, if there are column names.

    Parameters
    ----------
    path : str or Path
    known : collection of str
        Names of columns that it may have; see `find_dialect`.
    rows : int, optional
        Of a piece; by default all.

    Raises
    ------
    DataError
        If there is no such file, or it is no table.
    """
    path, rows = Path(path), rows or _ALL_ROWS
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):  # a pipe would be waited for, and a device may have no end
            kind = "a folder" if stat.S_ISDIR(mode) else "a pipe or device"
            raise DataError(f"cannot read {path} ({kind}, and not a file); give a table")
        with path.open("rb") as file:
            head = file.read(64)
        yield from _reader_of(path, head)(path, known, rows)
    except FileNotFoundError:
        raise DataError(f"there is no table at {path}; give another path or make it") from None
    except OSError as error:
        raise DataError(f"cannot read {path} ({error.strerror or error}); give a table") from None


def _reader_of(path: Path, head: bytes) -> Any:
    if head.startswith(b"PAR1") or is_parquet(path):
        return _read_parquet
    if head.startswith(b"PK\3\4"):
        return _read_excel
    if head.startswith(_OLD_EXCEL):
        raise DataError(f"{path} is a table of an old Excel (.xls); save it as .xlsx or CSV")
    if _OBJECT.match(head) or path.suffix.lower() in _JSON_SUFFIXES:
        return _read_json
    return _read_csv


def _read_csv(path: Path, known: Collection[str], rows: int) -> Iterator[Piece]:
    dialect = find_dialect(path, known)
    remarks, some_short = dialect.remarks, False
    for piece in _in_pieces(read_rows(path, dialect), rows, path):
        if piece.short and not some_short:
            some_short = True
            first = min(piece.short)
            remarks = [*remarks, f"empty cells where rows end early (the first in line {first})"]
        yield replace(piece, remarks=remarks, separator=dialect.delimiter)


def _read_excel(path: Path, known: Collection[str], rows: int) -> Iterator[Piece]:
    """Read the first sheet, the values and not the formulas."""
    # Only those who have such a table wait for it.
    from openpyxl import load_workbook

    try:
        with path.open("rb") as file:  # by its name, it would refuse what has another suffix
            book = load_workbook(file, read_only=True, data_only=True)
            sheet, *others = book.worksheets
            remarks = [f"its first sheet ({sheet.title}) of {len(others) + 1}"] if others else []
            sheet.reset_dimensions()  # which some programs write wrongly
            for piece in _in_pieces(_excel_rows(sheet, path), rows, path):
                yield replace(piece, remarks=remarks, short={})  # which is how it writes all rows
    except (ArtlensError, GeneratorExit):
        raise
    except Exception as error:  # it raises whatever its parsers do
        reason = str(error) or type(error).__name__
        raise DataError(f"{path} is not an Excel table ({reason}); save it as CSV") from error


def _excel_rows(sheet: Any, path: Path) -> Iterator[Row]:
    """Yield the rows that hold anything, as wide as the first."""
    width = None
    for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = [as_text(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            width = width or len(cells)
            yield fit_row(Row(line, cells, len(cells)), width, path)


def _read_json(path: Path, known: Collection[str], rows: int) -> Iterator[Piece]:
    records = list(_json_objects(path))
    names = list(dict.fromkeys(name for _, record in records for name in record))
    if not names:
        raise DataError(f"{path} is empty (no object with names); make the table anew")
    texts = (
        Row(line, [as_text(record.get(name)) for name in names], len(names))
        for line, record in records
    )
    yield from _in_pieces(chain([Row(0, names, len(names))], texts), rows, path)


def _json_objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each object with its line; those of a list with their place in it, from 1."""
    text, line = read_text(path), 1
    try:
        if text.lstrip().startswith("["):
            records = list(enumerate(parse_json(text), start=1))
        else:
            records = []
            for line, part in enumerate(text.split("\n"), start=1):
                records += [(line, parse_json(part))] if part.strip() else []
    except (ValueError, RecursionError) as error:
        what = f"{path} is not a table in JSON (line {line}: {error})"
        raise DataError(f"{what}; give one object per line, in UTF-8") from None
    for line, record in records:
        if not isinstance(record, dict):
            raise DataError(f"{path} is not a table in JSON (line {line} is no object); correct it")
        yield line, record


def read_text(path: Path) -> str:
    """Return a file's text, without a mark of its encoding; see `find_encoding`."""
    return path.read_bytes().decode(find_encoding(path))


def parse_json(text: str) -> Any:
    r"""Return what JSON says, with U+FFFD for half a surrogate pair, which no file can hold.

    Examples
    --------
    >>> parse_json(r'{"title": "half a \ud83d, a whole \ud83d\udc08"}')
    {'title': 'half a �, a whole 🐈'}
    """
    value = json.loads(text)
    if _SURROGATE.search(text):
        told = json.dumps(value, ensure_ascii=False).encode("utf-16-le", "surrogatepass")
        return json.loads(told.decode("utf-16-le", "replace"))
    return value


def _read_parquet(path: Path, known: Collection[str], rows: int) -> Iterator[Piece]:
    # It takes a quarter of a second to import, which CSV can do without.
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file, start = pq.ParquetFile(path), 2
        _refuse_twins(file.schema_arrow.names, path)
        shown = [field for field in file.schema_arrow if _is_shown(field)]
        names = [field.name for field in shown]
        whole = rows == _ALL_ROWS
        pieces = [file.read(names)] if whole else file.iter_batches(rows, columns=names)
        for piece in _or_empty(pieces, pa.schema(shown)):
            cells = pd.DataFrame(
                {
                    name: _arrow_cells(column)
                    for name, column in zip(piece.column_names, piece.columns, strict=True)
                }
            )
            yield Piece(cells, range(start, start + len(cells)))
            start += len(cells)
    except (pa.ArrowException, ValueError, OverflowError) as error:
        raise DataError(f"{path} is not a Parquet table ({error}); make the table anew") from None


def _or_empty(pieces: Iterable[Any], schema: Any) -> Iterator[Any]:
    """Yield at least one piece, so that the columns are known of a table without rows."""
    some = False
    for piece in pieces:
        some = True
        yield piece
    if not some:
        yield schema.empty_table()


def _arrow_cells(column: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_floating(column.type):
        return column.to_pandas()
    try:
        texts = column.cast(pa.string())
    except pa.ArrowException:
        return pd.array([as_text(value) for value in column.to_pylist()], dtype="str")
    return pd.array(texts.fill_null("").to_pylist(), dtype="str")


def _is_shown(column: Any) -> bool:
    """Tell whether a column has cells: pictures and vectors have none, nor have numbers of rows."""
    import pyarrow as pa

    is_vector = pa.types.is_fixed_size_list(column.type)
    return not (is_vector or column.name.startswith("__index_level_") or _holds_bytes(column.type))


def _holds_bytes(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_struct(kind):
        return any(_holds_bytes(field.type) for field in kind)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _in_pieces(rows: Iterator[Row], size: int, path: Path) -> Iterator[Piece]:
    header = next(rows, None)
    if header is None:
        raise DataError(f"{path} is empty (no line of column names); make the table anew")
    names = [name.strip() for name in header.cells]
    _refuse_twins(names, path)
    piece = list(islice(rows, size))
    while True:
        columns = zip(*(row.cells for row in piece), strict=True) if piece else [()] * len(names)
        cells = {
            name: pd.array(column, dtype="str")
            for name, column in zip(names, columns, strict=True)
            if name  # the numbers of rows have no name, in tables that pandas wrote
        }
        short = {row.line: row.width for row in piece if row.width < len(names)}
        yield Piece(pd.DataFrame(cells), [row.line for row in piece], short=short)
        piece = list(islice(rows, size))
        if not piece:
            return


def _refuse_twins(names: Sequence[str], path: Path) -> None:
    """Refuse a table in which one name could mean either of two columns."""
    if twice := sorted(name for name, count in Counter(names).items() if name and count > 1):
        raise DataError(f"{path} has two columns of one name ({twice[0]}); rename one of them")


def as_text(value: Any) -> str:
    """Return a value of JSON, Excel or Python as a person would write it.

    Examples
    --------
    >>> [as_text(value) for value in (None, "a", 3, 3.0, 0.25, True, [1, "b"])]
    ['', 'a', '3', '3', '0.25', 'true', '[1, "b"]']
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def as_texts(column: pd.Series) -> pd.Series:
    """Return values as text, what is missing as an empty one."""
    if pd.api.types.is_string_dtype(column.dtype) and not column.hasnans:
        return column
    texts = ["" if pd.isna(value) else as_text(value) for value in column.tolist()]
    return pd.Series(texts, column.index, "str", column.name)
