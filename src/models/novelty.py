"""Whether a picture is of none of the classes that a model knows, as a probability.

Two signs tell: the classes share the picture among them, and it has no near neighbours among the
works of training. Both are looked for where the classes are far apart and the works of one class
close together: in the space of a linear discriminant analysis. What they are worth together was
learned from classes that a model was fitted without.
"""

from dataclasses import asdict, dataclass, fields
from io import BytesIO
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

# Nearest works whose mean likeness counts.
NEIGHBOURS: Final = 10
_LEAST: Final = 1e-12

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Novelty:
    """What tells a stranger.

    Attributes
    ----------
    axes : ndarray of float32, shape (n_features, q)
    origin : ndarray of float32, shape (q,)
        What a row times `axes` is at the centre of the classes.
    centres : ndarray of float32, shape (k, q)
        Of the classes, as seen from there.
    works : ndarray of float16, or float32 once it was read, shape (n, q)
        Directions of the works of training, each of length 1.
    sharpness : ndarray of float64, shape ()
        By which squared distances to the centres become log-odds.
    weights : ndarray of float64, shape (3,)
        Of the two signs, and a constant.
    limit : ndarray of float64, shape ()
        The probability above which a picture is said to be of none.
    """

    axes: NDArray[np.float32]
    origin: NDArray[np.float32]
    centres: NDArray[np.float32]
    works: NDArray[np.floating[Any]]
    sharpness: NDArray[np.float64]
    weights: NDArray[np.float64]
    limit: NDArray[np.float64]

    def __call__(self, features: Rows) -> Rows:
        """Return the probability that a row is of none of the classes, shape (n,).

        It is calibrated for pictures of which every second one is.
        """
        first, second, constant = self.weights
        ambiguity, likeness = self.signs(features).T
        return np.asarray(1 / (1 + np.exp(-(first * ambiguity + second * likeness + constant))))

    def signs(self, features: Rows) -> Rows:
        """Return how much the classes share each row among them, and how like the works it is."""
        inner = features.astype(np.float32) @ self.axes - self.origin
        apart = np.square(inner).sum(axis=1)[:, None] - 2 * inner @ self.centres.T
        odds = -self.sharpness / 2 * (apart + np.square(self.centres).sum(axis=1))
        shares = np.exp(odds - odds.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        ambiguity = -(shares * np.log(shares + _LEAST)).sum(axis=1) / np.log(len(self.centres))
        return np.column_stack([ambiguity, self._likeness(inner)])

    def _likeness(self, inner: NDArray[np.float32]) -> NDArray[np.float32]:
        lengths = np.linalg.norm(inner, axis=1, keepdims=True)
        cosines = inner / np.maximum(lengths, _LEAST) @ self.works.T.astype(np.float32, copy=False)
        nearest = np.partition(cosines, -min(NEIGHBOURS, cosines.shape[1]), axis=1)
        likeness: NDArray[np.float32] = nearest[:, -NEIGHBOURS:].mean(axis=1)
        return likeness

    def to_bytes(self) -> bytes:
        """Return it as an ``.npz`` of plain arrays; the same one, the same bytes."""
        buffer = BytesIO()
        np.savez(buffer, **asdict(self))
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, n_features: int) -> Self:
        """Read what `to_bytes` wrote; nothing in it can run code.

        Raises
        ------
        ValueError
            If the arrays do not fit together.
        """
        with np.load(BytesIO(content), allow_pickle=False) as archive:
            parts: dict[str, Any] = {part.name: archive[part.name] for part in fields(cls)}
        # As they are multiplied; to widen them for every picture would take longer than that.
        parts["works"] = parts["works"].astype(np.float32)
        read = cls(**parts)
        q = read.axes.shape[-1]
        shapes = {"axes": (n_features, q), "origin": (q,), "weights": (3,)}
        shapes |= {"sharpness": (), "limit": ()}
        shapes |= {name: (len(parts[name]), q) for name in ("centres", "works")}
        if wrong := [name for name, shape in shapes.items() if parts[name].shape != shape]:
            raise ValueError(f"its {', '.join(wrong)} do not fit rows of {n_features} numbers")
        return read
