"""Stage: ``data/interim`` and its pictures, or the built-in gallery -> ``data/processed``."""

import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import pandera.pandas as pa
import typer

from ..config import DataFolders, data_folders
from ..data.cells import is_parquet
from ..data.schemas import interim_schema, processed_schema
from ..data.stage_options import (
    DatasetOption,
    EngineOption,
    JobsOption,
    SchedulerOption,
    TargetOption,
)
from ..edges import EXIT_SOME_FAILED, FailureReports, command_edge
from ..errors import ConfigError, DataError
from ..jobs.engines import Engine, working_on
from ..jobs.runner import job_done
from ..jobs.shard_store import Row, ShardStore
from ..tasks import COLOR, Task, dataset_of, find_task
from .embedding_table import OWN_COLUMNS, RowsJob, write_rows
from .extract_features import FeatureSpec
from .feature_options import BackboneOption, FeaturesOption
from .gallery_table import GalleryJob
from .measured_rows import EMBEDDING, LastingRows
from .measured_table import TableJob, write_measured
from .specs import spec_for

CHANGED: Final = (
    "some pictures changed or went away while they were measured; the same command measures these "
    "anew, and only these"
)

Interim = Annotated[Path | None, typer.Option(help="Table of pictures; by default this project's.")]
Images = Annotated[Path | None, typer.Option(help="Folder of the picture files.")]
Out = Annotated[
    Path | None, typer.Option(help="Table to write, CSV or .parquet; one there is replaced.")
]
TaskName = Annotated[str, typer.Option(help="The question that the table answers.")]
Gallery = Annotated[
    int | None, typer.Option(min=1, help="Paint so many pictures instead and measure those.")
]
Seed = Annotated[int, typer.Option(min=0, help="Decides the painted pictures.")]


@command_edge
def build_features(  # noqa: PLR0913 - one parameter for each option
    interim: Interim = None,
    images: Images = None,
    out: Out = None,
    task: TaskName = COLOR.name,
    target: TargetOption = None,
    dataset: DatasetOption = None,
    jobs: JobsOption = None,
    gallery: Gallery = None,
    seed: Seed = 0,
    features: FeaturesOption = None,
    backbone: BackboneOption = None,
    engine: EngineOption = Engine.LOCAL,
    scheduler: SchedulerOption = None,
) -> None:
    """Measure every picture: its colour, or what a network says; goes on where it stopped."""
    if gallery is not None and (interim or images):
        raise ConfigError("--gallery paints its own pictures; leave out --interim and --images")
    asked = find_task(task, target)
    folders, spec = data_folders(dataset_of(asked, dataset)), spec_for(asked, features, backbone)
    name = table_name(spec) if gallery is None else "gallery.csv"
    order = Order(asked, spec, out or folders.processed / name, jobs)
    _check_place(order, gallery)
    with working_on(engine, scheduler, jobs):
        if gallery is not None:
            rows, broken = build_table(GalleryJob(gallery, seed, spec), order)
        else:
            rows, broken = build_table(table_job(order, folders, interim, images), order)
    print(f"{rows} pictures measured, {broken} left out: {order.path}")
    if broken:
        sys.exit(EXIT_SOME_FAILED)


@dataclass(frozen=True, slots=True)
class Order:
    """What is measured for which question, and where the table goes."""

    task: Task
    spec: FeatureSpec
    path: Path
    jobs: int | None = None


def _check_place(order: Order, gallery: int | None) -> None:
    """Refuse what a network's rows cannot be made of, or written to."""
    if order.spec.name != EMBEDDING:
        return
    if gallery is not None:
        raise ConfigError("--gallery paints colours, which no network need look at; leave it out")
    if not is_parquet(order.path):
        raise ConfigError(
            f"--out {order.path} cannot hold a network's rows; give the name of a .parquet"
        )


def table_job(
    order: Order, folders: DataFolders, interim: Path | None = None, images: Path | None = None
) -> TableJob:
    """Return the job of measuring a data set's pictures."""
    pictures = interim or folders.interim / "pictures.csv"
    # Workers on other machines have current folders of their own.
    folder = (images or folders.images).absolute()
    return TableJob(pictures, interim_schema(order.task), folder, order.task.column, order.spec)


def table_name(spec: FeatureSpec) -> str:
    """Return what the processed table of a data set is called."""
    return f"{EMBEDDING}.parquet" if spec.name == EMBEDDING else "pictures.csv"


def build_table(job: TableJob | GalleryJob, order: Order) -> tuple[int, int]:
    """Write the table; return how many pictures are in it and how many are not."""
    path, failures, schema = order.path, FailureReports(), _schema_of(order)
    place = path.with_name(f".{path.name}.shards")

    def report(row: Row) -> None:
        failures(f"{row.picture.name} is left out: {row.error}")

    with (
        _once_for_all(job, order.spec) as work,
        ShardStore(place) as store,
        job_done(work, store, report, order.jobs, CHANGED) as keys,
    ):
        deque(keys, maxlen=0)  # rows are sorted by their names: all have to be there
        if order.spec.name == EMBEDDING:
            rows = write_rows(store, work.columns, order.spec, path)
        else:
            rows = write_measured(store, work.columns, order.spec, path, schema)
    if not rows:
        raise DataError(f"{path} is not written (no picture could be read); see the errors above")
    return rows, failures.count


@contextmanager
def _once_for_all(
    job: TableJob | GalleryJob, spec: FeatureSpec
) -> Iterator[TableJob | GalleryJob | RowsJob]:
    """Give a job that measures what was never measured before; colours are measured at once."""
    if spec.name == EMBEDDING and isinstance(job, TableJob):
        with LastingRows(spec) as lasting:
            yield RowsJob(job, lasting)
    else:
        yield job


def _schema_of(order: Order) -> pa.DataFrameSchema:
    """Return the form of the table, if its answers can stand where they should."""
    names = OWN_COLUMNS if order.spec.name == EMBEDDING else order.spec.names
    return processed_schema(names, order.task)


if __name__ == "__main__":
    typer.run(build_features)
