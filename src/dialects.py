"""CSV as people have it: which encoding and which separator a file has, and its rows with lines.

Comma, semicolon, tab or bar between the cells; UTF-8 with or without a mark, UTF-16 and UTF-32 with
one, Windows-1252; any line end; quoted text over several lines. What fits only one way is read,
and whoever reads it can say how; what fits two ways is refused.
"""

import codecs
import csv
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from .errors import DataError

_DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as UTF-16's does, so it is asked for first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_QUIET: Final = ("utf-8", "utf-8-sig")
_WESTERN: Final = "cp1252"  # Latin-1 and, where that has control characters, quotes and dashes
_BLOCK_BYTES: Final = 1 << 20
_SAMPLE_CHARACTERS: Final = 1 << 18
_SAMPLE_ROWS: Final = 50
_LETTERS: Final = re.compile(r"[^\W\d_]+")
# What begins so is no text, and says best itself what it is.
_NO_TEXT: Final = (
    (b"\x1f\x8b", "packed with gzip; unpack it"),
    (b"BZh", "packed with bzip2; unpack it"),
    (b"\xfd7zXZ", "packed with xz; unpack it"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd; unpack it"),
    (b"SQLite format 3", "a database of SQLite; save its table as CSV"),
    (b"\x89PNG", "a picture; give the table that names it"),
    (b"\xff\xd8\xff", "a picture; give the table that names it"),
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the text of a table is to be read.

    Attributes
    ----------
    encoding : str
        As Python's codecs call it.
    delimiter : str
        The character between two cells.
    """

    encoding: str = "utf-8"
    delimiter: str = ","

    @property
    def remarks(self) -> list[str]:
        """What is worth saying of it, for it was found and not known.

        Examples
        --------
        >>> Dialect().remarks, Dialect("cp1252", ";").remarks
        ([], ['Windows-1252 (Latin-1)', 'semicolons between the cells'])
        """
        encoding = "Windows-1252 (Latin-1)" if self.encoding == _WESTERN else self.encoding.upper()
        return [encoding] * (self.encoding not in _QUIET) + [
            f"{_DELIMITERS[self.delimiter]} between the cells"
        ] * (self.delimiter != ",")


class Row(NamedTuple):
    """The cells of a row, the line on which it starts, and how many cells it has there."""

    line: int
    cells: list[str]
    width: int


def find_dialect(path: Path, known: Collection[str] = ()) -> Dialect:
    """Return how a table is to be read, found by looking at all of it once.

    Parameters
    ----------
    path : Path
    known : collection of str
        Names of columns that it may have: where two separators fit, those tell.

    Raises
    ------
    DataError
        If it is no text, or fits two ways; the text says which.
    """
    encoding = find_encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        sample = file.read(_SAMPLE_CHARACTERS)
    return Dialect(encoding, _find_delimiter(sample, set(known), path))


def read_rows(path: Path, dialect: Dialect) -> Iterator[Row]:
    r"""Yield the rows of a table, the column names first; lines without text are passed over.

    Every row has as many cells as there are names: missing ones at its end are empty.

    Raises
    ------
    DataError
        If a row has more cells than there are names, or a quotation does not end.
    """
    with path.open(encoding=dialect.encoding, newline="") as file:
        rows = _parse(file, dialect.delimiter, path)
        header = next(rows, None)
        if header is None:
            raise DataError(f"{path} is empty (no line of column names); make the table anew")
        width = len(header.cells)
        yield header
        for row in rows:
            yield row if len(row.cells) == width else fit_row(row, width, path)


def _parse(lines: Iterator[str], delimiter: str, path: Path) -> Iterator[Row]:
    csv.field_size_limit(2**31 - 1)  # 131,072 unless told otherwise, less than some titles have
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    start = 1
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield Row(start, cells, len(cells))
            start = reader.line_num + 1
    except csv.Error as error:
        what = f"{path} is not a CSV table (line {start}: {error})"
        raise DataError(f"{what}; correct that line") from None


def fit_row(row: Row, width: int, path: Path) -> Row:
    """Return a row with as many cells as there are columns, or refuse one with more."""
    if len(row.cells) > width:
        raise DataError(
            f"{path} has a row with more cells than columns (line {row.line}: {len(row.cells)} "
            f"cells, {width} columns); delete what is too much, such as a separator at its end, or "
            "name the column that has no name"
        )
    return row._replace(cells=row.cells + [""] * (width - len(row.cells)))


def find_encoding(path: Path) -> str:
    """Return how a file's text is encoded, as Python's codecs call it.

    Every byte is looked at, since a single one far down decides between UTF-8 and Windows-1252.

    Raises
    ------
    DataError
        If it is no text in an encoding that shows.
    """
    with path.open("rb") as file:
        head = file.readline(_BLOCK_BYTES)
    if no_text := next((what for magic, what in _NO_TEXT if head.startswith(magic)), None):
        raise DataError(f"{path} is {no_text} first")
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if marked is None and b"\0" in head:
        # Further down it is an odd character like others; here nothing would be a column's name.
        raise DataError(
            f"{path} is not a table (line 1 holds a NUL character; UTF-16 without its mark looks "
            "so, too); save it as CSV in UTF-8"
        )
    fault = _first_fault(path, marked or "utf-8")
    if fault is None:
        return marked or "utf-8"
    if marked is None and _looks_western(path):
        return _WESTERN
    name = (marked or "utf-8").removesuffix("-sig").upper()
    with path.open("rb") as file:
        line = file.read(fault).count(b"\n") + 1
    raise DataError(
        f"{path} is not a table (line {line}: byte {fault} is not {name} text, nor is it "
        "Windows-1252); save it as CSV in UTF-8"
    )


def _first_fault(path: Path, encoding: str) -> int | None:
    """Return where the text ends that is in this encoding, or None where all is."""
    decoder, place = codecs.getincrementaldecoder(encoding)(), 0
    with path.open("rb") as file:
        while True:
            block = file.read(_BLOCK_BYTES)
            kept = len(decoder.getstate()[0])
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return place - kept + error.start
            if not block:
                return None
            place += len(block)


def _looks_western(path: Path) -> bool:
    """Tell Windows-1252 from other encodings of 8 bits, in which whole words are not ASCII."""
    letters = foreign = 0
    try:
        with path.open(encoding=_WESTERN, newline="") as file:
            while text := file.read(_BLOCK_BYTES):
                if any(ord(c) < 32 and c not in "\t\r\n\f" for c in set(text)):
                    return False
                for word in filter(lambda word: not word.isascii(), _LETTERS.findall(text)):
                    letters += len(word)
                    foreign += sum(not c.isascii() for c in word)
    except UnicodeDecodeError:
        return False
    return 2 * foreign <= letters


def _find_delimiter(sample: str, known: set[str], path: Path) -> str:
    samples = {mark: _sample_rows(sample, mark) for mark in _DELIMITERS}
    names = {mark: [name.strip() for name in rows[0]] for mark, rows in samples.items() if rows}
    found = {mark: len(known.intersection(columns)) for mark, columns in names.items()}
    most = [mark for mark in found if found[mark] and found[mark] == max(found.values())]
    if len(most) == 1:
        return most[0]
    several = [mark for mark, columns in names.items() if len(columns) > 1]
    even = [mark for mark in several if {len(row) for row in samples[mark]} == {len(names[mark])}]
    fitting = even or several
    if path.suffix.lower() in (".tsv", ".tab") and "\t" in fitting:
        return "\t"
    if len(fitting) > 1:
        marks = " and ".join(_DELIMITERS[mark] for mark in fitting)
        what = f"{path} can be read in two ways ({marks} may stand between its cells)"
        raise DataError(f"{what}; put the names of its columns in quotes, or save it as UTF-8 CSV")
    return fitting[0] if fitting else ","


def _sample_rows(sample: str, delimiter: str) -> list[list[str]]:
    rows = csv.reader(StringIO(sample, newline=""), delimiter=delimiter)
    try:
        found = list(islice(filter(any, rows), _SAMPLE_ROWS))
    except csv.Error:
        return []
    # The last may be cut off where the sample ends.
    return found[:-1] if len(sample) == _SAMPLE_CHARACTERS and len(found) > 1 else found
