"""Stage: pictures and models -> the class of each, on standard output or in a file."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Annotated, BinaryIO, Final, NoReturn

import typer
from tqdm import tqdm

from ..data.stage_options import ModelOption
from ..edges import EXIT_SOME_FAILED, FailureReports, command_edge
from ..errors import ConfigError, ImageError
from ..features.measuring import Measured
from ..features.picture_paths import STDIN, PathsJob, find_pictures, open_stdin, read_stdin
from ..files import check_output, is_device, open_output, text_writer
from ..jobs.runner import job_done
from ..jobs.shard_store import ShardStore
from ..records import FailedPrediction
from .answer_formats import Answers, Heading, OutputFormat, render_answers, write_parquet
from .answers import BATCH, Finished, Panel
from .predict_many import answer_many
from .registry import choose_models

CHANGED: Final = (
    "some pictures changed or went away while they were read; the same command with --force reads "
    "those anew, and only those"
)

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH", help="Files, folders, quoted patterns, or - for standard input."
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
Jobs = Annotated[
    int | None,
    typer.Option(min=1, help="Processes with -o, else threads; by default one per core."),
]


@command_edge
def predict_pictures(  # noqa: PLR0913  # one parameter per option
    paths: Paths,
    output_format: Format = None,
    output: Output = None,
    force: Force = False,
    task: TaskNames = None,
    model: ModelOption = None,
    min_score: MinScore = 0.0,
    jobs: Jobs = None,
) -> None:
    """Name the class of pictures: files, folders, patterns or standard input."""
    chosen = choose_format(output_format, output)
    panel = Panel.of(choose_models(task, model), min_score)
    order = _Order(paths, panel, chosen, jobs)
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
    panel: Panel
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
        answers = answer_many(
            open_stdin(find_pictures(order.paths)),
            order.panel,
            palette=order.palette,
            jobs=order.jobs,
        )
        _write(watch(answers), order, file)
    return watch.report.count


def _fill_file(order: _Order, path: Path, *, force: bool) -> int:
    """Measure in shards that an interrupt does not undo, then write all answers to the file."""
    check_output(path, force=force)
    place, report = path.resolve(), FailureReports()
    with ShardStore(place.with_name(f".{place.name}.answers")) as store:
        stdin = read_stdin() if STDIN in order.paths else b""
        job = PathsJob(order.paths, stdin, order.panel.specs, order.palette)
        with job_done(job, store, lambda row: report(row.error), order.jobs, CHANGED) as keys:
            with open_output(path, force=force) as file:
                _write(_answer_rows(store, keys, order.panel), order, file)
            if report.count:
                print(f"{report.count} could not be read; all others: {path}", file=sys.stderr)
    return report.count


def _answer_rows(store: ShardStore, keys: Sequence[str], panel: Panel) -> Iterator[Answers]:
    """Score what was measured, in the batches of `predict_many`: every score has the same bits."""
    rows = (
        (row.picture.name, Measured.unpack(row.content, panel.specs))
        if row.content is not None
        else FailedPrediction(row.picture.name, ImageError(row.error or ""))
        for row in store.rows(keys)
    )
    while batch := list[Finished](islice(rows, BATCH)):
        yield from panel.answer(batch)


def _write(answers: Iterable[Answers], order: _Order, file: BinaryIO) -> None:
    headings = [Heading(model.task.name, model.classes) for model in order.panel.models]
    if order.output_format is OutputFormat.PARQUET:
        write_parquet(answers, headings, file)
    else:
        write = text_writer(file)
        for piece in render_answers(answers, order.output_format, headings):
            write(piece)


@dataclass
class _Watch:
    """Passes answers on; counts and reports the failed ones and moves the bar."""

    bar: "tqdm[NoReturn]"
    report: FailureReports = field(default_factory=FailureReports)

    def __call__(self, answers: Iterable[Answers]) -> Iterator[Answers]:
        for results in answers:
            self.bar.update()
            if isinstance(results[0], FailedPrediction):
                self.report(results[0].error)
            # Only standard input comes as bytes.
            from_stdin = results[0].source == "<bytes>"
            yield [replace(result, source=STDIN) for result in results] if from_stdin else results


def progress_bar(paths: list[str], *, to_file: bool) -> "tqdm[NoReturn]":
    """Return a bar on standard error, silent where it would mix with results or not be seen."""
    shown = sys.stderr.isatty() and (to_file or not sys.stdout.isatty())
    total = sum(1 for _ in find_pictures(paths)) if shown else None
    return tqdm(total=total, unit=" pictures", disable=not shown)


if __name__ == "__main__":
    typer.run(predict_pictures)
