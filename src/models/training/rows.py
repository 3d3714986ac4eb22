"""From a table to the rows a model is fitted on and the rows it is judged by (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...features.backbones import backbone_of
from ...features.extract_features import FeatureSpec
from ...tasks import Task, may_lack_group
from ..kinds import rules_of
from ..one_answer import Cells, Places, Sides

CHECK_ROWS: Final = 32
# A table may say of each row on which side of the split it belongs; what is no test is learned.
SPLIT_COLUMN: Final = "split"
TEST: Final = "test"
_PLACE: Final = "place in the table"
# And of which the network that measured them was trained on the picture.
SEEN_COLUMN: Final = "seen"
# And of which no real picture was measured, but one of the built-in gallery beside them.
PAINTED_COLUMN: Final = "painted by the gallery"
# Numbers that a model is recognised by, at the most, whatever the width of its rows.
_CHECK_NUMBERS: Final = 40_000


@dataclass(frozen=True, slots=True)
class LabelledRows:
    """Feature rows with their classes.

    Attributes
    ----------
    features : ndarray of float64, shape (n, n_features)
        In the columns' order of the feature spec.
    labels : ndarray of str, shape (n,)
    mirrored : ndarray of float, shape (n, n_features), or None
        Of the same pictures, mirrored; NaN where these are not learned.
    cells : Cells or None
        What else their table says of them.
    """

    features: NDArray[np.float64]
    labels: NDArray[np.str_]
    mirrored: NDArray[np.floating[Any]] | None = None
    cells: Cells | None = None

    def at(self, places: Places) -> "LabelledRows":
        """Return some of the rows."""
        mirrored = None if self.mirrored is None else self.mirrored[places]
        cells = None if self.cells is None else self.cells.at(places)
        return LabelledRows(self.features[places], self.labels[places], mirrored, cells)

    def to_fit_on(self, places: Places) -> tuple[NDArray[np.float64], NDArray[np.str_]]:
        """Return features and classes of some rows, and of their mirrored pictures.

        These are of those rows alone.
        """
        features, labels = self.features[places], self.labels[places]
        if self.mirrored is None:
            return features, labels
        mirrored = self.mirrored[places[self.has_mirror[places]]].astype(features.dtype)
        both = np.concatenate([features, mirrored])
        return both, np.concatenate([labels, labels[self.has_mirror[places]]])

    @property
    def has_mirror(self) -> NDArray[np.bool_]:
        """Which of the rows are learned mirrored, too."""
        if self.mirrored is None:
            return np.zeros(len(self.labels), bool)
        return np.asarray(np.isfinite(self.mirrored[:, 0]))


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
    # Adding zero makes one of the two zeros. A digest each, since thousands of columns compared one
    # by one take minutes.
    rows = ordered[list(feature_names)].to_numpy() + 0.0
    digests = pd.Index([sha256(row).digest() for row in np.ascontiguousarray(rows)])
    return ordered[~digests.duplicated()].reset_index(drop=True)


def split_holdout(  # noqa: PLR0913  # the last three have defaults
    table: pd.DataFrame,
    feature_names: Sequence[str],
    task: Task,
    seed: int,
    min_count: int | None = None,
    mirrored: NDArray[np.floating[Any]] | None = None,
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
    mirrored : ndarray of float, shape (n, n_features), optional
        The features of the mirrored pictures, in the order of the table.

    Raises
    ------
    DataError
        If less than two classes have enough rows.
    """
    rules, places = rules_of(task), pd.Series(range(len(table)), table.index, name=_PLACE)
    rows = distinct_rows(pd.concat([table, places], axis=1), feature_names)
    twins = None if mirrored is None else mirrored[rows[_PLACE].to_numpy()]
    rows = rows.drop(columns=_PLACE)
    cells = read_cells(rows, task)
    labels, sides = cells.labels, rules.choose_sides(cells, task, seed, min_count)
    every = LabelledRows(rows[list(feature_names)].to_numpy(dtype=np.float64), labels, twins, cells)
    return Split(
        training=every.at(sides.training),
        holdout=every.at(sides.holdout),
        table=rows,
        sides=sides,
        repeated=len(table) - len(rows),
        unlabelled=int((labels == "").sum()),
    )


def mark_seen(table: pd.DataFrame, spec: FeatureSpec) -> pd.DataFrame:
    """Return the table with a column that tells on which pictures its network was trained.

    It stays as it is where it tells that already, does not know the files' sums, or the rows are
    no network's.
    """
    if not spec.network or SEEN_COLUMN in table or "sha256" not in table:
        return table
    seen = backbone_of(spec).has_seen(table["sha256"].astype(str))
    return table.assign(**{SEEN_COLUMN: seen}) if any(seen) else table


def pick_check_rows(rows: LabelledRows, seed: int) -> NDArray[np.float64]:
    """Return `CHECK_ROWS` rows, fewer of thousands of numbers, to recognise a model by.

    Parameters
    ----------
    rows : LabelledRows
        Training rows, of which those of real pictures are taken.
    seed : int
        Decides which.

    Returns
    -------
    ndarray of float64, shape (n, n_features)
        Two rows of each class and a random rest, where there are so few classes; all rows, where
        there are so few.
    """
    if rows.cells is not None:
        rows = rows.at(np.flatnonzero(rows.cells.real))
    most = min(CHECK_ROWS, max(2, _CHECK_NUMBERS // rows.features.shape[1]))
    by_class = [np.flatnonzero(rows.labels == name)[:2] for name in np.unique(rows.labels)]
    first = np.concatenate(by_class) if 2 * len(by_class) <= most else np.array([], int)
    others = np.setdiff1d(np.arange(len(rows.labels)), first)
    count = min(most - len(first), len(others))
    rest = np.random.default_rng(seed).choice(others, count, replace=False)
    picked: NDArray[np.float64] = rows.features[np.concatenate([first, rest])]
    return picked


def read_cells(rows: pd.DataFrame, task: Task) -> Cells:
    """Return what a table says of its rows."""
    labels = rules_of(task).encode(rows[task.column])
    seen, painted = (_flags(rows, column) for column in (SEEN_COLUMN, PAINTED_COLUMN))
    return Cells(labels, _groups(rows, task), _given_test(rows), seen, painted)


def _groups(rows: pd.DataFrame, task: Task) -> NDArray[np.str_] | None:
    """Return the group of each row, by itself where it has none; None where none is told."""
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


def _flags(rows: pd.DataFrame, column: str) -> NDArray[np.bool_] | None:
    """Return of which rows a column says yes, if there is one."""
    if column not in rows:
        return None
    says = rows[column].astype(str).str.strip().str.lower()
    return np.asarray(says.isin(["true", "1", "yes"]))
