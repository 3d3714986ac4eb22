"""From a table to the rows a model is fitted on and the rows it is judged by (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...tasks import Task, may_lack_group
from ..kinds import Cells, Sides, rules_of

CHECK_ROWS: Final = 32
# A table may say of each row on which side of the split it belongs; what is no test is learned.
SPLIT_COLUMN: Final = "split"
TEST: Final = "test"


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
    """Rows to fit on, and rows that are looked at once, when everything is decided.

    Attributes
    ----------
    training, holdout : LabelledRows
    table : DataFrame
        The different rows of the table; `sides` says where in it both stand.
    sides : Sides
    repeated : int
        Rows that have the features of another, and are not in it.
    unlabelled : int
        Rows of it without a label, which take no part.
    """

    training: LabelledRows
    holdout: LabelledRows
    table: pd.DataFrame
    sides: Sides
    repeated: int
    unlabelled: int


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

    Examples
    --------
    >>> twins = pd.DataFrame({"filename": ["b.jpg", "a.jpg"], "hue": [1.5, 1.5]})
    >>> list(distinct_rows(twins, ["hue"]).filename)
    ['a.jpg']
    """
    ordered = table.sort_values("filename", kind="stable")
    return ordered.drop_duplicates(subset=list(feature_names)).reset_index(drop=True)


def split_holdout(
    table: pd.DataFrame,
    feature_names: Sequence[str],
    task: Task,
    seed: int,
    min_count: int | None = None,
) -> Split:
    """Set the hold-out aside: a quarter, as the task's kind asks, or what the table says.

    Parameters
    ----------
    table : DataFrame
        With ``filename``, the features, the task's column and that of its groups. Where a column
        ``split`` says ``test`` of some rows, these are the hold-out.
    feature_names : sequence of str
        The feature columns, in order.
    task : Task
    seed : int
        Decides which rows are set aside.
    min_count : int, optional
        Classes with fewer different rows are left out; see `src.models.kinds`.

    Raises
    ------
    DataError
        If less than two classes have enough rows.
    """
    rows, rules = distinct_rows(table, feature_names), rules_of(task)
    labels = rules.encode(rows[task.column])
    cells = Cells(labels, _groups(rows, task), _given_test(rows))
    sides = rules.choose_sides(cells, task, seed, min_count)
    features = rows[list(feature_names)].to_numpy(dtype=np.float64)
    return Split(
        training=LabelledRows(features[sides.training], labels[sides.training]),
        holdout=LabelledRows(features[sides.holdout], labels[sides.holdout]),
        table=rows,
        sides=sides,
        repeated=len(table) - len(rows),
        unlabelled=int((labels == "").sum()),
    )


def pick_check_rows(rows: LabelledRows, seed: int) -> NDArray[np.float64]:
    """Return `CHECK_ROWS` rows to recognise a model by.

    Parameters
    ----------
    rows : LabelledRows
        Training rows.
    seed : int
        Decides which.

    Returns
    -------
    ndarray of float64, shape (n, n_features)
        Two rows of each class and a random rest, where there are so few classes; all rows, where
        there are so few.
    """
    by_class = [np.flatnonzero(rows.labels == name)[:2] for name in np.unique(rows.labels)]
    first = np.concatenate(by_class) if 2 * len(by_class) <= CHECK_ROWS else np.array([], int)
    others = np.setdiff1d(np.arange(len(rows.labels)), first)
    count = min(CHECK_ROWS - len(first), len(others))
    rest = np.random.default_rng(seed).choice(others, count, replace=False)
    picked: NDArray[np.float64] = rows.features[np.concatenate([first, rest])]
    return picked


def _groups(rows: pd.DataFrame, task: Task) -> NDArray[np.str_] | None:
    """Return the group of each row; one without a name is a group by itself."""
    if not task.group or (task.group not in rows and may_lack_group(task)):
        return None
    named = rules_of(task).encode(rows[task.group])
    # No name has a space before it.
    own = np.array([f" {place}" for place in range(len(named))], np.str_)
    return np.where(named == "", own, named)


def _given_test(rows: pd.DataFrame) -> NDArray[np.bool_] | None:
    if SPLIT_COLUMN not in rows:
        return None
    says = rows[SPLIT_COLUMN].astype(str).str.strip().str.lower()
    return np.asarray(says == TEST)
