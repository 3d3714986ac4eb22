from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler

from src.errors import UntrustedModel
from src.models.storage.model_checks import check_soundness, fitted_parts
from tests.models.fitted_models import CLASSIFIERS, fit_model

Spoil = Callable[[Any], object]


def set_tree(tree: Any, field: str, node: int, value: int) -> None:
    state = tree.__getstate__()
    state["nodes"] = state["nodes"].copy()
    state["nodes"][field][node] = value
    tree.__setstate__(state)


def overcount(tree: Any) -> None:
    tree.__setstate__(tree.__getstate__() | {"node_count": 10**9})


def set_nodes(boosting: Any, field: str, value: int) -> None:
    boosting._predictors[0][0].nodes[field][0] = value


SVM: dict[str, Spoil] = {
    "support counts": lambda svm: setattr(svm, "_n_support", np.array([-5, 90, 5], np.int32)),
    "support indices": lambda svm: setattr(svm, "support_", svm.support_[:3]),
    "support vectors": lambda svm: setattr(svm, "support_vectors_", svm.support_vectors_[:, :5]),
    "dual": lambda svm: setattr(svm, "_dual_coef_", svm._dual_coef_[:, :2]),
    "intercepts": lambda svm: setattr(svm, "_intercept_", svm._intercept_[:1]),
    "the kernel": lambda svm: setattr(svm, "kernel", "precomputed"),
    "Platt": lambda svm: setattr(svm, "_probA", np.ones(3)),
}
FOREST: dict[str, Spoil] = {
    "is not a tree": lambda forest: set_tree(forest.estimators_[0].tree_, "left_child", 0, 0),
    "not a tree": lambda forest: set_tree(forest.estimators_[1].tree_, "right_child", 0, 10**9),
    "splits on no": lambda forest: set_tree(forest.estimators_[2].tree_, "feature", 0, 18),
    "more nodes": lambda forest: overcount(forest.estimators_[3].tree_),
    "another type": lambda forest: forest.estimators_.append(forest),
    "number of classes": lambda forest: setattr(forest, "classes_", np.arange(2)),
}
BOOSTING: dict[str, Spoil] = {
    "per iteration": lambda gb: setattr(gb, "estimators_", np.tile(gb.estimators_, (1, 2))),
    "first guess does": lambda gb: setattr(gb, "init_", gb),
    "first guess knows": lambda gb: setattr(gb.init_, "class_prior_", np.ones(9)),
    "the loss": lambda gb: setattr(gb._loss, "n_classes", 9),
    "is not a tree": lambda gb: set_tree(gb.estimators_[1, 1].tree_, "left_child", 0, -7),
}
HISTOGRAM: dict[str, Spoil] = {
    "not a tree": lambda hgb: set_nodes(hgb, "right", 0),
    "splits on no": lambda hgb: set_nodes(hgb, "feature_idx", 99),
    "categories": lambda hgb: set_nodes(hgb, "is_categorical", 1),
}
VOTE: dict[str, Spoil] = {
    "the weights": lambda vote: setattr(vote, "weights", vote.weights[:2]),
    "weights of": lambda vote: setattr(vote, "weights", [1, 1, 1, -1]),
    "voter is not calibrated": lambda vote: vote.estimators_.__setitem__(1, vote),
    "more than one classifier": lambda vote: setattr(
        vote.estimators_[1],
        "calibrated_classifiers_",
        vote.estimators_[1].calibrated_classifiers_ * 2,
    ),
    "is not a voter": lambda vote: setattr(
        vote.estimators_[0].calibrated_classifiers_[0], "estimator", vote
    ),
    "knows other classes": lambda vote: setattr(
        vote.estimators_[1], "classes_", vote.classes_[::-1]
    ),
    "support vectors": lambda vote: SVM["support vectors"](
        vote.estimators_[0].calibrated_classifiers_[0].estimator
    ),
}
CASES = [
    pytest.param(family, reason, spoil, id=f"{family}: {reason}")
    for family, cases in {
        "svm": SVM,
        "random_forest": FOREST,
        "gradient_boosting": BOOSTING,
        "histogram_boosting": HISTOGRAM,
        "average": VOTE,
    }.items()
    for reason, spoil in cases.items()
]


@pytest.mark.parametrize("family", CLASSIFIERS)
@pytest.mark.parametrize("classes", [("BLACK", "RED", "PINK"), ("RED", "PINK")], ids=len)
def test_every_family_is_sound(family: str, classes: tuple[str, ...]) -> None:
    check_soundness(fit_model(family, classes=classes).estimator, 18)


@pytest.mark.parametrize(("family", "reason", "spoil"), CASES)
def test_arrays_that_lead_astray_are_refused(family: str, reason: str, spoil: Spoil) -> None:
    estimator = deepcopy(fit_model(family).estimator)
    spoil(fitted_parts(estimator)[1])
    with pytest.raises(UntrustedModel, match=reason):
        check_soundness(estimator, 18)


def test_another_structure_is_refused() -> None:
    estimator = deepcopy(fit_model().estimator)
    with pytest.raises(UntrustedModel, match="another number of features"):
        check_soundness(estimator, 17)
    with pytest.raises(UntrustedModel, match="not calibrated"):
        check_soundness(estimator.calibrated_classifiers_[0].estimator, 18)
    pipeline = estimator.calibrated_classifiers_[0].estimator
    pipeline.steps[0] = ("scale", MinMaxScaler())
    with pytest.raises(UntrustedModel, match="not a scaler"):
        check_soundness(estimator, 18)
    pipeline.steps[0] = ("shift", MinMaxScaler())
    with pytest.raises(UntrustedModel, match="other names"):
        check_soundness(estimator, 18)
    estimator.calibrated_classifiers_ *= 2
    with pytest.raises(UntrustedModel, match="more than one pipeline"):
        check_soundness(estimator, 18)
