"""From a picture to an answer: what is measured of it, and what its scores come to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from src.errors import ConfigError
from src.features.extract_features import FeatureSpec
from src.features.palette import find_palette
from src.features.specs import extract
from src.features.texture import Texture, measure_texture
from src.images import ImageLimits, ImageSource, Order, load_image
from src.models.prediction.classifier import Classifier
from src.models.prediction.unusual import is_unusual
from src.records import FailedPrediction, PaletteColor, Prediction, PredictionWarning

# Scoring rows one by one costs about 1 ms each in scikit-learn's own checks; 16 share it, and the
# first answers still come at once.
BATCH: Final = 16

UNUSUAL: Final = PredictionWarning(
    "unusual_image",
    "The picture is unlike those that the model was trained on; its probabilities may promise "
    "too much.",
)

_NO_PALETTE: Final = (np.empty((0, 3), np.uint8), np.empty(0))


@dataclass(frozen=True, slots=True)
class Measured:
    """What is taken from a picture, after which its pixels are no longer needed.

    Attributes
    ----------
    features : ndarray of float64
        The model's features.
    colors : ndarray of uint8, shape (k, 3)
        BGR of its palette; none if it was not wanted.
    shares : ndarray of float64, shape (k,)
        Shares of those.
    texture : Texture
    """

    features: NDArray[np.float64]
    colors: NDArray[np.uint8]
    shares: NDArray[np.float64]
    texture: Texture


# What a source is called and what was measured of it, or why there is nothing.
Finished: TypeAlias = tuple[str, Measured] | FailedPrediction


def measure_picture(
    source: ImageSource,
    spec: FeatureSpec,
    *,
    order: Order = "rgb",
    limits: ImageLimits | None = None,
    palette: bool = True,
) -> Measured:
    """Decode a picture and measure of it what a spec asks for and, if wanted, its palette.

    Raises
    ------
    ImageError
        If it cannot be read; see :func:`src.images.load_image`.
    """
    working = load_image(source, order=order, limits=limits)
    colors, shares = find_palette(working) if palette else _NO_PALETTE
    return Measured(extract(working, spec), colors, shares, measure_texture(working))


def check_min_score(min_score: float) -> None:
    """Refuse what is no probability.

    Raises
    ------
    ConfigError
    """
    # Put so that NaN is refused too.
    if not 0 <= min_score <= 1:
        raise ConfigError(f"no such probability (min_score {min_score}); give one from 0 to 1")


def answer(
    source: str,
    measured: Measured,
    scores: NDArray[np.float64],
    model: Classifier,
    min_score: float,
) -> Prediction:
    """Put together what is said of one picture.

    Parameters
    ----------
    source : str
        What the answer calls it.
    measured : Measured
    scores : ndarray of float64, shape (classes,)
        Its row of ``model.predict_scores``.
    model : Classifier
    min_score : float
        The label is None if no class is as probable as this.

    Returns
    -------
    Prediction
    """
    # Equal ones keep their order.
    ranking = np.argsort(-scores, kind="stable").tolist()
    values = scores.tolist()
    ranked = {model.classes[i]: values[i] for i in ranking}
    best, score = next(iter(ranked.items()))
    warnings = []
    if score < min_score:
        warnings.append(_abstained(best, score, min_score))
    if is_unusual(measured.features, measured.texture, model.spread):
        warnings.append(UNUSUAL)
    label = best if score >= min_score else None
    return Prediction(source, label, score, ranked, _palette(measured, model), tuple(warnings))


def answer_batch(
    batch: Sequence[Finished], model: Classifier, min_score: float
) -> Iterator[Prediction | FailedPrediction]:
    """Score some pictures at once and yield what is said of each, in order."""
    rows = [item[1].features for item in batch if not isinstance(item, FailedPrediction)]
    scores = iter(model.predict_scores(np.array(rows)) if rows else ())
    for item in batch:
        if isinstance(item, FailedPrediction):
            yield item
        else:
            yield answer(*item, next(scores), model, min_score)


def _abstained(best: str, score: float, min_score: float) -> PredictionWarning:
    return PredictionWarning(
        "abstained",
        f"No class reaches a probability of {min_score:g}; the nearest is {best} with {score:.3f}.",
    )


def _palette(measured: Measured, model: Classifier) -> tuple[PaletteColor, ...]:
    rgb = measured.colors[:, ::-1]
    names = model.task.name_colors(measured.colors) if model.task else [None] * len(rgb)
    return tuple(
        PaletteColor(f"#{color.tobytes().hex()}", share, name)
        for color, share, name in zip(rgb, measured.shares.tolist(), names, strict=True)
    )
