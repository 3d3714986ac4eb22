"""Stage: ``data/interim`` and its pictures, or the built-in gallery -> ``data/processed``."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from ..config import DataFolders, data_folders
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
from .extract_features import FeatureSpec
from .gallery_table import GalleryJob
from .measured_table import TableJob, write_measured
from .specs import Features

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
Version = Annotated[
    Features, typer.Option(help="v1: 18 means and deviations; v2: these and 46 more.")
]


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
    features: Version = Features.V1,
    engine: EngineOption = Engine.LOCAL,
    scheduler: SchedulerOption = None,
) -> None:
    """Measure every picture: 18 features of its colour, one row each; goes on where it stopped."""
    if gallery is not None and (interim or images):
        raise ConfigError("--gallery paints its own pictures; leave out --interim and --images")
    asked = find_task(task, target)
    folders = data_folders(dataset_of(asked, dataset))
    path = out or folders.processed / ("pictures.csv" if gallery is None else "gallery.csv")
    order = Order(asked, features.spec(), path, jobs)
    job: TableJob | GalleryJob
    if gallery is not None:
        job = GalleryJob(gallery, seed, features.spec())
    else:
        job = table_job(order, folders, interim, images)
    with working_on(engine, scheduler, jobs):
        rows, broken = build_table(job, order)
    print(f"{rows} pictures measured, {broken} left out: {path}")
    if broken:
        sys.exit(EXIT_SOME_FAILED)


@dataclass(frozen=True, slots=True)
class Order:
    """What is measured for which question, and where the table goes."""

    task: Task
    spec: FeatureSpec
    path: Path
    jobs: int | None = None


def table_job(
    order: Order, folders: DataFolders, interim: Path | None = None, images: Path | None = None
) -> TableJob:
    """Return the job of measuring a data set's pictures."""
    pictures = interim or folders.interim / "pictures.csv"
    # Workers on other machines have current folders of their own.
    folder = (images or folders.raw / "images").absolute()
    return TableJob(pictures, interim_schema(order.task), folder, order.task.column, order.spec)


def build_table(job: TableJob | GalleryJob, order: Order) -> tuple[int, int]:
    """Write the table; return how many pictures are in it and how many are not."""
    schema = processed_schema(order.spec.names, order.task)
    path, failures = order.path, FailureReports()
    place = path.with_name(f".{path.name}.shards")

    def report(row: Row) -> None:
        failures(f"{row.picture.name} is left out: {row.error}")

    with ShardStore(place) as store, job_done(job, store, report, order.jobs, CHANGED):
        rows = write_measured(store, job.columns, order.spec, path, schema)
    if not rows:
        raise DataError(f"{path} is not written (no picture could be read); see the errors above")
    return rows, failures.count


if __name__ == "__main__":
    typer.run(build_features)
