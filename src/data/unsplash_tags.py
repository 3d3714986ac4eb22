"""What keywords with confidences say of photos: each tag yes, no, or not known (pure NumPy)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError
from .matching import NO_LABELS
from .unsplash_tables import Said

# Those of a public study of hashtags.
TAGS: Final = (
    *("animal", "human", "mountain", "nature", "outdoors", "person", "plant", "sea", "tree"),
    "water",
)
MIN_CONFIDENCE: Final = 99.0
NO_BELOW: Final = 50.0
ANY: Final = "any"
BOTH: Final = "both"
YES: Final = "yes"
NO: Final = "no"
UNKNOWN: Final = ""
# What a table of pictures says besides.
_TAKEN: Final = frozenset({*NO_LABELS, "title", "creator", "tags", "photographer", "cluster"})

Verdicts = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class KeywordRules:
    """When a keyword counts.

    Attributes
    ----------
    tags : tuple of str
        In lower case.
    min_confidence : float
        From which on it is a yes.
    no_below : float
        Up to which it is a no; between the two it is not known.
    service : str
        Whose confidences count: those of `ANY`, where the surest decides; of `BOTH`, all of which
        have to agree on a yes; or of one by its number.
    suggested : bool
        Whether what the photographer gave is a yes.
    absent_no : bool
        Whether a tag of which nobody says anything is a no; else it is not known.

    Raises
    ------
    ConfigError
        If a tag or a number makes no sense.
    """

    tags: tuple[str, ...] = TAGS
    min_confidence: float = MIN_CONFIDENCE
    no_below: float = NO_BELOW
    service: str = ANY
    suggested: bool = False
    absent_no: bool = False

    def __post_init__(self) -> None:
        if not self.tags or (odd := [tag for tag in self.tags if tag in _TAKEN or "|" in tag]):
            found = odd[0] if self.tags else ""
            raise ConfigError(
                f"no name for a tag ({found!r}); give keywords, separated by commas, that are "
                "called like no column of the table of pictures and have no | in them"
            )
        if not self.no_below <= self.min_confidence:
            raise ConfigError(
                f"--no-below {self.no_below:g} is over --min-confidence {self.min_confidence:g}, "
                "and a keyword would be yes and no; give a lower one"
            )

    def choose(self, services: Sequence[int]) -> list[int]:
        """Return the places of the services that count.

        Raises
        ------
        ConfigError
            If there is no such service.
        """
        if self.service in (ANY, BOTH):
            return list(range(len(services)))
        if not self.service.isdecimal() or int(self.service) not in services:
            known = ", ".join([ANY, BOTH, *map(str, services)])
            raise ConfigError(f"no such service ({self.service!r}); give --service {known}")
        return [services.index(int(self.service))]


def name_tags(text: str) -> tuple[str, ...]:
    """Return the tags of a text that commas separate, each once.

    Examples
    --------
    >>> name_tags("Sea, tree,sea,")
    ('sea', 'tree')
    """
    found = (re.sub(r"\s+", " ", part.strip().casefold()) for part in text.split(","))
    return tuple(dict.fromkeys(filter(None, found)))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was said of photos.

    Attributes
    ----------
    confidences : ndarray of float64, shape (photos, tags, services)
        The highest of each service, in [0, 100]; NaN where it says nothing.
    suggested : ndarray of bool, shape (photos, tags)
        What the photographers gave.
    strangers : int
        Rows about photos that are not known.
    """

    confidences: NDArray[np.float64]
    suggested: NDArray[np.bool_]
    strangers: int

    def text(self, photo: int, tag: int) -> str:
        """Return what was said in one cell: the confidence of each service, and ``user``.

        Examples
        --------
        >>> found = np.array([[[99.5, np.nan]]])
        >>> Evidence(found, np.array([[True]]), 0).text(0, 0)
        '99.5 - user'
        """
        said = self.confidences[photo, tag]
        known = not np.isnan(said).all()
        numbers = ["-" if np.isnan(value) else f"{value:.6g}" for value in said] if known else []
        return " ".join(numbers + ["user"] * bool(self.suggested[photo, tag]))


def gather(said: Iterable[Said], photos: Mapping[str, int], tags: int, services: int) -> Evidence:
    """Put together what rows of keywords say, in any order; of several the highest counts.

    Parameters
    ----------
    said : iterable of Said
    photos : mapping of str to int
        The place of each photo.
    tags, services : int
        How many there are.
    """
    # Less than any confidence, so that the highest is found without asking.
    confidences = np.full((len(photos), tags, services), -1.0)
    suggested = np.zeros((len(photos), tags), bool)
    strangers = 0
    for name, tag, values, by_user in said:
        place = photos.get(name)
        if place is None:
            strangers += 1
            continue
        cells = confidences[place, tag]
        for service, value in enumerate(values):
            if value is not None and value > cells[service]:
                cells[service] = value
        suggested[place, tag] |= by_user
    confidences[confidences < 0] = np.nan
    return Evidence(confidences, suggested, strangers)


def decide(evidence: Evidence, rules: KeywordRules, services: Sequence[int]) -> Verdicts:
    """Return what follows by the rules, shape (photos, tags): 1 is yes, 0 is no, -1 not known.

    Examples
    --------
    >>> found = Evidence(np.array([[[99.5], [70.0], [12.0], [np.nan]]]), np.zeros((1, 4), bool), 0)
    >>> decide(found, KeywordRules(("a", "b", "c", "d")), services=[1]).tolist()
    [[1, -1, 0, -1]]
    """
    said = evidence.confidences[:, :, rules.choose(services)]
    silent = np.isnan(said).all(axis=2)
    sure = said >= rules.min_confidence
    yes = sure.all(axis=2) & ~silent if rules.service == BOTH else sure.any(axis=2)
    if rules.suggested:
        yes |= evidence.suggested
    no = ~silent & ~(said > rules.no_below).any(axis=2)
    if rules.absent_no:
        no |= silent & ~evidence.suggested
    return np.select([yes, no], [1, 0], -1).astype(np.int8)
