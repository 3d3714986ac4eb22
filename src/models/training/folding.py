"""Fitted pipelines without their detour over components, where the same can be said of columns.

What a linear model says of components, it says of the columns themselves with other weights, and
so does the first layer of a network. These are some hundred kilobytes where the axes are many
megabytes, and whatever answers needs to know nothing of components.
"""

from collections.abc import Sequence
from copy import copy
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline

from ..components import Components
from .pipelines import CLASSIFY, REDUCE

# Families whose decision values are weighted sums.
LINEAR: Final = frozenset({"logistic_regression", "soft_f1", "lda", "linear_svm"})

Floats = NDArray[np.floating[Any]]


def fold(pipeline: Pipeline) -> Pipeline:
    """Return a fitted pipeline without the step ``reduce``, if its classifier can do without.

    Examples
    --------
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn.svm import LinearSVC
    >>> rows, labels = np.random.default_rng(0).normal(size=(20, 40)), list("ab") * 10
    >>> steps = [("scale", StandardScaler()), ("reduce", Components()), ("classify", LinearSVC())]
    >>> fitted = Pipeline(steps).fit(rows, labels)
    >>> bool(np.allclose(fold(fitted).decision_function(rows), fitted.decision_function(rows)))
    True
    """
    axes, classifier = pipeline.named_steps.get(REDUCE), pipeline.named_steps[CLASSIFY]
    if axes is None:
        return pipeline
    if isinstance(classifier, MLPClassifier):
        return _behind_scaler(pipeline, _fold_network(classifier, axes))
    if not hasattr(classifier, "coef_") or hasattr(classifier, "support_"):
        return pipeline
    return _behind_scaler(pipeline, _regression(classifier.classes_, *_weights(classifier, axes)))


def blend(pipelines: Sequence[Pipeline], shares: Sequence[float]) -> Pipeline:
    """Return one linear pipeline whose decision values are the weighted sum of several ones'.

    Parameters
    ----------
    pipelines : sequence of Pipeline
        As from `fold`, fitted to the same rows.
    shares : sequence of float
        The factor of each.
    """
    classifiers = [pipeline.named_steps[CLASSIFY] for pipeline in pipelines]
    weights = sum(s * one.coef_ for s, one in zip(shares, classifiers, strict=True))
    offsets = sum(s * one.intercept_ for s, one in zip(shares, classifiers, strict=True))
    regression = _regression(classifiers[0].classes_, np.asarray(weights), np.asarray(offsets))
    return _behind_scaler(pipelines[0], regression)


def _behind_scaler(pipeline: Pipeline, classifier: Any) -> Pipeline:
    return Pipeline([pipeline.steps[0], (CLASSIFY, classifier)])


def _weights(classifier: Any, axes: Components) -> tuple[Floats, Floats]:
    weights = classifier.coef_.astype(np.float64) @ axes.components_
    return weights, classifier.intercept_ - weights @ axes.mean_


def _regression(classes: NDArray[Any], weights: Floats, offsets: Floats) -> LogisticRegression:
    """Return a logistic regression with these weights: a linear model, whoever fitted it."""
    regression = LogisticRegression()
    regression.classes_ = classes
    regression.coef_ = weights.astype(np.float32)
    regression.intercept_ = offsets.astype(np.float64)
    regression.n_features_in_ = weights.shape[1]
    return regression


def _fold_network(network: MLPClassifier, axes: Components) -> MLPClassifier:
    folded = copy(network)
    first, *others = network.coefs_
    weights = axes.components_.T.astype(np.float64) @ first
    folded.coefs_ = [layer.astype(np.float32) for layer in (weights, *others)]
    folded.intercepts_ = [network.intercepts_[0] - axes.mean_ @ weights, *network.intercepts_[1:]]
    folded.n_features_in_ = len(weights)
    # What the next step of training would need, as large as the network itself.
    vars(folded).pop("_optimizer", None)
    return folded
