"""The tables of Unsplash's data set, in any edition: photos, and the keywords that each was given.

A table comes in parts, ``keywords.tsv000``, ``keywords.tsv001`` and so on (newer ones end in
``.csv000`` or ``.tsv``), each with a line of names, by which columns are found. Nothing is guessed:
what is damaged is told with its file and line.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from ..dialects import Dialect, Row, find_dialect, read_rows
from ..edges import name_some
from ..errors import ConfigError, DataError

_PART: Final = re.compile(r"(photos|keywords)\.([ct]sv)(\d*)", re.IGNORECASE)
_SERVICE: Final = re.compile(r"ai_service_(\d+)_confidence")
_ID: Final = "photo_id"
_KEYWORD: Final = "keyword"
_SUGGESTED: Final = "suggested_by_user"
_ADDRESS: Final = "photo_image_url"
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "photos": (_ID, _ADDRESS),
    "keywords": (_ID, _KEYWORD),
}
_TRUE: Final = frozenset({"t", "true", "1"})
_FALSE: Final = frozenset({"f", "false", "0", ""})
# As tables write what is not there, in lower case.
_MISSING: Final = frozenset({"", r"\n", "null", "nan"})
_MOST: Final = 100.0
_BLOCK_BYTES: Final = 1 << 20

Tell = Callable[[str, int], None]


class Photo(NamedTuple):
    """What the table says of a photo, as the raw table calls it."""

    asset_id: str
    page: str
    image: str
    title: str
    creator: str


class Said(NamedTuple):
    """A row of keywords that is about a wanted tag.

    Attributes
    ----------
    asset_id : str
    tag : int
        Its place among the wanted ones.
    confidences : tuple of float or None
        In [0, 100], of each service; None where it says nothing.
    suggested : bool
        Whether the photographer gave it.
    """

    asset_id: str
    tag: int
    confidences: tuple[float | None, ...]
    suggested: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a table.

    Attributes
    ----------
    path : Path
    dialect : Dialect
    columns : tuple of str
    headed : bool
        Whether its first line has the names of the columns; else they are those of the first part.
    """

    path: Path
    dialect: Dialect
    columns: tuple[str, ...]
    headed: bool = True

    def rows(self) -> Iterator[Row]:
        """Yield its rows, each whole.

        Raises
        ------
        DataError
            If it is damaged: with its line.
        """
        rows = read_rows(self.path, self.dialect)
        if self.headed:
            next(rows)
        width = len(self.columns)
        for row in rows:
            if row.width != width:
                raise DataError(
                    f"{self.path} has a row that ends early (line {row.line}: {row.width} cells, "
                    f"{width} columns); the file was cut or damaged, fetch it again"
                )
            yield row

    def place(self, name: str) -> int | None:
        """Return where a column stands, if it is there."""
        return self.columns.index(name) if name in self.columns else None


@dataclass(frozen=True, slots=True)
class Tables:
    """The parts of both tables.

    Attributes
    ----------
    photos, keywords : tuple of Part
    services : tuple of int
        Numbers of the services whose confidences the keywords have.
    """

    photos: tuple[Part, ...]
    keywords: tuple[Part, ...]
    services: tuple[int, ...]


def open_tables(folder: Path) -> Tables:
    """Find the tables in a folder and look at the head of each part.

    Raises
    ------
    ConfigError
        If there is no such folder, or it does not hold both tables of one edition.
    DataError
        If a part is none, lacks a column, or has others than the first part.
    """
    if not folder.is_dir():
        raise ConfigError(
            f"no such folder ({folder}); give the one that the data set was unpacked to, with "
            "photos.tsv000 and keywords.tsv000 in it"
        )
    photos, keywords = (_open_parts(_find_parts(folder, name), name) for name in _NEEDED)
    found = (_SERVICE.fullmatch(name) for name in keywords[0].columns)
    return Tables(photos, keywords, tuple(sorted(int(number[1]) for number in found if number)))


def _find_parts(folder: Path, name: str) -> list[Path]:
    """Return the parts of a table in their order."""
    found = dict[Path, tuple[str, str]]()
    for path in folder.iterdir():
        match = _PART.fullmatch(path.name)
        if match and match[1].lower() == name and path.is_file():
            found[path] = (match[2].lower(), match[3])
    if not found:
        there = name_some(sorted(path.name for path in folder.iterdir())) or "nothing"
        raise ConfigError(
            f"no table of {name} ({folder} holds {there}); give the folder with {name}.tsv000 (or "
            f".csv000, .tsv) in it"
        )
    parts = sorted(found, key=lambda path: int(found[path][1] or 0))
    numbers = [found[path][1] for path in parts]
    if len({form for form, _ in found.values()}) > 1 or (len(parts) > 1 and "" in numbers):
        raise ConfigError(
            f"two editions in one folder ({name_some([path.name for path in parts])}); keep one"
        )
    _refuse_gaps(parts, numbers)
    return parts


def _refuse_gaps(parts: Sequence[Path], numbers: Sequence[str]) -> None:
    first = int(numbers[0] or 0)
    for place, number in enumerate(numbers, start=min(first, 1)):
        if int(number or 0) != place:
            missing = parts[0].name.removesuffix(numbers[0]) + f"{place:0{len(numbers[0])}d}"
            raise ConfigError(f"a part is missing ({parts[0].with_name(missing)}); fetch it too")


def _open_parts(paths: Sequence[Path], name: str) -> tuple[Part, ...]:
    first = _open_part(paths[0], name, None)
    others = [_open_part(path, name, first) for path in paths[1:]]
    return (first, *others)


def _open_part(path: Path, name: str, first: Part | None) -> Part:
    dialect = find_dialect(path, _NEEDED[name])
    _refuse_damage(path, dialect)
    columns = tuple(cell.strip() for cell in next(read_rows(path, dialect)).cells)
    lacking = [column for column in _NEEDED[name] if column not in columns]
    if first is None and lacking:
        raise DataError(
            f"{path} is no table of {name} (it lacks {', '.join(lacking)}; it has "
            f"{name_some(columns)}); give the data set as it was unpacked"
        )
    if first is None:
        return Part(path, dialect, columns)
    if len(lacking) == len(_NEEDED[name]) and len(columns) == len(first.columns):
        return Part(path, first.dialect, first.columns, headed=False)
    if set(columns) != set(first.columns):
        raise DataError(
            f"{path} has other columns than {first.path.name} ({name_some(columns)}, expected "
            f"{name_some(first.columns)}); give the parts of one edition"
        )
    return Part(path, dialect, columns)


def _refuse_damage(path: Path, dialect: Dialect) -> None:
    """Refuse a file that lost its end, or in which zeros stand for what never reached the disk."""
    lines, last = 0, b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            place = block.find(b"\0") if dialect.encoding.startswith(("utf-8", "cp")) else -1
            if place >= 0:
                line = lines + block.count(b"\n", 0, place) + 1
                raise DataError(
                    f"{path} holds a NUL character (line {line}); the file is damaged, fetch it "
                    "again"
                )
            lines, last = lines + block.count(b"\n"), block
    # Half a character of UTF-16 may come behind it.
    if last and not last.rstrip(b"\0").endswith((b"\n", b"\r")):
        raise DataError(
            f"{path} ends in the middle of a line (line {lines + 1}); it was cut, fetch it again"
        )


def read_photos(parts: Sequence[Part]) -> Iterator[Photo]:
    """Yield all photos, in the order of the table.

    Raises
    ------
    DataError
        If a part is damaged, or a photo has no name.
    """
    for part in parts:
        names = (_ID, "photo_url", _ADDRESS, "photo_description", "photographer_username")
        places = [part.place(name) for name in names]
        for row in part.rows():
            cells = ["" if place is None else row.cells[place].strip() for place in places]
            if not cells[0]:
                raise DataError(f"{part.path} has a photo without a photo_id (line {row.line})")
            yield Photo(*cells)


def read_keywords(parts: Sequence[Part], tags: Sequence[str], tell: Tell) -> Iterator[Said]:
    """Yield the rows of keywords that are about some tags, whatever their case.

    Parameters
    ----------
    parts : sequence of Part
    tags : sequence of str
        In lower case.
    tell : callable
        Takes the name of each part and how many rows it had, once it was read.

    Raises
    ------
    DataError
        If a part is damaged, or a cell makes no sense.
    """
    wanted = {tag: place for place, tag in enumerate(tags)}
    for part in parts:
        yield from _about(part, wanted, tell)


def _about(part: Part, wanted: Mapping[str, int], tell: Tell) -> Iterator[Said]:
    spelt = dict[str, int | None]()  # of the few words that all rows have
    services = sorted(
        (int(found[1]), place)
        for place, name in enumerate(part.columns)
        if (found := _SERVICE.fullmatch(name))
    )
    name, word, by_user = (part.place(column) for column in (_ID, _KEYWORD, _SUGGESTED))
    assert name is not None
    assert word is not None
    rows = 0
    for row in part.rows():
        rows += 1
        keyword = row.cells[word]
        if keyword not in spelt:
            spelt[keyword] = wanted.get(keyword.strip().casefold())
        if (tag := spelt[keyword]) is not None:
            said = tuple(_confidence(row.cells[place], part, row) for _, place in services)
            suggested = by_user is not None and _is_true(row.cells[by_user], part, row)
            yield Said(row.cells[name].strip(), tag, said, suggested)
    tell(part.path.name, rows)


def _confidence(cell: str, part: Part, row: Row) -> float | None:
    if cell.strip().lower() in _MISSING:
        return None
    try:
        value = float(cell)
    except ValueError:
        value = -1.0
    if not 0 <= value <= _MOST:
        raise _odd_cell("confidence", cell, "a number from 0 to 100, or nothing", part, row)
    return value


def _is_true(cell: str, part: Part, row: Row) -> bool:
    said = cell.strip().lower()
    if said not in _TRUE | _FALSE:
        raise _odd_cell(_SUGGESTED, cell, "t or f", part, row)
    return said in _TRUE


def _odd_cell(what: str, cell: str, expected: str, part: Part, row: Row) -> DataError:
    return DataError(
        f"{part.path} holds a {what} that is none (line {row.line}: {cell!r:.80}, expected "
        f"{expected}); correct that line or fetch the file again"
    )
