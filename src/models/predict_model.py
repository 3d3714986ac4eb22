"""The public way to use a model: `load_model`, `predict` and `predict_many`.

``python -m src.models.predict_model`` is the command ``artlens predict``.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import partial
from itertools import islice
from typing import Final, TypeAlias

import numpy as np

from ..errors import ConfigError, ImageError
from ..images import ImageSource, Order, describe_source
from ..records import FailedPrediction, Prediction
from .prediction.answers import (
    BATCH,
    Finished,
    answer,
    answer_batch,
    check_min_score,
)
from .prediction.classifier import Classifier, load_model
from .prediction.measuring import Measured, measure_picture
from .prediction.opencv_threads import one_opencv_thread

__all__ = [
    "Classifier",
    "FailedPrediction",
    "Prediction",
    "load_model",
    "predict",
    "predict_many",
]

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
    model: Classifier | None = None,
    order: Order = "rgb",
    min_score: float = 0.0,
) -> Prediction:
    """Name the class of one picture.

    Parameters
    ----------
    source : path, bytes, binary file, PIL.Image.Image or ndarray
        See :func:`src.images.load_image`.
    model : Classifier, optional
        Default: that of ``load_model()``.
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
    ('RED', [('#ff0000', 'RED')])
    """
    check_min_score(min_score)
    model = model or load_model()
    measured = measure_picture(source, model.metadata.feature_spec, order=order)
    scores = model.predict_scores(measured.features[np.newaxis])[0]
    return answer(describe_source(source), measured, scores, model, min_score)


def predict_many(  # noqa: PLR0913 - one parameter for each option
    sources: Iterable[ImageSource | FailedPrediction],
    *,
    model: Classifier | None = None,
    order: Order = "rgb",
    min_score: float = 0.0,
    palette: bool = True,
    jobs: int | None = None,
) -> Iterator[Prediction | FailedPrediction]:
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
    model : Classifier, optional
        Default: that of ``load_model()``.
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
    check_min_score(min_score)
    if isinstance(sources, str | bytes | os.PathLike):
        raise ConfigError(
            f"one source where several are expected ({describe_source(sources)}); "
            "give a list of them, or call predict"
        )
    threads = min(os.cpu_count() or 1, MAX_THREADS) if jobs is None else jobs
    if threads < 1:
        raise ConfigError(f"no such number of threads (jobs={jobs}); give 1 or more, or None")
    model = model or load_model()
    spec = model.metadata.feature_spec
    measure = partial(measure_picture, spec=spec, order=order, palette=palette)
    return _answer_batches(_measure_batches(iter(sources), measure, threads), model, min_score)


_Measure: TypeAlias = Callable[[ImageSource], Measured]


def _measure_batches(
    sources: Iterator[ImageSource | FailedPrediction], measure: _Measure, threads: int
) -> Generator[list[Finished]]:
    pool = ThreadPoolExecutor(threads, "artlens-decode")
    pending: deque[Future[list[Finished]]] = deque()
    taken, size = 0, 1
    try:
        while True:
            while taken < LOOK_AHEAD and (some := list(islice(sources, size))):
                pending.append(pool.submit(_measure_some, some, measure))
                taken += len(some)
            ready: list[Finished] = []
            while pending and len(ready) < BATCH:
                ready += pending.popleft().result()
            if not ready:
                return
            yield ready
            taken, size = taken - len(ready), _SOME
    finally:
        pool.shutdown(cancel_futures=True)


def _measure_some(
    sources: Sequence[ImageSource | FailedPrediction], measure: _Measure
) -> list[Finished]:
    return [_finish(source, measure) for source in sources]


def _finish(source: ImageSource | FailedPrediction, measure: _Measure) -> Finished:
    """Return what is measured of a source, or why there is nothing."""
    if isinstance(source, FailedPrediction):
        return source
    try:
        return describe_source(source), measure(source)
    except ImageError as error:
        return FailedPrediction(describe_source(source), error)


def _answer_batches(
    batches: Generator[list[Finished]], model: Classifier, min_score: float
) -> Iterator[Prediction | FailedPrediction]:
    # Closed with this iterator, the other one lets go of its threads. OpenCV's own would only get
    # in their way.
    with closing(batches), one_opencv_thread():
        for batch in batches:
            yield from answer_batch(batch, model, min_score)


def _main() -> None:
    import typer

    from .prediction.command import predict_pictures

    typer.run(predict_pictures)


if __name__ == "__main__":
    _main()
