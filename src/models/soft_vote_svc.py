"""A support-vector classifier whose decision values can be calibrated."""

import numpy as np
from numpy.typing import NDArray
from sklearn.svm import SVC

from .duels import RbfDuels, blocks_of, count_votes


class SoftVoteSVC(SVC):  # type: ignore[misc]  # untyped base
    """An `SVC` in which the duels between classes are won by degrees.

    An `SVC` fits one machine for every pair of classes. scikit-learn then counts who wins how many
    duels; a close duel counts as much as a clear one, so that the count says next to nothing of
    how sure the answer is. Here a duel gives each side its margin, up to the full vote from
    margin 1 on, where training rows stop to be support vectors. Parameters are those of `SVC`;
    ``decision_function_shape`` must be ``"ovo"``.

    References
    ----------
    Hastie and Tibshirani (1998), "Classification by pairwise coupling", Annals of Statistics 26(2).

    Examples
    --------
    >>> X, y = [[0.0], [0.1], [1.0], [1.1], [2.0], [2.1]], ["low", "low", "mid", "mid", "up", "up"]
    >>> svc = SoftVoteSVC(C=10, decision_function_shape="ovo").fit(X, y)
    >>> svc.predict([[0.05], [1.05], [9.0]]).tolist()
    ['low', 'mid', 'up']
    """

    def decision_function(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of a class's margins over its duels.

        Parameters
        ----------
        X : ndarray, shape (n, features)

        Returns
        -------
        ndarray of float64, shape (n, classes), or (n,) where there are two classes
            In [1 - classes, classes - 1]; of two classes, the margin of the second.
        """
        k = len(self.classes_)
        decide = super().decision_function
        if k == 2:
            return np.asarray(decide(X))
        votes = [count_votes(decide(X[block]), k) for block in blocks_of(len(X), k)]
        return np.concatenate(votes) if votes else np.empty((0, k))

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.str_]:
        """Return the class of the highest decision value for every row."""
        scores = self.decision_function(X)
        winners = scores.argmax(axis=1) if scores.ndim == 2 else (scores > 0).astype(int)
        return np.asarray(self.classes_[winners])

    def _dense_decision_function(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Decide all duels of checked rows: where `SVC` would ask libsvm."""
        if self.kernel == "rbf":
            return RbfDuels.of(self).margins(X)
        duels: NDArray[np.float64] = super()._dense_decision_function(X)
        return duels
