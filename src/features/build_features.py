"""Stage: ``data/interim`` and its pictures, or the built-in gallery -> ``data/processed``."""

import sys
from pathlib import Path
from typing import Annotated, Final

import pandera.pandas as pa
import typer

from src.config import settings
from src.data.schemas import interim_schema, processed_schema
from src.data.table_streams import open_table
from src.edges import EXIT_SOME_FAILED, command_edge, report_error
from src.errors import ConfigError, DataError
from src.features.bulk import Job, measure_job, survey_job, write_measured
from src.features.engines import Engine, working_on
from src.features.gallery_table import gallery_table
from src.features.shard_store import ShardStore
from src.features.specs import Features
from src.gallery.colors import COLORS

TARGET: Final = "color"


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
    schema = processed_schema(spec.names, TARGET, COLORS)
    if gallery is None:
        pictures, folder = (
            interim or data / "interim" / "pictures.csv",
            # Workers on other machines have current folders of their own.
            (images or data / "raw" / "images").absolute(),
        )
        job = Job(pictures, interim_schema(TARGET, COLORS), folder, TARGET, spec)
        with working_on(engine, scheduler, jobs):
            rows, broken = _measure_table(job, path, schema, jobs)
    elif interim or images:
        raise ConfigError("--gallery paints its own pictures; leave out --interim and --images")
    else:
        with working_on(engine, scheduler, jobs):
            table = gallery_table(gallery, seed, jobs, spec)
        with open_table(path, schema) as write:
            write(table[list(schema.columns)])
        rows, broken = len(table), 0
    print(f"{rows} pictures measured, {broken} left out: {path}")
    if broken:
        sys.exit(EXIT_SOME_FAILED)


def _measure_table(
    job: Job, path: Path, schema: pa.DataFrameSchema, jobs: int | None
) -> tuple[int, int]:
    """Write the table; return how many pictures are in it and how many are not."""
    sizes = survey_job(job)
    if not job.folder.is_dir():
        raise ConfigError(f"there is no folder of pictures at {job.folder}; name it with --images")
    with ShardStore(path.with_name(f".{path.name}.shards")) as store:
        store.keep_only(list(sizes))
        if done := sum(sizes[key] for key in store.finished()):
            print(f"goes on after {done} pictures of an earlier run", file=sys.stderr)
        measure_job(job, sizes, store, jobs)
        rows, broken = write_measured(job, store, path, schema), _report_broken(store)
        store.remove()
    if not rows:
        raise DataError(f"{path} is not written (no picture could be read); see the errors above")
    return rows, broken


def _report_broken(store: ShardStore) -> int:
    count = 0
    for picture in store.broken():
        report_error(f"{picture.filename} is left out: {picture.error}")
        count += 1
    return count


if __name__ == "__main__":
    typer.run(build_features)
