"""From pictures to answers: of one at once, or of any number, lazily and on all cores."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from itertools import islice
from threading import Lock
from typing import Final, TypeVar

import cv2

from ..errors import ConfigError, ImageError
from ..features.measuring import Measured, measure_picture
from ..images import ImageSource, Order, describe_source
from ..records import FailedPrediction, Prediction
from .answers import BATCH, Finished, Panel, Result
from .classifier import Classifier
from .registry import load_model

Source = TypeVar("Source")

# While one batch is scored the next is being decoded.
LOOK_AHEAD: Final = 2 * BATCH
# Handed to a thread at once, but for the first, which may be the only ones: one by one, threads
# that decode thumbnails wait for Python's lock as long as they work.
_SOME: Final = 4
# Each thread may hold a photograph of 300 MB while it decodes it; who asks for more gets more.
MAX_THREADS: Final = 8


def predict(
    source: ImageSource,
    *,
    task: str | None = None,
    model: Classifier | None = None,
    order: Order = "rgb",
    min_score: float = 0.0,
) -> Prediction:
    """Name the class of one picture.

    Parameters
    ----------
    source : path, bytes, binary file, PIL.Image.Image or ndarray
        See :func:`src.images.load_image`.
    task : str, optional
        The question, by name.
    model : Classifier, optional
        What answers it. Default: that of ``load_model(task=task)``.
    order : {"rgb", "bgr"}
        Channel order of an array; other sources know theirs.
    min_score : float
        The label is None, with a warning, if no class is as probable as this.

    Returns
    -------
    Prediction

    Raises
    ------
    ImageError
        If the picture cannot be read.
    ModelError
        If there is no model to use.
    ConfigError
        If `min_score` is not in [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> red = np.zeros((64, 64, 3), np.uint8)
    >>> red[..., 0] = 255
    >>> found = predict(red)
    >>> found.label, [(color.hex, color.name) for color in found.palette]
    ('RED', [('#ff0000', 'red')])
    """
    panel = Panel.of([model or load_model(task=task)], min_score)
    measured = measure_picture(source, panel.specs, order=order)
    ((found,),) = panel.answer([(describe_source(source), measured)])
    assert isinstance(found, Prediction)
    return found


def predict_many(  # noqa: PLR0913 - one parameter for each option
    sources: Iterable[ImageSource | FailedPrediction],
    *,
    task: str | None = None,
    model: Classifier | None = None,
    order: Order = "rgb",
    min_score: float = 0.0,
    palette: bool = True,
    jobs: int | None = None,
) -> Iterator[Result]:
    """Name the class of many pictures, lazily, in order, on all cores.

    A picture that cannot be read gives a `FailedPrediction` in its place. Memory does not grow
    with the number of sources, which may be infinite: at most 32 are taken ahead.

    Nothing is kept for a later call to go on from: sources may be arrays, images and streams, which
    cannot be known again. ``artlens predict PATHS -o FILE`` does that, for files, and in processes.

    Parameters
    ----------
    sources : iterable
        Of what `predict` takes. A `FailedPrediction` among them is passed on, so that what went
        wrong before keeps its place.
    task, model
        As in `predict`.
    order : {"rgb", "bgr"}
        Channel order of arrays.
    min_score : float
        As in `predict`.
    palette : bool
        False leaves the palettes empty, which for thumbnails saves a quarter of the time.
    jobs : int, optional
        Number of threads that decode and measure; by default one per core, at most eight.

    Yields
    ------
    Prediction or FailedPrediction
        One for each source.

    Raises
    ------
    ModelError
        If there is no model to use.
    ConfigError
        If this is one path or one file's bytes instead of several sources, if `min_score` is not
        in [0, 1], or if `jobs` is less than 1.
    """
    panel = Panel.of([model or load_model(task=task)], min_score)
    answers = answer_many(sources, panel, order=order, palette=palette, jobs=jobs)
    return (found for (found,) in answers)


def answer_many(
    sources: Iterable[ImageSource | FailedPrediction],
    panel: Panel,
    *,
    order: Order = "rgb",
    palette: bool = True,
    jobs: int | None = None,
) -> Iterator[tuple[Result, ...]]:
    """Yield what each model of a panel says of each source; see `predict_many`."""
    if isinstance(sources, str | bytes | os.PathLike):
        raise ConfigError(
            f"one source where several are expected ({describe_source(sources)}); "
            "give a list of them, or call predict"
        )
    measure = partial(measure_picture, specs=panel.specs, order=order, palette=palette)
    return answer_each(sources, partial(_finish, measure), panel, jobs)


def answer_each(
    sources: Iterable[Source],
    finish: Callable[[Source], Finished],
    panel: Panel,
    jobs: int | None,
    on_stop: Callable[[], object] = lambda: None,
) -> Iterator[tuple[Result, ...]]:
    """Yield what each model of a panel says of anything that can be measured.

    Parameters
    ----------
    sources : iterable
        Taken as they are needed.
    finish : callable
        Measures one; runs in threads.
    panel : Panel
    jobs : int or None
        As in `predict_many`.
    on_stop : callable
        Called if not all are wanted, before what is being measured is waited for.
    """
    threads = min(os.cpu_count() or 1, MAX_THREADS) if jobs is None else jobs
    if threads < 1:
        raise ConfigError(f"no such number of threads (jobs={jobs}); give 1 or more, or None")
    return _answer_batches(_finish_batches(iter(sources), finish, threads, on_stop), panel)


def _finish_batches(
    sources: Iterator[Source],
    finish: Callable[[Source], Finished],
    threads: int,
    on_stop: Callable[[], object],
) -> Generator[list[Finished]]:
    pool = ThreadPoolExecutor(threads, "artlens-decode")
    pending: deque[Future[list[Finished]]] = deque()
    broken = list[Exception]()
    given, taken, size = _until_broken(sources, broken), 0, 1
    try:
        while True:
            while taken < LOOK_AHEAD and (some := list(islice(given, size))):
                pending.append(pool.submit(_finish_some, some, finish))
                taken += len(some)
            ready: list[Finished] = []
            while pending and len(ready) < BATCH:
                ready += pending.popleft().result()
            if not ready and broken:
                raise broken[0]
            if not ready:
                return
            yield ready
            taken, size = taken - len(ready), _SOME
    except BaseException:
        on_stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _until_broken(sources: Iterator[Source], broken: list[Exception]) -> Iterator[Source]:
    """Yield sources until there is an error instead of one, which waits for those before it."""
    try:
        yield from sources
    except Exception as error:
        broken.append(error)


def _finish_some(sources: Sequence[Source], finish: Callable[[Source], Finished]) -> list[Finished]:
    return [finish(source) for source in sources]


def _finish(
    measure: Callable[[ImageSource], Measured], source: ImageSource | FailedPrediction
) -> Finished:
    """Return what is measured of a source, or why there is nothing."""
    if isinstance(source, FailedPrediction):
        return source
    try:
        return describe_source(source), measure(source)
    except ImageError as error:
        return FailedPrediction(describe_source(source), error)


def _answer_batches(
    batches: Generator[list[Finished]], panel: Panel
) -> Iterator[tuple[Result, ...]]:
    # Closed with this iterator, the other one lets go of its threads. OpenCV's own would only get
    # in their way.
    with closing(batches), one_opencv_thread():
        for batch in batches:
            yield from panel.answer(batch)


_LOCK = Lock()
# How many blocks are open, and what the number was before the first of them.
_open = 0
_before = 1


@contextmanager
def one_opencv_thread() -> Iterator[None]:
    """Let OpenCV use one thread in this block, then as many as before.

    The number belongs to the whole process, so of several blocks at a time, begun and left in any
    order, the first sets it and the last restores it.

    Examples
    --------
    >>> with one_opencv_thread():
    ...     cv2.getNumThreads()
    1
    """
    global _open, _before  # noqa: PLW0603 - as is the number
    with _LOCK:
        if not _open:
            _before = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _open += 1
    try:
        yield
    finally:
        with _LOCK:
            _open -= 1
            if not _open:
                cv2.setNumThreads(_before)
