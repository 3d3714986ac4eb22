"""What a fitted model loses when it no longer knows a feature (pure)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import NotFittedError

from ...errors import DataError, ModelError
from ..training.rows import LabelledRows
from .groups import group_by_space

# Feature rows in, a class for each out.
Answer: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.str_]]


@dataclass(frozen=True, slots=True)
class Importance:
    """Loss of accuracy when features are shuffled among the rows.

    Attributes
    ----------
    accuracy : float
        With all features as they are.
    rows : int
        How many rows were answered each time.
    single : Mapping[str, ndarray of float64, shape (repeats,)]
        The loss for each feature, once per shuffling.
    by_space : Mapping[str, ndarray of float64, shape (repeats,)]
        The loss when all features of a colour space are shuffled together, row by row.
    """

    accuracy: float
    rows: int
    single: Mapping[str, NDArray[np.float64]]
    by_space: Mapping[str, NDArray[np.float64]]

    def ranking(self) -> list[str]:
        """Return the single features, the most important one first."""
        return sorted(self.single, key=lambda name: (-float(self.single[name].mean()), name))


def measure_importance(
    answer: Answer, rows: LabelledRows, names: Sequence[str], repeats: int = 5, seed: int = 0
) -> Importance:
    """Shuffle each feature, then each colour space, and see how much accuracy is lost.

    Parameters
    ----------
    answer : callable
        A fitted model: rows of shape (n, n_features) -> classes of shape (n,).
    rows : LabelledRows
        Rows the model was not fitted on.
    names : sequence of str
        The features, in the order of the columns.
    repeats : int, default 5
        How often each is shuffled.
    seed : int, default 0
        Decides the shufflings.

    Returns
    -------
    Importance

    Raises
    ------
    DataError
        If there are no rows, or the names do not fit the columns.
    ModelError
        If the model is not fitted.

    References
    ----------
    L. Breiman, "Random Forests", Machine Learning 45(1), 2001, section 10.

    Examples
    --------
    >>> rows = LabelledRows(np.array([[0.0, 5.0], [1.0, 5.0]] * 8), np.array(["lo", "hi"] * 8))
    >>> found = measure_importance(
    ...     lambda X: np.where(X[:, 0] > 0.5, "hi", "lo"), rows, ["b_bgr_mean", "b_bgr_std"]
    ... )
    >>> found.accuracy, found.ranking(), float(found.single["b_bgr_std"].max())
    (1.0, ['b_bgr_mean', 'b_bgr_std'], 0.0)
    """
    if not len(rows.labels) or rows.features.shape != (len(rows.labels), len(names)):
        raise DataError(
            f"importance cannot be measured on features of shape {rows.features.shape}; give one "
            f"or more rows of the {len(names)} features"
        )
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(rows.labels)) for _ in range(repeats)]
    try:
        accuracy = _accuracy(answer, rows.features, rows.labels)
        singles = {name: (i,) for i, name in enumerate(names)}
        single = {
            name: _accuracies(answer, rows, places, orders) for name, places in singles.items()
        }
        spaces = group_by_space(names)
        joint = {name: _accuracies(answer, rows, places, orders) for name, places in spaces.items()}
    except NotFittedError as error:
        raise ModelError(
            f"the model is not fitted ({error}); fit it, or load a saved one"
        ) from error
    return Importance(
        accuracy,
        len(rows.labels),
        {name: accuracy - left for name, left in single.items()},
        {name: accuracy - left for name, left in joint.items()},
    )


def _accuracies(
    answer: Answer, rows: LabelledRows, places: tuple[int, ...], orders: list[NDArray[np.int64]]
) -> NDArray[np.float64]:
    """Return the accuracy left after each shuffling of the columns at `places`."""
    shuffled = rows.features.copy()
    left = []
    for order in orders:
        shuffled[:, places] = rows.features[order][:, places]
        left.append(_accuracy(answer, shuffled, rows.labels))
    return np.array(left)


def _accuracy(answer: Answer, features: NDArray[np.float64], labels: NDArray[np.str_]) -> float:
    return float(np.mean(answer(features) == labels))
