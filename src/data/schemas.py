"""One schema per table: which columns it has, of what kind, and how its rows are sorted.

A table that is written has every column of its schema, in that order. A table that is read may
lack the columns that are not required. Columns that no schema knows (answers to other questions,
groups, a given split) are kept behind those that it does, as text.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
import pandera.pandas as pa

from ..edges import name_some
from ..errors import ConfigError
from ..tasks import Task

# What a colour feature can be, by its name; the first that fits decides. Of any other feature all
# that is known is that it is a number.
_RANGES: Final = (
    ("h_hsv_mean", 0, 179),  # OpenCV halves the hue of 8-bit images so that it fits in a byte
    (r"hue_lab_(cos|sin)", -1, 1),
    (r"hue_lab_concentration|[a-z]+_share", 0, 1),
    (r"[a-z]_(bgr|hsv|lab)_skew", -255, 255),
    (r"[a-z]_(bgr|hsv|lab)_(mean|std|p\d+)", 0, 255),
)


def raw_schema(task: Task) -> pa.DataFrameSchema:
    """Return the form of what was collected: a row for each work and class it was found under.

    Parameters
    ----------
    task : Task
        Its column holds the class: one of its classes, or any text where it has none; an empty
        one is of a picture that nobody has labelled yet.

    Returns
    -------
    pandera.DataFrameSchema
        Sorted by class and ``asset_id``, a pair that is there once. What is known only when the
        picture has been fetched (``filename``, ``sha256``) or looked at (the sizes) may be empty.
    """
    columns = {
        "asset_id": _text(),
        "page": pa.Column(str),
        "image": pa.Column(str),
        task.column: _label(task, maybe_empty=True),
        "title": pa.Column(str),
        "creator": pa.Column(str),
        "filename": pa.Column(str),
        "sha256": pa.Column(str),
        **{name: _whole() for name in ("bytes", "width", "height")},
    }
    columns[task.column] = _label(task, maybe_empty=True)  # which may be who made the work
    return pa.DataFrameSchema(
        columns,
        unique=[task.column, "asset_id"],
        report_duplicates="exclude_first",
        metadata={"sort_by": [task.column, "asset_id"], "label": task.column},
    )


def interim_schema(task: Task) -> pa.DataFrameSchema:
    """Return the form of the cleaned table: a row for each picture that is to be measured.

    The columns are those of `raw_schema`. ``filename`` is there once; it and the class are all
    that a table made by hand must have to be read.
    """
    text, whole = pa.Column(str, required=False), _whole(required=False)
    columns = {
        "asset_id": text,
        "page": text,
        "image": text,
        task.column: _label(task),
        "title": text,
        "creator": text,
        "filename": _text(unique=True),
        "sha256": text,
        **dict.fromkeys(("bytes", "width", "height"), whole),
    }
    columns[task.column] = _label(task)
    return pa.DataFrameSchema(
        columns, metadata={"sort_by": [task.column, "asset_id"], "label": task.column}
    )


def processed_schema(
    feature_names: Sequence[str], task: Task, *, maybe_unlabelled: bool = False
) -> pa.DataFrameSchema:
    """Return the form of the table that models are trained on: a row for each measured picture.

    Parameters
    ----------
    feature_names : sequence of str
        The features, in the order of their columns. What a value may be goes by the name: a mean
        hue is in [0, 179], a share in [0, 1], what has a name of its own is any finite number.
    task : Task
        Its column holds the class.
    maybe_unlabelled : bool
        Whether that may be empty, as of pictures that nobody has labelled yet.

    Returns
    -------
    pandera.DataFrameSchema
        Sorted by ``filename``, which is there once. ``image``, ``page`` and ``index`` are not
        required and hold anything.

    Examples
    --------
    >>> schema = processed_schema(["r_bgr_mean", "r_bgr_std"], Task("shape", "form"))
    >>> list(schema.columns)
    ['filename', 'r_bgr_mean', 'r_bgr_std', 'image', 'page', 'form', 'index']
    """
    anything = pa.Column(None, required=False)
    if task.column in ("filename", "image", "page", "index", *feature_names):
        raise ConfigError(
            f"column {task.column!r} of the processed table holds no answers; name another with "
            "--target"
        )
    return pa.DataFrameSchema(
        {
            "filename": _text(unique=True),
            **{name: _feature(name) for name in feature_names},
            "image": anything,
            "page": anything,
            task.column: _label(task, maybe_empty=maybe_unlabelled),
            "index": anything,
        },
        metadata={"sort_by": ["filename"], "label": task.column},
    )


def _text(*, unique: bool = False) -> pa.Column:
    check = pa.Check.ne("", error="some text")
    return pa.Column(str, check, unique=unique, report_duplicates="exclude_first")


def _label(task: Task, *, maybe_empty: bool = False) -> pa.Column:
    if not task.texts:
        return pa.Column(str) if maybe_empty else _text()
    known = (*task.texts, "") if maybe_empty else task.texts
    check = pa.Check.isin(known, error=f"one of {name_some(task.texts)}")
    return pa.Column(str, check)


def _whole(*, required: bool = True) -> pa.Column:
    """Return a column of whole numbers, of which some may not be known."""
    check = pa.Check.ge(0, error="a whole number, 0 or more")
    return pa.Column("Int64", check, nullable=True, required=required)


def _feature(name: str) -> pa.Column:
    for pattern, low, high in _RANGES:
        if re.fullmatch(pattern, name):
            check = pa.Check.in_range(low, high, error=f"a number in [{low}, {high}]")
            return pa.Column(float, check)
    return pa.Column(float, pa.Check(_are_finite, error="a finite number"))


def _are_finite(numbers: "pd.Series[float]") -> "pd.Series[bool]":
    return pd.Series(np.isfinite(numbers.to_numpy()), numbers.index, bool)
