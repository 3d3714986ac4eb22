"""Stage: pictures and a model -> the class of each, on standard output or in a file."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from tqdm import tqdm

from src.edges import EXIT_SOME_FAILED, command_edge, report_error
from src.models.predict_model import load_model, predict_many
from src.models.prediction.answers import check_min_score
from src.models.prediction.formats import OutputFormat, Result, render_results
from src.models.prediction.output_file import open_output
from src.models.prediction.picture_paths import STDIN, find_pictures, open_stdin
from src.records import FailedPrediction


@command_edge
def predict_pictures(  # noqa: PLR0913  # one parameter per option
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH", help="Files, folders, quoted patterns, or - for standard input."
        ),
    ],
    output_format: Annotated[
        OutputFormat, typer.Option("--format", help="How results are written.")
    ] = OutputFormat.TEXT,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write instead of standard output."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the output file.")] = False,
    model: Annotated[
        Path | None,
        typer.Option(help="Model folder; by default this project's or the shipped one."),
    ] = None,
    min_score: Annotated[
        float,
        typer.Option(help="Give no label where no class is as probable as this, from 0 to 1."),
    ] = 0.0,
) -> None:
    """Name the class of pictures: files, folders, patterns or standard input."""
    check_min_score(min_score)
    classifier = load_model(model)
    watch = _Watch(progress_bar(paths, to_file=output is not None))
    with open_output(output, force=force) as write, watch.bar:
        pictures = open_stdin(find_pictures(paths))
        results = predict_many(
            pictures,
            model=classifier,
            min_score=min_score,
            # The only format without it.
            palette=output_format is not OutputFormat.TEXT,
        )
        for piece in render_results(watch(results), output_format, classifier.classes):
            write(piece)
    if watch.failed:
        sys.exit(EXIT_SOME_FAILED)


@dataclass
class _Watch:
    """Passes results on; counts and reports the failed ones and moves the bar."""

    bar: "tqdm[NoReturn]"
    failed: int = 0

    def __call__(self, results: Iterable[Result]) -> Iterator[Result]:
        for result in results:
            self.bar.update()
            if isinstance(result, FailedPrediction):
                self.failed += 1
                with tqdm.external_write_mode(file=sys.stderr):
                    report_error(result.error)
            # Only standard input comes as bytes.
            yield replace(result, source=STDIN) if result.source == "<bytes>" else result


def progress_bar(paths: list[str], *, to_file: bool) -> "tqdm[NoReturn]":
    """Return a bar on standard error, silent where it would mix with results or not be seen."""
    shown = sys.stderr.isatty() and (to_file or not sys.stdout.isatty())
    total = sum(1 for _ in find_pictures(paths)) if shown else None
    return tqdm(total=total, unit=" pictures", disable=not shown)
