"""What a user's own labelled pictures are, told by looking: which files, and what is said of each.

A metadata file beats a given table, which beats the names of folders; pictures in a Parquet file
are their own table. What one side names and the other lacks is told in both directions.
"""

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

import pandas as pd

from ..edges import name_some
from ..errors import ConfigError, DataError
from .annotations import (
    FILE_COLUMN,
    LABEL_COLUMN,
    read_cvat,
    read_label_studio,
    read_synsets,
)
from .archives import is_archive
from .cells import read_cells
from .class_folders import SPLITS, Classes, find_class_table, read_class_folders
from .columns import say_reading
from .matching import (
    NO_LABELS,
    OWN_COLUMNS,
    Entry,
    FileNames,
    choose_path_column,
    choose_target,
    column_names,
    is_url,
    listed,
    names_files,
    path_columns,
)
from .parquet_pictures import holds_pictures, read_picture_table
from .tag_columns import find_tag_columns, gather_tags
from .trees import NAMED_SUFFIXES, LeftOut, Tree, open_archive, walk_folder


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
    """What the user said: the columns of the label, of files and of groups; and the question.

    ``least_classes`` is how many folders it takes to be a folder per class, and ``many`` tells that
    a picture may have any number of labels.
    """

    target: str | None = None
    path_column: str | None = None
    group: str | None = None
    task: str | None = None
    least_classes: int = 2
    many: bool = False


def locate_source(source: str | Path) -> Path:
    """Return the absolute path of a source, without the dots in it.

    Raises
    ------
    ConfigError
        If there is nothing.
    """
    place = Path(os.path.abspath(source))  # noqa: PTH100 - unlike resolve, it follows no link
    if not (place.is_file() or place.is_dir()):
        raise ConfigError(f"there is nothing at {place}; give a folder, an archive or a table")
    return place


def read_source(source: Path, asked: Asked, images: Path, scratch: Path) -> Source:
    """Find out what a source is and what it says of which pictures.

    Parameters
    ----------
    source : Path
        A folder, an archive, or a table; it is there.
    asked : Asked
    images : Path
        Where its pictures are to be put.
    scratch : Path
        An empty folder for the tables of an archive.

    Raises
    ------
    ConfigError
        If a column that was asked for is not there, or it is a single picture.
    DataError
        If it is none of the sources that are known, or says nothing of its pictures.
    """
    if asked.target in NO_LABELS:
        raise ConfigError(
            f"no column for labels ({asked.target} is one of artlens' own); name another"
        )
    if asked.task in NO_LABELS:
        asked = replace(asked, task=None)
    if source.is_dir():
        return _read_tree(walk_folder(source), asked)
    if is_archive(source):
        return _read_tree(open_archive(source, images, scratch), asked)
    if source.suffix.lower() in NAMED_SUFFIXES:
        raise ConfigError(f"one picture is no data set ({source}); give a folder of them")
    return _read_given_table(source, asked)


def name_of_source(source: Path) -> str:
    """Return what the question of a source is called, where nobody says it: like the source.

    Examples
    --------
    >>> name_of_source(Path("somewhere/my pets (2).tar.gz"))
    'my-pets-2'
    """
    stem = Path(os.path.abspath(source)).name.split(".")[0]  # noqa: PTH100 - without the dots in it
    return re.sub(r"[^\w-]+", "-", stem).strip("-_")[:64] or "own"


def _read_tree(tree: Tree, asked: Asked) -> Source:
    if rows := _metadata(tree):
        return _from_rows("metadata files", pd.concat(rows).fillna(""), tree, asked)
    tables = _tables_of(tree, many=asked.many)
    # Its addresses may be those of pages, and its numbers those of other pictures' files.
    if (placed := _from_class_table(tree, tables, asked)) is not None:
        return placed
    if (found := _one_table(tree, tables, asked)) is not None:
        return _from_rows(found[0], found[1], tree, asked)
    if named := asked.path_column or asked.group:
        raise ConfigError(
            f"no column {named!r}; no table in {tree.root} tells of its pictures, so leave it out"
        )
    return _from_folders(tree, asked.target or asked.task or LABEL_COLUMN, asked.least_classes)


def _read_given_table(path: Path, asked: Asked) -> Source:
    tree = Tree(path.absolute().parent)
    if holds_pictures(path):
        return _from_rows("a Parquet file", _parquet_rows(tree, path.name, path), tree, asked)
    rows = _table_of(path, many=asked.many)
    if not any(rows[name].map(_is_picture_url).any() for name in column_names(rows)):
        beside = walk_folder(tree.root)
        if (placed := _from_class_table(beside, {path.name: rows}, asked)) is not None:
            return placed
    if asked.path_column and asked.path_column in rows:
        columns = [asked.path_column]
    else:
        columns = column_names(rows)
    if not any(rows[name].map(is_url).any() for name in columns):
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


def _tables_of(tree: Tree, *, many: bool) -> dict[str, pd.DataFrame]:
    """Return the tables that hold no pictures, by name."""
    read = {
        name: _table_or_none(path, many=many)
        for name, path in sorted(tree.tables.items())
        if path.suffix.lower() != ".txt" and not holds_pictures(path)
    }
    return {name: rows for name, rows in read.items() if rows is not None}


def _one_table(
    tree: Tree, tables: Mapping[str, pd.DataFrame], asked: Asked
) -> tuple[str, pd.DataFrame] | None:
    """Return the one table that tells of the pictures, and its name."""
    pictures = {name: path for name, path in tree.tables.items() if holds_pictures(path)}
    if pictures:
        parts = [_parquet_rows(tree, name, path) for name, path in sorted(pictures.items())]
        return f"{len(parts)} Parquet files", pd.concat(parts).fillna("")
    names = FileNames(tree)
    telling = {
        name: rows for name, rows in tables.items() if path_columns(rows, names, asked.path_column)
    }
    # Of several, those with the answers to the question.
    wanted = asked.target or asked.task
    found = {name: rows for name, rows in telling.items() if wanted in rows} or telling
    if not found and (rows := read_synsets(tree.tables)) is not None:
        found["synsets.txt"] = rows
    if len(found) > 1:
        raise DataError(
            f"several tables tell of the pictures in {tree.root} ({', '.join(found)}); give the "
            "path of the right one, or name it metadata.csv with a column file_name"
        )
    return next(((f"a table ({name})", rows) for name, rows in found.items()), None)


def _from_folders(tree: Tree, target: str, least: int) -> Source:
    _refuse_empty(tree)
    found = _placed("a folder per class", tree, read_class_folders(tree.pictures), target)
    if len({entry.said[target] for entry in found.entries}) < least:
        raise DataError(
            f"{tree.root} says nothing of what its {len(tree.pictures)} pictures show (no table, "
            "and not two folders of classes); put them in a folder per class, or add a "
            "metadata.csv with the columns file_name and label"
        )
    return found


def _from_class_table(
    tree: Tree, tables: Mapping[str, pd.DataFrame], asked: Asked
) -> Source | None:
    """Return pictures in folders, if a table has a row for each of these and none for pictures."""
    names = FileNames(tree)
    if asked.path_column or any(names_files(rows, names) for rows in tables.values()):
        return None
    if (found := find_class_table(tree.pictures, tables)) is None:
        return None
    table, classes = found
    kind = f"a folder per class and a table of these ({table.source})"
    columns = [table.column, *next(iter(table.facts.values()))]
    if asked.group and asked.group not in columns:
        raise ConfigError(f"no column {asked.group!r}; {table.source} has {listed(columns)}")
    # What is asked for may be a fact on the class.
    target = next((name for name in (asked.target, asked.task) if name in columns), None)
    if target is not None:
        return _placed(kind, tree, classes, table.column, target)
    return _placed(kind, tree, classes, asked.target or asked.task or LABEL_COLUMN)


def _is_picture_url(value: str) -> bool:
    return is_url(value) and value.strip().lower().endswith(NAMED_SUFFIXES)


def _placed(kind: str, tree: Tree, classes: Classes, column: str, target: str = "") -> Source:
    """Return pictures by their folders, whose classes stand in a column."""
    found = Source(kind, target or column, [], list(tree.left_out), tree.passed)
    found.remarks += classes.remarks
    for name in tree.pictures:
        if (place := classes.places.get(name)) is None:
            found.left_out.append(LeftOut(name, "no class", "it lies in no folder of a class"))
            continue
        split = {} if place.split is None else {"split": place.split}
        said = {**place.facts, column: place.label, **split}
        found.entries.append(Entry(name, tree.origin(name), tree.pictures[name], said))
    return found


def _refuse_empty(tree: Tree) -> None:
    if not tree.pictures:
        left = next(iter(tree.left_out), None)
        why = f" ({left.filename}: {left.found})" if left else ""
        raise DataError(f"there is no picture in {tree.root}{why}; give a folder of pictures")


def _from_rows(kind: str, rows: pd.DataFrame, tree: Tree, asked: Asked) -> Source:
    rows = rows.reset_index(drop=True)
    names = FileNames(tree)
    path_column = choose_path_column(rows, names, asked.path_column)
    rows, tags = _with_tags(rows, path_column, asked)
    target = choose_target(rows, path_column, asked.target, asked.task, asked.group)
    if asked.group and asked.group not in rows:
        raise ConfigError(f"no column {asked.group!r}; the table has {listed(rows)}")
    found = Source(kind, target, [], list(tree.left_out), tree.passed)
    if asked.path_column is None and path_column != FILE_COLUMN:
        found.remarks.append(f"column {path_column!r} names the files")
    found.remarks += _tell_labels(rows[target], tags, asked)
    kept = [name for name in column_names(rows) if name != path_column and name not in OWN_COLUMNS]
    seen: set[tuple[str, str]] = set()
    for value, *cells in zip(*(rows[name] for name in [path_column, *kept]), strict=True):
        said = dict(zip(kept, cells, strict=True))
        said[target] = unicodedata.normalize("NFC", said[target]).strip()
        if "split" in said:
            said["split"] = SPLITS.get(said["split"].strip().lower(), said["split"])
        _add(found, names.find(value), said, seen)
    _tell_unnamed(found, tree)
    if not found.entries:
        first = rows[path_column].iloc[0] if len(rows) else "no row"
        raise DataError(
            f"no row names a picture that is there (column {path_column!r}, as in {first!r:.80}, "
            f"below {tree.root}); name the right one with --path-column"
        )
    return found


def _tell_labels(cells: "pd.Series[str]", tags: list[str], asked: Asked) -> list[str]:
    """Tell how the column of labels was found, where nobody said it, and what was done to it."""
    remarks = []
    if tags:
        remarks.append(f"a column for each of {len(tags)} tags ({name_some(tags)})")
    elif asked.target is None and cells.name != LABEL_COLUMN:
        remarks.append(f"column {cells.name!r} is the label")
    if spaced := int((cells != cells.str.strip()).sum()):
        remarks.append(f"spaces around {spaced} labels are cut")
    return remarks


def _with_tags(
    rows: pd.DataFrame, path_column: str, asked: Asked
) -> tuple[pd.DataFrame, list[str]]:
    """Return rows with one column of tags, if a picture has many; and which columns became it."""
    if not asked.many:
        return rows, []
    named = (asked.target, asked.task, LABEL_COLUMN)
    target = next((name for name in named if name in rows), None)
    leave = [path_column, *([asked.group] if asked.group else [])]
    if target is None and asked.target is None and not find_tag_columns(rows, leave):
        target = choose_target(rows, path_column, None, asked.task, asked.group)
    return gather_tags(rows, target or asked.target or asked.task or LABEL_COLUMN, leave)


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


def _parquet_rows(tree: Tree, name: str, path: Path) -> pd.DataFrame:
    """Return the rows of a table that holds pictures, which become those of the tree."""
    rows, places = read_picture_table(path, name, tree.pictures)
    tree.pictures.update(places)
    return _with_split(rows, PurePosixPath(name))


def _with_split(rows: pd.DataFrame, place: PurePosixPath) -> pd.DataFrame:
    """Add the split that a folder's or a file's name says, unless the table says it itself."""
    words = [part.lower() for part in place.parts[:-1]] + [place.stem.split("-")[0].lower()]
    given = [SPLITS[word] for word in words if word in SPLITS]
    return rows if "split" in rows or not given else rows.assign(split=given[0])


def _table_of(path: Path, *, many: bool = False) -> pd.DataFrame:
    for read in (read_label_studio, read_cvat):
        suffix = ".json" if read is read_label_studio else ".xml"
        if path.suffix.lower() == suffix and (rows := read(path, many=many)) is not None:
            return rows
    return _cells(path)


def _table_or_none(path: Path, *, many: bool) -> pd.DataFrame | None:
    """Return a table, or None where a file only looks like one."""
    try:
        return _table_of(path, many=many)
    except DataError:
        return None


def _cells(path: Path) -> pd.DataFrame:
    (piece,) = read_cells(path)
    if piece.remarks:
        say_reading(path, ", ".join(piece.remarks))
    return piece.texts()
