"""What models say of pictures: the frozen records that every way to ask them gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from .errors import ArtlensError

# Why an answer should be taken with care:
# no class was probable enough; the picture is far from all that the model was trained on; the file
# lacks its end; the model was trained on few pictures, or knows few of its task's classes; the
# picture may be of none of the classes that the model knows; another class is nearly as probable.
WarningCode: TypeAlias = Literal[
    "abstained",
    "unusual_image",
    "truncated",
    "few_pictures",
    "few_classes",
    "none_of_these",
    "close_call",
]


@dataclass(frozen=True, slots=True)
class PaletteColor:
    """One of the few colours that make up a picture.

    Attributes
    ----------
    hex : str
        ``#rrggbb``, in lower case.
    share : float
        Part of the picture, in (0, 1]; those of a palette sum to 1.
    name : str
        What people call it, in lower case; one of `src.features.color_names.COLOR_NAMES`.
    """

    hex: str
    share: float
    name: str


@dataclass(frozen=True, slots=True)
class PredictionWarning:
    """Why an answer should be taken with care.

    Attributes
    ----------
    code : str
        One of `WarningCode`.
    message : str
        The same as a sentence.
    """

    code: WarningCode
    message: str


@dataclass(frozen=True, slots=True)
class ModelTag:
    """Which model gave an answer.

    Attributes
    ----------
    name : str
        By which it is asked for again.
    task : str
    family : str
    version : str
        The first 12 digits of its file's SHA-256.
    """

    name: str
    task: str
    family: str
    version: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of one picture.

    Attributes
    ----------
    source : str
        The path it came from, or ``<bytes>``, ``<file>``, ``<image>``, ``<array>``.
    label : str or None
        The most probable class; None if its score is under the least that was asked for. Of tags
        the first of `labels`; None if there is none.
    score : float
        The calibrated probability of the most probable class, in [0, 1].
    scores : Mapping[str, float]
        Probability of every class, most probable first; they sum to 1, but for those of tags, each
        of which stands by itself.
    palette : tuple of PaletteColor
        The few colours that make up the picture, most of it first.
    warnings : tuple of PredictionWarning
    stands_on : PaletteColor or None
        The colour of the palette that the label stands on; None if classes are no colours, or no
        colour of it resembles the label.
    model : ModelTag or None
        Which model says so.
    labels : tuple of str
        All that is said of the picture, most probable first: the label or, where a picture can
        have many, every tag whose probability reaches its threshold; may be empty.
    """

    source: str
    label: str | None
    score: float
    scores: Mapping[str, float]
    palette: tuple[PaletteColor, ...] = ()
    warnings: tuple[PredictionWarning, ...] = ()
    stands_on: PaletteColor | None = None
    model: ModelTag | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """What several models say of one picture.

    Attributes
    ----------
    source : str
        As in `Prediction`.
    palette : tuple of PaletteColor
        As in `Prediction`; the same for all answers.
    warnings : tuple of PredictionWarning
        Why all of it should be taken with care; what concerns one answer stands there.
    answers : tuple of Prediction
        One of each model, in the order of the tasks.
    unanswered : Mapping[str, ArtlensError]
        By task, why its model cannot be used.
    """

    source: str
    palette: tuple[PaletteColor, ...]
    warnings: tuple[PredictionWarning, ...]
    answers: tuple[Prediction, ...]
    unanswered: Mapping[str, ArtlensError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FailedPrediction:
    """A picture that could not be classified, and why."""

    source: str
    error: ArtlensError
