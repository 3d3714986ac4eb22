"""What a training run is to do: which families compete, how thoroughly, from which seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from ...errors import ConfigError
from ...features.backbones import backbone_of
from ...features.extract_features import FeatureSpec
from ...tasks import Task

FAMILIES: Final = (
    "svm",
    "logistic_regression",
    "random_forest",
    "gradient_boosting",
    "neural_network",
)
# Where time does not matter these compete, too; in other searches, if they are named.
THOROUGH_FAMILIES: Final = ("kernel_logistic_regression",)
# Rows of so many numbers and more are a network's: of those, other families are good.
WIDE: Final = 256
WIDE_FAMILIES: Final = (
    "logistic_regression",
    "soft_f1",
    "lda",
    "linear_svm",
    "svm",
    "neural_network",
    "gradient_boosting",
)
# What several families say, averaged: no family by itself, but it competes with them.
AVERAGE: Final = "average"
# Fits from other random weights, as whose mean a family counts in it; of others, one.
BEGINNINGS: Final[Mapping[str, int]] = {"neural_network": 5}
# From how many classes on a family takes no part, unless it is asked for by name: every node of a
# forest holds a number for each class, boosting grows a tree for each in every round, and an SVM
# has a machine for each pair.
MOST_CLASSES: Final[Mapping[str, int]] = {
    "random_forest": 50,
    "gradient_boosting": 50,
    "svm": 500,
}
ALL_CORES: Final = -1


class Preset(StrEnum):
    """How much is tried of each family."""

    FAST = "fast"
    PUBLISHED = "published"
    SMOKE = "smoke"


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """What is searched.

    Attributes
    ----------
    families : tuple of str
        Those that compete, and ``average`` where their average does too; none for all that suit the
        number of classes.
    preset : Preset
    seed : int
    jobs : int
        Processes, whose number has no influence on the result.
    min_count : int, optional
        From how many rows on a class takes part; by default as its task's kind needs.
    balanced : bool
        Whether all classes count the same; see `Task.balanced`.
    blocks : tuple of int
        Numbers of each part of a row, where all parts count the same; none where all numbers do.
    precision : float, optional
        Of tags: which share of what is said shall be right; by default each is said at its best F1.
    """

    families: tuple[str, ...] = ()
    preset: Preset = Preset.FAST
    seed: int = 0
    jobs: int = ALL_CORES
    min_count: int | None = None
    balanced: bool = False
    blocks: tuple[int, ...] = ()
    precision: float | None = None

    def suiting(self, task: Task, spec: FeatureSpec) -> "SearchPlan":
        """Return the plan with what follows from a task, and from how its rows are measured."""
        if not task.balanced:
            return self
        blocks = backbone_of(spec).blocks if spec.network else ()
        return replace(self, balanced=True, blocks=blocks)

    def families_for(self, classes: int, width: int = 1) -> tuple[str, ...]:
        """Return the families that compete where there are so many classes, and numbers in a row.

        Raises
        ------
        ConfigError
            If one was asked for that does not take such rows.

        Examples
        --------
        >>> SearchPlan().families_for(300)
        ('svm', 'logistic_regression', 'neural_network')
        >>> SearchPlan(("lda",)).families_for(50, width=4128)
        ('lda',)
        """
        known = families_of(width)
        if strangers := [name for name in self.families if name not in (*known, AVERAGE)]:
            raise ConfigError(
                f"{', '.join(strangers)} cannot be tried on rows of {width} numbers; choose from "
                f"{', '.join((*known, AVERAGE))}"
            )
        left_out = () if self.preset is Preset.PUBLISHED else THOROUGH_FAMILIES
        suited = (
            name
            for name in known
            if name not in left_out and classes <= MOST_CLASSES.get(name, classes)
        )
        return tuple(name for name in self.families if name != AVERAGE) or tuple(suited)

    def averages(self, width: int = 1) -> bool:
        """Tell whether the average of families competes as well, where a row has so many numbers.

        It does where it is named. Where nothing is named, it does if it is linear, which costs
        nothing, or if time does not matter.

        Examples
        --------
        >>> SearchPlan().averages(), SearchPlan(preset=Preset.PUBLISHED).averages()
        (False, True)
        """
        if self.families:
            return AVERAGE in self.families
        return width >= WIDE or self.preset is Preset.PUBLISHED


def parse_families(text: str) -> tuple[str, ...]:
    """Read a comma-separated list of families; return each once, in the order of the competition.

    Raises
    ------
    ConfigError
        If one is unknown, none is named, or an average of a single fit.

    Examples
    --------
    >>> parse_families("random_forest, svm, lda")
    ('svm', 'random_forest', 'lda')
    """
    every = list_families()
    asked = {name.strip() for name in text.split(",")} - {""}
    unknown = sorted(asked - set(every))
    if unknown or not asked:
        raise ConfigError(
            f"unknown family ({', '.join(unknown) or 'none given'}); "
            f"choose from {', '.join(every)}, separated by commas"
        )
    if AVERAGE in asked and sum(BEGINNINGS.get(name, 1) for name in asked - {AVERAGE}) < 2:
        raise ConfigError(
            f"an average of less than two families ({text}); name more beside {AVERAGE}"
        )
    return tuple(family for family in every if family in asked)


def families_of(width: int) -> tuple[str, ...]:
    """Return the families that can compete where a row has so many numbers."""
    return WIDE_FAMILIES if width >= WIDE else FAMILIES + THOROUGH_FAMILIES


def list_families() -> Sequence[str]:
    """Return every family, for rows of whatever width, and at last their average."""
    return tuple(dict.fromkeys([*FAMILIES, *THOROUGH_FAMILIES, *WIDE_FAMILIES, AVERAGE]))
