"""Works that occur twice among pictures, and whether a work is among known ones.

Candidates are near by what a network says of them; a second look at the points that they share
decides. A work that is a small part of a photograph is far from it by such rows: so among the
pictures of a folder those are candidates too that seem to share points; and one photograph is
measured in several views, and of some hundreds of works all are looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..data.fingerprints import take_local_features
from ..data.local_matches import (
    PHOTO_POINTS,
    PHOTO_SIDE,
    LocalFeatures,
    Match,
    find_local_features,
    match_pictures,
)
from ..data.near_duplicates import Duplicates, find_duplicates
from ..decoding.borders import crop_borders
from ..errors import ArtlensError
from ..images import ImageSource, load_uncut
from .backbones import embedding_spec, find_backbone
from .extract_features import FeatureSpec
from .measured_rows import measure_rows
from .near_rows import Directions, best_cosines, nearest_pairs
from .specs import extract

# Of each picture so many others are looked at, the nearest ones.
CANDIDATES: Final = 8
# Shares of a photograph's sides; what is in the middle fills more of a smaller view.
_VIEWS: Final = (1.0, 0.8, 0.6, 0.45)
# Known works that are looked at in any case, and where none of these is it.
_FIRST: Final = 48
_MOST: Final = 1000
# Points that agree so little are chance.
_FEWEST_POINTS: Final = 10
_LEAST_AGREEMENT: Final = 0.4


class Found(NamedTuple):
    """A known work, and how it is like what was asked for.

    Attributes
    ----------
    path : str
    similarity : float
        Cosine of the rows, from -1 to 1, of the view that is most like it.
    match : Match
        What both have in common; without points where nothing was found, or nobody looked.
    """

    path: str
    similarity: float
    match: Match

    @property
    def is_same(self) -> bool:
        """Whether it is the same work."""
        return self.match.is_same

    @property
    def evidence(self) -> tuple[bool, float, float]:
        """What works are ranked by."""
        match = self.match
        is_chance = match.points < _FEWEST_POINTS or match.agreement < _LEAST_AGREEMENT
        return self.is_same, 0 if is_chance else match.points * match.agreement, self.similarity


@dataclass(frozen=True)
class KnownWorks:
    """Works that pictures can be looked up among.

    Attributes
    ----------
    paths : sequence of str
        Of their files.
    directions : Directions
        Of their rows.
    spec : FeatureSpec
        What the rows are.
    failed : dict of int to ArtlensError
        Those that cannot be read, by their places.
    """

    paths: Sequence[str]
    directions: Directions
    spec: FeatureSpec
    failed: dict[int, ArtlensError] = field(default_factory=dict)
    _features: dict[int, LocalFeatures] = field(default_factory=dict, repr=False)

    @classmethod
    def measure(
        cls, paths: Sequence[str], backbone: str | None = None, jobs: int | None = None
    ) -> "KnownWorks":
        """Measure picture files that were not measured before."""
        spec = embedding_spec(find_backbone(backbone))
        measured = measure_rows(paths, spec, jobs=jobs)
        return cls(paths, Directions.of(measured.rows), spec, measured.failed)

    def features(self, places: Sequence[int], jobs: int | None = None) -> list[LocalFeatures]:
        """Return the points of some works, each of which is looked at once."""
        missing = [place for place in places if place not in self._features]
        found = take_local_features([self.paths[place] for place in missing], jobs)
        self._features.update(zip(missing, found, strict=True))
        return [self._features[place] for place in places]


def find_work(
    query: ImageSource, known: KnownWorks, most: int = 12, jobs: int | None = None
) -> list[Found]:
    """Look up a work among known ones, from any picture of it: a copy, a detail, a photograph.

    Parameters
    ----------
    query : path, bytes-like, binary file object, PIL.Image.Image or ndarray
        An array is RGB.
    known : KnownWorks
    most : int
        Of how many works is told, likeliest first.
    jobs : int, optional
        Number of processes that look at known works for the first time; by default one per core.

    Raises
    ------
    ImageError
        If the query is no picture.
    """
    bgr = load_uncut(query).bgr
    rows = np.stack([extract(view, known.spec) for view in _views(bgr)]).astype(np.float32)
    cosines = best_cosines(rows, known.directions)
    order = [int(k) for k in np.argsort(-cosines, kind="stable") if int(k) not in known.failed]
    points = find_local_features(crop_borders(bgr), PHOTO_SIDE, PHOTO_POINTS)
    matches = dict[int, Match]()
    for places in (order[:_FIRST], *_in_blocks(order[_FIRST:_MOST], _FIRST)):
        if any(match.is_same for match in matches.values()):
            break
        looked_at = known.features(places, jobs)
        matches |= {
            k: match_pictures(one, points) for k, one in zip(places, looked_at, strict=True)
        }
    found = (
        Found(known.paths[k], float(cosines[k]), matches.get(k, Match(0, 0.0, 0.0, 0.0)))
        for k in order
    )
    return sorted(found, key=lambda work: work.evidence, reverse=True)[:most]


def find_repeated_works(
    paths: Sequence[str], backbone: str | None = None, jobs: int | None = None
) -> Duplicates:
    """Find the pictures that show one work; candidates are near by rows, hashes or single points.

    Parameters
    ----------
    paths : sequence of str
        Files.
    backbone : str, optional
        The network that measures them; by default the shipped one.
    jobs : int, optional
        Number of processes; by default one per core.
    """
    rows = measure_rows(paths, embedding_spec(find_backbone(backbone)), jobs=jobs).rows
    return find_duplicates(paths, partial(pairs_of_near_rows, rows), jobs, closely=True)


def pairs_of_near_rows(rows: NDArray[np.float32], places: Sequence[int]) -> list[tuple[int, int]]:
    """Return pairs of places whose rows are near, the nearest first."""
    pairs = nearest_pairs(rows[list(places)], CANDIDATES)
    return [(places[one], places[other]) for one, other in pairs]


def _views(bgr: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    height, width = bgr.shape[:2]
    margins = ((int(height * (1 - part) / 2), int(width * (1 - part) / 2)) for part in _VIEWS)
    return [bgr[y : height - y, x : width - x] for y, x in margins]


def _in_blocks(places: Sequence[int], size: int) -> list[Sequence[int]]:
    return [places[start : start + size] for start in range(0, len(places), size)]
