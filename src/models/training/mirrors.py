"""Mirrored pictures of classes that have few works, to be learned beside the works themselves."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...features.extract_features import FeatureSpec
from ...features.measured_rows import EMBEDDING, measure_rows
from ...tasks import Task
from ..kinds import rules_of
from ..one_answer import MIN_ROWS_PER_CLASS, Labels
from .plan import ALL_CORES, WIDE, SearchPlan
from .preparation import Note
from .table import TrainingTable

# Of the mean of all classes: those with a smaller share are found too seldom, and gain; of equally
# large ones, mirrored pictures gain next to nothing for twice the time (docs/performance.md).
_FEW: Final = 2 / 3


def with_mirrors(
    data: TrainingTable, spec: FeatureSpec, task: Task, plan: SearchPlan, note: Note
) -> TrainingTable:
    """Return a table with the rows of mirrored pictures, of classes that have few works.

    There are none where the pictures are not at hand, or the features are no network's.

    Parameters
    ----------
    data : TrainingTable
    spec : FeatureSpec
        What is measured of a picture; of each once, whenever it is asked for.
    task : Task
    plan : SearchPlan
    note : callable
        Is told what is learned too.
    """
    if data.images is None or spec.name != EMBEDDING or len(spec.names) < WIDE:
        return data
    labels = rules_of(task).encode(data.table[task.column])
    few = np.flatnonzero(find_few(labels, plan.min_count or MIN_ROWS_PER_CLASS))
    if not few.size:
        return data
    paths = [str(data.images / name) for name in data.table["filename"].iloc[few]]
    jobs = None if plan.jobs == ALL_CORES else plan.jobs
    found = measure_rows(paths, spec, jobs=jobs, label="measuring mirrored", mirrored=True)
    # A file that was changed meanwhile may show what stands on the other side of the split.
    same = np.array(found.sha256) == data.table["sha256"].iloc[few].to_numpy(str)
    mirrored = np.full((len(labels), len(spec.names)), np.nan, np.float16)
    mirrored[few[same]] = found.rows[same]
    classes = len(np.unique(labels[few]))
    note(f"{same.sum()} pictures of {classes} classes with few works are learned mirrored too")
    return replace(data, mirrored=mirrored)


def find_few(labels: Labels, least: int) -> NDArray[np.bool_]:
    """Return which rows are of classes with few works, for classes that have some of them many.

    Parameters
    ----------
    labels : ndarray of str, shape (n,)
        Empty where there is none.
    least : int
        Classes of fewer rows are not learned.

    Examples
    --------
    >>> labels = np.array(["Bilibin"] * 2 + ["Hals"] * 6 + ["Monet"] * 7 + ["once"])
    >>> find_few(labels, 2).tolist() == [True] * 2 + [False] * 14
    True
    """
    names, which, counts = np.unique(labels, return_inverse=True, return_counts=True)
    learned = (names != "") & (counts >= least)
    mean = counts[learned].mean() if learned.any() else 0
    return np.asarray((learned & (counts < _FEW * mean))[which])
