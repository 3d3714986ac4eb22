"""The nearest of many works, exactly: by NumPy up to what it searches at once, then by faiss."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...extras import name_missing

# A query takes 0.1 s of these; more are searched by all cores.
MOST_BY_NUMPY: Final = 200_000

Floats32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Works that are searched: by the product with a vector, and a number of each.

    Attributes
    ----------
    vectors : ndarray of float32, shape (n, d)
        Missing numbers where a picture could not be measured; it is near to none.
    biases : ndarray of float32, shape (n,)
    """

    vectors: Floats32
    biases: Floats32

    def nearest(self, vector: Floats32, most: int) -> tuple[NDArray[np.int64], Floats32]:
        """Return the places of the nearest works, nearest first, and their scores.

        Examples
        --------
        >>> works = Neighbours(np.eye(3, dtype=np.float32), np.float32([0, 5, 0]))
        >>> works.nearest(np.float32([1, 0, 0]), 2)[0].tolist()
        [1, 0]
        """
        if len(self.vectors) > MOST_BY_NUMPY:
            return self._by_faiss(vector, most)
        scores = self.vectors @ vector + self.biases
        scores = np.where(np.isfinite(scores), scores, -np.inf)
        most = min(most, len(scores))
        found = np.argpartition(-scores, most - 1)[:most] if most else np.array([], int)
        found = found[np.lexsort((found, -scores[found]))]
        found = found[np.isfinite(scores[found])]
        return found.astype(np.int64), scores[found]

    def _by_faiss(self, vector: Floats32, most: int) -> tuple[NDArray[np.int64], Floats32]:
        try:
            import faiss
        except ModuleNotFoundError as error:
            user = f"a search among {len(self.vectors):,} works (more than {MOST_BY_NUMPY:,})"
            raise (name_missing(error, user, extra="index") or error) from error
        index: Any = faiss.IndexFlatIP(self.vectors.shape[1] + 1)
        known = np.isfinite(self.vectors).all(axis=1)
        index.add(np.column_stack([self.vectors[known], self.biases[known]]))
        asked = np.append(vector, np.float32(1))[np.newaxis]
        scores, places = index.search(asked, min(most, index.ntotal))
        return np.flatnonzero(known)[places[0]], scores[0]
