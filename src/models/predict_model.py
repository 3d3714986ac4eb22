"""The public way to use a model: `load_model`, `predict` and `predict_many`.

``python -m src.models.predict_model`` is the command ``artlens predict``.
"""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from src.errors import ConfigError, ImageError
from src.features.extract_features import FeatureSpec
from src.features.specs import extract
from src.images import ImageSource, Order, describe_source, load_image
from src.models.prediction.classifier import Classifier, load_model
from src.records import FailedPrediction, Prediction

__all__ = [
    "Classifier",
    "FailedPrediction",
    "Prediction",
    "load_model",
    "predict",
    "predict_many",
]

# Scoring rows one by one costs about 1 ms each in scikit-learn's own checks; 16 share it, and the
# first answers still come at once.
BATCH: Final = 16
# While one batch is scored the next is being decoded.
LOOK_AHEAD: Final = 2 * BATCH
# Each thread may hold a photograph of 300 MB while it decodes it.
MAX_THREADS: Final = 8


def predict(
    source: ImageSource, *, model: Classifier | None = None, order: Order = "rgb"
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

    Returns
    -------
    Prediction

    Raises
    ------
    ImageError
        If the picture cannot be read.
    ModelError
        If there is no model to use.

    Examples
    --------
    >>> import numpy as np
    >>> red = np.zeros((64, 64, 3), np.uint8)
    >>> red[..., 0] = 255
    >>> predict(red).label
    'RED'
    """
    model = model or load_model()
    features = _features_of(source, order, model.metadata.feature_spec)
    scores = model.predict_scores(features[np.newaxis])[0]
    return _prediction(describe_source(source), model.classes, scores)


def predict_many(
    sources: Iterable[ImageSource | FailedPrediction],
    *,
    model: Classifier | None = None,
    order: Order = "rgb",
) -> Iterator[Prediction | FailedPrediction]:
    """Name the class of many pictures, lazily, in order, on all cores.

    A picture that cannot be read gives a `FailedPrediction` in its place. Memory does not grow
    with the number of sources, which may be infinite: at most 32 are taken ahead.

    Parameters
    ----------
    sources : iterable
        Of what `predict` takes. A `FailedPrediction` among them is passed on, so that what went
        wrong before keeps its place.
    model : Classifier, optional
        Default: that of ``load_model()``.
    order : {"rgb", "bgr"}
        Channel order of arrays.

    Yields
    ------
    Prediction or FailedPrediction
        One for each source.

    Raises
    ------
    ModelError
        If there is no model to use.
    ConfigError
        If this is one path or one file's bytes instead of several sources.
    """
    if isinstance(sources, str | bytes | os.PathLike):
        raise ConfigError(
            f"one source where several are expected ({describe_source(sources)}); "
            "give a list of them, or call predict"
        )
    return _predict_batches(iter(sources), model or load_model(), order)


@dataclass(frozen=True, slots=True)
class _Item:
    """A source on its way: its features, once they are there, or why there are none."""

    name: str
    features: Future[NDArray[np.float64]]


def _predict_batches(
    sources: Iterator[ImageSource | FailedPrediction], model: Classifier, order: Order
) -> Iterator[Prediction | FailedPrediction]:
    spec = model.metadata.feature_spec
    pool = ThreadPoolExecutor(min(os.cpu_count() or 1, MAX_THREADS), "artlens-decode")
    pending: deque[_Item | FailedPrediction] = deque()
    try:
        while True:
            for source in islice(sources, LOOK_AHEAD - len(pending)):
                pending.append(_start(source, pool, order, spec))
            if not pending:
                return
            yield from _predict_batch(
                [_finish(pending.popleft()) for _ in range(min(BATCH, len(pending)))], model
            )
    finally:
        pool.shutdown(cancel_futures=True)


def _start(
    source: ImageSource | FailedPrediction,
    pool: ThreadPoolExecutor,
    order: Order,
    spec: FeatureSpec,
) -> _Item | FailedPrediction:
    if isinstance(source, FailedPrediction):
        return source
    return _Item(describe_source(source), pool.submit(_features_of, source, order, spec))


def _finish(item: _Item | FailedPrediction) -> tuple[str, NDArray[np.float64]] | FailedPrediction:
    """Wait for the features of an item."""
    if isinstance(item, FailedPrediction):
        return item
    try:
        return item.name, item.features.result()
    except ImageError as error:
        return FailedPrediction(item.name, error)


def _predict_batch(
    batch: list[tuple[str, NDArray[np.float64]] | FailedPrediction], model: Classifier
) -> Iterator[Prediction | FailedPrediction]:
    rows = [item[1] for item in batch if not isinstance(item, FailedPrediction)]
    scores = iter(model.predict_scores(np.array(rows)) if rows else ())
    for item in batch:
        if isinstance(item, FailedPrediction):
            yield item
        else:
            yield _prediction(item[0], model.classes, next(scores))


def _features_of(source: ImageSource, order: Order, spec: FeatureSpec) -> NDArray[np.float64]:
    return extract(load_image(source, order=order), spec)


def _prediction(source: str, classes: tuple[str, ...], scores: NDArray[np.float64]) -> Prediction:
    """Rank the classes; equal ones keep their order."""
    ranking = np.argsort(-scores, kind="stable")
    ranked: dict[str, float] = {classes[i]: float(scores[i]) for i in ranking}
    label = next(iter(ranked))
    return Prediction(source, label, ranked[label], ranked)


def _main() -> None:
    import typer

    from src.models.prediction.command import predict_pictures

    typer.run(predict_pictures)


if __name__ == "__main__":
    _main()
