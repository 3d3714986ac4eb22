"""What a user's own labelled pictures are, told by looking: which files, and what is said of each.

A metadata file beats a given table, which beats the names of folders; pictures in a Parquet file
are their own table. What one side names and the other lacks is told in both directions.
"""

import os
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

import pandas as pd

from ..errors import ConfigError, DataError
from .annotations import (
    FILE_COLUMN,
    LABEL_COLUMN,
    read_cvat,
    read_label_studio,
    read_synsets,
    uploaded_as,
)
from .archives import is_archive, safe_name
from .cells import read_cells
from .parquet_pictures import holds_pictures, read_picture_table
from .trees import PICTURE_SUFFIXES, LeftOut, Place, Tree, open_archive, walk_folder

# Columns that artlens itself fills: what a table says in them is of other files.
OWN_COLUMNS: Final = ("filename", "sha256", "bytes", "width", "height")
# What an export calls the column ``image``: other tools have one of pictures by that name.
ADDRESS_COLUMN: Final = "image_address"
# What is said of a work, and is no answer to a question unless it is asked for.
_ABOUT_WORKS: Final = (ADDRESS_COLUMN, "asset_id", "page", "image", "title", "creator", "split")
_PATH_NAMES: Final = (FILE_COLUMN, "filename", "file", "path", "filepath", "image_path", "image")
_SPLITS: Final = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}
_SEVERAL: Final = "several files"
_LOOKED_AT: Final = 200
_MAX_CLASSES: Final = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture and what is said of it: by column, the label among them."""

    name: str
    origin: str
    place: Place | str
    said: dict[str, str]


@dataclass(slots=True)
class Source:
    """Labelled pictures that were found.

    Attributes
    ----------
    kind : str
        What the source is, in a few words.
    target : str
        The column of the label.
    entries : list of Entry
    left_out : list of LeftOut
    passed : Counter
        Other files, by kind.
    remarks : list of str
        What had to be found out.
    """

    kind: str
    target: str
    entries: list[Entry] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user said: the columns of the label, of files and of groups; and the question."""

    target: str | None = None
    path_column: str | None = None
    group: str | None = None
    task: str | None = None


def read_source(source: Path, asked: Asked, images: Path, scratch: Path) -> Source:
    """Find out what a source is and what it says of which pictures.

    Parameters
    ----------
    source : Path
        A folder, an archive, or a table.
    asked : Asked
    images : Path
        Where its pictures are to be put.
    scratch : Path
        An empty folder for the tables of an archive.

    Raises
    ------
    ConfigError
        If there is no such thing, or a column that was asked for is not there.
    DataError
        If it is none of the sources that are known, or says nothing of its pictures.
    """
    if source.is_dir():
        return _read_tree(walk_folder(source), asked)
    if not source.is_file():
        raise ConfigError(f"there is nothing at {source}; give a folder, an archive or a table")
    if is_archive(source):
        return _read_tree(open_archive(source, images, scratch), asked)
    if source.suffix.lower() in PICTURE_SUFFIXES:
        raise ConfigError(f"one picture is no data set ({source}); give a folder of them")
    return _read_given_table(source, asked)


def _read_tree(tree: Tree, asked: Asked) -> Source:
    if rows := _metadata(tree):
        return _from_rows("metadata files", pd.concat(rows).fillna(""), tree, asked)
    if (found := _one_table(tree, asked)) is not None:
        return _from_rows(f"a table ({found[0]})", found[1], tree, asked)
    return _from_folders(tree, asked.target or asked.task or LABEL_COLUMN)


def _read_given_table(path: Path, asked: Asked) -> Source:
    tree = Tree(path.absolute().parent)
    if holds_pictures(path):
        return _from_rows("a Parquet file", _parquet_rows(tree, path.name, path), tree, asked)
    rows = _table_of(path)
    if asked.path_column and asked.path_column in rows:
        columns = [asked.path_column]
    else:
        columns = _columns(rows)
    if not any(rows[name].map(_is_url).any() for name in columns):
        tree = walk_folder(tree.root)
        tree.open = True
    found = _from_rows("a table", rows, tree, asked)
    # Beside a table may lie anything; of it, only folders that it names are its own.
    folders = {str(PurePosixPath(entry.name).parent) for entry in found.entries}
    found.left_out = [
        left
        for left in found.left_out
        if left.reason != "no row" or str(PurePosixPath(left.filename).parent) in folders
    ]
    found.passed.clear()
    return found


def _metadata(tree: Tree) -> list[pd.DataFrame]:
    """Return the rows of metadata files, each with the names of its own folder."""
    found = []
    for name, path in sorted(tree.tables.items()):
        place = PurePosixPath(name)
        if place.stem == "metadata" and place.suffix in (".csv", ".jsonl", ".parquet"):
            rows = _cells(path)
            if FILE_COLUMN in rows:
                folder = "" if str(place.parent) == "." else f"{place.parent}/"
                rows[FILE_COLUMN] = folder + rows[FILE_COLUMN]
                found.append(_with_split(rows, place))
    return found


def _one_table(tree: Tree, asked: Asked) -> tuple[str, pd.DataFrame] | None:
    """Return the one table that tells of the pictures, and its name."""
    pictures = {name: path for name, path in tree.tables.items() if holds_pictures(path)}
    if pictures:
        parts = [_parquet_rows(tree, name, path) for name, path in sorted(pictures.items())]
        return ", ".join(pictures), pd.concat(parts).fillna("")
    found = {}
    for name, path in sorted(tree.tables.items()):
        rows = None if path.suffix.lower() == ".txt" else _table_or_none(path)
        if rows is not None and _fitting(rows, _Names(tree), asked.path_column):
            found[name] = rows
    if not found and (rows := read_synsets(tree.tables)) is not None:
        found["synsets.txt"] = rows
    if len(found) > 1:
        raise DataError(
            f"several tables tell of the pictures in {tree.root} ({', '.join(found)}); give the "
            "path of the right one, or name it metadata.csv with a column file_name"
        )
    return next(iter(found.items()), None)


def _from_folders(tree: Tree, target: str) -> Source:
    names = {name: name.split("/") for name in tree.pictures}
    while len({parts[0] for parts in names.values() if len(parts) > 1}) == 1 and _is_shell(names):
        names = {name: parts[1:] for name, parts in names.items()}
    tops = {parts[0].lower() for parts in names.values() if len(parts) > 1}
    given = bool(tops) and tops <= set(_SPLITS) and any(len(p) > 2 for p in names.values())
    found = Source("a folder per class", target, [], list(tree.left_out), tree.passed)
    for name, parts in names.items():
        split = {"split": _SPLITS.get(parts[0].lower(), "")} if given else {}
        below = parts[1:] if given else parts
        if len(below) < 2:
            found.left_out.append(LeftOut(name, "no class", "it lies in no folder of a class"))
        else:
            said = {target: below[0].strip(), **split}
            found.entries.append(Entry(name, tree.origin(name), tree.pictures[name], said))
    if len({entry.said[target] for entry in found.entries}) < 2:
        raise DataError(
            f"{tree.root} says nothing of what its {len(names)} pictures show (no table, and not "
            "two folders of classes); put them in a folder per class, or add a metadata.csv with "
            "the columns file_name and label"
        )
    return found


def _is_shell(names: dict[str, list[str]]) -> bool:
    """Tell whether a single folder only holds others: an archive's, or the data set's own name."""
    (top,) = {parts[0].lower() for parts in names.values() if len(parts) > 1}
    return top not in _SPLITS and any(len(parts) > 2 for parts in names.values())


def _from_rows(kind: str, rows: pd.DataFrame, tree: Tree, asked: Asked) -> Source:
    rows = rows.reset_index(drop=True)
    names = _Names(tree)
    path_column = _choose_path_column(rows, names, asked.path_column)
    target = _choose_target(rows, path_column, asked.target)
    if asked.group and asked.group not in rows:
        raise ConfigError(f"no column {asked.group!r}; the table has {_listed(rows)}")
    found = Source(kind, target, [], list(tree.left_out), tree.passed)
    if asked.path_column is None and path_column != FILE_COLUMN:
        found.remarks.append(f"column {path_column!r} names the files")
    if asked.target is None and target != LABEL_COLUMN:
        found.remarks.append(f"column {target!r} is the label")
    kept = [name for name in _columns(rows) if name != path_column and name not in OWN_COLUMNS]
    seen: set[tuple[str, str]] = set()
    for value, *cells in zip(*(rows[name] for name in [path_column, *kept]), strict=True):
        said = dict(zip(kept, cells, strict=True))
        said[target] = unicodedata.normalize("NFC", said[target]).strip()
        _add(found, names.find(value), said, seen)
    _tell_unnamed(found, tree)
    if not found.entries:
        first = rows[path_column].iloc[0] if len(rows) else "no row"
        raise DataError(
            f"no row names a picture that is there (column {path_column!r}, as in {first!r:.80}, "
            f"below {tree.root}); name the right one with --path-column"
        )
    return found


def _add(
    found: Source, name: "Entry | LeftOut", said: dict[str, str], seen: set[tuple[str, str]]
) -> None:
    if isinstance(name, LeftOut):
        found.left_out.append(name)
        return
    key = (said.get("asset_id") or name.name, said[found.target])
    if key in seen:
        found.left_out.append(LeftOut(name.name, "twice", "an earlier row says the same of it"))
        return
    seen.add(key)
    found.entries.append(Entry(name.name, name.origin, name.place, said))


def _tell_unnamed(found: Source, tree: Tree) -> None:
    named = {entry.name for entry in found.entries}
    known = named | {left.filename for left in found.left_out}
    for name in tree.pictures:
        if name not in known:
            found.left_out.append(LeftOut(name, "no row", "the table says nothing of it"))


class _Names:
    """Finds the picture that a cell of a table means."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._by_end: dict[str, list[str]] = defaultdict(list)
        for name in tree.pictures:
            path = PurePosixPath(name)
            for end in {path.name, path.stem, uploaded_as(path.name)}:
                self._by_end[end].append(name)

    def find(self, value: str) -> Entry | LeftOut:
        """Return an entry without words, or why there is none."""
        if _is_url(value):
            return Entry(value.strip(), value.strip(), value.strip(), {})
        name = safe_name(value.strip()) or value.strip()
        if name in self._tree.pictures:
            return self._entry(name)
        if (entry := self._by_path(value.strip())) is not None:
            return entry
        end = PurePosixPath(name).name
        found = self._by_end.get(end) or self._by_end.get(uploaded_as(end), [])
        if len(found) > 1:
            return LeftOut(value, _SEVERAL, ", ".join(sorted(found)[:3]))
        if not found:
            return LeftOut(value, "no file", "there is no such picture")
        return self._entry(found[0])

    def _entry(self, name: str) -> Entry:
        return Entry(name, self._tree.origin(name), self._tree.pictures[name], {})

    def _by_path(self, value: str) -> Entry | None:
        """Return a file that a table names by a path of its own, if it may."""
        root = self._tree.root
        if not value or not self._tree.open:
            return None
        path = Path(os.path.normpath(root / value))
        try:
            if not path.is_file():
                return None
        except (OSError, ValueError):
            return None
        above = root if path.is_relative_to(root) else Path(path.anchor)
        name = unicodedata.normalize("NFC", path.relative_to(above).as_posix())
        return Entry(name, str(path), path, {})


def _choose_path_column(rows: pd.DataFrame, names: _Names, asked: str | None) -> str:
    if asked is not None and asked not in rows:
        raise ConfigError(f"no column {asked!r}; the table has {_listed(rows)}")
    fitting = _fitting(rows, names, asked)
    if len(fitting) > 1:
        fitting = [str(name) for name in _PATH_NAMES if name in fitting][:1] or fitting
    if len(fitting) == 1:
        return fitting[0]
    if asked is not None:
        return asked
    what = _listed(fitting) if fitting else f"none of {_listed(rows)}"
    raise DataError(f"which column names the files is not clear ({what}); give --path-column")


def _fitting(rows: pd.DataFrame, names: _Names, asked: str | None) -> list[str]:
    """Return the columns half of whose cells mean a picture that is there, or an address.

    Those with whole names, suffix and all, go before numbers and words that are names without one.
    """
    columns = [name for name in ([asked] if asked else _columns(rows)) if name in rows]
    whole = [name for name in columns if _names_pictures(rows[name], names, whole=True)]
    return whole or [name for name in columns if _names_pictures(rows[name], names, whole=False)]


def _names_pictures(cells: pd.Series, names: _Names, *, whole: bool) -> bool:
    some = [value for value in cells.drop_duplicates() if value][:_LOOKED_AT]
    suffixed = [value for value in some if PurePosixPath(value).suffix] if whole else some
    found = [names.find(value) for value in suffixed]
    hits = sum(isinstance(each, Entry) or (whole and each.reason == _SEVERAL) for each in found)
    return 0 < len(some) <= 2 * hits


def _choose_target(rows: pd.DataFrame, path_column: str, asked: str | None) -> str:
    others = [name for name in _columns(rows) if name not in (path_column, *OWN_COLUMNS)]
    if asked is not None:
        if asked not in others:
            raise ConfigError(f"no column {asked!r} for labels; the table has {_listed(others)}")
        return asked
    if LABEL_COLUMN in others:
        return LABEL_COLUMN
    able = [name for name in others if name not in _ABOUT_WORKS and _may_be_labels(rows[name])]
    if len(able) == 1:
        return able[0]
    what = f"{_listed(able)} may" if able else f"none of {_listed(others) or 'no column'} seems to"
    raise DataError(f"which column holds the label is not clear ({what}); name it with --target")


def _may_be_labels(cells: pd.Series) -> bool:
    filled = cells[cells != ""]
    return 2 <= filled.nunique() <= min(_MAX_CLASSES, len(filled) / 2)


def _parquet_rows(tree: Tree, name: str, path: Path) -> pd.DataFrame:
    """Return the rows of a table that holds pictures, which become those of the tree."""
    rows, places = read_picture_table(path, name, tree.pictures)
    tree.pictures.update(places)
    return _with_split(rows, PurePosixPath(name))


def _with_split(rows: pd.DataFrame, place: PurePosixPath) -> pd.DataFrame:
    """Add the split that a folder's or a file's name says, unless the table says it itself."""
    words = [part.lower() for part in place.parts[:-1]] + [place.stem.split("-")[0].lower()]
    given = [_SPLITS[word] for word in words if word in _SPLITS]
    return rows if "split" in rows or not given else rows.assign(split=given[0])


def _table_of(path: Path) -> pd.DataFrame:
    for read in (read_label_studio, read_cvat):
        suffix = ".json" if read is read_label_studio else ".xml"
        if path.suffix.lower() == suffix and (rows := read(path)) is not None:
            return rows
    return _cells(path)


def _table_or_none(path: Path) -> pd.DataFrame | None:
    """Return a table, or None where a file only looks like one."""
    try:
        return _table_of(path)
    except DataError:
        return None


def _cells(path: Path) -> pd.DataFrame:
    (piece,) = read_cells(path)
    return piece.cells.astype(str)


def _columns(rows: pd.DataFrame) -> list[str]:
    return [str(name) for name in rows]


def _listed(names: Iterable[object]) -> str:
    return ", ".join(map(str, names))


def _is_url(value: str) -> bool:
    return value.strip().lower().startswith(("http://", "https://"))
