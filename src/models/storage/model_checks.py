"""What a rebuilt estimator must fulfil: hold together, fit its metadata, answer as when saved.

The list of allowed types looks at types. Compiled code in scikit-learn then follows indices and
lengths that it finds in arrays without looking again, so a crafted file of allowed types could
still make it read or write outside of them. Here every such index and length is looked at once,
after loading.

References
----------
.. [1] scikit-learn 1.9, ``sklearn/tree/_tree.pyx``, ``sklearn/ensemble/_gradient_boosting.pyx``,
   ``sklearn/ensemble/_hist_gradient_boosting/_predictor.pyx``, ``sklearn/svm/_libsvm.pyx``.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelMismatch, UntrustedModel
from ...features.backbones import backbone_of, read_network
from ...features.specs import SPECS
from ..scorer import Scorer
from .metadata import Check, ModelMetadata, compare_versions
from .skops_format import FOREIGN_ERRORS

# Other builds of the same library add in another order: about 1e-12. A changed algorithm shows.
SCORE_TOLERANCE: Final = 1e-6
_RETRAIN: Final = "retrain with `artlens train`"


def check_model(estimator: Any, metadata: ModelMetadata, check: Check) -> None:
    """Refuse an estimator that does not fit its metadata or its stored rows.

    Parameters
    ----------
    estimator : CalibratedClassifierCV or Outline
    metadata : ModelMetadata
    check : Check

    Raises
    ------
    ModelMismatch
        Made for other features or classes, or the stored rows come out differently.
    UntrustedModel
        Not a calibrated pipeline of a known family, or its arrays do not hold together.
    """
    _check_features(metadata)
    try:
        check_soundness(estimator, len(metadata.feature_spec.names))
        _check_classes(estimator, metadata)
        features, expected = np.array(check.features, float), np.array(check.scores, float)
        _check_shapes(features, expected, metadata)
        found = Scorer.of(estimator, metadata.classes)(features)
        if found.shape != expected.shape:
            raise ValueError(f"it gives scores of shape {found.shape}, not {expected.shape}")
    except FOREIGN_ERRORS as error:
        raise ModelMismatch(
            f"the model does not work here ({type(error).__name__}: {error}; "
            f"{compare_versions(metadata)}); {_RETRAIN}, or install those versions"
        ) from error
    _check_answers(found, expected, metadata)


def _check_features(metadata: ModelMetadata) -> None:
    found = metadata.feature_spec
    if found.network:
        # Nobody should hear of its lack only when the first picture is there.
        read_network(backbone_of(found))
    elif found not in SPECS.values():
        expected = SPECS.get(found.version, f"one of the versions {', '.join(map(str, SPECS))}")
        raise ModelMismatch(
            f"the model was made for other features ({found}; expected {expected}); {_RETRAIN}"
        )


def _check_classes(estimator: Any, metadata: ModelMetadata) -> None:
    found, expected = estimator.classes_.tolist(), metadata.classes
    if sorted(found) != sorted(expected):
        raise ModelMismatch(
            f"the model knows other classes than its metadata ({', '.join(map(str, found))}; "
            f"expected {', '.join(expected)}); {_RETRAIN}"
        )


def _check_shapes(
    features: NDArray[np.float64], scores: NDArray[np.float64], metadata: ModelMetadata
) -> None:
    rows = len(features)
    fits = features.shape == (rows, len(metadata.feature_spec.names)) and scores.shape == (
        rows,
        len(metadata.classes),
    )
    if not (rows and fits):
        raise UntrustedModel(
            f"the stored rows do not fit the model (shapes {features.shape} and {scores.shape}); "
            "copy the model folder again from where it came from, or retrain"
        )


def _check_answers(
    found: NDArray[np.float64], expected: NDArray[np.float64], metadata: ModelMetadata
) -> None:
    apart = np.abs(found - expected).max(axis=1)
    same_label = found.argmax(axis=1) == expected.argmax(axis=1)
    # Not-a-number is never within the tolerance.
    wrong = np.flatnonzero(~((apart <= SCORE_TOLERANCE) & same_label))
    if wrong.size:
        row = wrong[0]
        raise ModelMismatch(
            f"the model answers differently here: stored row {row} is off by {apart[row]:.2g} and "
            f"{SCORE_TOLERANCE:g} is allowed ({compare_versions(metadata)}); {_RETRAIN}, or "
            "install those versions"
        )


_STEPS: Final = ["scale", "classify"]
# What averages several families.
_VOTE: Final = "VotingClassifier"
LIBSVM_KERNELS: Final = frozenset({"linear", "poly", "rbf", "sigmoid"})


def check_soundness(estimator: Any, n_features: int) -> None:
    """Refuse an estimator that is not a calibrated pipeline of a known family with sound arrays.

    Parameters
    ----------
    estimator : object
        What :func:`src.models.storage.skops_format.load_estimator` returned: an outline is sound if
        what it stands for is.
    n_features : int
        Number of features the pipeline takes.

    Raises
    ------
    UntrustedModel
        Says what does not fit.
    """
    parts = calibrated_parts(estimator)
    if parts != [estimator]:
        _check_tags(estimator)
    for one in parts:
        _check_calibrated(one, n_features)


def calibrated_parts(estimator: Any) -> list[Any]:
    """Return the calibrated classifiers of an estimator: those of its tags, or itself."""
    if type(estimator).__name__ == "TagClassifier":
        return list(estimator.estimators_)
    return [estimator]


def _check_tags(tags: Any) -> None:
    k = len(tags.classes_)
    _require(len(tags.estimators_) == k > 0, "it has another number of classifiers than of tags")
    _require(
        all(one.classes_.tolist() == ["no", "yes"] for one in tags.estimators_),
        "a tag is more than yes and no",
    )
    parts = tags.tags_, tags.combinations_, tags.favours_
    _require(len(set(map(len, parts))) == 1, "combinations of tags do not fit")
    for places, seen, favours in zip(*parts, strict=True):
        fits = seen.ndim == 2 and seen.shape[1:] == places.shape and len(seen) > 0
        _require(fits and bool(np.isin(seen, (0, 1)).all()), "combinations of tags do not fit")
        _require(bool(np.isin(places, np.arange(k)).all()), "combinations are of no tags")
        fits = favours.shape == seen.shape[:1] and bool(np.isfinite(favours).all())
        _require(fits, "combinations of tags do not fit")


def _check_calibrated(estimator: Any, n_features: int) -> None:
    scaler, classifier = fitted_parts(estimator)
    k = len(estimator.classes_)
    family = type(classifier).__name__
    _require(family in _FAMILIES, f"{family} is not a family of classifiers used here")
    _require(
        type(scaler).__name__ == "StandardScaler",
        f"{type(scaler).__name__} is not a scaler used here",
    )
    _require(scaler.n_features_in_ == n_features, "the scaler takes another number of features")
    _require(len(classifier.classes_) == k, "the classifier knows another number of classes")
    _FAMILIES[family](classifier, _count_components(estimator, n_features), k)


def fitted_parts(estimator: Any) -> tuple[Any, Any]:
    """Return the fitted scaler and classifier of ``CalibratedClassifierCV(Pipeline(...))``."""
    _require(type(estimator).__name__ == "CalibratedClassifierCV", "it is not calibrated")
    _require(len(estimator.calibrated_classifiers_) == 1, "it holds more than one pipeline")
    steps = estimator.calibrated_classifiers_[0].estimator.steps
    names = [name for name, _ in steps]
    _require(names in (_STEPS, [_STEPS[0], "reduce", _STEPS[1]]), "its steps have other names")
    return steps[0][1], steps[-1][1]


def voters(classifier: Any) -> list[Any]:
    """Return the fitted classifiers that a vote counts, or the classifier itself if it is none."""
    if type(classifier).__name__ != _VOTE:
        return [classifier]
    return [_voter(one) for one in classifier.estimators_]


def _voter(calibrated: Any) -> Any:
    _require(type(calibrated).__name__ == "CalibratedClassifierCV", "a voter is not calibrated")
    fitted = calibrated.calibrated_classifiers_
    _require(len(fitted) == 1, "a voter holds more than one classifier")
    return fitted[0].estimator


def _count_components(estimator: Any, n_features: int) -> int:
    """Return how many numbers the classifier is given of a row."""
    _, *between, _ = estimator.calibrated_classifiers_[0].estimator.steps
    for _, step in between:
        _require(type(step).__name__ == "Components", "a step is not one used here")
        fits = step.components_.ndim == 2 and step.components_.shape[1] == n_features
        _require(fits and step.mean_.shape == (n_features,), "the components do not fit")
        n_features = len(step.components_)
    return n_features


def _check_svm(svm: Any, n_features: int, k: int) -> None:
    n_support = np.asarray(svm._n_support)
    n_vectors = int(n_support.sum())
    _require(svm.kernel in LIBSVM_KERNELS and not svm._sparse, "the kernel is not a dense one")
    _require(n_support.shape == (k,) and n_support.min() >= 0, "support counts do not fit")
    _require(svm.support_.shape == (n_vectors,), "support indices do not fit")
    _require(svm.support_vectors_.shape == (n_vectors, n_features), "support vectors do not fit")
    _require(svm._dual_coef_.shape == (k - 1, n_vectors), "dual coefficients do not fit")
    _require(svm._intercept_.shape == (k * (k - 1) // 2,), "intercepts do not fit")
    _require(svm._probA.size == 0 and svm._probB.size == 0, "it has Platt parameters of its own")


def _check_forest(forest: Any, n_features: int, k: int) -> None:
    for tree in forest.estimators_:
        _require(type(tree).__name__ == "DecisionTreeClassifier", "a tree is of another type")
        _check_tree(tree.tree_, n_features, k)


def _check_boosting(boosting: Any, n_features: int, k: int) -> None:
    per_iteration = 1 if k == 2 else k
    trees = boosting.estimators_
    _require(trees.ndim == 2 and trees.shape[1] == per_iteration, "trees per iteration do not fit")
    _require(type(boosting.init_).__name__ == "DummyClassifier", "the first guess does not fit")
    _require(len(boosting.init_.class_prior_) == k, "the first guess knows other classes")
    _require(boosting._loss.n_classes == k, "the loss knows another number of classes")
    for tree in trees.ravel():
        _require(type(tree).__name__ == "DecisionTreeRegressor", "a tree is of another type")
        _check_tree(tree.tree_, n_features, 1)


def _check_tree(tree: Any, n_features: int, n_values: int) -> None:
    _require(0 < tree.node_count <= tree.capacity, "a tree counts more nodes than it has")
    _require(tree.n_features == n_features, "a tree takes another number of features")
    _require(tree.value.shape[1:] == (1, n_values), "the leaves of a tree do not fit")
    left, right = tree.children_left, tree.children_right
    _check_children(left, right, tree.feature, left != -1, n_features)


def _check_histogram_boosting(boosting: Any, n_features: int, k: int) -> None:
    for predictor in (p for iteration in boosting._predictors for p in iteration):
        nodes = predictor.nodes
        _require(not nodes["is_categorical"].any(), "a tree splits on categories")
        inner = nodes["is_leaf"] == 0
        _check_children(nodes["left"], nodes["right"], nodes["feature_idx"], inner, n_features)


def _check_children(
    left: NDArray[Any],
    right: NDArray[Any],
    feature: NDArray[Any],
    inner: NDArray[np.bool_],
    n_features: int,
) -> None:
    """Children come after their parents, so every walk down a tree ends inside it."""
    parents = np.flatnonzero(inner)
    for child in (left[inner].astype(np.int64), right[inner].astype(np.int64)):
        _require(bool(np.all((child > parents) & (child < len(left)))), "a tree is not a tree")
    split = feature[inner].astype(np.int64)
    _require(bool(np.all((split >= 0) & (split < n_features))), "a tree splits on no feature")


def _check_vote(vote: Any, n_features: int, k: int) -> None:
    weights = np.asarray(vote.weights, float)
    counted = vote.voting == "soft" and weights.shape == (len(vote.estimators_),)
    _require(counted and bool(np.all(weights > 0)), "the weights of a vote do not fit")
    for one in vote.estimators_:
        classifier = _voter(one)
        family = type(classifier).__name__
        _require(family in _FAMILIES and family != _VOTE, f"{family} is not a voter used here")
        same = [*one.classes_] == [*classifier.classes_] == [*vote.classes_]
        _require(same, "a voter knows other classes")
        _FAMILIES[family](classifier, n_features, k)


def _check_nothing_compiled(classifier: Any, n_features: int, k: int) -> None:
    """NumPy, which these families predict with, checks every shape itself."""


_FAMILIES: Final[Mapping[str, Callable[[Any, int, int], None]]] = {
    "SoftVoteSVC": _check_svm,
    "RandomForestClassifier": _check_forest,
    "GradientBoostingClassifier": _check_boosting,
    "HistGradientBoostingClassifier": _check_histogram_boosting,
    "LogisticRegression": _check_nothing_compiled,
    "KernelLogisticRegression": _check_nothing_compiled,
    "MLPClassifier": _check_nothing_compiled,
    _VOTE: _check_vote,
}


def _require(condition: bool, fault: str) -> None:
    if not condition:
        raise UntrustedModel(
            f"the model does not hold together: {fault}; copy the model folder again from where "
            "it came from, or retrain with `artlens train`"
        )
