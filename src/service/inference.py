"""Answers off the event loop: a few threads, a short queue, and no more than that at once."""

import asyncio
import ctypes
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, Final

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from ..errors import ImageError
from ..features.measuring import Measured, measure_picture
from ..models.answers import answer
from ..models.explain_model import Explanation, explain
from ..models.predict_model import Classifier
from ..records import FailedPrediction, Prediction
from .limits import ServiceLimits
from .problems import busy

# Pictures that wait are scored together, which costs little more than scoring one; large ones
# would hold the others up.
_BATCH: Final = 8
_BATCH_BYTES: Final = 256_000
# Small ones are measured by one thread at a time: half of that is Python's work, and two threads
# that hand its lock to and fro do less than one. But few bytes can be many pixels.
_TURN_S: Final = 0.05

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

Result = Prediction | FailedPrediction


@dataclass(slots=True, eq=False)
class Job:
    """A picture that waits for its answer.

    Attributes
    ----------
    source : str
        What its answer calls it.
    content : bytes
    min_score : float
    explained : bool
        Whether the answer is the reasons for a prediction, and not the prediction.
    done : asyncio.Future
        Resolved with the answer or a FailedPrediction, on its own event loop.
    """

    source: str
    content: bytes
    min_score: float
    explained: bool
    done: "asyncio.Future[Any]"


class Inference:
    """Threads that predict, for one event loop.

    Parameters
    ----------
    model : Classifier
    limits : ServiceLimits
    """

    def __init__(self, model: Classifier, limits: ServiceLimits) -> None:
        self._model = model
        self._limits = limits
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._turn = Lock()
        # Most of a network's work is none of Python's.
        self._takes_turns = not model.metadata.feature_spec.network
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

    async def predict(
        self, pictures: Sequence[tuple[str, bytes]], min_score: float
    ) -> list[Result]:
        """Answer for pictures, given as names and contents, in their order.

        Raises
        ------
        Problem
            Busy, if too many wait already; then none of these is looked at.
        """
        loop = asyncio.get_running_loop()
        jobs = [
            Job(source, content, min_score, False, loop.create_future())
            for source, content in pictures
        ]
        return await self._do(jobs)

    async def explain(self, content: bytes) -> Explanation | FailedPrediction:
        """Say of a picture why it is answered as it is.

        Raises
        ------
        Problem
            Busy, if too many wait already.
        """
        future = asyncio.get_running_loop().create_future()
        found: list[Explanation | FailedPrediction]
        found = await self._do([Job("", content, 0.0, True, future)])
        return found[0]

    async def _do(self, jobs: Sequence[Job]) -> list[Any]:
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
            batch = [job, *self._more(len(job.content))]
            for jobs in _portions([job for job in batch if not job.done.cancelled()]):
                with self._in_turn(jobs):
                    outcomes = self._try(jobs)
                jobs[0].done.get_loop().call_soon_threadsafe(_deliver, jobs, outcomes)

    @contextmanager
    def _in_turn(self, jobs: Sequence[Job]) -> Iterator[None]:
        """Wait, for small pictures, until no other thread does such, but not for long."""
        small = sum(len(job.content) for job in jobs) < _BATCH_BYTES
        taken = small and self._takes_turns and self._turn.acquire(timeout=_TURN_S)
        try:
            yield
        finally:
            if taken:
                self._turn.release()

    def _try(self, jobs: Sequence[Job]) -> Sequence[Any]:
        """Answer; what nobody foresaw becomes an outcome of its own picture and ends no thread."""
        work = explain_alone if jobs[0].explained else predict_batch
        try:
            return work(jobs, self._model, self._limits)
        except Exception as error:
            if len(jobs) == 1:
                return [error]
            return [outcome for job in jobs for outcome in self._try([job])]

    def _more(self, size: int) -> list[Job]:
        """Take along what waits, but leave other threads their share."""
        batch: list[Job] = []
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
            size += len(job.content)
        return batch


def predict_batch(jobs: Sequence[Job], model: Classifier, limits: ServiceLimits) -> list[Result]:
    """Measure each picture, then score all of them at once."""
    measured = [_measure(job, model, limits) for job in jobs]
    rows = [found.rows[0] for found in measured if isinstance(found, Measured)]
    scores = iter(model.predict_scores(np.array(rows)) if rows else ())
    return [
        answer(job.source, found, found.rows[0], next(scores), model, job.min_score)
        if isinstance(found, Measured)
        else found
        for job, found in zip(jobs, measured, strict=True)
    ]


def explain_alone(
    jobs: Sequence[Job], model: Classifier, limits: ServiceLimits
) -> list[Explanation | FailedPrediction]:
    """Find the reasons for the one picture, for which it is scored hundreds of times."""
    (job,) = jobs
    try:
        return [explain(job.content, model=model, limits=limits.image_limits)]
    except ImageError as error:
        return [FailedPrediction(job.source, error)]


def _portions(jobs: Sequence[Job]) -> Iterator[Sequence[Job]]:
    """Yield the predictions together, and then what they should not wait for."""
    if predicted := [job for job in jobs if not job.explained]:
        yield predicted
    yield from ([job] for job in jobs if job.explained)


def _measure(job: Job, model: Classifier, limits: ServiceLimits) -> Measured | FailedPrediction:
    try:
        return measure_picture(
            job.content, (model.metadata.feature_spec,), limits=limits.image_limits
        )
    except ImageError as error:
        return FailedPrediction(job.source, error)


def _deliver(jobs: Sequence[Job], outcomes: Sequence[Any]) -> None:
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
