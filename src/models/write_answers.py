"""Pictures that are searched for -> answers, on standard output or in a file, and their tally."""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NoReturn

from tqdm import tqdm

from ..edges import FailureReports, note
from ..errors import ArtlensError, ImageError
from ..features.lasting_pictures import LastingPictures
from ..features.measuring import Measured
from ..features.paths_job import PathsJob
from ..features.picture_addresses import stop_fetching
from ..features.picture_paths import PictureSearch
from ..files import open_output, text_writer
from ..jobs.runner import job_done
from ..jobs.shard_store import Picture, ShardStore
from ..records import FailedPrediction, Prediction
from .answer_formats import UNMARKED, WRITERS, OutputFormat, render_answers
from .answer_tables import Answers, Heading
from .answers import BATCH, Finished, Panel
from .predict_many import answer_each

CHANGED = (
    "some pictures changed, went away or could not be fetched while they were read; the same "
    "command with --force reads those anew and keeps the rest, but for what was measured together "
    "with them"
)


@dataclass(frozen=True, slots=True)
class Order:
    """What the command is to do.

    Attributes
    ----------
    search : PictureSearch
    panel : Panel
    output_format : OutputFormat
    top : int or None
        Of how many classes text and JSON tell.
    jobs : int or None
        Threads or processes.
    """

    search: PictureSearch
    panel: Panel
    output_format: OutputFormat
    top: int | None
    jobs: int | None

    def job(self, processes: int, lasting: LastingPictures | None = None) -> PathsJob:
        """Return what has to be measured; text is the only format without palettes."""
        palette = self.output_format is not OutputFormat.TEXT
        return PathsJob(self.search, self.panel.specs, palette, processes, lasting)


@dataclass(slots=True)
class Tally:
    """Passes answers on, and counts pictures, those that failed, and those with each warning."""

    pictures: int = 0
    failed: int = 0
    _warned: Counter[str] = field(default_factory=Counter)
    _meanings: dict[str, str] = field(default_factory=dict)

    def __call__(self, answers: Iterable[Answers]) -> Iterator[Answers]:
        """Yield each picture's answers as they come."""
        for results in answers:
            self.pictures += 1
            self.failed += isinstance(results[0], FailedPrediction)
            found = [result for result in results if isinstance(result, Prediction)]
            warned: dict[str, str] = {w.code: w.message for r in found for w in r.warnings}
            self._warned.update(warned.keys())
            self._meanings.update(warned)
            yield results

    def legend(self) -> Iterator[str]:
        """Say in lines what the pictures are marked with that stand out."""
        for code, count in self._warned.items():
            if code not in UNMARKED:
                where = f"{count:,} of {self.pictures:,}: " if self.pictures > 1 else ""
                yield f"[{code}] {where}{self._meanings[code]}"


def answer_at_once(order: Order, device: Path | None) -> Tally:
    """Write each answer when it is there."""
    tally, report, job = Tally(), FailureReports(), order.job(processes=1)

    def finish(picture: Picture) -> Finished:
        found = job.measure(picture)
        if isinstance(found, ArtlensError):
            return FailedPrediction(picture.name, found)
        return picture.name, found

    bar = progress_bar(order.search, to_file=device is not None)
    with open_output(device, force=True) as file, bar:
        answers = tally(
            answer_each(order.search, finish, order.panel, order.jobs, on_stop=stop_fetching)
        )
        _write(_watched(answers, report, bar), order, file)
    return tally


def fill_file(order: Order, path: Path, *, force: bool) -> Tally:
    """Measure in shards that an interrupt does not undo; write answers to the file meanwhile.

    Those of networks are written when all is measured.
    """
    try:
        return _fill_file(order, path, force=force)
    except KeyboardInterrupt:
        note("what was measured is kept: the same command goes on from there")
        raise


def _fill_file(order: Order, path: Path, *, force: bool) -> Tally:
    place, report, tally = path.resolve(), FailureReports(), Tally()
    with (
        ShardStore(place.with_name(f".{place.name}.answers")) as store,
        LastingPictures(order.panel.specs) as lasting,
    ):
        job = order.job(order.jobs or os.cpu_count() or 1, lasting)
        with job_done(job, store, lambda row: report(row.error), order.jobs, CHANGED) as keys:
            with open_output(path, force=force) as file:
                _write(tally(_answer_rows(store, keys, order.panel)), order, file)
            if tally.failed:
                note(_describe_failures(tally, path, order.output_format))
    return tally


def _describe_failures(tally: Tally, path: Path, output_format: OutputFormat) -> str:
    """Say where the answers to the other pictures are, if there are others."""
    if tally.failed < tally.pictures:
        return f"{tally.failed:,} of {tally.pictures:,} could not be read; all others: {path}"
    rest = "is empty" if output_format is OutputFormat.TEXT else "says why"
    return f"none of {tally.pictures:,} could be read; {path} {rest}"


def _answer_rows(store: ShardStore, keys: Iterable[str], panel: Panel) -> Iterator[Answers]:
    """Score what was measured, in the batches of `predict_many`: every score has the same bits."""
    if any(spec.network for spec in panel.specs):
        # Products of rows as wide as these are shared among BLAS's threads, which wait for the next
        # by turning in circles: on cores that others measure with, so these come to an end first.
        keys = list(keys)
    rows = (
        (row.picture.name, Measured.unpack(row.content, panel.specs))
        if row.content is not None
        else FailedPrediction(row.picture.name, ImageError(row.error or ""))
        for row in store.rows(keys)
    )
    while batch := list[Finished](islice(rows, BATCH)):
        yield from panel.answer(batch)


def _write(answers: Iterable[Answers], order: Order, file: BinaryIO) -> None:
    headings = [Heading.of(model.task, model.classes) for model in order.panel.models]
    if write_all := WRITERS.get(order.output_format):
        write_all(answers, headings, file)
    else:
        write = text_writer(file)
        for piece in render_answers(answers, order.output_format, headings, order.top):
            write(piece)


def _watched(
    answers: Iterable[Answers], report: FailureReports, bar: "tqdm[NoReturn]"
) -> Iterator[Answers]:
    """Pass answers on; report the failed ones, and move the bar."""
    for results in answers:
        bar.update()
        if isinstance(results[0], FailedPrediction):
            report(results[0].error)
        yield results


def progress_bar(search: PictureSearch, *, to_file: bool) -> "tqdm[NoReturn]":
    """Return a bar on standard error, silent where it would mix with results or not be seen."""
    shown = sys.stderr.isatty() and (to_file or not sys.stdout.isatty())
    again = PictureSearch(search.arguments) if shown and search.can_be_repeated else None
    total = None if again is None else sum(1 for _ in again)
    return tqdm(total=total, unit=" pictures", disable=not shown)
