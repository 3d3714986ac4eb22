"""Folders of classes: which folder is one, and what a table with a row for each class says of it.

Unpacking with the wrong encoding mangles the names of folders, and hardly anybody notices. So
names are mended, and compared with those of the table without accents, case and signs between
words; a name that fits none is the nearest one's that has no folder, if it is near.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import Final, NamedTuple

import pandas as pd

from .matching import NO_LABELS

SPLITS: Final = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}
# What UTF-8 is taken for by mistake: by ZIP, by Windows, by old web servers, by old Macs.
_MISTAKEN: Final = ("cp437", "cp1252", "latin-1", "mac_roman")
_NEAR: Final = 0.85
# A text that is longer than this is about a class, and no fact to keep with each picture of it.
_LONGEST: Final = 300

Parts = Mapping[str, tuple[str, ...]]


class Place(NamedTuple):
    """Where a picture belongs: its class, the split if one is given, and facts on the class."""

    label: str
    split: str | None
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Classes:
    """The pictures that lie in a folder of a class, by name, and what had to be found out."""

    places: dict[str, Place]
    remarks: list[str]


@dataclass(frozen=True, slots=True)
class ClassTable:
    """A table with a row for each class.

    Attributes
    ----------
    source : str
        What it is called.
    column : str
        Names the classes.
    facts : dict
        What the other columns say, by class.
    """

    source: str
    column: str
    facts: dict[str, dict[str, str]]


def read_class_folders(names: Iterable[str]) -> Classes:
    """Return the pictures that lie in folders of classes, which no table tells of.

    Parameters
    ----------
    names : iterable of str
        Of pictures: POSIX, relative.
    """
    parts: Parts = {name: tuple(name.split("/")) for name in names}
    while len({p[0] for p in parts.values() if len(p) > 1}) == 1 and _is_shell(parts):
        parts = {name: p[1:] for name, p in parts.items()}
    tops = {p[0].lower() for p in parts.values() if len(p) > 1}
    given = bool(tops) and tops <= set(SPLITS) and any(len(p) > 2 for p in parts.values())
    below = {name: p[1:] if given else p for name, p in parts.items()}
    mended = {p[0]: mend_text(p[0].strip()) for p in below.values() if len(p) > 1}
    places = {
        name: Place(mended[p[0]], SPLITS.get(parts[name][0].lower(), "") if given else None, {})
        for name, p in below.items()
        if len(p) > 1
    }
    return Classes(places, _tell_mended(mended))


def find_class_table(
    names: Iterable[str], tables: Mapping[str, pd.DataFrame]
) -> tuple[ClassTable, Classes] | None:
    """Return the table with a row for each class, and its pictures by folder, or None.

    Where no folder is named by it, a file is whose name begins so: ``Paul_Klee_7.jpg``.

    Parameters
    ----------
    names : iterable of str
        Of pictures: POSIX, relative.
    tables : mapping of str to DataFrame
        Texts.
    """
    by_folder = {name: tuple(name.split("/")) for name in names}
    by_file = {name: (*p[:-1], _numbered(p[-1]), p[-1]) for name, p in by_folder.items()}
    for parts in (by_folder, by_file):
        folders = {p[:end] for p in parts.values() for end in range(1, len(p))}
        found = [(_class_column(table, folders), source) for source, table in tables.items()]
        (hits, column), source = max(found, default=((0, ""), ""))
        if hits > 1:
            table = _facts_of(tables[source], column, source)
            return table, _place(parts, folders, table)
    return None


def mend_text(text: str) -> str:
    """Undo that UTF-8 was taken for another encoding, however often; else give it in form C.

    Examples
    --------
    >>> mend_text("DuΓòá├¬rer"), mend_text("GÃ¶ya"), mend_text("Dürer"), mend_text("Ángel")
    ('Dürer', 'Göya', 'Dürer', 'Ángel')
    """
    readings = () if text.isascii() else (_read_again(text, name) for name in _MISTAKEN)
    better = next((reading for reading in readings if reading), None)
    return unicodedata.normalize("NFC", text) if better is None else mend_text(better)


def _read_again(text: str, encoding: str) -> str | None:
    try:
        reading = text.encode(encoding).decode("utf-8")
    except UnicodeError:
        return None
    return reading if reading.isprintable() else None


def _is_shell(parts: Parts) -> bool:
    """Tell whether a single folder only holds others: an archive's, or the data set's own name."""
    (top,) = {p[0].lower() for p in parts.values() if len(p) > 1}
    return top not in SPLITS and any(len(p) > 2 for p in parts.values())


def _numbered(file: str) -> str:
    """Return what stands before the number at the end of a file's name, or nothing.

    Examples
    --------
    >>> _numbered("Paul_Klee_7.jpg"), _numbered("Paul_Klee.jpg")
    ('Paul_Klee', '')
    """
    found = re.fullmatch(r"(.*?)[ _-]*\d+", PurePosixPath(file).stem)
    return found[1] if found else ""


def _fold(name: str) -> str:
    """Return what is the same however a name is written.

    Examples
    --------
    >>> _fold("Albrecht_DuΓòá├¬rer") == _fold("albrecht dürer")
    True
    """
    letters = unicodedata.normalize("NFKD", mend_text(name)).casefold()
    return " ".join(re.findall(r"[^\W_]+", re.sub(r"[\u0300-\u036f]", "", letters)))


def _class_column(table: pd.DataFrame, folders: Iterable[tuple[str, ...]]) -> tuple[int, str]:
    """Return how many folders the best column names, no class twice, and that column."""
    here = {_fold(folder[-1]) for folder in folders} - {""}
    counts = [(0, "")]
    for column in table:
        cells = [cell for cell in table[column] if cell]
        if cells and len(set(cells)) == len(cells):
            counts.append((len(here & set(map(_fold, cells))), str(column)))
    return max(counts, key=lambda count: count[0])


def _facts_of(table: pd.DataFrame, column: str, source: str) -> ClassTable:
    short = [name for name in table if table[name].str.len().max() <= _LONGEST]
    kept = [name for name in short if name not in NO_LABELS and name != column]
    rows = table[table[column] != ""].set_index(column)[kept]
    facts = {
        str(name): {str(key): str(cell) for key, cell in row.items()}
        for name, row in rows.to_dict("index").items()
    }
    return ClassTable(source, column, facts)


def _place(parts: Parts, folders: Iterable[tuple[str, ...]], table: ClassTable) -> Classes:
    by_fold = {_fold(name): name for name in table.facts}
    # Beside a folder that the table names, others are classes too.
    above = {folder[:-1] for folder in folders if _fold(folder[-1]) in by_fold}
    beside = {folder[-1] for folder in folders if folder[:-1] in above}
    labels = _name_folders(sorted(beside), by_fold)
    none = dict.fromkeys(next(iter(table.facts.values())), "")
    places = dict[str, Place]()
    for name, p in parts.items():
        level = next((n for n in range(len(p) - 1) if p[:n] in above), None)
        if level is not None:
            label = labels[p[level]]
            split = SPLITS.get(p[level - 1].lower()) if level else None
            places[name] = Place(label, split, table.facts.get(label, none))
    unknown = sorted({place.label for place in places.values()} - table.facts.keys())
    remarks = [f"{table.source} tells of the classes (column {table.column!r})"]
    remarks += [f"{table.source} says nothing of {name}" for name in unknown]
    return Classes(places, remarks + _tell_mended(labels))


def _name_folders(folders: Iterable[str], by_fold: Mapping[str, str]) -> dict[str, str]:
    """Return the class of each folder: named so, or nearly so and by no other; else mended."""
    labels = {name: by_fold[_fold(name)] for name in folders if _fold(name) in by_fold}
    free = {fold: name for fold, name in by_fold.items() if name not in labels.values()}
    for name in folders:
        if name not in labels:
            near = get_close_matches(_fold(name), free, 1, _NEAR)
            labels[name] = free[near[0]] if near else mend_text(name.strip())
    return labels


def _tell_mended(labels: Mapping[str, str]) -> list[str]:
    """Tell which folders are taken for something else than they are called."""
    return [
        f"folder {folder!r} is taken for {label}"
        for folder, label in labels.items()
        if _letters(folder) != _letters(label)
    ]


def _letters(name: str) -> str:
    return unicodedata.normalize("NFC", re.sub(r"[\W_]+", " ", name).strip()).casefold()
