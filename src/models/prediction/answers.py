"""From what was measured of a picture to an answer: what its scores come to."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...errors import ConfigError
from ...features.color_names import COLOR_NAMES, name_pixels
from ...records import FailedPrediction, PaletteColor, Prediction, PredictionWarning
from .classifier import Classifier
from .measuring import Measured
from .unusual import is_unusual

# Scoring rows one by one costs about 1 ms each in scikit-learn's own checks; 16 share it, and the
# first answers still come at once.
BATCH: Final = 16

UNUSUAL: Final = PredictionWarning(
    "unusual_image",
    "The picture is unlike those that the model was trained on; its probabilities may promise "
    "too much.",
)

# What a source is called and what was measured of it, or why there is nothing.
Finished: TypeAlias = tuple[str, Measured] | FailedPrediction


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
    return Prediction(source, label, score, ranked, _palette(measured), tuple(warnings))


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


def _palette(measured: Measured) -> tuple[PaletteColor, ...]:
    rgb = measured.colors[:, ::-1]
    names = [COLOR_NAMES[index] for index in name_pixels(measured.colors).tolist()]
    return tuple(
        PaletteColor(f"#{color.tobytes().hex()}", share, name)
        for color, share, name in zip(rgb, measured.shares.tolist(), names, strict=True)
    )
