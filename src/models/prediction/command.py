"""Stage: pictures and a model -> the class of each, on standard output or in a file."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, BinaryIO, Final, NoReturn

import typer
from tqdm import tqdm

from ...edges import EXIT_SOME_FAILED, command_edge
from ...errors import ConfigError
from ...jobs.failure_reports import FailureReports
from ...records import FailedPrediction
from ..predict_model import Classifier, load_model, predict_many
from .answers import check_min_score
from .formats import OutputFormat, Result, render_results
from .output_file import (
    check_output,
    is_device,
    open_output,
    text_writer,
)
from .parquet_output import write_parquet
from .picture_paths import STDIN, find_pictures, open_stdin, read_stdin

CHANGED: Final = (
    "some pictures changed or went away while they were read; the same command with --force reads "
    "those anew, and only those"
)


@command_edge
def predict_pictures(  # noqa: PLR0913  # one parameter per option
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH", help="Files, folders, quoted patterns, or - for standard input."
        ),
    ],
    output_format: Annotated[
        OutputFormat | None,
        typer.Option(
            "--format", help="How results are written; by default as --output ends, else text."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write instead; an interrupted run goes on."),
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
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="Processes with -o, else threads; by default one per core."),
    ] = None,
) -> None:
    """Name the class of pictures: files, folders, patterns or standard input."""
    check_min_score(min_score)
    chosen = choose_format(output_format, output)
    order = _Order(paths, load_model(model), min_score, chosen, jobs)
    if output is None or is_device(output):
        failed = _answer_at_once(order, output)
    else:
        failed = _fill_file(order, output, force=force)
    if failed:
        sys.exit(EXIT_SOME_FAILED)


def choose_format(given: OutputFormat | None, output: Path | None) -> OutputFormat:
    """Return the format that was asked for, by name or by the suffix of a file.

    Raises
    ------
    ConfigError
        If it is Parquet, which is written to files only, and there is none.
    """
    suffix = output.suffix.lower().removeprefix(".") if output else ""
    known = suffix if suffix in set(OutputFormat) else OutputFormat.TEXT
    chosen = given or OutputFormat(known)
    if chosen is OutputFormat.PARQUET and (output is None or is_device(output)):
        raise ConfigError("Parquet is written to files only; name one with --output")
    return chosen


@dataclass(frozen=True, slots=True)
class _Order:
    """What the command is to do."""

    paths: list[str]
    model: Classifier
    min_score: float
    output_format: OutputFormat
    jobs: int | None

    @property
    def palette(self) -> bool:
        """Whether palettes are wanted: text is the only format without."""
        return self.output_format is not OutputFormat.TEXT


def _answer_at_once(order: _Order, device: Path | None) -> int:
    """Write each answer when it is there; return how many pictures failed."""
    watch = _Watch(progress_bar(order.paths, to_file=device is not None))
    with open_output(device, force=True) as file, watch.bar:
        results = predict_many(
            open_stdin(find_pictures(order.paths)),
            model=order.model,
            min_score=order.min_score,
            palette=order.palette,
            jobs=order.jobs,
        )
        _write(watch(results), order, file)
    return watch.report.count


def _fill_file(order: _Order, path: Path, *, force: bool) -> int:
    """Answer in shards that an interrupt does not undo, then write them all to the file."""
    from .bulk import Job, answer_job, survey_job
    from .result_store import ResultStore

    check_output(path, force=force)
    place = path.resolve()
    with ResultStore(place.with_name(f".{place.name}.answers")) as store:
        stdin = read_stdin() if STDIN in order.paths else b""
        job = Job(order.paths, stdin, order.model, order.min_score, order.palette)
        survey = survey_job(job, store)
        store.keep_only(list(dict(survey)))
        finished = store.finished()
        if done := sum(size for key, size in survey if key in finished):
            print(f"goes on after {done} pictures of an earlier run", file=sys.stderr)
        report = FailureReports()
        keys = answer_job(job, survey, store, report, order.jobs)
        with open_output(path, force=force) as file:
            _write(store.results(keys), order, file)
        if report.count:
            print(f"{report.count} could not be read; all others: {path}", file=sys.stderr)
        if keys == [key for key, _ in survey]:
            store.remove()
        else:
            print(CHANGED, file=sys.stderr)
    return report.count


def _write(results: Iterable[Result], order: _Order, file: BinaryIO) -> None:
    classes = order.model.classes
    if order.output_format is OutputFormat.PARQUET:
        write_parquet(results, classes, file)
    else:
        write = text_writer(file)
        for piece in render_results(results, order.output_format, classes):
            write(piece)


@dataclass
class _Watch:
    """Passes results on; counts and reports the failed ones and moves the bar."""

    bar: "tqdm[NoReturn]"
    report: FailureReports = field(default_factory=FailureReports)

    def __call__(self, results: Iterable[Result]) -> Iterator[Result]:
        for result in results:
            self.bar.update()
            if isinstance(result, FailedPrediction):
                self.report(result.error)
            # Only standard input comes as bytes.
            yield replace(result, source=STDIN) if result.source == "<bytes>" else result


def progress_bar(paths: list[str], *, to_file: bool) -> "tqdm[NoReturn]":
    """Return a bar on standard error, silent where it would mix with results or not be seen."""
    shown = sys.stderr.isatty() and (to_file or not sys.stdout.isatty())
    total = sum(1 for _ in find_pictures(paths)) if shown else None
    return tqdm(total=total, unit=" pictures", disable=not shown)
