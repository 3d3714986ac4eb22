"""What speaks for a comparison: likely artists of each picture, and its nearest known works."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelError
from ...tasks import ARTIST
from ..classifier import Classifier
from ..registry import load_model
from .comparer import Comparer
from .known_works import KnownWork
from .pair_space import Placed

# Works and artists that are told of each picture.
_REASONS: Final = 3


@dataclass(frozen=True, slots=True)
class Reasons:
    """What speaks for a score, of one picture.

    Attributes
    ----------
    artists : tuple of (str, float)
        The likeliest artists, with their probabilities; none without a model that names artists.
    known : tuple of KnownWork
        The nearest works that the model was trained on.
    stranger : float or None
        Probability that none of the known artists made it, where that is likely.
    """

    artists: tuple[tuple[str, float], ...] = ()
    known: tuple[KnownWork, ...] = ()
    stranger: float | None = None


def give_reasons(
    comparer: Comparer, rows: NDArray[np.float64], placed: Placed
) -> tuple[Reasons, ...]:
    """Return what speaks for the scores of some pictures.

    Parameters
    ----------
    comparer : Comparer
    rows : ndarray of float64, shape (n, n_features)
    placed : Placed
        Where these rows are.
    """
    known = comparer.nearest_known(placed, _REASONS)
    if (namer := _find_namer(comparer)) is None:
        return tuple(Reasons(known=works) for works in known)
    named, strangers = _name_artists(namer, rows), _find_strangers(namer, rows)
    return tuple(map(Reasons, named, known, strangers))


def _find_namer(comparer: Comparer) -> Classifier | None:
    """Return a model that names artists by the same rows, if there is one."""
    try:
        namer = load_model(task=ARTIST.name)
    except ModelError:
        return None
    return namer if namer.metadata.feature_spec == comparer.metadata.feature_spec else None


def _name_artists(
    namer: Classifier, rows: NDArray[np.float64]
) -> list[tuple[tuple[str, float], ...]]:
    scores = namer.predict_scores(rows)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :_REASONS]
    return [
        tuple((namer.classes[k], round(float(row[k]), 4)) for k in places)
        for row, places in zip(scores, best, strict=True)
    ]


def _find_strangers(namer: Classifier, rows: NDArray[np.float64]) -> list[float | None]:
    chances = namer.novelty(rows)
    if chances is None:
        return [None] * len(rows)
    return [
        round(chance, 4) if chance > namer.novelty_limit else None for chance in chances.tolist()
    ]
