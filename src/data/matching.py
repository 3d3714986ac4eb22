"""What a table of pictures means: which column names the files, which is the label, which file.

A column is taken where one fits, and only there; any other has to be named.
"""

import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import pandas as pd

from ..errors import ConfigError, DataError
from .annotations import FILE_COLUMN, LABEL_COLUMN, uploaded_as
from .archives import safe_name
from .trees import LeftOut, Place, Tree, readable

# Columns that artlens itself fills: what a table says in them is of other files.
OWN_COLUMNS: Final = ("filename", "sha256", "bytes", "width", "height")
# What an export calls the column ``image``: other tools have one of pictures by that name.
ADDRESS_COLUMN: Final = "image_address"
# Columns whose cells mean something else than a label, whatever the question is called.
NO_LABELS: Final = (*OWN_COLUMNS, ADDRESS_COLUMN, "asset_id", "split", "page", "image", "index")
# What is said of a work, and is no answer to a question unless it is asked for.
_ABOUT_WORKS: Final = ("title", "creator")
_PATH_NAMES: Final = (FILE_COLUMN, "filename", "file", "path", "filepath", "image_path", "image")
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


class FileNames:
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
        if is_url(value):
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
        return Entry(name, readable(str(path)), path, {}) if readable(name) == name else None


def choose_path_column(rows: pd.DataFrame, names: FileNames, asked: str | None) -> str:
    """Return the column that names the files: the one that was asked for, or that fits.

    Raises
    ------
    ConfigError
        If the one that was asked for is not there.
    DataError
        If none fits, or several do.
    """
    if asked is not None and asked not in rows:
        raise ConfigError(f"no column {asked!r}; the table has {listed(rows)}")
    fitting = path_columns(rows, names, asked)
    if len(fitting) > 1:
        fitting = [str(name) for name in _PATH_NAMES if name in fitting][:1] or fitting
    if len(fitting) == 1:
        return fitting[0]
    if asked is not None:
        return asked
    if not fitting:
        raise DataError(
            f"no column names pictures that are there, or addresses (of {listed(rows)}); correct "
            "the table, or name the column with --path-column"
        )
    raise DataError(
        f"which column names the files is not clear ({listed(fitting)}); give --path-column"
    )


def path_columns(rows: pd.DataFrame, names: FileNames, asked: str | None) -> list[str]:
    """Return the columns half of whose cells mean a picture that is there, or an address.

    Those with whole names, suffix and all, go before numbers and words that are names without one.
    """
    columns = [name for name in ([asked] if asked else column_names(rows)) if name in rows]
    whole = [name for name in columns if _names_pictures(rows[name], names, whole=True)]
    return whole or [name for name in columns if _names_pictures(rows[name], names, whole=False)]


def names_files(rows: pd.DataFrame, names: FileNames) -> bool:
    """Tell whether a column has whole names of pictures that are there, and not addresses."""
    columns = [rows[name] for name in rows if not rows[name].map(is_url).any()]
    return any(_names_pictures(cells, names, whole=True) for cells in columns)


def _names_pictures(cells: pd.Series, names: FileNames, *, whole: bool) -> bool:
    some = [value for value in cells.drop_duplicates() if value][:_LOOKED_AT]
    suffixed = [value for value in some if PurePosixPath(value).suffix] if whole else some
    found = [names.find(value) for value in suffixed]
    hits = sum(isinstance(each, Entry) or (whole and each.reason == _SEVERAL) for each in found)
    return 0 < len(some) <= 2 * hits


def choose_target(
    rows: pd.DataFrame,
    path_column: str,
    asked: str | None,
    task: str | None = None,
    group: str | None = None,
) -> str:
    """Return the column of the label: as asked for, called like the task, or the one that fits.

    Raises
    ------
    ConfigError
        If the one that was asked for is not there.
    DataError
        If none seems to hold labels, or several do.
    """
    others = [name for name in column_names(rows) if name not in (path_column, *NO_LABELS)]
    if asked is not None:
        if asked not in others:
            raise ConfigError(f"no column {asked!r} for labels; the table has {listed(others)}")
        return asked
    for name in (task, LABEL_COLUMN):
        if name in others:
            return name
    unlikely = (group, *_ABOUT_WORKS)
    able = [name for name in others if name not in unlikely and _may_be_labels(rows[name])]
    if len(able) == 1:
        return able[0]
    what = f"{listed(able)} may" if able else f"none of {listed(others) or 'no column'} seems to"
    raise DataError(f"which column holds the label is not clear ({what}); name it with --target")


def _may_be_labels(cells: pd.Series) -> bool:
    filled = cells[cells != ""]
    return 2 <= filled.nunique() <= min(_MAX_CLASSES, len(filled) / 2)


def column_names(rows: pd.DataFrame) -> list[str]:
    """Return the names of columns as text."""
    return [str(name) for name in rows]


def listed(names: Iterable[object]) -> str:
    """Return names in a row, for an error text."""
    return ", ".join(map(str, names))


def is_url(value: str) -> bool:
    """Tell an address of the web."""
    return value.strip().lower().startswith(("http://", "https://"))
