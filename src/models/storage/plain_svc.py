"""The calibrated support-vector classifier in classes of scikit-learn alone, as it is exported."""

from copy import copy
from itertools import combinations
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, LabelEncoder
from sklearn.svm import SVC

from ..soft_vote_svc import SoftVoteSVC


def without_own_classes(estimator: Any) -> Any:
    """Return a calibrated pipeline that answers the same and can be loaded without this package.

    Parameters
    ----------
    estimator : CalibratedClassifierCV
        Around ``Pipeline(scale, classify)``, fitted; of any family. It is not changed.

    Returns
    -------
    CalibratedClassifierCV
        The same one, unless it classifies by a `SoftVoteSVC`.
    """
    if not isinstance(estimator.estimator.steps[-1][1], SoftVoteSVC):
        return estimator
    plain = copy(estimator)
    plain.estimator = _with_last_step(estimator.estimator, _plain)
    plain.calibrated_classifiers_ = list(map(_fitted, estimator.calibrated_classifiers_))
    return plain


def _fitted(calibrated: Any) -> Any:
    plain = copy(calibrated)
    plain.estimator = _with_last_step(calibrated.estimator, count_duels)
    return plain


def _with_last_step(pipeline: Pipeline, change: Any) -> Pipeline:
    plain = copy(pipeline)
    *steps, (name, classify) = pipeline.steps
    plain.steps = [*steps, (name, change(classify))]
    return plain


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
