"""Stage: pictures and all models -> what each says of them, on standard output or in a file."""

from typing import Annotated

import typer

from ..edges import command_edge, note
from .analyse import load_each
from .answers import Panel
from .predict_pictures import (
    Force,
    Format,
    Jobs,
    MinScore,
    Output,
    Paths,
    PathsFrom,
    Quiet,
    Top,
    Wanted,
    answer_pictures,
)

TaskNames = Annotated[
    list[str] | None,
    typer.Option(
        "--task", help="Only this question, by name; several are allowed. Default: all there are."
    ),
]


@command_edge
def analyse_pictures(  # noqa: PLR0913 - one parameter per option
    paths: Paths = None,
    paths_from: PathsFrom = None,
    output_format: Format = None,
    output: Output = None,
    force: Force = False,
    task: TaskNames = None,
    min_score: MinScore = 0.0,
    top: Top = None,
    jobs: Jobs = None,
    quiet: Quiet = False,
) -> None:
    """Say all that the models know of pictures, each measured once: every task side by side."""
    wanted = Wanted(paths, paths_from, output_format, output, force, top, jobs, quiet)

    def choose_panel() -> Panel:
        loaded = load_each(task)
        for name, error in loaded.failed.items():
            note(f"{name} is left out: {error}")
        return Panel.of(loaded.models, min_score)

    answer_pictures(wanted, choose_panel)


if __name__ == "__main__":
    typer.run(analyse_pictures)
