"""What compares two pictures, and the limits of its verdicts."""

from dataclasses import dataclass
from typing import Final

from ..storage.metadata import ModelMetadata
from .known_works import KnownWorks
from .pair_space import PairSpace

CLASSES: Final = ("different", "same")


@dataclass(frozen=True, slots=True, eq=False)
class PairModel:
    """What compares: the estimator of a `FittedModel` for questions about two pictures."""

    space: PairSpace
    known: KnownWorks


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Above and below which scores a verdict is given, and how often it is wrong.

    Attributes
    ----------
    same_above, different_below : float
        Log-odds where half of all pairs are by one artist.
    same_wrong : float
        Share of the pairs of different artists that are called the same.
    same_found : float
        Share of the pairs of one artist that are.
    different_wrong, different_found : float
        The same of those that are called different.
    """

    same_above: float
    different_below: float
    same_wrong: float
    same_found: float
    different_wrong: float
    different_found: float


def verdicts_of(metadata: ModelMetadata) -> Verdicts:
    """Return the limits of a model's verdicts."""
    return Verdicts(**metadata.parameters["verdicts"])
