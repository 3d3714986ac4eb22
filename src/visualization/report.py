"""Stage: a model folder and its table -> ``reports/<task>/report.html`` and its figures as PNG."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..config import project_root, settings
from ..edges import command_edge
from ..errors import ConfigError
from ..tasks import COLOR


@command_edge
def report(
    model: Annotated[
        Path | None,
        typer.Option(help="Model folder; by default this project's or the shipped one."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="The table it was trained on; else this project's, or the gallery anew."),
    ] = None,
    images: Annotated[
        Path | None, typer.Option(help="Folder of the pictures, for the contact sheets.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write; a report in it is replaced.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes; by default one per core.")
    ] = None,
) -> None:
    """Draw and write down how good a model is: one HTML file, and its figures as PNG."""
    # All commands are registered together, and only this one has a use for these.
    from joblib import cpu_count
    from tqdm import tqdm

    from ..models.predict_model import load_model
    from .reporting.drawing import draw_plates, write_report
    from .reporting.judged_model import judge_model
    from .reporting.model_table import find_model_table
    from .reporting.pictures import find_pictures_of
    from .reporting.plates import plan_plates

    out = out or project_root() / "reports" / COLOR.name
    _check_folders(out, images)
    classifier = load_model(model)
    table = find_model_table(classifier.metadata, COLOR, data, jobs).table
    judged = judge_model(classifier, table, COLOR)
    load = find_pictures_of(table, images or settings().data_dir / "raw" / "images")
    plates = list(plan_plates(judged, load, jobs or cpu_count()))
    watched = tqdm(plates, "figures", unit="figure", disable=not sys.stderr.isatty())
    page = write_report(
        out,
        classifier.metadata,
        list(draw_plates(watched)),
    )
    print(f"{len(plates)} figures and {page}")


def _check_folders(out: Path, images: Path | None) -> None:
    """Refuse at the start what would fail, or be missing, at the end."""
    if out.exists() and not out.is_dir():
        raise ConfigError(f"cannot write {out}: it is a file; give the name of a folder")
    if images is not None and not images.is_dir():
        raise ConfigError(f"no folder {images}; give the one that holds the table's pictures")


if __name__ == "__main__":
    typer.run(report)
