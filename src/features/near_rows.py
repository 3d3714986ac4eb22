"""Which pictures are near by their rows: by cosine, a block at a time (pure)."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

# Rows that are compared with all others at once.
_BLOCK: Final = 256


@dataclass(frozen=True, slots=True)
class Directions:
    """Rows as directions from their mean, which are compared by their cosine.

    Attributes
    ----------
    mean, scale : ndarray of float32, shape (width,)
        Of the rows' columns.
    unit : ndarray of float32, shape (n, width)
        Of length 1; zeros where a row is not finite.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    unit: NDArray[np.float32]

    @classmethod
    def of(cls, rows: NDArray[np.float32]) -> Self:
        """Standardise rows by their own columns.

        Examples
        --------
        >>> Directions.of(np.array([[1, 0], [3, 0]], np.float32)).unit.tolist()
        [[-1.0, 0.0], [1.0, 0.0]]
        """
        known = rows[np.asarray(np.isfinite(rows).all(axis=1))]
        if not len(known):
            known = np.zeros((1, rows.shape[1]), np.float32)
        scale = known.std(axis=0)
        found = cls(known.mean(axis=0), np.where(scale > 0, scale, 1).astype(np.float32), rows)
        return cls(found.mean, found.scale, found.turn(rows))

    def turn(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the directions of other rows."""
        unit = (rows - self.mean) / self.scale
        unit[~np.asarray(np.isfinite(unit).all(axis=1))] = 0
        unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-12)
        return np.asarray(unit, np.float32)


def nearest_pairs(rows: NDArray[np.float32], most: int) -> list[tuple[int, int]]:
    """Return each row's nearest ones as pairs of places, the nearest pair first.

    Parameters
    ----------
    rows : ndarray of float32, shape (n, width)
        Those that are not finite are near to none.
    most : int
        Of each row, so many.

    Examples
    --------
    >>> nearest_pairs(np.array([[0, 1], [9, 4], [0, 2], [9, 3]], np.float32), 1)
    [(0, 2), (1, 3)]
    """
    unit = Directions.of(rows).unit
    is_known = np.asarray(unit.any(axis=1))
    found = dict[tuple[int, int], float]()
    for start in range(0, len(unit), _BLOCK):
        cosines = unit[start : start + _BLOCK] @ unit.T
        cosines[:, ~is_known] = -2
        places = range(start, start + len(cosines))
        cosines[np.arange(len(cosines)), list(places)] = -2
        nearest = _largest(cosines, most)
        for place, row, others in zip(places, cosines, nearest, strict=True):
            if is_known[place]:
                found |= {
                    (min(place, k), max(place, k)): float(row[k])
                    for k in others.tolist()
                    if row[k] > -2
                }
    return sorted(found, key=lambda pair: (-round(found[pair], 6), pair))


def _largest(values: NDArray[np.float32], most: int) -> NDArray[np.intp]:
    count = values.shape[1]
    if most >= count:
        return np.argsort(-values, axis=1)
    return np.argpartition(values, count - most, axis=1)[:, count - most :]


def best_cosines(queries: NDArray[np.float32], directions: Directions) -> NDArray[np.float32]:
    """Return for each known row the largest cosine that one of some other rows has with it."""
    return np.asarray((directions.turn(queries) @ directions.unit.T).max(axis=0), np.float32)
