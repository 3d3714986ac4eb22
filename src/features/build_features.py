"""Stage: ``data/interim`` and its pictures, or the built-in gallery -> ``data/processed``."""

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from src.config import settings
from src.data.schemas import interim_schema, processed_schema, read_table, write_table
from src.edges import EXIT_SOME_FAILED, command_edge, report_error
from src.errors import ConfigError, DataError
from src.features.extract_features import FeatureSpec
from src.features.gallery_table import gallery_table
from src.features.specs import Features
from src.features.tables import MeasuredPictures, measure_pictures
from src.gallery.colors import COLORS

TARGET: Final = "color"


@command_edge
def build_features(  # noqa: PLR0913 - one parameter for each option
    interim: Annotated[
        Path | None, typer.Option(help="Table of pictures; by default this project's.")
    ] = None,
    images: Annotated[Path | None, typer.Option(help="Folder of the picture files.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Table to write; one that is there is replaced.")
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
) -> None:
    """Measure every picture: 18 features of its colour, one row each."""
    data, spec = settings().data_dir, features.spec
    if gallery is None:
        pictures = interim or data / "interim" / "pictures.csv"
        measured = _measure_table(pictures, images or data / "raw" / "images", jobs, spec)
    elif interim or images:
        raise ConfigError("--gallery paints its own pictures; leave out --interim and --images")
    else:
        measured = MeasuredPictures(gallery_table(gallery, seed, jobs, spec), broken={})
    path = out or data / "processed" / ("pictures.csv" if gallery is None else "gallery.csv")
    for filename, error in measured.broken.items():
        report_error(f"{filename} is left out: {error}")
    if measured.table.empty:
        raise DataError(f"{path} is not written (no picture could be read); see the errors above")
    write_table(measured.table, path, processed_schema(spec.names, TARGET, COLORS))
    print(f"{len(measured.table)} pictures measured, {len(measured.broken)} left out: {path}")
    if measured.broken:
        sys.exit(EXIT_SOME_FAILED)


def _measure_table(
    interim: Path, images: Path, jobs: int | None, spec: FeatureSpec
) -> MeasuredPictures:
    pictures = read_table(interim, interim_schema(TARGET, COLORS))
    if not images.is_dir():
        raise ConfigError(f"there is no folder of pictures at {images}; name it with --images")
    return measure_pictures(pictures, images, TARGET, jobs, spec)


if __name__ == "__main__":
    typer.run(build_features)
