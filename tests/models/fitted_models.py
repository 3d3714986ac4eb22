"""Small models that know three colours, fitted in a fraction of a second."""

from dataclasses import replace
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from src.features.extract_features import extract_features
from src.models.components import Components
from src.models.kernel_logistic_regression import KernelLogisticRegression
from src.models.soft_vote_svc import SoftVoteSVC
from src.models.storage.metadata import FittedModel, LeaderboardRow, library_versions
from src.models.storage.model_checks import voters
from src.models.training.calibration import Scores, fit_calibrated, score_across
from src.models.training.family_average import FamilyAverage, Voter
from src.models.training.plan import SearchPlan
from src.models.training.rows import LabelledRows
from tests.models.example_metadata import METADATA

BGR: Final = {"BLACK": (20, 20, 20), "RED": (40, 30, 210), "PINK": (190, 160, 240)}
# Of a family whose name ends so, the classifier is given components.
REDUCED: Final = "on_components"
CLASSIFIERS: Final[dict[str, Any]] = {
    "svm": SoftVoteSVC(C=10, decision_function_shape="ovo"),
    "logistic_regression": LogisticRegression(max_iter=1000),
    "kernel_logistic_regression": KernelLogisticRegression(n_components=20, random_state=0),
    "random_forest": RandomForestClassifier(5, random_state=0),
    "gradient_boosting": GradientBoostingClassifier(n_estimators=2, subsample=0.8, random_state=0),
    "histogram_boosting": HistGradientBoostingClassifier(max_iter=1, random_state=0),
    "neural_network": MLPClassifier((8,), solver="lbfgs", max_iter=30, random_state=0),
    "neural_network_adam": MLPClassifier(
        (8,), learning_rate_init=0.05, tol=0.01, n_iter_no_change=3, random_state=0
    ),
}
CLASSIFIERS.update(
    {f"{name}_{REDUCED}": CLASSIFIERS[name] for name in ("svm", "histogram_boosting")}
)
# The average of several of them.
CLASSIFIERS["average"] = ("svm", "logistic_regression", "random_forest", "gradient_boosting")
CLASSIFIERS["average_of_quick"] = (
    "svm",
    "logistic_regression",
    "kernel_logistic_regression",
    "neural_network",
)


def paint(label: str, rng: np.random.Generator, side: int = 24) -> NDArray[np.uint8]:
    """Return a noisy BGR picture of one colour."""
    noise = rng.normal(0, 25, (side, side, 3)) + rng.normal(0, 15, 3)
    return (np.array(BGR[label]) + noise).clip(0, 255).astype(np.uint8)


@cache
def make_rows(classes: tuple[str, ...]) -> tuple[NDArray[np.float64], NDArray[np.str_]]:
    rng = np.random.default_rng(0)
    labels = np.array([label for label in classes for _ in range(30)])
    return np.array([extract_features(paint(label, rng)) for label in labels]), labels


@cache
def fit_model(
    family: str = "logistic_regression",
    method: str = "temperature",
    classes: tuple[str, ...] = METADATA.classes,
) -> FittedModel:
    rows, labels = make_rows(classes)
    reduce = [("reduce", Components(6))] * family.endswith(REDUCED)
    if isinstance(CLASSIFIERS[family], tuple):
        estimator = _fit_average(CLASSIFIERS[family], LabelledRows(rows, labels), method)
    else:
        steps = [("scale", StandardScaler()), *reduce, ("classify", CLASSIFIERS[family])]
        pipeline = Pipeline(steps)
        estimator = CalibratedClassifierCV(pipeline, method=method, cv=3, ensemble=False)
        estimator.fit(rows, labels)
    confusion_matrix = np.eye(len(classes), dtype=int).tolist()
    metadata = replace(
        METADATA,
        classes=classes,
        family=family,
        calibration=method,
        holdout=replace(METADATA.holdout, confusion_matrix=confusion_matrix),
        library_versions=library_versions(),
    )
    return FittedModel(estimator, metadata, rows[::9])


def _fit_average(
    families: tuple[str, ...], rows: LabelledRows, method: str
) -> CalibratedClassifierCV:
    folds = list(StratifiedKFold(3).split(rows.features, rows.labels))
    pipelines = {
        name: Pipeline([("scale", StandardScaler()), ("classify", CLASSIFIERS[name])])
        for name in families
    }
    voters = [
        Voter(name, pipeline, score_across(pipeline, rows, folds, SearchPlan(jobs=1)))
        for name, pipeline in pipelines.items()
    ]
    shares = {name: 1 / (2 + place) for place, name in enumerate(families)}
    # Any probabilities calibrate it.
    values = softmax(voters[0].said.values, axis=1)
    said = Scores(values, rows.labels, decisions=False)
    average = FamilyAverage(LeaderboardRow("average", shares, 0, 0, 0), said, voters, folds=3)
    return fit_calibrated(average.fit(rows), said, method, folds=3)


def soil_tree_padding(classifier: Any) -> None:
    """Write into the seven bytes that no field of a tree's nodes uses."""
    for voter in voters(classifier):
        for tree in np.ravel(getattr(voter, "estimators_", [])):
            nodes = tree.tree_.__getstate__()["nodes"]
            nodes.view(np.uint8).reshape(len(nodes), nodes.itemsize)[:, -7:] = 7
