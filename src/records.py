"""Frozen records that cross module borders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Self

from .errors import ArtlensError


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


class Picture(NamedTuple):
    """A picture that something is to be made of.

    Attributes
    ----------
    name : str
        What tables and answers call it.
    place : str
        Where it is: a path, ``-`` for standard input, or the name of a painting of the gallery.
    values : tuple of str
        What else is known of it, in the columns of the job it belongs to.
    fault : str
        Why there is nothing to look at; empty where there is.
    """

    name: str
    place: str
    values: tuple[str, ...] = ()
    fault: str = ""

    @classmethod
    def of(cls, parts: Sequence[Any]) -> Self:
        """Return the picture that was written as a list, for instance in JSON."""
        name, place, values, fault = parts
        return cls(name, place, tuple(values), fault)


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
