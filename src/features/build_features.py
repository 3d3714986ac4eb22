"""Stage: ``data/interim`` and its pictures, or the built-in gallery -> ``data/processed``."""

import sys
from pathlib import Path
from typing import Annotated, Any, Final

import pandera.pandas as pa
import typer

from ..config import settings
from ..data.schemas import interim_schema, processed_schema
from ..edges import EXIT_SOME_FAILED, command_edge
from ..errors import ConfigError, DataError
from ..jobs.engines import Engine, working_on
from ..jobs.failure_reports import FailureReports
from ..tasks import COLOR
from .bulk import Job, measure_job, survey_job, write_measured
from .gallery_job import GalleryJob
from .shard_store import MeasuredPicture, ShardStore
from .specs import Features
from .table_job import TableJob

TARGET: Final = COLOR.column
CHANGED: Final = (
    "some pictures changed or went away while they were measured; the same command measures these "
    "anew, and only these"
)


@command_edge
def build_features(  # noqa: PLR0913 - one parameter for each option
    interim: Annotated[
        Path | None, typer.Option(help="Table of pictures; by default this project's.")
    ] = None,
    images: Annotated[Path | None, typer.Option(help="Folder of the picture files.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Table to write, CSV or .parquet; one there is replaced."),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes; by default one per core.")
    ] = None,
    gallery: Annotated[
        int | None, typer.Option(min=1, help="Paint so many pictures instead and measure those.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides the painted pictures.")] = 0,
    features: Annotated[
        Features, typer.Option(help="v1: 18 means and deviations; v2: these and 46 more.")
    ] = Features.V1,
    engine: Annotated[
        Engine, typer.Option(help="This machine's cores, or a dask cluster's.")
    ] = Engine.LOCAL,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of the dask scheduler, as tcp://10.0.0.5:8786.")
    ] = None,
) -> None:
    """Measure every picture: 18 features of its colour, one row each; goes on where it stopped."""
    data, spec = settings().data_dir, features.spec
    path = out or data / "processed" / ("pictures.csv" if gallery is None else "gallery.csv")
    schema = processed_schema(spec.names, COLOR)
    if gallery is not None and (interim or images):
        raise ConfigError("--gallery paints its own pictures; leave out --interim and --images")
    job: TableJob | GalleryJob
    if gallery is not None:
        job = GalleryJob(gallery, seed, TARGET, spec)
    else:
        pictures = interim or data / "interim" / "pictures.csv"
        # Workers on other machines have current folders of their own.
        folder = (images or data / "raw" / "images").absolute()
        job = TableJob(pictures, interim_schema(COLOR), folder, TARGET, spec)
    with working_on(engine, scheduler, jobs):
        rows, broken = _build_table(job, path, schema, jobs)
    print(f"{rows} pictures measured, {broken} left out: {path}")
    if broken:
        sys.exit(EXIT_SOME_FAILED)


def _build_table(
    job: Job[Any], path: Path, schema: pa.DataFrameSchema, jobs: int | None
) -> tuple[int, int]:
    """Write the table; return how many pictures are in it and how many are not."""
    sizes, report = survey_job(job), FailureReports()
    with ShardStore(path.with_name(f".{path.name}.shards")) as store:
        store.keep_only(list(sizes))
        if done := sum(sizes[key] for key in store.finished()):
            print(f"goes on after {done} pictures of an earlier run", file=sys.stderr)
        measure_job(job, sizes, store, lambda picture: report(_left_out(picture)), jobs)
        rows = write_measured(job, store, path, schema)
        if store.finished() == set(sizes):
            store.remove()
        else:
            print(CHANGED, file=sys.stderr)
    if not rows:
        raise DataError(f"{path} is not written (no picture could be read); see the errors above")
    return rows, report.count


def _left_out(picture: MeasuredPicture) -> str:
    return f"{picture.filename} is left out: {picture.error}"


if __name__ == "__main__":
    typer.run(build_features)
