"""The pictures that a site is made of: what arguments name, or the rows of a table.

A table says where its pictures are, and what stands beside each: its title, artist, year, link and
rights, by whatever of their usual names the columns have, and anything else.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from ..data.cells import read_cells
from ..data.columns import say_reading
from ..data.matching import Entry, FileNames, choose_path_column, column_names
from ..data.trees import LeftOut, Tree, walk_folder
from ..errors import ConfigError
from ..features.path_lists import STDIN, PathList
from ..features.picture_addresses import scheme_of
from ..features.picture_paths import PictureSearch
from ..jobs.shard_store import Picture

TABLES: Final = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".json", ".parquet", ".xlsx")
# What is said of a work -> how columns of it are called, the likeliest first.
_CALLED: Final = {
    "title": ("title", "titel", "titre", "name", "object_name"),
    "artist": ("artist", "creator", "artist_name", "maker", "painter", "author", "kunstler"),
    "year": ("year", "date", "dated", "object_date", "created", "creation_date", "datierung"),
    "link": ("link", "url", "page", "permalink", "object_url", "link_resource", "source_url"),
    "rights": ("rights", "license", "licence", "copyright", "credit", "credit_line", "rights_uri"),
}
ROLES: Final = tuple(_CALLED)
_YEAR: Final = re.compile(r"(?<!\d)(1[0-9]{3}|20[0-9]{2}|[1-9][0-9]{2})(?!\d)")


@dataclass(frozen=True, slots=True)
class Named:
    """Pictures, and what is said of them.

    Attributes
    ----------
    pictures : list of Picture
        Called by their paths from where they all lie; `Picture.values` holds cells of `columns`.
    title : str
        How what was named is called.
    key : str
        Digits that are the same whenever the same is named.
    columns : tuple of str
        None, unless a table names the pictures.
    roles : dict of str to str
        Which of the columns holds the title, the artist, and so on.
    remarks : list of str
        What a person should know of the search.
    refused : list of str
        What is wrong with arguments that mean no pictures.
    stdin : bytes
        The picture that came on standard input.
    """

    pictures: list[Picture]
    title: str
    key: str
    columns: tuple[str, ...] = ()
    roles: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    stdin: bytes = b""


def find_named(
    arguments: Sequence[str | PathList], site: Path, path_column: str | None = None
) -> Named:
    """Return the pictures that arguments name: a table, or what else names pictures.

    Parameters
    ----------
    arguments : sequence of str or PathList
    site : Path
        Of the pictures in it, none is meant.
    path_column : str, optional
        Of a table, the column of paths or addresses; by default the one that fits.

    Raises
    ------
    ConfigError
        If nothing is named, or no such column is there.
    DataError
        If a table names no pictures.
    """
    if not arguments:
        raise ConfigError("no pictures are named; give folders, files, patterns or one table")
    tables = [str(a) for a in arguments if isinstance(a, str) and is_table(a)]
    if tables and len(arguments) > 1:
        raise ConfigError(f"a table is given beside others ({tables[0]}); give it alone")
    title, key = _title_of(arguments), _key_of(arguments)
    if tables:
        found = _read_table(Path(tables[0]), path_column, title, key)
    else:
        found = _search(arguments, title, key)
    own = f"{site}{os.sep}"
    found.pictures[:] = [p for p in found.pictures if not _absolute(p).startswith(own)]
    return found


def is_table(argument: str) -> bool:
    """Tell by its suffix whether an argument names a table that is there."""
    path = Path(argument)
    return path.suffix.lower() in TABLES and path.is_file()


def is_there(picture: Picture) -> bool:
    """Tell whether there may be something to look at; of addresses that is not known before."""
    path = _absolute(picture)
    return not picture.fault and (not path or Path(path).exists())


def year_of(text: str) -> int | None:
    """Return the first year that a text names.

    Examples
    --------
    >>> year_of("c. 1889-90"), year_of("12.05.1905"), year_of("undated"), year_of("early 960s")
    (1889, 1905, None, 960)
    """
    found = _YEAR.search(text)
    return int(found[0]) if found else None


def _title_of(arguments: Sequence[str | PathList]) -> str:
    first = next((Path(a).absolute() for a in arguments if isinstance(a, str)), Path("Pictures"))
    return (first.stem if is_table(str(first)) else first.name) or "Pictures"


def _key_of(arguments: Sequence[str | PathList]) -> str:
    said = (a.place if isinstance(a, PathList) else a for a in arguments)
    told = "\0".join(map(os.path.abspath, said))
    return sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _search(arguments: Sequence[str | PathList], title: str, key: str) -> Named:
    search = PictureSearch(arguments)
    if search.stdin_uses > 1:
        raise ConfigError("standard input is named more than once; it can be read once")
    # Once each, whatever names it.
    found = {picture.place: picture for picture in search}.values()
    return Named(
        _from_here([picture for picture in found if not picture.fault]),
        title,
        key,
        remarks=list(search.describe_passed_over()),
        refused=[picture.fault for picture in found if picture.fault],
        stdin=search.stdin.picture,
    )


def _from_here(pictures: Sequence[Picture]) -> list[Picture]:
    """Call files by their paths from the folder that all of them lie in."""
    places = [_absolute(picture) for picture in pictures]
    folders = {os.path.dirname(place) for place in places if place}  # noqa: PTH120
    common = os.path.commonpath(folders) if folders else ""
    return [
        picture._replace(name=os.path.relpath(place, common)) if place else picture
        for picture, place in zip(pictures, places, strict=True)
    ]


def _absolute(picture: Picture) -> str:
    """Return the path of a file; empty for what is none."""
    if picture.fault or picture.place == STDIN or scheme_of(picture.place):
        return ""
    return os.path.abspath(picture.place)  # noqa: PTH100 - which follows no links


def _read_table(path: Path, path_column: str | None, title: str, key: str) -> Named:
    (piece,) = read_cells(path)
    if piece.remarks:
        say_reading(path, ", ".join(piece.remarks))
    rows, tree = piece.texts(), _tree_beside(path)
    names = FileNames(tree)
    paths = choose_path_column(rows, names, path_column)
    columns = tuple(name for name in column_names(rows) if name != paths)
    cells = zip(*(rows[name] for name in columns), strict=True) if columns else [()] * len(rows)
    pictures = [
        _picture(names.find(value), values)
        for value, values in zip(rows[paths], cells, strict=True)
    ]
    remarks = [f"column {paths!r} names the files"]
    return Named(pictures, title, key, columns, roles_of(columns), remarks)


def _tree_beside(path: Path) -> Tree:
    tree = walk_folder(path.absolute().parent)
    tree.open = True
    return tree


def _picture(found: Entry | LeftOut, values: tuple[str, ...]) -> Picture:
    if isinstance(found, LeftOut):
        name = found.filename or "''"
        fault = f"cannot read {name}: {found.reason} ({found.found})"
        return Picture(name, name, values, fault)
    return Picture(found.name, str(found.place), values)


def roles_of(columns: Sequence[str]) -> dict[str, str]:
    """Return which column holds what is said of every work, by its name.

    Examples
    --------
    >>> roles_of(["Object Name", "Maker", "date", "dept", "Credit Line"])
    {'title': 'Object Name', 'artist': 'Maker', 'year': 'date', 'rights': 'Credit Line'}
    """
    known = {re.sub(r"[^a-z]+", "_", name.lower()).strip("_"): name for name in reversed(columns)}
    found = {
        role: next((known[name] for name in called if name in known), None)
        for role, called in _CALLED.items()
    }
    return {role: column for role, column in found.items() if column is not None}
