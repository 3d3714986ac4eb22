"""Frozen records that cross module borders."""

from collections.abc import Mapping
from dataclasses import dataclass

from src.errors import ArtlensError


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of one picture.

    Attributes
    ----------
    source : str
        The path it came from, or ``<bytes>``, ``<file>``, ``<image>``, ``<array>``.
    label : str
        The most probable class.
    score : float
        Its calibrated probability, in [0, 1].
    scores : Mapping[str, float]
        Probability of every class, most probable first; they sum to 1.
    """

    source: str
    label: str
    score: float
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class FailedPrediction:
    """A picture that could not be classified, and why."""

    source: str
    error: ArtlensError
