"""A logistic regression on radial kernels: as bent as an SVM, and trained on likelihood."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from .duels import RbfSums

Floats = NDArray[np.float64]


class KernelLogisticRegression(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # untyped bases
    """A logistic regression whose features are a row's likeness to some of the training rows.

    Where labels are uncertain, an SVM goes by the rows that are on the wrong side, and this by how
    many there are on each. A random part of the training rows, the centres, spans the space of the
    kernel: the Nyström method.

    Parameters
    ----------
    C : float, default 1.0
        Inverse strength of the L2 penalty.
    gamma : float, default 0.01
        Of the kernel ``exp(-gamma |x - centre|^2)``.
    n_components : int, default 400
        How many centres there are, or as many as rows.
    max_iter : int, default 300
    random_state : int, optional
        Decides which rows are centres.

    Attributes
    ----------
    classes_ : ndarray of shape (k,)
    components_ : ndarray of float64, shape (n_components, n_features)
        The centres.
    coef_ : ndarray of float64, shape (k, n_components), or (1, n_components) of two classes
        Weights of the kernels.
    intercept_ : ndarray of float64, shape (k,) or (1,)

    References
    ----------
    Zhu and Hastie (2005), "Kernel logistic regression and the import vector machine", Journal of
    Computational and Graphical Statistics 14(1). Williams and Seeger (2000), "Using the Nyström
    method to speed up kernel machines", NIPS 13.

    Examples
    --------
    >>> X, y = [[0.0], [0.1], [1.0], [1.1], [2.0], [2.1]], ["out", "out", "in", "in", "out", "out"]
    >>> model = KernelLogisticRegression(C=100, gamma=3, random_state=0).fit(X, y)
    >>> model.predict([[0.05], [1.05], [2.05]]).tolist()
    ['out', 'in', 'out']
    """

    def __init__(
        self,
        C: float = 1.0,  # noqa: N803  # as scikit-learn calls it
        *,
        gamma: float = 0.01,
        n_components: int = 400,
        max_iter: int = 300,
        random_state: int | None = None,
    ) -> None:
        self.C = C
        self.gamma = gamma
        self.n_components = n_components
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: Floats, y: NDArray[Any]) -> Self:
        """Fit to rows, shape (n, n_features), and their classes, shape (n,)."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        centres = min(self.n_components, len(X))
        space = Nystroem(gamma=self.gamma, n_components=centres, random_state=self.random_state)
        regression = LogisticRegression(C=self.C, max_iter=self.max_iter)
        regression.fit(space.fit_transform(X), y)
        self.classes_, self.components_ = regression.classes_, space.components_
        # What is said of axes of the space can be said of the kernels themselves.
        self.coef_ = regression.coef_ @ space.normalization_
        self.intercept_ = regression.intercept_
        return self

    def decision_function(self, X: Floats) -> Floats:
        """Return the logits, shape (n, k); of two classes, the second's log-odds, shape (n,)."""
        check_is_fitted(self)
        values = RbfSums.of(self).values(validate_data(self, X, dtype=np.float64, reset=False))
        return values if len(self.classes_) > 2 else values[:, 0]

    def predict_proba(self, X: Floats) -> Floats:
        """Return the probability of every class, shape (n, k)."""
        values = self.decision_function(X)
        if values.ndim == 2:
            return np.asarray(softmax(values, axis=1))
        return np.column_stack([expit(-values), expit(values)])

    def predict(self, X: Floats) -> NDArray[Any]:
        """Return the most probable class of every row."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])
