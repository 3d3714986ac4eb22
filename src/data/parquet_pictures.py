"""Pictures that lie in Parquet files, as Hugging Face's data sets keep them: bytes and a path."""

import json
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Final

import pandas as pd

from ..decoding.file_kinds import image_suffix
from .annotations import FILE_COLUMN
from .archives import safe_name
from .cells import read_cells
from .trees import Cell

_BATCH_ROWS: Final = 256
# Enough to know a kind of picture by.
_HEAD_BYTES: Final = 64


def holds_pictures(path: Path) -> bool:
    """Tell whether a file is in Parquet and has a column of pictures."""
    return _schema(path) is not None and _picture_column(path) is not None


def read_picture_table(
    path: Path, name: str, taken: Collection[str] = ()
) -> tuple[pd.DataFrame, dict[str, Cell]]:
    """Return what a table says of its pictures, and where each lies, by its name.

    Parameters
    ----------
    path : Path
    name : str
        What the table is called; pictures without a path of their own are named by it.
    taken : collection of str
        Names that other pictures have.

    Returns
    -------
    pandas.DataFrame
        The columns but the pictures, numbers of classes as their names, and ``file_name``.
    dict
        The pictures whose bytes are there.
    """
    (piece,) = read_cells(path)
    rows = piece.texts()
    for column, classes in _class_names(path).items():
        if column in rows:
            rows[column] = [
                classes[int(value)] if value.isdecimal() and int(value) < len(classes) else ""
                for value in rows[column]
            ]
    places: dict[str, Cell] = {}
    names = []
    for row, (given, head) in enumerate(_paths_and_heads(path)):
        own = _name(given, head, name, row)
        if own in places or (head and own in taken):
            own = _name("", head, name, row)
        names.append(own)
        if head:
            places[own] = Cell(path, row)
    return rows.assign(**{FILE_COLUMN: names}), places


def read_pictures(path: Path, wanted: Collection[int]) -> Iterator[tuple[int, bytes]]:
    """Yield the bytes of the pictures in some rows."""
    for row, (_, data) in enumerate(_pictures(path)):
        if row in wanted:
            yield row, data


def _name(given: str, head: bytes, table: str, row: int) -> str:
    if given and (name := safe_name(given)) is not None:
        return name
    suffix = image_suffix(head)
    return f"{PurePosixPath(table).with_suffix('')}-{row:06}{f'.{suffix}' if suffix else ''}"


def _paths_and_heads(path: Path) -> Iterator[tuple[str, bytes]]:
    for given, data in _pictures(path):
        yield given, data[:_HEAD_BYTES]


def _pictures(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the path, if there is one, and the bytes of each row's picture."""
    import pyarrow.parquet as pq

    column = _picture_column(path)
    for batch in pq.ParquetFile(path).iter_batches(batch_size=_BATCH_ROWS, columns=[column]):
        for value in batch.column(0).to_pylist():
            found = value if isinstance(value, dict) else {"bytes": value}
            yield str(found.get("path") or ""), found.get("bytes") or b""


def _schema(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.suffix.lower() != ".parquet":
        return None
    try:
        schema = pq.read_schema(path)
        return schema if schema.names else None
    except (pa.ArrowException, OSError, ValueError):  # the last of names that are no text
        return None


def _picture_column(path: Path) -> str | None:
    import pyarrow as pa

    for column in _schema(path):
        kinds = (
            {field.name: field.type for field in column.type}
            if (pa.types.is_struct(column.type))
            else {"bytes": column.type}
        )
        kind = kinds.get("bytes")
        if kind is not None and (pa.types.is_binary(kind) or pa.types.is_large_binary(kind)):
            return str(column.name)
    return None


def _class_names(path: Path) -> dict[str, list[str]]:
    """Return the names of classes that Hugging Face keeps as numbers, by column."""
    try:
        told = json.loads((_schema(path).metadata or {}).get(b"huggingface", b"{}"))
        features = told.get("info", {}).get("features", {})
        return {
            name: list(map(str, feature["names"]))
            for name, feature in features.items()
            if isinstance(feature, dict) and feature.get("names")
        }
    except (ValueError, AttributeError):
        return {}
