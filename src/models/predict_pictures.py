"""Stage: pictures and models -> the class of each, on standard output or in a file."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from ..data.stage_options import ModelOption
from ..edges import EXIT_SOME_FAILED, command_edge, note
from ..errors import ConfigError
from ..features.path_lists import STDIN, PathList
from ..features.picture_paths import PictureSearch
from ..files import check_output, is_device
from .answer_formats import LIBRARIES, WRITERS, OutputFormat
from .answers import Panel
from .classifier import introductions
from .registry import choose_models
from .write_answers import Order, answer_at_once, fill_file

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH",
        show_default=False,
        help="Files, folders, quoted patterns, addresses (https:, data:, file:), @LIST for a file "
        "that lists them, or - for standard input: an image or a list.",
    ),
]
PathsFrom = Annotated[
    list[str] | None,
    typer.Option(
        "--paths-from",
        metavar="LIST",
        help="A file that lists pictures, one a line or ended by NUL; - for standard input.",
    ),
]
Format = Annotated[
    OutputFormat | None,
    typer.Option(
        "--format", help="How results are written; by default as --output ends, else text."
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="File to write instead; an interrupted run goes on."),
]
Force = Annotated[bool, typer.Option("--force", help="Replace the output file.")]
TaskNames = Annotated[
    list[str] | None,
    typer.Option(help="The question, by name; several are answered side by side."),
]
MinScore = Annotated[
    float, typer.Option(help="Give no label where no class is as probable as this, from 0 to 1.")
]
Top = Annotated[
    int | None,
    typer.Option(min=1, help="Name so many classes, the most probable ones: in text and JSON."),
]
Jobs = Annotated[
    int | None,
    typer.Option(min=1, help="Processes with -o, else threads; by default one per core."),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Say neither which models answer nor what marks mean.")
]


@command_edge
def predict_pictures(  # noqa: PLR0913  # one parameter per option
    paths: Paths = None,
    paths_from: PathsFrom = None,
    output_format: Format = None,
    output: Output = None,
    force: Force = False,
    task: TaskNames = None,
    model: ModelOption = None,
    min_score: MinScore = 0.0,
    top: Top = None,
    jobs: Jobs = None,
    quiet: Quiet = False,
) -> None:
    """Name the class of pictures: files, folders, patterns, addresses or standard input."""
    wanted = Wanted(paths, paths_from, output_format, output, force, top, jobs, quiet)
    answer_pictures(wanted, lambda: Panel.of(choose_models(task, model), min_score))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the options say of pictures and of how answers are written."""

    paths: list[str] | None
    paths_from: list[str] | None
    output_format: OutputFormat | None
    output: Path | None
    force: bool
    top: int | None
    jobs: int | None
    quiet: bool


def answer_pictures(wanted: Wanted, choose_panel: Callable[[], Panel]) -> None:
    """Do as the options say; models are loaded when it is known that nothing else is amiss.

    Raises
    ------
    ArtlensError
        If something is amiss.
    SystemExit
        If some pictures could not be read.
    """
    file = None if wanted.output == Path(STDIN) else wanted.output
    if file is not None and not is_device(file):
        check_output(file, force=wanted.force)
    chosen = choose_format(wanted.output_format, file)
    _check_format(chosen, wanted.top)
    search = _search([*(wanted.paths or ()), *map(PathList, wanted.paths_from or ())])
    order = Order(search, choose_panel(), chosen, wanted.top, wanted.jobs)
    say = _say_nothing if wanted.quiet else note
    for line in introductions(order.panel.models):
        say(line)
    if file is None or is_device(file):
        tally = answer_at_once(order, file)
    else:
        tally = fill_file(order, file, force=wanted.force)
        if not tally.failed:
            say(f"{tally.pictures:,} {'picture' if tally.pictures == 1 else 'pictures'}: {file}")
    for line in [*tally.legend(), *search.describe_passed_over()]:
        say(line)
    if tally.failed:
        sys.exit(EXIT_SOME_FAILED)


def choose_format(given: OutputFormat | None, output: Path | None) -> OutputFormat:
    """Return the format that was asked for, by name or by the suffix of a file.

    Raises
    ------
    ConfigError
        If the suffix is that of no format, or the format is written to files only and there is
        none.
    """
    in_file = output is not None and not is_device(output)
    chosen = given or (OutputFormat.of_file(output) if in_file and output else OutputFormat.TEXT)
    if chosen is None:
        raise ConfigError(
            f"cannot tell the format of {output} by its name; end it with .txt, .csv, .tsv, .xlsx, "
            ".json, .jsonl or .parquet, or say --format"
        )
    if chosen in WRITERS and not in_file:
        raise ConfigError(f"{chosen} is written to files only; name one with --output")
    return chosen


def _check_format(chosen: OutputFormat, top: int | None) -> None:
    """Refuse, before anything is done, what could not be written."""
    if library := LIBRARIES.get(chosen):
        import_module(library)
    if top and chosen not in (OutputFormat.TEXT, OutputFormat.JSON, OutputFormat.JSONL):
        raise ConfigError(f"--top is for text and JSON; {chosen} has a column for every class")


def _search(arguments: Sequence[str | PathList]) -> PictureSearch:
    search = PictureSearch(arguments)
    if not arguments:
        raise ConfigError(
            "no pictures are named; give files, folders, patterns or addresses, - for standard "
            "input, or --paths-from LIST"
        )
    if search.stdin_uses > 1:
        raise ConfigError("standard input is named more than once; it can be read once")
    return search


def _say_nothing(text: str) -> None:
    pass


if __name__ == "__main__":
    typer.run(predict_pictures)
