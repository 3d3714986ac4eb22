"""What models say of pictures: the frozen records that every way to ask them gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .errors import ArtlensError


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
        Of the basic colours, the one that it looks like.
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
        ``abstained``, where no class was probable enough, or ``unusual_image``, where the picture
        is far from all that the model was trained on.
    message : str
        The same as a sentence.
    """

    code: Literal["abstained", "unusual_image"]
    message: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of one picture.

    Attributes
    ----------
    source : str
        The path it came from, or ``<bytes>``, ``<file>``, ``<image>``, ``<array>``.
    label : str or None
        The most probable class; None if its score is under the least that was asked for.
    score : float
        The calibrated probability of the most probable class, in [0, 1].
    scores : Mapping[str, float]
        Probability of every class, most probable first; they sum to 1.
    palette : tuple of PaletteColor
        The few colours that make up the picture, most of it first.
    warnings : tuple of PredictionWarning
    """

    source: str
    label: str | None
    score: float
    scores: Mapping[str, float]
    palette: tuple[PaletteColor, ...] = ()
    warnings: tuple[PredictionWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class FailedPrediction:
    """A picture that could not be classified, and why."""

    source: str
    error: ArtlensError
