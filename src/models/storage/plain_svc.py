"""A calibrated pipeline in classes of scikit-learn alone, as it is exported."""

from collections.abc import Callable
from copy import copy
from itertools import combinations
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.decomposition import PCA
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, LabelEncoder
from sklearn.svm import SVC

from ..components import Components
from ..kernel_logistic_regression import KernelLogisticRegression
from ..soft_vote_svc import SoftVoteSVC
from ..tag_classifier import TagClassifier


def without_own_classes(estimator: Any) -> Any:
    """Return a calibrated pipeline that answers the same and can be loaded without this package.

    Those of tags become a `MultiOutputClassifier`, which knows nothing of their combinations.

    Parameters
    ----------
    estimator : CalibratedClassifierCV or TagClassifier
        Around ``Pipeline(scale, classify)`` or ``Pipeline(scale, reduce, classify)``, or in an
        average of families around a classifier; of any family. It is not changed.
    """
    if isinstance(estimator, TagClassifier):
        each = [without_own_classes(one) for one in estimator.estimators_]
        several = MultiOutputClassifier(each[0].estimator)
        several.estimators_, several.classes_ = each, [one.classes_ for one in each]
        return several
    plain = copy(estimator)
    plain.estimator = _exchange(estimator.estimator, _plain)
    if hasattr(estimator, "calibrated_classifiers_"):
        plain.calibrated_classifiers_ = list(map(_fitted, estimator.calibrated_classifiers_))
    return plain


def _fitted(calibrated: Any) -> Any:
    plain = copy(calibrated)
    plain.estimator = _exchange(calibrated.estimator, count_duels)
    return plain


def _exchange(part: Any, change: Callable[[SoftVoteSVC], Any]) -> Any:
    """Return a pipeline, or a part of one, with what stands for our own classes in it."""
    plain = copy(part)
    if isinstance(part, Pipeline):
        plain.steps = [(name, _exchange(step, change)) for name, step in part.steps]
    elif isinstance(part, VotingClassifier):
        plain.estimators = [(name, without_own_classes(voter)) for name, voter in part.estimators]
        plain.estimators_ = list(map(without_own_classes, getattr(part, "estimators_", [])))
    elif isinstance(part, Components):
        return _plain_components(part)
    elif isinstance(part, KernelLogisticRegression):
        return _plain_kernels(part)
    elif isinstance(part, SoftVoteSVC):
        return change(part)
    return plain


def _plain_components(axes: Components) -> PCA:
    plain = PCA(axes.n_components)
    if hasattr(axes, "components_"):
        plain.mean_, plain.components_ = axes.mean_, axes.components_
        plain.n_components_, plain.n_features_in_ = axes.components_.shape
    return plain


def _plain_kernels(regression: KernelLogisticRegression) -> Pipeline:
    plain = LogisticRegression(C=regression.C, max_iter=regression.max_iter)
    if not hasattr(regression, "components_"):
        space = Nystroem(gamma=regression.gamma, n_components=regression.n_components)
        return Pipeline([("kernels", space), ("classify", plain)])
    centres = regression.components_
    plain.coef_, plain.intercept_ = regression.coef_, regression.intercept_
    plain.classes_, plain.n_features_in_ = regression.classes_, len(centres)
    kernels = FunctionTransformer(rbf_kernel, kw_args={"Y": centres, "gamma": regression.gamma})
    return Pipeline([("kernels", kernels), ("classify", plain)])


def _plain(svc: SoftVoteSVC) -> SVC:
    plain = SVC()
    plain.__dict__.update(svc.__dict__)
    return plain


def count_duels(svc: SoftVoteSVC) -> Any:
    """Return what has the decision values of a fitted `SoftVoteSVC`, made of scikit-learn's parts.

    An `SVC` decides the duels, its margins are cut off at 1, and a linear model that was never
    fitted adds those of each class.

    Examples
    --------
    >>> X, y = [[0.0], [0.1], [1.0], [1.1], [2.0], [2.1]], ["low", "low", "mid", "mid", "up", "up"]
    >>> svc = SoftVoteSVC(C=10, decision_function_shape="ovo").fit(X, y)
    >>> plain = count_duels(svc)
    >>> bool(np.allclose(plain.decision_function(X), svc.decision_function(X)))
    True
    >>> plain.predict([[0.05], [1.05]]).tolist()
    ['low', 'mid']
    """
    duels = _plain(svc)
    if len(svc.classes_) == 2:
        return duels
    cut = FunctionTransformer(np.clip, kw_args={"a_min": -1, "a_max": 1})
    votes = Pipeline([("cut", cut), ("count", _adding(len(svc.classes_)))])
    stacked = StackingClassifier([("duels", duels)], votes, cv="prefit")
    stacked.estimators_ = [duels]
    stacked.final_estimator_ = votes
    stacked.stack_method_ = ["decision_function"]
    stacked.classes_ = svc.classes_
    stacked._label_encoder = LabelEncoder().fit(svc.classes_)
    return stacked


def _adding(classes: int) -> LogisticRegression:
    """Return a model that adds margins: a duel's first class gets it, its second the negative."""
    pairs = np.array(list(combinations(range(classes), 2)))
    signs = np.repeat([[1.0, -1.0]], len(pairs), axis=0)
    places = np.arange(len(pairs)).repeat(2)
    adding = LogisticRegression()
    adding.coef_ = csr_matrix((signs.ravel(), (pairs.ravel(), places)))
    adding.intercept_ = np.zeros(classes)
    adding.classes_ = np.arange(classes)
    adding.n_features_in_ = len(pairs)
    return adding
