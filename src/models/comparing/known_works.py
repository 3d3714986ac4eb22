"""The works that a model for comparisons was trained on, by which it gives reasons."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from io import BytesIO
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from .pair_space import PairSpace, Placed, sigmoid

# With all else of the model, ten megabytes.
MOST_KNOWN: Final = 6_500


class KnownWork(NamedTuple):
    """A work of training that is like a picture.

    Attributes
    ----------
    name, artist : str
    score : float
        Probability that both are by one artist, where half of such pairs are.
    """

    name: str
    artist: str
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class KnownWorks:
    """Works with their places in the space.

    Attributes
    ----------
    names, artists : ndarray of str, shape (n,)
    vectors : ndarray of float16, shape (n, d)
    biases : ndarray of float32, shape (n,)
    """

    names: NDArray[np.str_]
    artists: NDArray[np.str_]
    vectors: NDArray[np.float16]
    biases: NDArray[np.float32]

    @classmethod
    def of(cls, placed: Placed, names: Sequence[str], artists: NDArray[np.str_]) -> Self:
        """Keep works; of very many, some that are spread over all."""
        count = len(artists)
        kept = np.unique(np.linspace(0, count - 1, min(count, MOST_KNOWN)).astype(int))
        chosen = np.asarray(names, np.str_)[kept]
        vectors = placed.vectors[kept].astype(np.float16)
        return cls(chosen, artists[kept], vectors, placed.biases[kept])

    def nearest(self, placed: Placed, space: PairSpace, most: int) -> list[tuple[KnownWork, ...]]:
        """Return for each of some pictures the works that are likeliest by the same artist."""
        products = placed.vectors @ self.vectors.T.astype(np.float32)
        odds = products + self.biases + placed.biases[:, None] + float(space.offset)
        return [self._best(row.astype(float), most) for row in odds]

    def _best(self, odds: NDArray[np.float64], most: int) -> tuple[KnownWork, ...]:
        places = np.argsort(-odds, kind="stable")[:most]
        found = zip(places, sigmoid(odds[places]), strict=True)
        return tuple(
            KnownWork(str(self.names[k]), str(self.artists[k]), round(float(score), 4))
            for k, score in found
        )

    def to_bytes(self) -> bytes:
        """Return it as an ``.npz`` of plain arrays, compressed for its names."""
        buffer = BytesIO()
        np.savez_compressed(buffer, **asdict(self))
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, width: int) -> Self:
        """Read what `to_bytes` wrote; nothing in it can run code.

        Raises
        ------
        ValueError
            If the arrays do not fit together.
        """
        with np.load(BytesIO(content), allow_pickle=False) as archive:
            parts: dict[str, Any] = {part.name: archive[part.name] for part in fields(cls)}
        works = cls(**parts)
        n = len(works.names)
        fits = works.artists.shape == works.biases.shape == works.names.shape == (n,)
        if not fits or works.vectors.shape != (n, width):
            raise ValueError(f"its {n} works do not fit together")
        return works
