"""The one bulk runner: pictures in shards, each done once, by processes or on a cluster."""

import os
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import tee
from typing import Any, Final, Generic, Protocol, TypeVar

from .. import __version__
from ..errors import ArtlensError
from .shard_store import Picture, Row, ShardStore

Item = TypeVar("Item")
Result = TypeVar("Result")

# Half a second of work on thumbnails: as much as an interrupt can cost.
SHARD_PICTURES: Final = 1024


@dataclass(frozen=True, slots=True)
class Work(Generic[Item, Result]):
    """What worker processes do with each item; see `parallel_map`."""

    label: str
    function: Callable[[Item], Result]
    lost: Callable[[Item], Result] | None = None


class Job(Protocol):
    """Which pictures there are, and what is done with each."""

    @property
    def work(self) -> Work[Any, Any]:
        """What is done with an item."""

    def shards(self) -> Iterator[list[Picture]]:
        """Yield all pictures, in the parts that are finished together; this is asked once.

        Raises
        ------
        ArtlensError
            If the job cannot be done.
        """

    def items(self, pictures: Sequence[Picture]) -> list[Any]:
        """Return what worker processes are given of these pictures."""

    def key(self, pictures: Sequence[Picture]) -> str:
        """Return a digest of all that decides about the results, the files' state included."""

    def row(self, picture: Picture, result: Any) -> Row:
        """Return what is kept of a result."""


@dataclass(slots=True)
class _Shard:
    place: int
    key: str
    pictures: Sequence[Picture]
    items: Sequence[Any]


@contextmanager
def job_done(
    job: Job, store: ShardStore, report: Callable[[Row], None], jobs: int | None, changed: str
) -> Iterator[Iterator[str]]:
    """Do a job from where an earlier run of it stopped; its store is gone when the block ends.

    It is done as the block asks for its keys: what is made of a shard, others do not wait for.

    Parameters
    ----------
    job, store, report, jobs
        As for `run_job`.
    changed : str
        Is said where pictures changed meanwhile; then the store stays, for another run.

    Yields
    ------
    iterator of str
        What `run_job` does.
    """
    survey = survey_job(job, store)
    with closing(run_job(job, survey, store, report, jobs)) as running:
        keys, again = tee(running)
        yield keys
        unchanged = list(again) == [key for key, _ in survey]
    if unchanged:
        store.remove()
    else:
        print(changed, file=sys.stderr)


def survey_job(job: Job, store: ShardStore) -> list[tuple[str, int]]:
    """Look once for the pictures of a job and at their files, and note them in the store.

    Returns
    -------
    list of tuple
        Key of each shard, with its number of pictures. What was finished of other shards than
        these is forgotten.

    Raises
    ------
    ArtlensError
        If the job cannot be done.
    """
    survey = list[tuple[str, int]]()
    try:
        for pictures in job.shards():
            store.plan(len(survey), pictures)
            survey.append((job.key(pictures), len(pictures)))
    except ArtlensError:
        if not store.finished():
            store.remove()
        raise
    store.keep_only([key for key, _ in survey])
    finished = store.finished()
    if done := sum(size for key, size in survey if key in finished):
        print(f"goes on after {done} pictures of an earlier run", file=sys.stderr)
    return survey


def run_job(
    job: Job,
    survey: Sequence[tuple[str, int]],
    store: ShardStore,
    report: Callable[[Row], None],
    jobs: int | None = None,
) -> Generator[str]:
    """Do what is not in the store yet of a job, and yield the key of each shard when it is there.

    Parameters
    ----------
    job : Job
    survey : sequence of tuple
        From `survey_job`.
    store : ShardStore
        Gets each shard when it is finished; in the end it holds those of the job alone.
    report : callable
        Is given each row in which something is wrong when its shard is finished, or found finished.
    jobs : int, optional
        Number of processes; by default one per core.

    Yields
    ------
    str
        In order, under which key the store has a shard. One of which a file changed or went away
        since the survey is there under another key than it had then: its results may be of either
        state. They are good for this run, and for no other.
    """
    finished, keys, told = store.finished(), list[str](), 0
    left = sum(size for key, size in survey if key not in finished)

    def unfinished() -> Iterator[_Shard]:
        for place, (key, _) in enumerate(survey):
            pictures = store.planned(place)
            keys.append(key)
            if key in finished and key == job.key(pictures):
                _report_broken(store, key, report)
            else:
                yield _Shard(place, key, pictures, job.items(pictures))

    for shard, results in _map_shards(job.work, unfinished(), left, jobs):
        # Before the key is asked for: rows may tell the job what it could not have.
        rows = list(map(job.row, shard.pictures, results))
        key = shard.key if shard.key == job.key(shard.pictures) else f"{shard.key} changed"
        store.finish(key, rows)
        keys[shard.place] = key
        _report_broken(store, key, report)
        # Those before it too that were found finished.
        yield from keys[told : shard.place + 1]
        told = shard.place + 1
    yield from keys[told:]
    if keys != [key for key, _ in survey]:
        store.keep_only(keys)  # not what was finished before and has changed since the survey


@dataclass(slots=True)
class _Queue:
    """The items of all shards; the shards themselves wait for the results."""

    shards: Iterable[_Shard]
    length: int
    waiting: deque[_Shard] = field(default_factory=deque)

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[Any]:
        for shard in self.shards:
            self.waiting.append(shard)
            yield from shard.items


def _map_shards(
    work: Work[Any, Any], shards: Iterable[_Shard], total: int, jobs: int | None
) -> Iterator[tuple[_Shard, list[Any]]]:
    """Yield each shard, in order, with the results; shards are taken as they are needed."""
    # Who reads a few pictures in threads should not wait for it.
    from .parallel_map import parallel_map

    queue, results = _Queue(shards, total), list[Any]()
    for result in parallel_map(work.function, queue, jobs, work.label, lost=work.lost):
        results.append(result)
        if len(results) == len(queue.waiting[0].items):
            yield queue.waiting.popleft(), results
            results = []


def _report_broken(store: ShardStore, key: str, report: Callable[[Row], None]) -> None:
    for row in store.broken(key):
        report(row)


def digest(*content: object) -> str:
    """Return a key that is another one as soon as anything of the content is, or this package."""
    return sha256(repr((__version__, *content)).encode("utf-8", "surrogatepass")).hexdigest()


def stamp_file(path: str) -> tuple[int, ...]:
    """Return what changes when a file does: size and time; nothing where there is no file."""
    try:
        status = os.stat(path)  # noqa: PTH116 - several times as fast, and there may be millions
    except (OSError, ValueError):
        return ()
    return status.st_size, status.st_mtime_ns
