"""Stage: a model folder and its table -> ``reports/<model>/report.html`` and its figures as PNG."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..config import project_root, settings
from ..data.stage_options import ModelOption, TaskOption
from ..edges import command_edge
from ..errors import ConfigError
from ..files import check_folder

Data = Annotated[
    Path | None,
    typer.Option(help="The table it was trained on; else this project's, or the gallery anew."),
]
Images = Annotated[
    Path | None, typer.Option(help="Folder of the pictures, for the contact sheets.")
]
Out = Annotated[Path | None, typer.Option(help="Folder to write; a report in it is replaced.")]
Jobs = Annotated[int | None, typer.Option(min=1, help="Processes; by default one per core.")]


@command_edge
def report(  # noqa: PLR0913 - one parameter for each option
    model: ModelOption = None,
    data: Data = None,
    images: Images = None,
    out: Out = None,
    jobs: Jobs = None,
    task: TaskOption = None,
) -> None:
    """Draw and write down how good a model is: one HTML file, and its figures as PNG."""
    # All commands are registered together, and only this one has a use for these.
    from joblib import cpu_count
    from tqdm import tqdm

    from ..features.specs import takes_uncut
    from ..models.registry import choose_models
    from .image_files import draw_plates
    from .judged_model import TaggedModel, find_model_table, find_pictures_of, judge_model
    from .plates import plan_plates
    from .report_page import write_report

    (classifier,) = choose_models([task] if task else None, model)
    out = out or project_root() / "reports" / classifier.name
    _check_folders(out, images)
    judged = judge_model(classifier, find_model_table(classifier.metadata, data, jobs).table)
    raw = settings().data_dir / "raw"
    folders = [images] if images else [raw / "images", raw / classifier.task.name / "images"]
    uncut = takes_uncut(classifier.metadata.feature_spec)
    load = find_pictures_of(judged.table, *folders, uncut=uncut)
    plates = list(plan_plates(judged, load, jobs or cpu_count()))
    watched = tqdm(plates, "figures", unit="figure", disable=not sys.stderr.isatty())
    tags = judged.judgement if isinstance(judged, TaggedModel) else None
    page = write_report(out, classifier.metadata, list(draw_plates(watched)), tags)
    print(f"{len(plates)} figures and {page}")


def _check_folders(out: Path, images: Path | None) -> None:
    """Refuse at the start what would fail, or be missing, at the end."""
    check_folder(out)
    if images is not None and not images.is_dir():
        raise ConfigError(f"no folder {images}; give the one that holds the table's pictures")


if __name__ == "__main__":
    typer.run(report)
