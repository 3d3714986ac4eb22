"""Answers off the event loop: a few threads, a short queue, and no more than that at once."""

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ..errors import ImageError
from ..features.measuring import Measured, measure_picture, measure_shown
from ..images import load_shown
from ..models.answers import Finished, Panel, Result, Watch
from ..records import FailedPrediction
from .limits import ServiceLimits
from .metrics import Metrics
from .problems import busy

# Pictures that wait are scored together, which costs little more than scoring one; large ones
# would hold the others up.
_BATCH: Final = 8
_BATCH_BYTES: Final = 256_000
# <malloc.h>: parameters of mallopt.
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8

# Blocks of pictures up to a megapixel come from the heap, where they cost no page faults; what is
# larger is mapped by itself.
_LARGE_BYTES: Final = 4 << 20
# As many of them as one picture takes stay with a heap when they are free; with less, each picture
# would ask the system for all of its memory again, which doubles its time.
_KEPT_BYTES: Final = 4 * _LARGE_BYTES

_NO_TURN: Final = nullcontext()

Found = TypeVar("Found")


@dataclass(slots=True, eq=False)
class Job:
    """A picture that waits for the answers of some models.

    Attributes
    ----------
    content : bytes
    panel : Panel
        Who is asked.
    done : asyncio.Future
        Resolved, on its own event loop, with an answer of each model or a FailedPrediction in its
        place.
    """

    content: bytes
    panel: Panel
    done: "asyncio.Future[tuple[Result, ...]]"

    @property
    def size(self) -> int:
        """How many bytes it takes."""
        return len(self.content)


@dataclass(slots=True, eq=False)
class Errand:
    """Anything else that takes its time, and is done alone.

    Attributes
    ----------
    size : int
        Bytes of the pictures that it is about.
    work : callable
    done : asyncio.Future
        Resolved with what `work` returns.
    """

    size: int
    work: Callable[[], Any]
    done: "asyncio.Future[Any]"


class Inference:
    """Threads that measure pictures and ask models, for one event loop.

    There is one set of them, however many models are asked.

    Parameters
    ----------
    limits : ServiceLimits
    metrics : Metrics
    """

    def __init__(self, limits: ServiceLimits, metrics: Metrics) -> None:
        self._limits = limits
        self._metrics = metrics
        self._queue: SimpleQueue[Job | Errand | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._turn = Lock()
        self.waiting = 0

    def start(self) -> None:
        """Start the threads."""
        # Each thread does one picture at a time; more threads within would only get in the way.
        cv2.setNumThreads(1)
        threadpool_limits(1)
        for number in range(self._limits.threads or os.cpu_count() or 1):
            thread = Thread(target=self._work, name=f"artlens-predict-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End the threads when they have done what waits."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def has_room(self, count: int = 1) -> bool:
        """Tell whether so many more pictures may wait; if none does, any batch may."""
        return not self.waiting or self.waiting + count <= self._limits.max_waiting

    async def ask(self, pictures: Sequence[bytes], panel: Panel) -> list[tuple[Result, ...]]:
        """Ask a panel about pictures; return for each, in their order, an answer of each model.

        Each picture is measured once. Where it cannot be used, all its answers are a
        FailedPrediction.

        Raises
        ------
        Problem
            Busy, if too many wait already; then none of these is looked at.
        """
        loop = asyncio.get_running_loop()
        return await self._do([Job(each, panel, loop.create_future()) for each in pictures])

    async def run(self, work: Callable[[], Found], pictures: Sequence[bytes]) -> Found:
        """Do something else with pictures that takes its time; return what comes of it.

        Raises
        ------
        Problem
            Busy, if too many wait already.
        """
        loop, size = asyncio.get_running_loop(), sum(map(len, pictures))
        found: list[Found] = await self._do([Errand(size, work, loop.create_future())])
        return found[0]

    async def _do(self, jobs: Sequence[Job | Errand]) -> list[Any]:
        if not self.has_room(len(jobs)):
            raise busy(self._limits)
        self.waiting += len(jobs)
        for job in jobs:
            job.done.add_done_callback(self._count_down)
            self._queue.put(job)
        try:
            return [await job.done for job in jobs]
        finally:
            for job in jobs:
                job.done.cancel()

    def _count_down(self, _done: "asyncio.Future[Any]") -> None:
        self.waiting -= 1

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            batch = [job, *self._more(job.size)]
            for jobs in _portions([job for job in batch if not job.done.cancelled()]):
                outcomes = self._try(jobs)
                jobs[0].done.get_loop().call_soon_threadsafe(_deliver, jobs, outcomes)

    def _try(self, jobs: Sequence[Job | Errand]) -> Sequence[Any]:
        """Answer; what nobody foresaw becomes an outcome of its own picture and ends no thread."""
        try:
            first = jobs[0]
            if isinstance(first, Errand):
                return [first.work()]
            pictures = [job.content for job in jobs if isinstance(job, Job)]
            watch = self._metrics.time_task
            return ask_panel(pictures, first.panel, self._limits, watch, self._turn)
        except Exception as error:
            if len(jobs) == 1:
                return [error]
            return [outcome for job in jobs for outcome in self._try([job])]

    def _more(self, size: int) -> list[Job | Errand]:
        """Take along what waits, but leave other threads their share."""
        batch: list[Job | Errand] = []
        fair = self._queue.qsize() // max(1, len(self._threads))
        while size < _BATCH_BYTES and len(batch) < min(fair, _BATCH - 1):
            try:
                job = self._queue.get_nowait()
            except Empty:
                break
            if job is None:
                self._queue.put(None)
                break
            batch.append(job)
            size += job.size
        return batch


def ask_panel(
    pictures: Sequence[bytes],
    panel: Panel,
    limits: ServiceLimits,
    watch: Watch,
    turn: AbstractContextManager[object] = _NO_TURN,
) -> list[tuple[Result, ...]]:
    """Measure each picture, then let each model score all of them at once.

    Most of decoding, of features and of a network's work is none of Python's. Palettes and answers
    are: two threads that hand Python's lock to and fro do less than one, so these come in `turn`.
    """
    if _uses_network(panel):
        return list(panel.answer([_measure(each, panel, limits) for each in pictures], watch))
    begun = [_begin(each, panel, limits) for each in pictures]
    with turn:
        finished = [
            each if isinstance(each, FailedPrediction) else ("", each[1].with_palette(each[0]))
            for each in begun
        ]
        return list(panel.answer(finished, watch))


def _begin(
    content: bytes, panel: Panel, limits: ServiceLimits
) -> tuple[NDArray[np.uint8], Measured] | FailedPrediction:
    """Return the working image of a picture, and all that is measured of it but its palette."""
    try:
        shown = load_shown(content, limits=limits.image_limits)
        # A copy, since a part of a picture would keep all of it.
        return shown.bgr.copy(), measure_shown(shown, panel.specs, palette=False)
    except ImageError as error:
        return FailedPrediction("", error)


def _measure(content: bytes, panel: Panel, limits: ServiceLimits) -> Finished:
    try:
        return "", measure_picture(content, panel.specs, limits=limits.image_limits)
    except ImageError as error:
        return FailedPrediction("", error)


def _uses_network(panel: Panel) -> bool:
    return any(spec.network for spec in panel.specs)


def _portions(jobs: Sequence[Job | Errand]) -> Iterator[Sequence[Job | Errand]]:
    """Yield together what asks the same panel, the quickest first; then each errand."""
    panels = dict.fromkeys(job.panel for job in jobs if isinstance(job, Job))
    for panel in sorted(panels, key=_uses_network):
        yield [job for job in jobs if isinstance(job, Job) and job.panel == panel]
    yield from ([job] for job in jobs if isinstance(job, Errand))


def _deliver(jobs: Sequence[Job | Errand], outcomes: Sequence[Any]) -> None:
    for job, outcome in zip(jobs, outcomes, strict=True):
        if job.done.done():
            continue
        if isinstance(outcome, Exception):
            job.done.set_exception(outcome)
        else:
            job.done.set_result(outcome)


def return_large_blocks() -> None:
    """Keep glibc from holding on to the memory of large pictures, in as many heaps as threads.

    Left to itself it raises its threshold to the largest picture it has met, and the process grows
    with every unlucky order of large and small ones. Elsewhere than on glibc nothing is done.

    References
    ----------
    mallopt(3), Linux manual page.
    """
    if not sys.platform.startswith("linux"):
        return
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, value in (
            (_M_MMAP_THRESHOLD, _LARGE_BYTES),
            (_M_TRIM_THRESHOLD, _KEPT_BYTES),
            (_M_ARENA_MAX, 2),
        ):
            mallopt(parameter, value)
