"""The table a model was trained on: found, or painted anew, and known by its digest."""

import re
from hashlib import sha256
from pathlib import Path
from typing import Final

from ...errors import DataError
from ...models.storage.metadata import ModelMetadata
from ...models.training.table import (
    TrainingTable,
    paint_training_table,
    processed_tables,
    read_training_table,
)
from ...tasks import Task

_GALLERY: Final = re.compile(r"built-in gallery .*?, (\d+) pictures, seed (\d+)")


def find_model_table(
    metadata: ModelMetadata, task: Task, path: Path | None, jobs: int | None = None
) -> TrainingTable:
    """Return the table that a model was trained on.

    Parameters
    ----------
    metadata : ModelMetadata
        Holds the digest of the table.
    task : Task
    path : Path, optional
        Where it is. Otherwise this project's processed tables are looked at, and if none is the
        right one and the model comes from the built-in gallery, that gallery is painted anew.
    jobs : int, optional
        Processes to paint with; by default one per core.

    Returns
    -------
    TrainingTable

    Raises
    ------
    DataError
        If it is another table, or there is none. Rows that the model has learnt from would then
        be among those it is judged by.
    """
    if path is None:
        path = next(
            (place for place in _usual_places(task) if _digest(place) == metadata.data_sha256), None
        )
    if path is not None:
        data = read_training_table(path, metadata.feature_spec, task)
    elif gallery := _GALLERY.match(metadata.data_source):
        data = paint_training_table(int(gallery[1]), int(gallery[2]), jobs, metadata.feature_spec)
    else:
        raise DataError(
            f"the table that the model was trained on is not here ({metadata.data_source}, sha256 "
            f"{metadata.data_sha256}); name it with --data"
        )
    if data.sha256 != metadata.data_sha256:
        raise DataError(
            f"{data.source} is not the table that the model was trained on (sha256 {data.sha256}, "
            f"expected {metadata.data_sha256}: {metadata.data_source}), so rows it has learnt from "
            "would judge it; give that table, or train a model on this one"
        )
    return data


def _usual_places(task: Task) -> list[Path]:
    """Return the tables that `build_features` writes, where they are there."""
    return [*processed_tables("pictures", task), *processed_tables("gallery", task)]


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
