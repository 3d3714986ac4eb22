"""A linear classifier trained on cross-entropy and F1 at once."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

Floats = NDArray[np.floating[Any]]


class SoftF1Classifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # untyped bases
    """A linear classifier that minimises ``a * cross_entropy + (1 - a) * (1 - soft_f1)``.

    The soft F1 of a class is ``2 tp / (2 tp + fp + fn)``, counted with probabilities in place of
    decisions; the mean over the classes counts a class with few rows as much as one with many. As
    a whole batch is needed to count, all rows are one, and the method is L-BFGS.

    Parameters
    ----------
    a : float, default 0.3
        Share of the cross-entropy, in [0, 1].
    C : float, default 1.0
        Inverse strength of the L2 penalty, as in `LogisticRegression`: with ``a=1`` and three
        classes or more the two are the same model.
    max_iter : int, default 200
    tol : float, default 1e-4
        L-BFGS stops where no entry of the gradient of the mean loss is larger.
    warm_start : bool, default False
        Begin where the last fit ended, if that had the same classes and features.

    Attributes
    ----------
    classes_ : ndarray of shape (k,)
    coef_ : ndarray of shape (k, n_features), or (1, n_features) where there are two classes
    intercept_ : ndarray of shape (k,) or (1,)
    n_iter_ : int

    Examples
    --------
    >>> X, y = [[0.0], [0.1], [1.0], [1.1], [2.0], [2.1]], ["low", "low", "mid", "mid", "up", "up"]
    >>> SoftF1Classifier(C=1000).fit(X, y).predict([[0.05], [1.05], [9.0]]).tolist()
    ['low', 'mid', 'up']
    """

    def __init__(
        self,
        a: float = 0.3,
        *,
        C: float = 1.0,  # noqa: N803  # as scikit-learn calls it
        max_iter: int = 200,
        tol: float = 1e-4,
        warm_start: bool = False,
    ) -> None:
        self.a = a
        self.C = C
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start

    def fit(self, X: Floats, y: NDArray[Any]) -> Self:
        """Fit to rows, shape (n, n_features), and their classes, shape (n,).

        Rows of float32 are worked on in float32, which is twice as fast.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
        check_classification_targets(y)
        if not (0 <= self.a <= 1 and self.C > 0):
            raise ValueError(f"a={self.a} is not in [0, 1], or C={self.C} is not above 0")
        self.classes_, places = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"there is one class only ({self.classes_[0]}); give rows of two")
        rows = np.column_stack([X, np.ones(len(X), X.dtype)])
        truth = np.eye(len(self.classes_), dtype=X.dtype)[places]
        start = self._start(rows.shape[1], len(self.classes_))
        found = minimize(
            _loss_and_gradient,
            start.ravel(),
            (rows, truth, self.a, 1 / (self.C * len(X))),
            method="L-BFGS-B",
            jac=True,
            options={"maxiter": self.max_iter, "gtol": self.tol},
        )
        self.n_iter_ = int(found.nit)
        self._keep(found.x.reshape(start.shape).astype(X.dtype))
        return self

    def decision_function(self, X: Floats) -> Floats:
        """Return the logits, shape (n, k); of two classes, the second's log-odds, shape (n,)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        values: Floats = X @ self.coef_.T + self.intercept_
        return values if len(self.classes_) > 2 else values[:, 0]

    def predict_proba(self, X: Floats) -> Floats:
        """Return the probability of every class, shape (n, k)."""
        values = self.decision_function(X)
        logits = values if values.ndim == 2 else np.column_stack([np.zeros_like(values), values])
        return np.asarray(softmax(logits, axis=1))

    def predict(self, X: Floats) -> NDArray[Any]:
        """Return the most probable class of every row."""
        values = self.decision_function(X)
        places = values.argmax(axis=1) if values.ndim == 2 else (values > 0).astype(int)
        return np.asarray(self.classes_[places])

    def _start(self, height: int, k: int) -> NDArray[np.float64]:
        """Return where L-BFGS begins: zeros, or the last fit's weights."""
        start = np.zeros((height, k))
        shape = (k if k > 2 else 1, height - 1)
        if self.warm_start and getattr(self, "coef_", np.empty(0)).shape == shape:
            last = np.vstack([self.coef_.T, self.intercept_])
            start[:] = last if k > 2 else last * (-0.5, 0.5)
        return start

    def _keep(self, weights: Floats) -> None:
        if weights.shape[1] == 2:
            weights = weights[:, 1:] - weights[:, :1]
        self.coef_ = np.ascontiguousarray(weights[:-1].T)
        self.intercept_ = weights[-1]


def _loss_and_gradient(
    flat: NDArray[np.float64], rows: Floats, truth: Floats, a: float, penalty: float
) -> tuple[float, NDArray[np.float64]]:
    """Return the penalised loss of weights, and its gradient; the last row holds the intercepts."""
    weights = flat.reshape(rows.shape[1], -1).astype(rows.dtype)
    logs = np.asarray(log_softmax(rows @ weights, axis=1))
    given = np.exp(logs)
    loss = -a * float((logs * truth).sum()) / len(rows)
    slope = (given - truth) * (a / len(rows))
    if a < 1:
        f1, f1_slope = _soft_f1(given, truth)
        loss += (1 - a) * (1 - f1)
        slope -= (1 - a) * given * (f1_slope - (f1_slope * given).sum(axis=1, keepdims=True))
    shrunk = weights.copy()
    shrunk[-1] = 0
    loss += penalty / 2 * float(np.square(shrunk).sum())
    return loss, (rows.T @ slope + penalty * shrunk).ravel().astype(np.float64)


def _soft_f1(given: Floats, truth: Floats) -> tuple[float, Floats]:
    """Return the mean soft F1 of the classes, and its slope by each probability."""
    hits = 2 * (given * truth).sum(axis=0)
    counted = given.sum(axis=0) + truth.sum(axis=0)
    slope = (2 * truth - hits / counted) / counted / truth.shape[1]
    return float((hits / counted).mean()), slope
