"""Where works lie for a comparison of hands: a vector and a number each, and two works' log-odds.

Three signs, each a product of two vectors, are added up. The likelihood ratio of `plda` tells works
of artists whom nobody has seen; so does the cosine of two works' logits (`discriminants`), of which
each says how like a work is to those of one known artist; and the product of the roots of the
classes' probabilities tells works of artists who are among the known.

So the nearest of many works are found by one product of a matrix with a vector.
"""

from dataclasses import asdict, dataclass, fields
from io import BytesIO
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.floating[Any]]

_LEAST: Final = 1e-12
# Works whose rows are in memory as float32 at a time.
_BLOCK: Final = 4096


class Placed(NamedTuple):
    """Works in the space.

    Attributes
    ----------
    vectors : ndarray of float32, shape (n, d)
    biases : ndarray of float32, shape (n,)
    looks : ndarray of float32, shape (n, c)
        Principal components of length 1, whose product is how alike two works look.
    """

    vectors: NDArray[np.float32]
    biases: NDArray[np.float32]
    looks: NDArray[np.float32]

    def at(self, places: Any) -> "Placed":
        """Return some of the works, by their places."""
        return Placed(self.vectors[places], self.biases[places], self.looks[places])


@dataclass(frozen=True, slots=True, eq=False)
class PairSpace:
    """What a comparison goes by; arrays alone.

    Attributes
    ----------
    mean, scale : ndarray of float32, shape (n_features,)
        Of the rows of training.
    axes : ndarray of float16, shape (n_features, c)
        Principal axes of standardised rows.
    origin : ndarray of float32, shape (p,)
        Of the first p components, at length 1, the mean.
    directions : ndarray of float32, shape (p, q)
        From there to the coordinates of `plda`.
    products, squares : ndarray of float32, shape (q,)
        Weights of these, in the product of two works, and of their squares.
    discriminants : ndarray of float32, shape (c, k)
        Of the known artists, for all components at length 1.
    offsets, centre : ndarray of float32, shape (k,)
        Constants of the discriminants, and their means over the works of training.
    temperature : ndarray of float64, shape ()
        Through which discriminants become probabilities.
    weights : ndarray of float64, shape (3,)
        Of the three signs, with the slope of the calibration in them.
    offset : ndarray of float64, shape ()
        Of the log-odds, where half of all pairs are by one artist.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    axes: NDArray[np.float16]
    origin: NDArray[np.float32]
    directions: NDArray[np.float32]
    products: NDArray[np.float32]
    squares: NDArray[np.float32]
    discriminants: NDArray[np.float32]
    offsets: NDArray[np.float32]
    centre: NDArray[np.float32]
    temperature: Floats
    weights: Floats
    offset: Floats

    @property
    def sign_ends(self) -> tuple[int, int, int]:
        """Where in a work's vector each of the three signs ends."""
        first, each = len(self.products), len(self.offsets)
        return first, first + each, first + 2 * each

    def place(self, rows: Rows) -> Placed:
        """Return where works lie; missing numbers stay missing.

        Parameters
        ----------
        rows : ndarray of float, shape (n, n_features)
        """
        blocks = [self._place(rows[k : k + _BLOCK]) for k in range(0, max(len(rows), 1), _BLOCK)]
        return Placed(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))

    def _place(self, rows: Rows) -> Placed:
        components = self._components(rows)
        looks = unit(components)
        plda, bias = self._plda(unit(components[:, : len(self.origin)]))
        raw = looks @ self.discriminants + self.offsets
        signs = (plda, unit(raw - self.centre), np.sqrt(softmax(raw / float(self.temperature))))
        roots = np.sqrt(self.weights)
        vectors = np.hstack([sign * root for sign, root in zip(signs, roots, strict=True)])
        single = self.weights[0] * bias
        return Placed(vectors.astype(np.float32), single.astype(np.float32), looks)

    def _components(self, rows: Rows) -> NDArray[np.float32]:
        standard = ((rows - self.mean) / self.scale).astype(np.float32)
        return np.asarray(standard @ self.axes.astype(np.float32), np.float32)

    def _plda(self, rows: Rows) -> tuple[Rows, Rows]:
        """Return coordinates whose product is a likelihood ratio, and what each work takes off."""
        inner = (rows - self.origin) @ self.directions
        return inner * np.sqrt(self.products), -np.square(inner) @ self.squares

    def log_odds(self, first: Placed, second: Placed) -> Floats:
        """Return the log-odds that works are by one artist, pair by pair, shape (n,)."""
        product = np.einsum("ij,ij->i", first.vectors, second.vectors, dtype=np.float64)
        return np.asarray(product + first.biases + second.biases + self.offset, np.float64)

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
            If the arrays do not fit together, or hold what is no number.
        """
        with np.load(BytesIO(content), allow_pickle=False) as archive:
            parts: dict[str, Any] = {part.name: archive[part.name] for part in fields(cls)}
        space = cls(**parts)
        space._require_sound(n_features)
        return space

    def _require_sound(self, n_features: int) -> None:
        c, (p, q), k = self.axes.shape[-1], self.directions.shape, len(self.offsets)
        shapes = {"mean": (n_features,), "scale": (n_features,), "axes": (n_features, c)}
        shapes |= {"origin": (p,), "products": (q,), "squares": (q,), "discriminants": (c, k)}
        shapes |= {"directions": (p, q), "offsets": (k,), "centre": (k,), "weights": (3,)}
        shapes |= {"temperature": (), "offset": ()}
        wrong = [name for name, shape in shapes.items() if getattr(self, name).shape != shape]
        wrong += [name for name in shapes if not np.isfinite(getattr(self, name)).all()]
        if wrong or p > c:
            raise ValueError(f"its {', '.join(wrong) or 'axes'} do not fit {n_features} numbers")


def unit(rows: Rows) -> NDArray[np.float32]:
    """Return rows at length 1, but for those of zeros.

    Examples
    --------
    >>> unit(np.array([[3.0, 4.0], [0.0, 0.0]])).round(1).astype(float).round(1).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    lengths = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _LEAST)
    return np.asarray(rows / lengths, np.float32)


def softmax(raw: Rows) -> Rows:
    """Return rows as probabilities."""
    shares = np.exp(raw - raw.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def sigmoid(log_odds: Floats) -> Floats:
    """Return probabilities of log-odds.

    Examples
    --------
    >>> sigmoid(np.array([-1000.0, 0.0])).tolist()
    [0.0, 0.5]
    """
    return np.asarray(0.5 * (1 + np.tanh(np.asarray(log_odds) / 2)))


def shift_share(share: float) -> float:
    """Return what is added to log-odds where not half of all pairs are by one artist.

    Examples
    --------
    >>> round(shift_share(0.5), 3), round(shift_share(0.013), 3)
    (0.0, -4.33)
    """
    return float(np.log(share) - np.log1p(-share))
