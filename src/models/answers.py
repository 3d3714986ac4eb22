"""From what was measured of a picture to an answer: what its scores come to.

An answer warns of pictures that are unlike all that a model was trained on. Two things give these
away: features that lie far from those of training, and a texture that no painting has. Of 1,000
paintings of the gallery 15 are told so, nearly all of one colour only; of 2,024 real ones none is;
of flat colours, random pixels up to the working size (larger ones are smoothed into a texture like
paint), charts and screenshots all are (``python -m benchmarks.calibrate_unusual``). What a network
measures knows textures by itself, drawings on white paper among them: there the features decide.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError
from ..features.backbones import backbone_of
from ..features.color_names import name_colors
from ..features.extract_features import FeatureSpec
from ..features.measuring import Measured, Specs, Texture
from ..records import FailedPrediction, PaletteColor, Prediction, PredictionWarning
from .classifier import Classifier, TrainingSpread
from .kinds import rules_of
from .standing import find_standing

# Scoring rows one by one costs about 1 ms each in scikit-learn's own checks; 16 share it, and the
# first answers still come at once.
BATCH: Final = 16

# Root mean square of the features in standard deviations of training; 1 is usual. The farthest of
# 2,024 real paintings is at 2.1.
MAX_DISTANCE: Final = 2.5
# Screenshots and charts begin at 0.66; the flattest of those real paintings, a dark one, has 0.43.
MAX_FLAT_SHARE: Final = 0.62
# Random pixels have 85; the roughest of those paintings has 39.
MAX_STEP: Final = 50.0

# The same for thousands of numbers of a network, each at most so many, as a mean over the middle
# half of its outputs: the first ones see little but colours, the last ones find something that they
# know in anything. Of 6,282 paintings (`benchmarks.calibrate_unusual`) half are within 0.93 and the
# farthest is at 1.86; flat colours and gradients are at 2.4, random pixels at 2.1 and more. Charts
# and screenshots, from 1.6 to 2.0, are not told.
MOST_DEVIATIONS: Final = 3.0
MAX_NETWORK_DISTANCE: Final = 1.95

# From such a part of the best class's probability on, a runner-up is called close. So it was for 67
# of 2,000 real paintings, of which a model of the gallery alone named half as the reference does.
CLOSE: Final = 0.7

UNUSUAL: Final = PredictionWarning(
    "unusual_image",
    "The picture is unlike those that the model was trained on; its probabilities may promise "
    "too much.",
)

TRUNCATED: Final = PredictionWarning(
    "truncated",
    "The file ends too early; the answer is about the part of the picture that is there.",
)

# What a source is called and what was measured of it, or why there is nothing.
Finished: TypeAlias = tuple[str, Measured] | FailedPrediction
Result: TypeAlias = Prediction | FailedPrediction
Watch: TypeAlias = Callable[[str], AbstractContextManager[object]]


class Seen(NamedTuple):
    """A picture that was measured: what its answers call it, and its palette."""

    source: str
    measured: Measured
    palette: tuple[PaletteColor, ...]


class Said(NamedTuple):
    """What scores come to: all classes, most probable first, and which of these are said."""

    ranked: Mapping[str, float]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """Models that answer together, for pictures that are measured once.

    Attributes
    ----------
    models : tuple of Classifier
    min_score : float
        An answer has no label if no class is as probable as this.
    specs : tuple of FeatureSpec
        What has to be measured, each once.
    """

    models: tuple[Classifier, ...]
    min_score: float
    specs: Specs

    @classmethod
    def of(cls, models: Sequence[Classifier], min_score: float = 0.0) -> Self:
        """Return the panel of some models.

        Raises
        ------
        ConfigError
            If `min_score` is no probability.
        """
        check_min_score(min_score)
        specs = dict.fromkeys(model.metadata.feature_spec for model in models)
        return cls(tuple(models), min_score, tuple(specs))

    def answer(
        self, batch: Sequence[Finished], watch: Watch = nullcontext
    ) -> Iterator[tuple[Result, ...]]:
        """Score some pictures at once and yield what each model says of each, in order.

        `watch` is called with the name of each task, and gives what is entered meanwhile.
        """
        items = [item for item in batch if not isinstance(item, FailedPrediction)]
        palettes = _name_palettes([measured for _, measured in items]) if items else ()
        found = [Seen(*item, palette) for item, palette in zip(items, palettes, strict=True)]
        said = []
        for model in self.models if found else ():
            with watch(model.task.name):
                said.append(self._ask(model, found))
        answers = iter(zip(*said, strict=True))
        for item in batch:
            if isinstance(item, FailedPrediction):
                yield (item,) * len(self.models)
            else:
                yield next(answers)

    def _ask(self, model: Classifier, found: Sequence[Seen]) -> list[Prediction]:
        place = self.specs.index(model.metadata.feature_spec)
        rows = np.array([seen.measured.rows[place] for seen in found])
        return answer(found, rows, model.predict_scores(rows), model, self.min_score)


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
    found: Sequence[Seen],
    rows: NDArray[np.float64],
    scores: NDArray[np.float64],
    model: Classifier,
    min_score: float,
) -> list[Prediction]:
    """Put together what a model says of some pictures.

    Parameters
    ----------
    found : sequence of Seen
    rows : ndarray of float64, shape (n, features)
        The model's features of them.
    scores : ndarray of float64, shape (n, classes)
        From ``model.predict_scores``.
    model : Classifier
    min_score : float
        Nothing is said that is less probable than this.
    """
    decided = _decide(scores, model, min_score)
    labels = [next(iter(said.labels), None) for said in decided]
    palettes = [(seen.measured.colors, seen.measured.shares) for seen in found]
    places = find_standing(palettes, model.task, labels)
    return [
        Prediction(
            seen.source,
            label,
            next(iter(said.ranked.values())),
            said.ranked,
            seen.palette,
            (
                *model.cautions,
                *_doubts(said, model, min_score),
                *warnings_of(row, seen.measured, model),
            ),
            None if place is None else seen.palette[place],
            model=model.tag,
            labels=said.labels,
        )
        for seen, row, said, label, place in zip(found, rows, decided, labels, places, strict=True)
    ]


def _decide(scores: NDArray[np.float64], model: Classifier, min_score: float) -> list[Said]:
    classes, thresholds = model.classes, model.metadata.thresholds
    chosen = rules_of(model.task).choose(scores, classes, thresholds, min_score).tolist()
    # Equal ones keep their order.
    rankings = np.argsort(-scores, axis=1, kind="stable").tolist()
    return [
        Said({classes[i]: values[i] for i in order}, tuple(classes[i] for i in order if own[i]))
        for order, values, own in zip(rankings, scores.tolist(), chosen, strict=True)
    ]


def _doubts(said: Said, model: Classifier, min_score: float) -> Iterator[PredictionWarning]:
    """Yield why what is said, or that nothing is, should be taken with care by its scores."""
    if not rules_of(model.task).owes_answer:
        return
    if said.labels:
        yield from _close_call(said.ranked, model)
    else:
        yield _abstained(*next(iter(said.ranked.items())), min_score)


def warnings_of(
    row: NDArray[np.float64], measured: Measured, model: Classifier
) -> Iterator[PredictionWarning]:
    """Yield why what a model says of a picture should be taken with care, for the picture's sake.

    Parameters
    ----------
    row : ndarray of float64, shape (features,)
        The model's features of it.
    measured : Measured
    model : Classifier
    """
    if _is_unusual(row, measured, model):
        yield UNUSUAL
    if measured.truncated:
        yield TRUNCATED
    chances = model.novelty(row[np.newaxis])
    if chances is not None and chances[0] > model.novelty_limit:
        yield _none_of_these(float(chances[0]), model)


def _none_of_these(chance: float, model: Classifier) -> PredictionWarning:
    return PredictionWarning(
        "none_of_these",
        f"The {model.task.called} may be none of the {len(model.classes)} that the model knows "
        f"(probability {chance:.2f}, if every second picture were of another).",
    )


def _close_call(ranked: Mapping[str, float], model: Classifier) -> Iterator[PredictionWarning]:
    (best, score), (second, near) = islice(ranked.items(), 2)
    if near >= CLOSE * score:
        yield PredictionWarning(
            "close_call",
            f"{second} is nearly as probable ({near:.3f}) as {best} ({score:.3f}): the picture may "
            f"have no single {model.task.called}.",
        )


def _abstained(best: str, score: float, min_score: float) -> PredictionWarning:
    return PredictionWarning(
        "abstained",
        f"No class reaches a probability of {min_score:g}; the nearest is {best} with {score:.3f}.",
    )


def _name_palettes(some: Sequence[Measured]) -> Iterator[tuple[PaletteColor, ...]]:
    """Yield the palette of each of some pictures; all colours are named at once."""
    bgr = np.concatenate([measured.colors for measured in some])
    shares = np.concatenate([measured.shares for measured in some]).tolist()
    digits = bgr[:, ::-1].tobytes().hex()
    colors = (
        PaletteColor(f"#{digits[6 * i : 6 * i + 6]}", share, name)
        for i, (share, name) in enumerate(zip(shares, name_colors(bgr), strict=True))
    )
    return (tuple(islice(colors, len(measured.shares))) for measured in some)


def _is_unusual(row: NDArray[np.float64], measured: Measured, model: Classifier) -> bool:
    spec, spread = model.metadata.feature_spec, model.spread
    if not spec.network:
        return is_unusual(row, measured.texture, spread)
    return spread is not None and is_far(row, spec, spread)


def is_far(row: NDArray[np.float64], spec: FeatureSpec, spread: TrainingSpread) -> bool:
    """Tell whether a row of a network is unlike those of training."""
    middle = backbone_of(spec).middle
    return spread.mean_distance(row, middle, MOST_DEVIATIONS) > MAX_NETWORK_DISTANCE


def is_unusual(
    features: NDArray[np.float64], texture: Texture, spread: TrainingSpread | None
) -> bool:
    """Tell whether a picture is unlike those of training, by its colours and its texture.

    Parameters
    ----------
    features : ndarray of float64, shape (features,)
    texture : Texture
        Of the same working image.
    spread : TrainingSpread or None
        Of the model; without it, the texture alone decides.
    """
    if texture.flat_share > MAX_FLAT_SHARE or texture.mean_step > MAX_STEP:
        return True
    return spread is not None and spread.distance(features) > MAX_DISTANCE
