"""From a table to the rows a model is fitted on and the rows it is judged by (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from ...errors import DataError
from ...tasks import Task

FOLDS: Final = 5
HOLDOUT: Final = 0.25
# After a quarter went to the hold-out, and one row more by rounding, every fold still gets a row.
MIN_ROWS_PER_CLASS: Final = 8
CHECK_ROWS: Final = 32


@dataclass(frozen=True, slots=True)
class LabelledRows:
    """Feature rows with their classes.

    Attributes
    ----------
    features : ndarray of float64, shape (n, n_features)
        In the columns' order of the feature spec.
    labels : ndarray of str, shape (n,)
    """

    features: NDArray[np.float64]
    labels: NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Split:
    """Rows to fit on, and rows that are looked at once, when everything is decided."""

    training: LabelledRows
    holdout: LabelledRows


def distinct_rows(table: pd.DataFrame, feature_names: Sequence[str]) -> pd.DataFrame:
    """Return the table by file name, each combination of features once.

    The same picture under two names has the same features; one copy in the training rows would
    give away the other in the hold-out. The copy whose file name sorts first is kept, whatever
    its class. The order of the rows on disk has no say in the result.

    Parameters
    ----------
    table : DataFrame
        With the column ``filename`` and the features.
    feature_names : sequence of str
        The columns that tell rows apart.

    Returns
    -------
    DataFrame

    Examples
    --------
    >>> twins = pd.DataFrame({"filename": ["b.jpg", "a.jpg"], "hue": [1.5, 1.5]})
    >>> list(distinct_rows(twins, ["hue"]).filename)
    ['a.jpg']
    """
    ordered = table.sort_values("filename", kind="stable")
    return ordered.drop_duplicates(subset=list(feature_names)).reset_index(drop=True)


def classes_present(labels: Sequence[str], task: Task) -> tuple[str, ...]:
    """Return the task's classes that occur, in the task's order, each with enough rows.

    Raises
    ------
    DataError
        If only one class occurs, or one has fewer than `MIN_ROWS_PER_CLASS` rows.
    """
    counts = pd.Series(labels).value_counts()
    present = tuple(name for name in task.classes if name in counts.index)
    if len(present) < 2:
        raise DataError(
            f"column {task.column!r} holds a single class (only {', '.join(present) or 'nothing'} "
            f"in {len(labels)} rows); add rows of at least one other class"
        )
    scarce = [name for name in present if counts[name] < MIN_ROWS_PER_CLASS]
    if scarce:
        found = ", ".join(f"{name}: {counts[name]}" for name in scarce)
        raise DataError(
            f"too few rows of a class in column {task.column!r} ({found}); hold-out and {FOLDS} "
            f"folds need at least {MIN_ROWS_PER_CLASS} different rows of each: add some (for the "
            "built-in gallery, a larger --gallery-count), or leave that class out of the table"
        )
    return present


def split_holdout(
    table: pd.DataFrame, feature_names: Sequence[str], task: Task, seed: int
) -> Split:
    """Set a quarter of every class aside.

    Parameters
    ----------
    table : DataFrame
        As `distinct_rows` returns it.
    feature_names : sequence of str
        The feature columns, in order.
    task : Task
        Its target column holds the labels.
    seed : int
        Decides which rows are set aside.

    Returns
    -------
    Split
    """
    features = table[list(feature_names)].to_numpy(dtype=np.float64)
    labels = table[task.column].to_numpy(dtype=np.str_)
    kept, aside = split_places(labels, seed)
    return Split(
        training=LabelledRows(features[kept], labels[kept]),
        holdout=LabelledRows(features[aside], labels[aside]),
    )


def split_places(
    labels: NDArray[np.str_], seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places of the rows to fit on, and of those that `split_holdout` sets aside."""
    kept, aside = train_test_split(
        np.arange(len(labels)), test_size=HOLDOUT, stratify=labels, random_state=seed
    )
    return kept, aside


def pick_check_rows(rows: LabelledRows, seed: int) -> NDArray[np.float64]:
    """Return two rows of each class and a random rest, about `CHECK_ROWS`, to recognise a model by.

    Parameters
    ----------
    rows : LabelledRows
        Training rows.
    seed : int
        Decides the random rest.

    Returns
    -------
    ndarray of float64, shape (n, n_features)
        ``n`` is `CHECK_ROWS`, unless there are fewer rows or more classes.
    """
    by_class = [np.flatnonzero(rows.labels == name)[:2] for name in np.unique(rows.labels)]
    first = np.concatenate(by_class)
    others = np.setdiff1d(np.arange(len(rows.labels)), first)
    count = min(max(CHECK_ROWS - len(first), 0), len(others))
    rest = np.random.default_rng(seed).choice(others, count, replace=False)
    picked: NDArray[np.float64] = rows.features[np.concatenate([first, rest])]
    return picked
