"""What accuracy would have been if versions of one work stood on both sides of the split (pure)."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from ...errors import DataError
from ..training.rows import LabelledRows
from ..training.search import training_processes

LEAK_FOLDS: Final = 5


@dataclass(frozen=True, slots=True)
class Leak:
    """Accuracy of one pipeline on the same rows, split in two ways.

    Attributes
    ----------
    accuracy : float
        With clusters kept together, as they have to be.
    leaked : float
        With rows dealt out one by one, versions of a work on both sides.
    repeated : int
        Rows that stand in a cluster with others.
    rows : int
    """

    accuracy: float
    leaked: float
    repeated: int
    rows: int

    @property
    def gain(self) -> float:
        """How much too good the leak makes it look."""
        return self.leaked - self.accuracy


def measure_leak(
    pipeline: Any, rows: LabelledRows, clusters: NDArray[np.str_], seed: int = 0
) -> Leak:
    """Judge a pipeline with clusters kept together, and as if nobody had looked for them.

    Parameters
    ----------
    pipeline : estimator
        Not changed; fitted anew for each fold.
    rows : LabelledRows
    clusters : ndarray of str, shape (n,)
        Which work each row shows; an empty one is a work of its own.
    seed : int, default 0
        Decides the folds of both.

    Raises
    ------
    DataError
        If a class has fewer rows than there are folds.
    """
    counts = np.unique(rows.labels, return_counts=True)[1]
    if counts.min() < LEAK_FOLDS:
        raise DataError(
            f"a class has {counts.min()} rows; give at least {LEAK_FOLDS} of each to judge a split"
        )
    groups = own_groups(clusters)
    options = {"n_splits": LEAK_FOLDS, "shuffle": True, "random_state": seed}
    together = StratifiedGroupKFold(**options).split(rows.features, rows.labels, groups)
    apart = StratifiedKFold(**options).split(rows.features, rows.labels)
    with training_processes():
        accuracy, leaked = (_accuracy(pipeline, rows, folds) for folds in (together, apart))
    sizes = np.unique(groups, return_inverse=True, return_counts=True)
    return Leak(accuracy, leaked, int((sizes[2][sizes[1]] > 1).sum()), len(rows.labels))


def own_groups(clusters: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return clusters, with a name of its own for each row that has none.

    Examples
    --------
    >>> own_groups(np.array(["a", "", "a", ""])).tolist()
    ['a', ' 1', 'a', ' 3']
    """
    # No name has a space before it.
    own = np.array([f" {place}" for place in range(len(clusters))], np.str_)
    return np.where(clusters == "", own, clusters)


def _accuracy(pipeline: Any, rows: LabelledRows, folds: Any) -> float:
    right = 0
    for training, test in folds:
        fitted = clone(pipeline).fit(rows.features[training], rows.labels[training])
        right += int((fitted.predict(rows.features[test]) == rows.labels[test]).sum())
    return right / len(rows.labels)
