"""Sums of radial kernels, and all duels of an SVC at once, as products of matrices (pure)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

# The kernel of a block, 4 MB for 4,000 support vectors, stays in the cache while it is used; half
# or twice as many rows take 10 % longer, and one row at a time four times as long.
BLOCK_ROWS: Final = 128
# 32 MB: of many classes fewer rows are taken at once, for each has a number for every pair.
_MAX_BLOCK_NUMBERS: Final = 1 << 22
# One product of matrices counts the votes of so many classes soonest; the matrix, of k^3 numbers,
# has no place in memory where there are hundreds.
_MANY_CLASSES: Final = 64
# A row so many standard deviations away is out of every support vector's reach. Its square is
# still far from the largest number there is, beyond which 0 would become not-a-number.
_FAR: Final = 1e9
_IN_USE: Final = Lock()


@dataclass(frozen=True, slots=True, eq=False)
class RbfDuels:
    """The machines of an `SVC` with a radial kernel: one for every pair of classes.

    libsvm takes the support vectors one by one, for one row after the other. Here the exponent
    ``-gamma |x - s|^2`` is ``2 gamma x s - gamma |x|^2 - gamma |s|^2``, so that one product of
    matrices gives it for many rows and all support vectors, and one more per class gives what the
    class's vectors have to say in its duels. The sums are taken in another order than libsvm's:
    margins agree to about 1e-10.

    Attributes
    ----------
    vectors : ndarray of float64, shape (n_features + 2, n_vectors)
        What a row, followed by its squared length and 1, is multiplied with for the exponents.
    weights : tuple of ndarray of float64, shape (n_vectors of the class, k - 1)
        For each class, the weights of its support vectors against each other class.
    intercepts : ndarray of float64, shape (k * (k - 1) / 2,)
        Of the duels 0-1, 0-2, ..., 1-2, ...

    References
    ----------
    Chang and Lin (2011), "LIBSVM: a library for support vector machines", ACM Transactions on
    Intelligent Systems and Technology 2(3).

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> X, y = [[0.0], [0.1], [1.0], [1.1], [2.0], [2.1]], [0, 0, 1, 1, 2, 2]
    >>> svc = SVC(decision_function_shape="ovo").fit(X, y)
    >>> margins = RbfDuels.of(svc).margins(np.array([[0.3], [1.7]]))
    >>> np.allclose(margins, svc.decision_function([[0.3], [1.7]]))
    True
    """

    vectors: NDArray[np.float64]
    weights: tuple[NDArray[np.float64], ...]
    intercepts: NDArray[np.float64]

    @classmethod
    def of(cls, svc: Any) -> Self:
        """Take the machines of an `SVC` that was fitted to dense rows with ``kernel="rbf"``."""
        # The vectors of a class stand together.
        weights = np.split(svc._dual_coef_.T, np.cumsum(svc._n_support)[:-1])
        return cls(
            vectors=_exponents(svc.support_vectors_, svc._gamma),
            weights=tuple(np.ascontiguousarray(part) for part in weights),
            intercepts=svc._intercept_,
        )

    def margins(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return who wins each duel, and by how much.

        Parameters
        ----------
        rows : ndarray of float64, shape (n, n_features)
            Finite.

        Returns
        -------
        ndarray of float64, shape (n, k * (k - 1) / 2)
            Positive where the first class of the pair wins; beyond 1 and -1 lie the training rows
            that are no support vectors.
        """
        return _in_blocks(self._margins, rows, len(self.intercepts), len(self.weights))

    def votes(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of each class's margins over its duels; see `count_votes`.

        Memory does not grow with the number of pairs times the number of rows.
        """
        return _in_blocks(self._votes, rows, len(self.weights), len(self.weights))

    def _votes(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        return count_votes(self._margins(rows), len(self.weights))

    def _margins(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        kernel = _extended(rows) @ self.vectors
        np.exp(kernel, out=kernel)
        k = len(self.weights)
        pulls = np.empty((k, len(rows), k - 1))
        start = 0
        for weights, pull in zip(self.weights, pulls, strict=True):
            np.matmul(kernel[:, start : start + len(weights)], weights, out=pull)
            start += len(weights)
        first, second = _pairs(k)
        # A class has no weights against itself, so that later opponents stand a column earlier.
        duels: NDArray[np.float64] = pulls[first, :, second - 1] + pulls[second, :, first]
        return duels.T + self.intercepts


@dataclass(frozen=True, slots=True, eq=False)
class RbfSums:
    """Weighted sums of radial kernels: one for each class, or a single one of two classes.

    Attributes
    ----------
    vectors : ndarray of float64, shape (n_features + 2, n_centres)
        As in `RbfDuels`.
    weights : ndarray of float64, shape (n_centres, k)
    intercepts : ndarray of float64, shape (k,)
    """

    vectors: NDArray[np.float64]
    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]

    @classmethod
    def of(cls, regression: Any) -> Self:
        """Take the sums of a `KernelLogisticRegression`."""
        vectors = _exponents(regression.components_, regression.gamma)
        return cls(vectors, regression.coef_.T, regression.intercept_)

    def values(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sums of rows, shape (n, k); finite rows, shape (n, n_features)."""
        return _in_blocks(self._values, rows, *[len(self.intercepts)] * 2)

    def _values(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        kernel = _extended(rows) @ self.vectors
        np.exp(kernel, out=kernel)
        values: NDArray[np.float64] = kernel @ self.weights + self.intercepts
        return values


def count_votes(margins: NDArray[np.float64], classes: int) -> NDArray[np.float64]:
    """Return the sum of each class's margins over its duels, a duel counting 1 at the most.

    Parameters
    ----------
    margins : ndarray of float64, shape (n, classes * (classes - 1) / 2)
        As from `RbfDuels.margins`.
    classes : int
        Number of classes.

    Returns
    -------
    ndarray of float64, shape (n, classes)

    Examples
    --------
    >>> count_votes(np.array([[0.5, 3.0, -0.25]]), classes=3)
    array([[ 1.5 , -0.75, -0.75]])
    """
    margins = np.clip(margins, -1, 1)
    if classes <= _MANY_CLASSES:
        votes: NDArray[np.float64] = margins @ _sides(classes)
        return votes
    votes, start = np.zeros((len(margins), classes)), 0
    for first in range(classes - 1):
        duels = margins[:, start : start + classes - 1 - first]
        votes[:, first] += duels.sum(axis=1)
        votes[:, first + 1 :] -= duels
        start += duels.shape[1]
    return votes


def blocks_of(rows: int, classes: int) -> Iterator[slice]:
    """Yield the rows in blocks whose duels have a place in memory.

    Examples
    --------
    >>> list(blocks_of(100, classes=300))
    [slice(0, 46, None), slice(46, 92, None), slice(92, 138, None)]
    """
    step = max(1, min(BLOCK_ROWS, _MAX_BLOCK_NUMBERS // classes**2))
    return (slice(start, start + step) for start in range(0, rows, step))


def _in_blocks(
    decide: Callable[[Any], Any], rows: NDArray[np.float64], width: int, classes: int
) -> NDArray[np.float64]:
    if len(rows) == 1:  # so little that BLAS by itself takes one thread
        decided: NDArray[np.float64] = decide(rows)
        return decided
    decided = np.empty((len(rows), width))
    for block in blocks_of(len(rows), classes):
        with one_blas_thread():
            decided[block] = decide(rows[block])
    return decided


def _exponents(centres: NDArray[np.float64], gamma: float) -> NDArray[np.float64]:
    """Return what an extended row is multiplied with for ``-gamma |row - centre|^2``."""
    factors = [2 * centres.T, -np.ones(len(centres)), -np.square(centres).sum(axis=1)]
    return np.asarray(gamma * np.vstack(factors))


def _extended(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rows with two columns more: the squared length, and 1."""
    n, width = rows.shape
    extended = np.empty((n, width + 2))
    near = np.clip(rows, -_FAR, _FAR, out=extended[:, :width])
    np.einsum("ij,ij->i", near, near, out=extended[:, width])
    extended[:, width + 1] = 1
    return extended


@cache
def _pairs(classes: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first and the second class of each duel."""
    return np.triu_indices(classes, 1)


@cache
def _sides(classes: int) -> NDArray[np.float64]:
    """Return which side each class takes in each duel: 1, -1, or 0 where it has no part."""
    first, second = _pairs(classes)
    rows = np.arange(len(first))
    sides = np.zeros((len(rows), classes))
    sides[rows, first] = 1
    sides[rows, second] = -1
    return sides


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let BLAS use one thread in this block, then as many as before.

    The products here take less than a millisecond. Shared with a second thread they gain little on
    an idle machine, and on a busy one they wait for that thread's turn: on two cores with seven
    other processes, 60 times as long.

    The number belongs to the whole process. While another thread is in such a block, this one
    relies on it instead of setting the number too: of two that set it, the one that leaves last
    would restore what the other had set. Keep blocks short, so that it does not matter who leaves.

    Examples
    --------
    >>> with one_blas_thread():
    ...     numbers = {library["num_threads"] for library in _blas_libraries().info()}
    >>> numbers
    {1}
    """
    if not _IN_USE.acquire(blocking=False):
        yield
        return
    try:
        with _blas_libraries().limit(limits=1):
            yield
    finally:
        _IN_USE.release()


@cache
def _blas_libraries() -> Any:
    """Find the process's BLAS libraries, once: that takes some milliseconds."""
    return ThreadpoolController().select(user_api="blas")
