"""Which pictures may share points, found without comparing each with each (pure).

A frame, a wall, a crop or an angle leave most points of a work as they are, but not what a picture
looks like as a whole. Every point is filed under the word that it is nearest to, a point of some
picture, with 64 bits that say on which sides of the word it lies. Points under one word whose bits
are nearly the same vote for their two pictures.

References
----------
Jegou, Douze and Schmid, "Hamming embedding and weak geometric consistency for large scale image
search" (2008), sections 3 and 4.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from .local_matches import LocalFeatures

_MOST_WORDS: Final = 2048
# Pictures that words come from, at least.
_SAMPLED: Final = 256
# A point that is a word itself lies under no other, where its like may be.
_POINTS_PER_WORD: Final = 16
_BITS: Final = 64
# Of unlike points 32 differ on average, and one in a thousand pairs of them is as near.
_NEAR_BITS: Final = 18
_BITS_SCALE: Final = 16
# Pictures whose votes are counted at once.
_BLOCK: Final = 256


class Filed(NamedTuple):
    """Points of pictures under their words.

    Attributes
    ----------
    words : ndarray of uint16, shape (n,)
    codes : ndarray of uint64, shape (n,)
    owners : ndarray of int32, shape (n,)
        Place of the picture that each is of.
    """

    words: NDArray[np.uint16]
    codes: NDArray[np.uint64]
    owners: NDArray[np.int32]

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """Return the points of several pictures, by words, then in their order."""
        words, codes, owners = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.argsort(words, kind="stable")
        return cls(words[order], codes[order], owners[order])

    def at(self, places: NDArray[np.intp] | slice) -> Self:
        """Return some of the points."""
        return type(self)(self.words[places], self.codes[places], self.owners[places])


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words that points are filed under.

    Attributes
    ----------
    words : ndarray of float32, shape (k, 128)
        Of length 1.
    axes : ndarray of float32, shape (128, 64)
        Across which a point lies on one side of its word or the other.
    """

    words: NDArray[np.float32]
    axes: NDArray[np.float32]

    @classmethod
    def of(cls, samples: Sequence[LocalFeatures]) -> Self:
        """Take the words from the points of some pictures, the same from the same ones."""
        points = np.concatenate([features.directions for features in samples])
        rng = np.random.default_rng(0)
        count = min(_MOST_WORDS, max(1, len(points) // _POINTS_PER_WORD))
        words = points[rng.permutation(len(points))[:count]]
        axes, _ = np.linalg.qr(rng.normal(size=(128, 128)))
        return cls(words, axes[:, :_BITS].astype(np.float32))

    def file(self, features: LocalFeatures, owner: int) -> Filed:
        """File the points of a picture, which is called by its place."""
        directions = features.directions
        words = (directions @ self.words.T).argmax(axis=1)
        sides = (directions - self.words[words]) @ self.axes > 0
        codes = np.packbits(sides, axis=1).view(np.uint64).reshape(-1)
        return Filed(words.astype(np.uint16), codes, np.full(len(words), owner, np.int32))


def pairs_of_shared_points(
    places: Sequence[int], features: Callable[[int], LocalFeatures], most: int
) -> list[tuple[int, int]]:
    """Return pairs of pictures that may share points, the likeliest first.

    Parameters
    ----------
    places : sequence of int
        What pictures are called by.
    features : callable
        Gives the points of one; those of all are never at hand at once.
    most : int
        Of each picture, so many others.
    """
    some = places[:: max(1, len(places) // _SAMPLED)]
    samples = [features(place) for place in some]
    if not any(len(one.points) for one in samples):
        return []
    vocabulary = Vocabulary.of(samples)
    filed = Filed.join([vocabulary.file(features(p), owner) for owner, p in enumerate(places)])
    pairs = pairs_of_like_points(filed, len(places), most)
    return [(places[one], places[other]) for one, other in pairs]


def pairs_of_like_points(filed: Filed, count: int, most: int) -> list[tuple[int, int]]:
    """Return pairs of pictures that may share points, those with the most votes first.

    Parameters
    ----------
    filed : Filed
        Of pictures 0 to `count` - 1.
    count : int
    most : int
        Of each picture, so many others.
    """
    starts = np.searchsorted(filed.words, np.arange(_MOST_WORDS + 1))
    found = dict[tuple[int, int], float]()
    for start in range(0, count, _BLOCK):
        size = min(_BLOCK, count - start)
        asked = filed.at(np.flatnonzero((filed.owners >= start) & (filed.owners < start + size)))
        votes = np.zeros((size, count))
        for ours, theirs, weights in _votes(asked, filed, starts):
            np.add.at(votes, (ours - start, theirs), weights)
        best = np.argsort(-votes, axis=1, kind="stable")[:, :most]
        rows, columns = np.nonzero(np.take_along_axis(votes, best, axis=1) > 0)
        for row, other in zip(rows.tolist(), best[rows, columns].tolist(), strict=True):
            pair = min(start + row, other), max(start + row, other)
            found[pair] = max(found.get(pair, 0.0), float(votes[row, other]))
    return sorted(found, key=lambda pair: (-found[pair], pair))


def _votes(
    asked: Filed, filed: Filed, starts: NDArray[np.intp]
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]]:
    """Yield word by word which pictures points vote for, and how much.

    A point that is like many others says little of each, as of those of a pattern.
    """
    words, firsts = np.unique(asked.words, return_index=True)
    ends = [*firsts[1:].tolist(), len(asked.words)]
    for word, first, end in zip(words.tolist(), firsts.tolist(), ends, strict=True):
        ours = asked.at(slice(first, end))
        theirs = filed.at(slice(int(starts[word]), int(starts[word + 1])))
        bits = np.bitwise_count(ours.codes[:, np.newaxis] ^ theirs.codes)
        is_near = (bits <= _NEAR_BITS) & (ours.owners[:, np.newaxis] != theirs.owners)
        point, other = np.nonzero(is_near)
        weights = np.exp(-((bits[point, other] / _BITS_SCALE) ** 2))
        yield (
            ours.owners[point],
            theirs.owners[other],
            weights / np.sqrt(is_near.sum(axis=1)[point]),
        )
