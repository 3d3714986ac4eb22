"""A closer look at pairs of pictures that may show one work, and which of them is the best."""

import pickle
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, Self

from .fingerprints import Fingerprint, take_local_features
from .local_matches import LocalFeatures, Match, match_pictures
from .perceptual_hash import BITS
from .shared_points import pairs_of_shared_points

Pair = tuple[int, int]

# No two of thousands of different works were found to differ by so few of 64 bits.
_SURE_BITS: Final = 4
# Files that are looked at in one go, and pictures whose points are kept at hand: 60 KB each.
_BLOCK: Final = 512
_AT_HAND: Final = 2048
# What pairs have in common, each a few numbers.
_REMEMBERED: Final = 1 << 16
# So many, at equal distances, stand for all of a large cluster.
_WITNESSES: Final = 12
# Less of a picture than this is a part of it.
_WHOLE: Final = 0.9
# Of pictures that show a work at nearly as many pixels, others things decide which one is best.
_NEARLY: Final = 0.8


def pick_some(members: Sequence[int]) -> Sequence[int]:
    """Return those that stand for all: at most twelve."""
    step = max(1, len(members) / _WITNESSES)
    return [members[int(k * step)] for k in range(min(len(members), _WITNESSES))]


class SecondLook:
    """Compares pictures by the points that they share, each of which is looked for once.

    Parameters
    ----------
    paths : sequence of str
        The pictures' files.
    prints : mapping of int to Fingerprint
        Theirs, by the place of the file.
    """

    def __init__(self, paths: Sequence[str], prints: Mapping[int, Fingerprint]) -> None:
        self._paths, self._prints = paths, prints
        # One that SQLite keeps on the disk when it grows, and takes away at the end.
        self._points = sqlite3.connect("", isolation_level=None)
        self._points.execute("CREATE TABLE points (place INTEGER PRIMARY KEY, content BLOB)")
        self._features = lru_cache(_AT_HAND)(self._fetch)
        self.match = lru_cache(_REMEMBERED)(self._compare)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._points.close()

    def prepare(self, pairs: Iterable[Pair], jobs: int | None = None) -> None:
        """Look for the points of all pictures of some pairs, on all cores."""
        wanted = {place for pair in pairs for place in pair if not self._are_near(*pair)}
        self._look_at(sorted(wanted), jobs)

    def pairs_of_shared_points(
        self, places: Sequence[int], most: int, jobs: int | None = None
    ) -> list[Pair]:
        """Look at all of some pictures, and return pairs that may share points."""
        self._look_at(places, jobs)
        return pairs_of_shared_points(places, self._features, most)

    def is_same(self, one: int, other: int) -> bool:
        """Tell whether two pictures show one work."""
        return self._are_near(one, other) or self.match(one, other).is_same

    def _compare(self, one: int, other: int) -> Match:
        """Return what two pictures have in common."""
        straight, mirrored = self._bits(one, other)
        if min(straight, mirrored) <= _SURE_BITS:
            return Match(0, 1.0, 1.0, 1.0, mirrored=mirrored < straight)
        return match_pictures(self._features(one), self._features(other))

    def best_of(self, places: Sequence[int]) -> int:
        """Return the picture to keep: that which shows the work at the most pixels.

        Of those that show it at nearly as many, one in colour before a grey one, then the one that
        most others are like, neither framed nor at an angle nor in part, then the one that shows
        more, then the larger file, then the first.
        """
        largest = max(places, key=lambda place: (self._prints[place].area, -place))
        scales = {place: self._scale(place, largest) for place in places}
        enough = _NEARLY * max(scales.values())
        some = pick_some(places)

        def rank(place: int) -> tuple[float, ...]:
            own = self._prints[place]
            alike = sum(place == other or self._are_alike(place, other) for other in some)
            return own.colored, alike, own.area, own.bytes, -place

        return max((place for place in places if scales[place] >= enough), key=rank)

    def relation(self, kept: int, other: int) -> str:
        """Say what a picture is, seen from the one that is kept."""
        match, one, two = self.match(kept, other), self._prints[kept], self._prints[other]
        said = {
            "mirrored": match.mirrored,
            "a part of it": match.share < _WHOLE <= match.other_share,
            "with more around it": match.other_share < _WHOLE,
            "in grey": one.colored and not two.colored,
            "smaller": two.area < _NEARLY * one.area and min(match[2:4]) >= _WHOLE,
        }
        return ", ".join(word for word, is_so in said.items() if is_so) or "another version"

    def _are_alike(self, one: int, other: int) -> bool:
        match = self.match(one, other)
        return match.upright and min(match.share, match.other_share) >= _WHOLE

    def _scale(self, place: int, largest: int) -> float:
        """Return how many pixels what is shared has here, for one in the largest picture."""
        if place == largest:
            return 1.0
        match = self.match(largest, place)
        ratio = self._prints[place].area / self._prints[largest].area
        return ratio * match.other_share / match.share if match.share else ratio

    def _are_near(self, one: int, other: int) -> bool:
        return min(self._bits(one, other)) <= _SURE_BITS

    def _bits(self, one: int, other: int) -> tuple[int, int]:
        """Return how many bits differ from a picture, and from its mirror; all without a hash."""
        first, second = self._prints[one].hash, self._prints[other].hash
        if first is None or second is None:
            return BITS, BITS
        straight, mirrored = ((first.straight ^ other_bits).bit_count() for other_bits in second)
        return straight, mirrored

    def _fetch(self, place: int) -> LocalFeatures:
        row = self._points.execute("SELECT content FROM points WHERE place = ?", (place,))
        found = row.fetchone()
        if found is None:
            self._keep_points([place], jobs=1)
            return self._fetch(place)
        features: LocalFeatures = pickle.loads(found[0])
        return features

    def _look_at(self, places: Sequence[int], jobs: int | None) -> None:
        known = {place for (place,) in self._points.execute("SELECT place FROM points")}
        wanted = [place for place in places if place not in known]
        for start in range(0, len(wanted), _BLOCK):
            self._keep_points(wanted[start : start + _BLOCK], jobs)

    def _keep_points(self, places: Sequence[int], jobs: int | None) -> None:
        found = take_local_features([self._paths[place] for place in places], jobs)
        rows = ((place, pickle.dumps(one)) for place, one in zip(places, found, strict=True))
        self._points.executemany("INSERT OR IGNORE INTO points VALUES (?, ?)", rows)
