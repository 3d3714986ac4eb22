"""Frozen records that cross module borders."""

from collections.abc import Mapping
from dataclasses import dataclass

from src.errors import ArtlensError


@dataclass(frozen=True, slots=True)
class Artwork:
    """One tile of a colour page.

    Attributes
    ----------
    asset_id : str
        The museum's key of the work.
    page, image : str
        Addresses of its page and of its thumbnail; ``image`` is empty when the tile had none.
    color : str
        The colour it stands under; the same work may stand under several.
    title, creator : str
        As the tile says; possibly empty.
    """

    asset_id: str
    page: str
    image: str
    color: str
    title: str
    creator: str


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A picture on disk that was checked before it got its name."""

    filename: str
    sha256: str
    bytes: int
    width: int
    height: int


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
