"""One schema per table, and the two doors through which every table is read and written.

A table that is written has every column of its schema, in that order. A table that is read may
lack the columns that are not required, and may have others, which are left out.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import pandas as pd
import pandera.pandas as pa

from ..errors import DataError
from ..files import write_whole
from .cells import require_columns, type_cells
from .csv_files import parse_cells, read_text, record_lines
from .parquet_files import is_parquet, read_parquet
from .violations import describe_violations, find_violations

# What a feature can be, by how its name ends; the first that fits decides.
_RANGES: Final = (
    ("h_hsv_mean", 0, 179),  # OpenCV halves the hue of 8-bit images so that it fits in a byte
    ("_cos", -1, 1),
    ("_sin", -1, 1),
    ("_concentration", 0, 1),
    ("_share", 0, 1),
    ("_skew", -255, 255),
    ("", 0, 255),
)


def raw_schema(target: str, classes: Sequence[str]) -> pa.DataFrameSchema:
    """Return the form of what was scraped: a row for each work and class it was found under.

    Parameters
    ----------
    target : str
        The column that holds the class.
    classes : sequence of str
        Every class there is.

    Returns
    -------
    pandera.DataFrameSchema
        Sorted by class and ``asset_id``, a pair that is there once. What is known only when the
        picture has been fetched (``filename``, ``sha256`` and the sizes) may be empty.
    """
    return pa.DataFrameSchema(
        {
            "asset_id": _text(),
            "page": pa.Column(str),
            "image": pa.Column(str),
            target: _class(classes),
            "title": pa.Column(str),
            "creator": pa.Column(str),
            "filename": pa.Column(str),
            "sha256": pa.Column(str),
            **{name: _whole(nullable=True) for name in ("bytes", "width", "height")},
        },
        unique=[target, "asset_id"],
        report_duplicates="exclude_first",
        metadata={"sort_by": [target, "asset_id"]},
    )


def interim_schema(target: str, classes: Sequence[str]) -> pa.DataFrameSchema:
    """Return the form of the cleaned table: a row for each picture that is to be measured.

    The columns and parameters are those of `raw_schema`. ``filename`` is there once; it and the
    class are all that a table made by hand must have to be read.
    """
    text, whole = pa.Column(str, required=False), _whole(required=False)
    return pa.DataFrameSchema(
        {
            "asset_id": text,
            "page": text,
            "image": text,
            target: _class(classes),
            "title": text,
            "creator": text,
            "filename": _text(unique=True),
            "sha256": text,
            **dict.fromkeys(("bytes", "width", "height"), whole),
        },
        metadata={"sort_by": [target, "asset_id"]},
    )


def processed_schema(
    feature_names: Sequence[str], target: str, classes: Sequence[str]
) -> pa.DataFrameSchema:
    """Return the form of the table that models are trained on: a row for each measured picture.

    Parameters
    ----------
    feature_names : sequence of str
        The features, in the order of their columns. What a value may be goes by the name's
        ending: a mean hue is in [0, 179], a share in [0, 1], and so on.
    target : str
        The column that holds the class.
    classes : sequence of str
        Every class there is.

    Returns
    -------
    pandera.DataFrameSchema
        Sorted by ``filename``, which is there once. ``image``, ``page`` and ``index`` are not
        required and hold anything.

    Examples
    --------
    >>> schema = processed_schema(["r_bgr_mean", "r_bgr_std"], "color", ["RED", "BLUE"])
    >>> list(schema.columns)
    ['filename', 'r_bgr_mean', 'r_bgr_std', 'image', 'page', 'color', 'index']
    """
    anything = pa.Column(None, required=False)
    return pa.DataFrameSchema(
        {
            "filename": _text(unique=True),
            **{name: _feature(name) for name in feature_names},
            "image": anything,
            "page": anything,
            target: _class(classes),
            "index": anything,
        },
        metadata={"sort_by": ["filename"]},
    )


def read_table(path: str | Path, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Read a CSV or Parquet table and hold it against its schema.

    Parameters
    ----------
    path : str or Path
        A CSV file in UTF-8 with one line of column names; or, ending so, a ``.parquet`` file.
    schema : pandera.DataFrameSchema
        From one of the functions above.

    Returns
    -------
    pandas.DataFrame
        The columns of the schema that are there, in its order, and the rows in the file's order.

    Raises
    ------
    DataError
        If there is no such file, it is not such a table, has no rows, or a value breaks the schema;
        the text names the columns and the lines of the first few. `MissingColumns` if it lacks a
        required column.
    """
    cells, lines = _read_cells(path)
    typed = type_cells(cells, schema, path)
    violations = find_violations(typed, schema)
    if len(violations):
        found = describe_violations(violations, cells, lines())
        raise DataError(f"{path} has {found}; correct these rows or leave them out")
    return typed


def _read_cells(path: str | Path) -> tuple[pd.DataFrame, Callable[[], Sequence[int]]]:
    """Return the table as it stands there, and what tells the line of each row."""
    if is_parquet(path):
        table = read_parquet(path).reset_index(drop=True)
        return table, lambda: range(2, len(table) + 2)
    text = read_text(Path(path))
    return parse_cells(text, path).reset_index(drop=True), lambda: record_lines(text)


def write_table(frame: pd.DataFrame, path: str | Path, schema: pa.DataFrameSchema) -> None:
    """Write a table that keeps its schema; the same rows in any order give the same bytes.

    The file is there whole or not at all: it is written under a temporary name and then moved.

    Parameters
    ----------
    frame : pandas.DataFrame
        Every column of the schema, and maybe others, which are left out.
    path : str or Path
        Where to; missing folders are made, a table that is there already is replaced.
    schema : pandera.DataFrameSchema
        From one of the functions above.

    Raises
    ------
    DataError
        If a column is missing or a value breaks the schema; lines are those the file would have.
    """
    require_columns(frame, list(schema.columns), path)
    sort_by = (schema.metadata or {})["sort_by"]
    rows = frame[list(schema.columns)].sort_values(sort_by, ignore_index=True)
    violations = find_violations(rows, schema)
    if len(violations):
        found = describe_violations(violations, rows, range(2, len(rows) + 2))
        raise DataError(f"{path} is not written, for it would have {found}; correct these rows")
    write_whole(Path(path), rows.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def _text(*, unique: bool = False) -> pa.Column:
    check = pa.Check.ne("", error="some text")
    return pa.Column(str, check, unique=unique, report_duplicates="exclude_first")


def _class(classes: Sequence[str]) -> pa.Column:
    return pa.Column(str, pa.Check.isin(classes, error=f"one of {', '.join(classes)}"))


def _whole(*, nullable: bool = False, required: bool = True) -> pa.Column:
    check = pa.Check.ge(0, error="a whole number, 0 or more")
    return pa.Column("Int64", check, nullable=nullable, required=required)


def _feature(name: str) -> pa.Column:
    low, high = next((low, high) for ending, low, high in _RANGES if name.endswith(ending))
    return pa.Column(float, pa.Check.in_range(low, high, error=f"a number in [{low}, {high}]"))
