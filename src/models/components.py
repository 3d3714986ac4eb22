"""Rows as their coordinates on the principal axes of those that were fitted to."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

Floats = NDArray[np.floating[Any]]

# Variances of less than this share of the largest are rounding errors of float32.
_NOISE = 1e-7


class Components(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # untyped bases
    """Principal components, found by the smaller of two matrices: rows by rows, or columns.

    A few thousand rows of more columns span a space of no more axes than rows. Within it a linear
    model with an L2 penalty is the same one as on all columns, and takes a fraction of the time;
    and finding the axes takes seconds where the decomposition of all columns takes minutes.

    Parameters
    ----------
    n_components : int, optional
        How many axes are kept, those of most variance; by default, or if there are no more, all.
    blocks : sequence of int
        Columns of each part of a row, in order, if all parts are to count the same: of columns of
        one variance, those of a small part then weigh more. By default all columns weigh the same.

    Attributes
    ----------
    mean_ : ndarray of float32, shape (n_features,)
    components_ : ndarray of float32, shape (n_components, n_features)
        By falling variance; orthogonal and of length 1, but for the weights of the columns.

    Examples
    --------
    >>> rows = np.array([[0.0, 0.0, 1.0], [3.0, 4.0, 1.0], [6.0, 8.0, 1.0]])
    >>> found = Components().fit(rows)
    >>> found.components_.shape, np.abs(found.transform(rows)).ravel().tolist()
    ((1, 3), [5.0, 0.0, 5.0])
    """

    def __init__(self, n_components: int | None = None, blocks: Sequence[int] = ()) -> None:
        self.n_components = n_components
        self.blocks = blocks

    def fit(self, X: Floats, y: object = None) -> Self:
        """Find the axes of rows, shape (n, n_features)."""
        X = validate_data(self, X, dtype=[np.float32, np.float64], ensure_min_samples=2)
        self.mean_ = X.mean(axis=0, dtype=np.float64).astype(np.float32)
        weights = self._weights(X.shape[1])
        centred = (X - self.mean_).astype(np.float32) * weights
        wide = centred.shape[0] < centred.shape[1]
        gram = centred @ centred.T if wide else centred.T @ centred
        variances, vectors = self._largest(gram.astype(np.float64))
        axes = (vectors / np.sqrt(variances)).astype(np.float32).T @ centred if wide else vectors.T
        self.components_ = np.ascontiguousarray(axes * weights, dtype=np.float32)
        return self

    def transform(self, X: Floats) -> NDArray[np.float32]:
        """Return the coordinates of rows, shape (n, n_components)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float32, np.float64], reset=False)
        moved: NDArray[np.float32] = (X - self.mean_).astype(np.float32) @ self.components_.T
        return moved

    def __sklearn_tags__(self) -> Any:
        """Return what scikit-learn should know of it: whatever it is given, it gives float32."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def _weights(self, width: int) -> NDArray[np.float32]:
        """Return the weight of each column; the mean of their squares is 1."""
        blocks = np.array(self.blocks or [width])
        if blocks.sum() != width:
            raise ValueError(f"the blocks have {blocks.sum()} columns and the rows {width}")
        return np.repeat(np.sqrt(width / len(blocks) / blocks), blocks).astype(np.float32)

    def _largest(self, gram: NDArray[np.float64]) -> tuple[Floats, Floats]:
        """Return the largest eigenvalues, falling, and their vectors as columns."""
        size = len(gram)
        first = max(size - (self.n_components or size), 0)
        variances, vectors = eigh(gram, subset_by_index=(first, size - 1), overwrite_a=True)
        # One axis there must be, though all rows be equal.
        kept = variances > max(variances[-1], 0) * _NOISE
        kept[-1] = True
        variances = np.maximum(variances[kept][::-1], np.finfo(np.float32).tiny)
        return variances, vectors[:, kept][:, ::-1]
