"""Mirrored pictures of classes that have few works, to be learned beside the works themselves."""

from dataclasses import replace

import numpy as np

from ...features.extract_features import FeatureSpec
from ...features.measured_rows import EMBEDDING, measure_rows
from ...tasks import Task
from ..kinds import rules_of
from ..one_answer import MIN_ROWS_PER_CLASS
from .plan import ALL_CORES, WIDE, SearchPlan
from .preparation import Note
from .table import TrainingTable


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
    rules = rules_of(task)
    labels = rules.encode(data.table[task.column])
    few = np.flatnonzero(rules.find_few(labels, plan.min_count or MIN_ROWS_PER_CLASS))
    if not few.size:
        return data
    paths = [str(data.images / name) for name in data.table["filename"].iloc[few]]
    jobs = None if plan.jobs == ALL_CORES else plan.jobs
    found = measure_rows(paths, spec, jobs=jobs, label="measuring mirrored", mirrored=True)
    # A file that was changed meanwhile may show what stands on the other side of the split.
    same = np.array(found.sha256) == data.table["sha256"].iloc[few].to_numpy(str)
    mirrored = np.full((len(labels), len(spec.names)), np.nan, np.float16)
    mirrored[few[same]] = found.rows[same]
    note(f"{same.sum()} pictures of {task.called}s with few works are learned mirrored too")
    return replace(data, mirrored=mirrored)
