"""Where training rows come from: a table on disk, or the built-in gallery painted anew."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray

from ...config import data_folders
from ...data.schemas import processed_schema
from ...data.tables import read_table
from ...data.tag_columns import gather_tags
from ...edges import printable
from ...errors import ConfigError, DataError, MissingColumns
from ...features.build_features import table_name
from ...features.embedding_table import read_rows_table
from ...features.extract_features import FEATURE_NAMES, FeatureSpec
from ...features.gallery_table import gallery_table
from ...features.measured_rows import EMBEDDING
from ...files import file_sha256
from ...tasks import COLOR, Kind, Task, dataset_of, may_lack_group
from .plan import ALL_CORES, SearchPlan
from .preparation import Note, Wish, prepare_table
from .rows import PAINTED_COLUMN, SEEN_COLUMN

# As many as stand beside the real paintings that the shipped model was trained on.
GALLERY_COUNT: Final = 12_000


@dataclass(frozen=True, slots=True)
class TrainingTable:
    """A processed table, with where it came from and a digest of its content.

    ``mirrored``, if it is there, are the features of the mirrored pictures, in the table's order;
    NaN where these are not learned. ``images`` is the folder of the pictures, if it is known.
    ``gallery_sha256`` is the digest of what is painted beside it; none is where nothing is.
    """

    table: pd.DataFrame
    source: str
    sha256: str
    mirrored: NDArray[np.floating[Any]] | None = None
    images: Path | None = None
    gallery_sha256: str = ""


def find_training_table(
    wish: Wish, spec: FeatureSpec, gallery_count: int | None, plan: SearchPlan, note: Note
) -> tuple[TrainingTable, Task]:
    """Return the table that is trained on: from the user's source, this project's, or painted.

    Parameters
    ----------
    wish : Wish
    spec : FeatureSpec
        Names the features.
    gallery_count : int or None
        Paintings of the built-in gallery, which are wanted if it is given: beside the user's
        pictures, or where there are none, by themselves. Else `GALLERY_COUNT` where there is no
        table.
    plan : SearchPlan
        Its seed decides the paintings.
    note : callable
        Is told what is done.

    Raises
    ------
    DataError
        If there is no table, and the gallery does not tell the task's classes.
    ConfigError
        If paintings are wanted beside pictures that are asked something else.
    """
    jobs = None if plan.jobs == ALL_CORES else plan.jobs
    task = wish.find_task()
    if wish.source is not None or wish.data is not None:
        if gallery_count is not None:
            _refuse_painting(task, spec, gallery_count)
        read, task = _read_own(wish, task, spec, jobs, note)
        if gallery_count is None:
            return read, task
        note(f"painting {gallery_count} pictures of the built-in gallery beside it")
        return beside(read, paint_training_table(gallery_count, plan.seed, jobs, spec), task), task
    refuse_idle(wish)
    folders = data_folders(dataset_of(task, wish.dataset))
    folder = folders.processed
    if gallery_count is None and (found := find_table(folder, spec)) is not None:
        read = replace(_read(found, spec, task, note), images=folders.images)
        named = dataset_of(task, wish.dataset)
        return (replace(read, source=f"data set {named}") if named else read), task
    if task != COLOR or wish.dataset is not None or spec.name == EMBEDDING:
        raise DataError(
            f"no table to learn the {task.called} from ({folder / table_name(spec)}); give the "
            f"pictures, as in `artlens train PICTURES --task {task.name}`, or name a table with "
            "--data"
        )
    why = "" if gallery_count else "no table here: "
    count = gallery_count or GALLERY_COUNT
    note(f"{why}painting {count} pictures of the built-in gallery")
    return paint_training_table(count, plan.seed, jobs, spec), task


def _refuse_painting(task: Task, spec: FeatureSpec, count: int) -> None:
    if task.name == COLOR.name and spec.name != EMBEDDING:
        return
    if task.name == COLOR.name:
        why = "no network learns from paintings; leave it out, or say --features v1"
    else:
        why = f"{task.name} is asked for; leave it out, or say --task {COLOR.name}"
    raise ConfigError(f"--gallery-count {count} paints colours, and {why}")


def _read_own(
    wish: Wish, task: Task, spec: FeatureSpec, jobs: int | None, note: Note
) -> tuple[TrainingTable, Task]:
    """Read what the user names: pictures, which are measured first, or a processed table."""
    if wish.data is not None:
        refuse_idle(wish)
        return _read(wish.data, spec, task, note), task
    assert wish.source is not None
    made = prepare_table(wish, wish.source, spec, jobs, note)
    read = _read(made.path, spec, made.task, note)
    return replace(read, source=printable(made.source), images=made.images), made.task


def beside(own: TrainingTable, painted: TrainingTable, task: Task) -> TrainingTable:
    """Return a table of one's own with the gallery's rows, which says which are painted.

    Its digest is that of one's own.
    """
    named = painted.table.rename(columns={COLOR.column: task.column})
    rows = named.reindex(columns=own.table.columns, fill_value="")
    both = pd.concat(
        [own.table.assign(**{PAINTED_COLUMN: False}), rows.assign(**{PAINTED_COLUMN: True})],
        ignore_index=True,
    )
    source = f"{own.source} and the {painted.source}"
    return replace(own, table=both, source=source, gallery_sha256=painted.sha256)


def refuse_idle(wish: Wish) -> None:
    """Refuse what is said of pictures where none are given.

    Raises
    ------
    ConfigError
        Each says what is of no use.
    """
    if wish.copy or wish.path_column is not None:
        raise ConfigError(
            f"{'--copy' if wish.copy else '--path-column'} says how pictures are brought in, and "
            "none are given; give them, as in `artlens train PICTURES`, or leave it out"
        )


def find_table(folder: Path, spec: FeatureSpec) -> Path | None:
    """Return the processed table of a data set, CSV before Parquet, if there is one."""
    first = folder / table_name(spec)
    places = (first, first.with_suffix(".parquet"))
    return next((place for place in places if place.is_file()), None)


def _read(path: Path, spec: FeatureSpec, task: Task, note: Note) -> TrainingTable:
    note(f"training on {path}")
    read = read_training_table(path, spec, task)
    if task.group and task.group not in read.table:
        note(
            f"no column {task.group} in it: copies of one work may be learned and judged by; "
            "`artlens make-dataset` tells them"
        )
    return read


def read_training_table(path: Path, spec: FeatureSpec, task: Task) -> TrainingTable:
    """Read a processed table and check it.

    Parameters
    ----------
    path : Path
        With ``filename``, the features and the task's target among its columns; where the features
        are a network's, a table of `embedding_table`.
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
    if spec.name == EMBEDDING:
        table = read_rows_table(path, spec, schema_of((), task))
    else:
        try:
            table = read_table(path, schema_of(spec.names, task))
        except MissingColumns as error:
            _explain_version(path, spec, error.names)
            raise
    table = with_labels(table, task, spec.names)
    return TrainingTable(table, printable(path.name), file_sha256(path))


def with_labels(table: pd.DataFrame, task: Task, features: Sequence[str]) -> pd.DataFrame:
    """Return the table with its column of tags, which may be a column for each of them.

    Raises
    ------
    MissingColumns
        If there is none of either.
    """
    if task.column in table:
        return table
    table, columns = gather_tags(table, task.column, {*features, task.group, SEEN_COLUMN})
    if not columns:
        raise MissingColumns(
            f"the table lacks a column of tags ({task.column}) and has none of yes and no for "
            "each; name another with --target",
            [task.column],
        )
    return table


def schema_of(names: Sequence[str], task: Task) -> pa.DataFrameSchema:
    """Return the form of a task's table, with the column of its groups if it has any."""
    schema = processed_schema(names, task, maybe_unlabelled=True)
    if task.kind is Kind.MANY:  # there may be a column for each of its tags
        schema = schema.update_column(task.column, required=False)
    groups = pa.Column(str, required=not may_lack_group(task))
    return schema.add_columns({task.group: groups}) if task.group else schema


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
