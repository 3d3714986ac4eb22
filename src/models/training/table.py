"""Where training rows come from: a table on disk, or the built-in gallery painted anew."""

from dataclasses import dataclass
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from ...config import settings
from ...data.schemas import processed_schema
from ...data.tables import read_table
from ...errors import DataError, MissingColumns
from ...features.extract_features import FEATURE_NAMES, FeatureSpec
from ...features.gallery_table import gallery_table
from ...tasks import COLOR, Task


@dataclass(frozen=True, slots=True)
class TrainingTable:
    """A processed table, with where it came from and a digest of its content."""

    table: pd.DataFrame
    source: str
    sha256: str


def find_table(task: Task) -> Path | None:
    """Return where a task's processed table is, CSV before Parquet; None is the built-in gallery.

    Raises
    ------
    DataError
        If there is no table, and the gallery does not tell the task's classes.
    """
    found = next(iter(processed_tables("pictures", task)), None)
    if found is None and task != COLOR:
        raise DataError(
            f"no table to learn the {task.called} from ({_folder(task) / 'pictures.csv'}); name "
            "one with --data"
        )
    return found


def processed_tables(name: str, task: Task) -> list[Path]:
    """Return a task's tables of a name that are in the data folder, CSV before Parquet."""
    places = [_folder(task) / f"{name}.{suffix}" for suffix in ("csv", "parquet")]
    return [place for place in places if place.is_file()]


def _folder(task: Task) -> Path:
    folder = settings().data_dir / "processed"
    # The question that this project began with, and that the gallery answers.
    return folder if task.name == COLOR.name else folder / task.name


def read_training_table(path: Path, spec: FeatureSpec, task: Task) -> TrainingTable:
    """Read a processed table and check it.

    Parameters
    ----------
    path : Path
        A CSV file with ``filename``, the features and the task's target among its columns.
    spec : FeatureSpec
        Names the feature columns.
    task : Task
        Names the target column and its classes.

    Returns
    -------
    TrainingTable
        Its digest is that of the file's bytes.

    Raises
    ------
    DataError
        If the table is not of that form; the text names column and row.
    """
    try:
        table = read_table(path, _schema(spec, task))
    except MissingColumns as error:
        _explain_version(path, spec, error.names)
        raise
    return TrainingTable(table, path.name, sha256(path.read_bytes()).hexdigest())


def _schema(spec: FeatureSpec, task: Task) -> pa.DataFrameSchema:
    """Return the form of a task's table, with the column of its groups if it has any."""
    schema = processed_schema(spec.names, task)
    return schema.add_columns({task.group: pa.Column(str)}) if task.group else schema


def _explain_version(path: Path, spec: FeatureSpec, missing: list[str]) -> None:
    """Say what to do about a table of version 1 where a later one is asked for."""
    later = set(spec.names) - set(FEATURE_NAMES)
    if later.issuperset(missing):
        raise DataError(
            f"{path} lacks {len(missing)} features of version {spec.version} ({missing[0]} and so "
            "on); measure its pictures with `artlens build-features --features "
            f"v{spec.version}`, or train on version 1"
        )


def paint_training_table(
    count: int, seed: int, jobs: int | None, spec: FeatureSpec
) -> TrainingTable:
    """Paint the built-in gallery and measure its pictures as the spec asks.

    Returns
    -------
    TrainingTable
        The same as read from the CSV file that `build_features` writes of this gallery, with the
        same digest.
    """
    painted = gallery_table(count, seed, jobs, spec)
    csv_text = painted.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    digest = sha256(csv_text.encode()).hexdigest()
    table = pd.read_csv(StringIO(csv_text), keep_default_na=False)
    source = f"built-in gallery of generated paintings, {count} pictures, seed {seed}"
    return TrainingTable(table, source, digest)
