"""What a training run is to do: which families compete, how thoroughly, from which seed."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ...errors import ConfigError

FAMILIES: Final = (
    "svm",
    "logistic_regression",
    "random_forest",
    "gradient_boosting",
    "neural_network",
)
ALL_CORES: Final = -1


class Preset(StrEnum):
    """How much is tried of each family."""

    FAST = "fast"
    HALVING = "halving"
    PUBLISHED = "published"
    SMOKE = "smoke"


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """What is searched; `jobs` processes do it, which has no influence on the result."""

    families: tuple[str, ...] = FAMILIES
    preset: Preset = Preset.FAST
    seed: int = 0
    jobs: int = ALL_CORES


def parse_families(text: str) -> tuple[str, ...]:
    """Read a comma-separated list of families; return them in the order of `FAMILIES`.

    Raises
    ------
    ConfigError
        If one is unknown, or none is named.

    Examples
    --------
    >>> parse_families("random_forest, svm")
    ('svm', 'random_forest')
    """
    asked = {name.strip() for name in text.split(",")} - {""}
    unknown = sorted(asked - set(FAMILIES))
    if unknown or not asked:
        raise ConfigError(
            f"unknown family ({', '.join(unknown) or 'none given'}); "
            f"choose from {', '.join(FAMILIES)}, separated by commas"
        )
    return tuple(family for family in FAMILIES if family in asked)
