"""Probabilities from feature rows: by NumPy alone where that is simple, else by scikit-learn.

A support-vector machine, a logistic regression and a neural network are a few products of matrices.
Done here they are equal to scikit-learn's, quicker for a row by itself, which there mostly waits
for checks, and need only the attributes of the fitted parts: an outline is enough, so that who
predicts does not have to wait until scikit-learn is imported, or to have it at all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from .duels import RbfDuels, RbfSums, one_blas_thread
from .tag_combinations import Combinations, combinations_of, combine

Rows = NDArray[np.float64]
Ask = Callable[[Rows], Rows]

# What scikit-learn adds to probabilities before it takes their logarithms.
_LEAST: Final = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Scorer:
    """The one way from feature rows to the probability of every class.

    Attributes
    ----------
    ask : callable
        From an array of float64, finite, of shape (n, n_features), to one of shape (n, k): the
        probabilities in the order of the estimator's classes.
    columns : list of int
        Where the classes that are wanted stand among these.
    """

    ask: Ask
    columns: list[int]

    @classmethod
    def of(cls, estimator: Any, classes: Sequence[str]) -> Self:
        """Return the quickest scorer of an estimator.

        That is its `NumpySteps` if it has any, which agree with scikit-learn to about 1e-10 for the
        SVM and to 1e-12 for others, else ``estimator.predict_proba``.

        Parameters
        ----------
        estimator : CalibratedClassifierCV or TagClassifier
            Fitted; or its outline, if that has `NumpySteps`.
        classes : sequence of str
            The same as the estimator's, in the order of the columns wanted.
        """
        return cls(quick_steps(estimator) or estimator.predict_proba, _places(estimator, classes))

    @classmethod
    def plain(cls, estimator: Any, classes: Sequence[str]) -> Self:
        """Return the scorer that asks scikit-learn, with which saving compares the quicker one."""
        return cls(estimator.predict_proba, _places(estimator, classes))

    def __call__(self, features: Rows) -> Rows:
        """Return the probability of every class, shape (n, k)."""
        return np.asarray(self.ask(features)[:, self.columns], np.float64)


def quick_steps(estimator: Any) -> Ask | None:
    """Return how NumPy answers for an estimator, or its outline, if it can.

    Of tags each has its own steps, of which the first are often the same.
    """
    if not hasattr(estimator, "estimators_"):
        return NumpySteps.of(estimator)
    each = [NumpySteps.of(one) for one in estimator.estimators_]
    steps = [one for one in each if one is not None]
    if len(steps) < len(each):
        return None
    before = [next(other for other in steps if one.begins_as(other)) for one in steps]
    begun = [replace(one, **other.beginning) for one, other in zip(steps, before, strict=True)]
    return partial(_ask_each, begun, combinations_of(estimator))


def _ask_each(steps: "Sequence[NumpySteps]", found: Sequence[Combinations], features: Rows) -> Rows:
    said, placed, last = [], features, None
    for one in steps:
        if last is None or one.scale is not last.scale:
            placed, last = one.place(features), one
        said.append(one.decided(placed)[:, 1])
    return combine(np.column_stack(said), found)


def _places(estimator: Any, classes: Sequence[str]) -> list[int]:
    places = {name: i for i, name in enumerate(estimator.classes_.tolist())}
    return [places[name] for name in classes]


@dataclass(frozen=True, slots=True, eq=False)
class NumpySteps:
    """A calibrated pipeline, step by step.

    Attributes
    ----------
    mean, scale : ndarray of float64, shape (n_features,)
        Of the scaler.
    axes : (ndarray of float32, ndarray of float32) or None
        Mean and components of the scaled rows, where the pipeline finds these.
    decide : callable
        From scaled rows, or their components, to decision values, shape (n, k), as the calibrators
        take them.
    calibrate : callable
        From decision values to probabilities, both of shape (n, k).
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    axes: tuple[Rows, Rows] | None
    decide: Ask
    calibrate: Ask

    @classmethod
    def of(cls, estimator: Any) -> Self | None:
        """Return the steps of an estimator, or its outline, if it is made of just known parts."""
        fitted = getattr(estimator, "calibrated_classifiers_", [])
        steps = getattr(fitted[0].estimator, "steps", []) if len(fitted) == 1 else []
        types = [type(part).__name__ for _, part in steps]
        known = not types[1:-1] or types[1:-1] == ["Components"]
        if not known or types[:1] != ["StandardScaler"] or types[-1] not in _FAMILIES:
            return None
        (_, scaler), *found, (_, classifier) = steps
        decide = _FAMILIES[types[-1]](classifier)
        calibrate = _calibrate_with(fitted[0].calibrators, types[-1])
        if not (scaler.with_mean and scaler.with_std and decide and calibrate):
            return None
        axes = next(((step.mean_, step.components_) for _, step in found), None)
        return cls(scaler.mean_, scaler.scale_, axes, decide, calibrate)

    def __call__(self, features: Rows) -> Rows:
        """Return the probability of every class, in the order of the estimator's classes."""
        return self.decided(self.place(features))

    def place(self, features: Rows) -> Rows:
        """Return scaled rows, or their components."""
        scaled = (features - self.mean) / self.scale
        if self.axes is None:
            return scaled
        mean, components = self.axes
        # In float32, as `Components` has them. Shared among threads, other last digits came out.
        with one_blas_thread():
            return ((scaled - mean).astype(np.float32) @ components.T).astype(np.float64)

    def decided(self, placed: Rows) -> Rows:
        """Return the probabilities of rows from `place`."""
        return self.calibrate(self.decide(placed))

    @property
    def beginning(self) -> dict[str, Any]:
        """Return what `place` takes."""
        return {"mean": self.mean, "scale": self.scale, "axes": self.axes}

    def begins_as(self, other: "NumpySteps") -> bool:
        """Tell whether rows from `place` are those of another."""
        own, others = ((one.mean, one.scale, *(one.axes or ())) for one in (self, other))
        return len(own) == len(others) and all(map(np.array_equal, own, others))


def _decide_svm(svc: Any) -> Ask | None:
    if svc.kernel != "rbf" or svc._sparse:
        return None
    duels = RbfDuels.of(svc)
    return duels.votes if len(duels.weights) > 2 else partial(_decide_duel, duels)


def _decide_duel(duels: RbfDuels, rows: Rows) -> Rows:
    """Return both sides of the only duel between two classes, which the first of them wins."""
    return duels.margins(rows) * (1, -1)


def _decide_regression(regression: Any) -> Ask | None:
    # As wide as rows are: widening them for every row would take longer than the product.
    return partial(_regress, regression.coef_.T.astype(np.float64), regression.intercept_)


def _regress(weights: Rows, offsets: Rows, rows: Rows) -> Rows:
    return _two_sided(rows @ weights + offsets)


def _decide_kernels(regression: Any) -> Ask | None:
    return partial(_sum_kernels, RbfSums.of(regression))


def _sum_kernels(sums: RbfSums, rows: Rows) -> Rows:
    return _two_sided(sums.values(rows))


def _decide_network(network: Any) -> Ask | None:
    layers = list(zip(network.coefs_, network.intercepts_, strict=True))
    output = "softmax" if layers[-1][0].shape[1] > 1 else "logistic"
    if network.activation != "relu" or network.out_activation_ != output:
        return None
    return partial(_pass_through, layers)


def _pass_through(layers: Sequence[tuple[Rows, Rows]], rows: Rows) -> Rows:
    """Return the network's own probabilities."""
    *hidden, (weights, offsets) = layers
    for inner_weights, inner_offsets in hidden:
        rows = np.maximum(rows @ inner_weights + inner_offsets, 0)
    values = rows @ weights + offsets
    return _softmax(values) if values.shape[1] > 1 else _with_rest(_expit(values))


def _decide_vote(vote: Any) -> Ask | None:
    """Return the probabilities that an average of calibrated classifiers gives."""
    each = []
    for voter in vote.estimators_:
        (calibrated,) = voter.calibrated_classifiers_
        family = type(calibrated.estimator).__name__
        decide = _FAMILIES[family](calibrated.estimator) if family in _FAMILIES else None
        calibrate = _calibrate_with(calibrated.calibrators, family)
        if decide is None or calibrate is None:
            return None
        each.append((decide, calibrate))
    return partial(_average, each, np.array(vote.weights))


def _average(each: Sequence[tuple[Ask, Ask]], weights: Rows, rows: Rows) -> Rows:
    said = [calibrate(decide(rows)) for decide, calibrate in each]
    return np.asarray(np.average(said, axis=0, weights=weights))


def _two_sided(values: Rows) -> Rows:
    """Return a column for each class; the only one that there is of two stands for the second."""
    return values if values.shape[1] > 1 else values * (-1, 1)


def _with_rest(second: Rows) -> Rows:
    """Return the probabilities of two classes from that of the second."""
    return np.hstack([1 - second, second])


# Families whose decision values are probabilities.
_NETWORK: Final = "MLPClassifier"
_VOTE: Final = "VotingClassifier"
# How the fitted classifier of each family comes to its decision values.
_FAMILIES: Final[Mapping[str, Callable[[Any], Ask | None]]] = {
    "SoftVoteSVC": _decide_svm,
    "LogisticRegression": _decide_regression,
    "KernelLogisticRegression": _decide_kernels,
    _NETWORK: _decide_network,
    _VOTE: _decide_vote,
}


def _calibrate_with(calibrators: Any, family: str) -> Ask | None:
    """Return what `CalibratedClassifierCV` does with the decision values of a family."""
    kinds = {type(calibrator).__name__ for calibrator in calibrators}
    if kinds == {"_TemperatureScaling"}:
        return partial(_share_out, calibrators[0].beta_, family in (_NETWORK, _VOTE))
    if kinds == {"_SigmoidCalibration"}:
        slopes = np.array([calibrator.a_ for calibrator in calibrators])
        return partial(_sigmoids, slopes, np.array([calibrator.b_ for calibrator in calibrators]))
    return None


def _share_out(beta: float, of_probabilities: bool, values: Rows) -> Rows:
    """Return what ``temperature`` makes of decision values."""
    return _softmax(beta * (np.log(values + _LEAST) if of_probabilities else values))


def _sigmoids(slopes: NDArray[np.float64], offsets: NDArray[np.float64], values: Rows) -> Rows:
    """Return what ``sigmoid`` makes of decision values."""
    if len(slopes) == 1:
        return _with_rest(_expit(-(slopes * values[:, 1:] + offsets)))
    each = _expit(-(slopes * values + offsets))
    total = each.sum(axis=1, keepdims=True)
    # Where every class was given 0, all are equally probable.
    equal = np.full_like(each, 1 / len(slopes))
    probabilities: Rows = np.divide(each, total, out=equal, where=total != 0)
    return probabilities


def _softmax(values: Rows) -> Rows:
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    probabilities: Rows = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def _expit(values: Rows) -> Rows:
    """Return ``1 / (1 + exp(-values))``, to the last digits where that is next to nothing too."""
    return np.exp(-np.logaddexp(0, -values))
