"""A folder or an archive as one thing: which pictures lie in it, and which files tell of them."""

import os
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from ..config import settings
from ..files import SITE_NOTE
from ..images import PICTURE_SUFFIXES
from .archives import Member, Odd, list_members, unpack

# What cannot be decoded here is brought in too, so that it is told why it is left out.
NAMED_SUFFIXES: Final = (*PICTURE_SUFFIXES, ".jxl")
TABLE_SUFFIXES: Final = frozenset(
    [".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".json", ".parquet", ".xlsx", ".xml", ".txt"]
)
# In a raw folder: says from where its pictures were imported, and by it that they were.
IMPORT_NOTE: Final = "imported_from.txt"
# What systems put beside the files of people.
_SYSTEM_FILES: Final = frozenset(("thumbs.db", "desktop.ini", "__macosx", "icon\r"))


class Cell(NamedTuple):
    """A picture in a table: which row of which Parquet file."""

    table: Path
    row: int


Place = Path | Member | Cell


class LeftOut(NamedTuple):
    """A picture that is not brought in: its name, why in two words, and what was found."""

    filename: str
    reason: str
    found: str


@dataclass(slots=True)
class Tree:
    """What lies in a folder or an archive.

    Attributes
    ----------
    root : Path
        The folder or archive.
    pictures : dict
        Where each picture lies, by its name relative to the root: POSIX, in normal form C.
    tables : dict
        Other files that may tell of them, by name likewise.
    passed : Counter
        How many files of other kinds are there, by kind.
    left_out : list of LeftOut
        What is called a picture and cannot be brought in.
    open : bool
        Whether a table may name files elsewhere: one that the user gave, not one that came along.
    """

    root: Path
    pictures: dict[str, Place] = field(default_factory=dict)
    tables: dict[str, Path] = field(default_factory=dict)
    passed: Counter[str] = field(default_factory=Counter)
    left_out: list[LeftOut] = field(default_factory=list)
    open: bool = False

    def origin(self, name: str) -> str:
        """Return where a picture comes from, as the table of pictures says it."""
        place = self.pictures[name]
        if isinstance(place, Member):
            return readable(f"{place.archive}!{place.name}")
        return readable(f"{place.table}#{place.row}" if isinstance(place, Cell) else str(place))


def readable(path: str) -> str:
    """Return a path as text: what is no UTF-8 in the names of folders is left open."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def walk_folder(root: Path) -> Tree:
    """Return what lies below a folder, whose links to folders are not followed."""
    tree = Tree(root)
    for path, linked in _walk(root, tree.passed):
        name = unicodedata.normalize("NFC", path.relative_to(root).as_posix())
        suffix = path.suffix.lower()
        if linked:
            tree.passed["link to a folder"] += 1
        elif not _is_utf8(name):
            tree.left_out.append(LeftOut(ascii(name), "odd name", "it is not UTF-8"))
        elif suffix in NAMED_SUFFIXES:
            if name in tree.pictures:
                tree.left_out.append(LeftOut(name, "same name", "but for the form of its accents"))
            tree.pictures.setdefault(name, path.absolute())
        elif suffix in TABLE_SUFFIXES:
            tree.tables[name] = path
        else:
            tree.passed[f"{suffix or 'without a suffix'}"] += 1
    return tree


def open_archive(path: Path, folder: Path, scratch: Path) -> Tree:
    """Return what an archive holds; its tables are unpacked at once.

    Parameters
    ----------
    path : Path
    folder : Path
        Where its pictures are to be put.
    scratch : Path
        An empty folder for its tables.
    """
    tree, tables = Tree(path), dict[str, str]()
    for name, member in list_members(path, folder).items():
        suffix = PurePosixPath(name).suffix.lower()
        if any(map(_is_hidden, name.split("/"))):
            tree.passed["hidden"] += 1
        elif suffix in NAMED_SUFFIXES:
            _add_member(tree, name, member)
        elif suffix in TABLE_SUFFIXES and isinstance(member, Member):
            tables[member.name] = name
        else:
            tree.passed[suffix or "without a suffix"] += 1
    for number, (own_name, data) in enumerate(unpack(path, tables) if tables else ()):
        if isinstance(data, bytes):
            place = scratch / f"{number}{PurePosixPath(own_name).suffix}"
            place.write_bytes(data)
            tree.tables[tables[own_name]] = place
    return tree


def _add_member(tree: Tree, name: str, member: Member | Odd) -> None:
    if isinstance(member, Odd):
        tree.left_out.append(LeftOut(name, "no file", member.found))
    elif member.size > settings().max_image_bytes:
        tree.left_out.append(LeftOut(name, "too large", f"{member.size} bytes"))
    else:
        tree.pictures[name] = member


def _walk(folder: Path, passed: Counter[str]) -> Iterator[tuple[Path, bool]]:
    """Yield files, and links to folders as such, sorted, without what is hidden."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        passed["folder that cannot be read"] += 1
        return
    for entry in found:
        path = folder / entry.name
        if _is_hidden(entry.name):
            passed["hidden"] += 1
            continue
        try:
            below = entry.is_dir(follow_symlinks=False)
            ours = below and any((path / note).exists() for note in (IMPORT_NOTE, SITE_NOTE))
            linked, file = path.is_dir(), path.is_file()
        except OSError:  # a link to a name that is too long, or below a folder that is closed
            passed["cannot be read"] += 1
            continue
        if ours:
            passed["folder that artlens made"] += 1  # it holds the same pictures again
        elif below:
            yield from _walk(path, passed)
        elif linked or file:
            yield path, linked
        else:
            passed["no file"] += 1


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in _SYSTEM_FILES


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
