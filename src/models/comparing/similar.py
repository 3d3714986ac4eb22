"""The works nearest to a picture, by hand or by look: from files to a list."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import ArtlensError, ConfigError
from ...features.measured_rows import measure_rows
from ...features.measuring import measure_shown
from ...images import ImageSource, Shown, load_uncut
from .comparer import Comparer, load_comparer
from .neighbours import Neighbours
from .one_work import Copies, find_copies
from .pair_space import Placed, sigmoid

# Files whose rows are in memory at a time.
_BLOCK: Final = 8192


class By(StrEnum):
    """What makes two works near."""

    HAND = "hand"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class SimilarWork:
    """A work that is near to a picture.

    Attributes
    ----------
    path : str
    score : float
        By hand, the probability that both are by one artist, where half of such pairs are; by
        look, the cosine of what the network says of them.
    copies : {"", "identical", "near-copy"}
        Whether it is the same work as the picture.
    """

    path: str
    score: float
    copies: Copies = ""


@dataclass(frozen=True, slots=True)
class Collection:
    """Measured pictures that others are looked up among.

    Attributes
    ----------
    paths : sequence of str
    neighbours : Neighbours
    by : By
    comparer : Comparer
    failed : dict of int to ArtlensError
        Those that cannot be read, by their places.
    looks : ndarray of float32, shape (n, c), or None
        How they look; None if it is to be looked up when it is needed, for want of memory.
    """

    paths: Sequence[str]
    neighbours: Neighbours
    by: By
    comparer: Comparer
    failed: dict[int, ArtlensError]
    looks: NDArray[np.float32] | None = None

    @classmethod
    def measure(
        cls,
        paths: Sequence[str],
        by: By = By.HAND,
        model: Comparer | None = None,
        jobs: int | None = None,
    ) -> "Collection":
        """Measure files that were not measured before.

        Raises
        ------
        ModelError
            If there is no model to use.
        """
        comparer = model or load_comparer()
        spec, failed = comparer.metadata.feature_spec, dict[int, ArtlensError]()
        parts = list[tuple[NDArray[np.float32], NDArray[np.float32]]]()
        for start in range(0, max(len(paths), 1), _BLOCK):
            measured = measure_rows(paths[start : start + _BLOCK], spec, jobs=jobs)
            failed |= {start + k: error for k, error in measured.failed.items()}
            parts.append(sought(comparer.place(measured.rows), by))
        vectors, biases = (np.concatenate(column) for column in zip(*parts, strict=True))
        return cls(paths, Neighbours(vectors, biases), by, comparer, failed)

    def find(self, picture: ImageSource, most: int = 12) -> list[SimilarWork]:
        """Return the nearest works, nearest first; the picture's own file is not among them.

        Raises
        ------
        ImageError
            If the picture cannot be read.
        ConfigError
            If `most` is less than 1.
        """
        return self.find_shown(load_uncut(picture), most, _is_file_of(picture))

    def find_shown(
        self, shown: Shown, most: int = 12, itself: Callable[[str], bool] = lambda path: False
    ) -> list[SimilarWork]:
        """Do what `find` does for a picture that is decoded already.

        Parameters
        ----------
        shown : Shown
        most : int
        itself : callable
            Whether a path is that of the picture's own file.
        """
        if most < 1:
            raise ConfigError(f"no number of works ({most}); give 1 or more")
        spec = self.comparer.metadata.feature_spec
        row = measure_shown(shown, [spec], palette=False).rows[0]
        placed = self.comparer.place(row[np.newaxis])
        vectors, biases = sought(placed, self.by)
        # The file itself may be named in several ways.
        places, raw = self.neighbours.nearest(vectors[0], most + 8)
        kept = [
            (k, s) for k, s in zip(places.tolist(), raw, strict=True) if not itself(self.paths[k])
        ]
        found = kept[:most]
        scores = self._scores(np.array([score for _, score in found], float) + biases[0])
        return [
            SimilarWork(self.paths[k], float(score), self._copies(placed, shown.bgr, k))
            for (k, _), score in zip(found, scores, strict=True)
        ]

    def _scores(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        return sigmoid(raw + self.comparer.offset) if self.by is By.HAND else raw

    def _copies(self, placed: Placed, bgr: NDArray[np.uint8], place: int) -> Copies:
        """Tell whether a work is the picture's own."""
        if (other := self._look_of(place)) is None:
            return ""
        looks, path = np.concatenate([placed.looks, other]), self.paths[place]
        return find_copies(looks, 0, 1, lambda which: load_uncut(path).bgr if which else bgr)

    def _look_of(self, place: int) -> NDArray[np.float32] | None:
        """Return how a work looks, shape (1, c), unless it went away."""
        if self.looks is not None:
            return self.looks[[place]]
        measured = measure_rows([self.paths[place]], self.comparer.metadata.feature_spec, jobs=1)
        return None if measured.failed else self.comparer.place(measured.rows).looks


def similar(  # noqa: PLR0913 - one parameter for each option
    picture: ImageSource,
    paths: Sequence[str],
    most: int = 12,
    *,
    by: By | str = By.HAND,
    model: Comparer | None = None,
    jobs: int | None = None,
) -> list[SimilarWork]:
    """Return the works among files that are nearest to a picture; see `Collection` for many.

    Parameters
    ----------
    picture : path, bytes, binary file, PIL.Image.Image or ndarray
        An array is RGB.
    paths : sequence of str
        Files. Those that cannot be read are near to none.
    most : int
        Of how many works is told.
    by : {"hand", "look"}
    model : Comparer, optional
        Default: that of ``load_comparer()``.
    jobs : int, optional
        Number of processes that measure; by default one per core.
    """
    return Collection.measure(paths, By(by), model, jobs).find(picture, most)


def sought(placed: Placed, by: By) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return by which vectors, and numbers of each work, works are near."""
    if by is By.HAND:
        return placed.vectors, placed.biases
    return placed.looks, np.zeros_like(placed.biases)


def _is_file_of(picture: ImageSource) -> Callable[[str], bool]:
    """Return what tells whether a path is that of the picture."""
    if not isinstance(picture, str | os.PathLike):
        return lambda path: False
    own = os.path.realpath(picture)
    return lambda path: os.path.realpath(path) == own
