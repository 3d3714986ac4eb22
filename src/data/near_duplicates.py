"""Which pictures show one work: candidates, a second look at each, and clusters that do not chain.

A candidate is a pair of pictures that may show one work; here those whose perceptual hashes are
near, or that seem to share points. Two versions of one subject can be as near, so each pair is
looked at again. A picture joins a cluster where it is the same as all that are in it, not as one of
them: a detail that two works share would else chain works that have nothing in common. Of four that
are in it one may differ, since two details of a work, or a small one and a poor photograph, have
little in common.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from ..errors import ArtlensError
from .fingerprints import Fingerprint, take_fingerprints
from .perceptual_hash import count_differing_bits
from .second_look import Pair, SecondLook, pick_some

# The column of tables that says which pictures show one work.
CLUSTER: Final = "cluster"
# Of 64: hashes that differ by no more are candidates. Of two million pairs of different works 6 do;
# by no more than 12, 32 do, and each costs a closer look.
_CANDIDATE_BITS: Final = 10
# Of a picture, the nearest ones; where hundreds look alike they lead to the others.
_MOST_CANDIDATES: Final = 20
# Of a picture, those that most points vote for. Among 2,253 pictures 53 photographs of framed works
# were all paired with their works so, and 50 with two of each picture.
_MOST_SHARING: Final = 4
# Share of the pairs between two clusters that have to be the same.
_LINKED: Final = 0.75
# Hashes that are compared with all others at once.
_BLOCK: Final = 256

# Places of pictures of which no two have the same pixels -> pairs of these places.
Candidates = Callable[[Sequence[int]], Iterable[Pair]]


class Cluster(NamedTuple):
    """Pictures of one work, by their places in what was compared.

    Attributes
    ----------
    kept : int
        The one to keep.
    others : tuple of int
    relations : tuple of str
        What each of the others is, seen from the one that is kept.
    """

    kept: int
    others: tuple[int, ...]
    relations: tuple[str, ...]

    @property
    def members(self) -> list[int]:
        """All places, in order."""
        return sorted((self.kept, *self.others))


class Duplicates(NamedTuple):
    """The clusters among some pictures, and what is wrong with those that cannot be read."""

    clusters: list[Cluster]
    failed: dict[int, ArtlensError]


def find_duplicates(
    paths: Sequence[str],
    candidates: Candidates | None = None,
    jobs: int | None = None,
    *,
    closely: bool = False,
) -> Duplicates:
    """Find the pictures that show one work: copies, and versions of them.

    Parameters
    ----------
    paths : sequence of str
        Files.
    candidates : callable, optional
        Gives pairs that are to be looked at, the likeliest first, beside those whose hashes are
        near.
    jobs : int, optional
        Number of processes; by default one per core.
    closely : bool
        Whether every picture is looked at for points that it shares with others, as photographs do
        with the works that hang in them, not only those of pairs that are near otherwise.
    """
    looked = enumerate(take_fingerprints(list(paths), jobs))
    failed, prints = dict[int, ArtlensError](), dict[int, Fingerprint]()
    for place, found in looked:
        if isinstance(found, ArtlensError):
            failed[place] = found
        else:
            prints[place] = found
    return Duplicates(find_clusters(paths, prints, candidates, jobs, closely=closely), failed)


def find_clusters(
    paths: Sequence[str],
    prints: Mapping[int, Fingerprint],
    candidates: Candidates | None = None,
    jobs: int | None = None,
    *,
    closely: bool = False,
) -> list[Cluster]:
    """Find the pictures that show one work among those that were looked at already.

    Parameters
    ----------
    paths : sequence of str
        Files, for a second look.
    prints : mapping of int to Fingerprint
        What is known of them, by their places.
    candidates, jobs, closely
        As for `find_duplicates`.
    """
    copies = _same_pixels(prints)
    pairs = [
        *_pairs_of_near(prints, list(copies)),
        *(candidates(list(copies)) if candidates else ()),
    ]
    with SecondLook(paths, prints) as look:
        if closely:
            pairs += look.pairs_of_shared_points(list(copies), _MOST_SHARING, jobs)
        look.prepare(pairs, jobs)
        linked = link_completely(copies, pairs, look.is_same)
        clusters = [
            _cluster(group, copies, prints, look)
            for group in linked
            if len(group) > 1 or len(copies[group[0]]) > 1
        ]
    return sorted(clusters, key=lambda cluster: cluster.members)


def link_completely(
    places: Iterable[int], pairs: Iterable[Pair], is_same: Callable[[int, int], bool]
) -> list[list[int]]:
    """Join what is the same, as long as it is the same as those that it is joined to.

    Three pairs in four have to be, so of up to three pairs all. Of a cluster with more than 12
    members, 12 are compared: the work grows with the number of pairs, not with the square of a
    cluster's size.

    Parameters
    ----------
    places : iterable of int
    pairs : iterable of tuple of int
        Which may be the same, the likeliest first.
    is_same : callable
        Looks at two places.

    Examples
    --------
    >>> link_completely(range(4), [(0, 1), (1, 2), (2, 3)], lambda a, b: abs(a - b) < 2)
    [[0, 1], [2, 3]]
    """
    cluster_of = {place: [place] for place in places}
    for one, other in pairs:
        first, second = sorted((cluster_of[one], cluster_of[other]), key=len)
        if first is second or not is_same(one, other):
            continue
        compared = [is_same(a, b) for a in pick_some(first) for b in pick_some(second)]
        if sum(compared) >= _LINKED * len(compared):
            second += first
            cluster_of |= dict.fromkeys(first, second)
    return [sorted(group) for group in {id(group): group for group in cluster_of.values()}.values()]


def _same_pixels(prints: Mapping[int, Fingerprint]) -> dict[int, list[int]]:
    """Return the places of all copies by the first one's."""
    first_of = dict[str, int]()
    copies = dict[int, list[int]]()
    for place, found in prints.items():
        first = first_of.setdefault(found.pixels, place)
        copies.setdefault(first, []).append(place)
    return copies


def _pairs_of_near(prints: Mapping[int, Fingerprint], places: Sequence[int]) -> Iterator[Pair]:
    """Yield pairs of pictures whose hashes are near, as they are or mirrored, nearest first."""
    hashed = np.array([place for place in places if prints[place].hash is not None], np.int64)
    hashes = np.array([prints[place].hash for place in hashed.tolist()], np.uint64).reshape(-1, 2)
    found = list[tuple[int, int, int]]()
    for start in range(0, len(hashed), _BLOCK):
        ours = hashes[start : start + _BLOCK, :1]
        bits = np.minimum(*(count_differing_bits(ours, hashes[:, k]) for k in (0, 1)))
        for row, place in zip(bits, hashed[start : start + _BLOCK].tolist(), strict=True):
            near = np.flatnonzero((row <= _CANDIDATE_BITS) & (hashed > place))
            nearest = near[np.argsort(row[near], kind="stable")[:_MOST_CANDIDATES]]
            found += [(int(row[k]), place, int(hashed[k])) for k in nearest]
    for _, one, other in sorted(found):
        yield one, other


def _cluster(
    group: Sequence[int],
    copies: Mapping[int, list[int]],
    prints: Mapping[int, Fingerprint],
    look: SecondLook,
) -> Cluster:
    best = look.best_of(group)
    kept = max(copies[best], key=lambda place: (prints[place].area, prints[place].bytes, -place))
    others = sorted(place for first in group for place in copies[first] if place != kept)
    first_of = {place: first for first in group for place in copies[first]}
    said = {first: look.relation(best, first) for first in group if first != best}
    said[best] = "the same pixels"
    relations = (
        "the same file" if prints[place].sha256 == prints[kept].sha256 else said[first_of[place]]
        for place in others
    )
    return Cluster(kept, tuple(others), tuple(relations))
