from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from src.features.extract_features import FEATURE_NAMES
from src.models.training.calibration import METHODS, choose_calibration, fit_calibrated
from src.models.training.rows import Split, split_holdout
from src.tasks import COLOR
from tests.models.training_tables import make_table


def pipeline(classifier: Any) -> Pipeline:
    return Pipeline([("scale", StandardScaler()), ("classify", classifier)])


@pytest.fixture(scope="module")
def split() -> Split:
    counts = {"BLACK": 120, "GREEN": 90, "RED": 60, "PINK": 20}
    return split_holdout(make_table(counts), FEATURE_NAMES, COLOR, seed=0)


@pytest.fixture(scope="module")
def two_classes() -> Split:
    return split_holdout(make_table({"BLACK": 60, "RED": 40}), FEATURE_NAMES, COLOR, seed=0)


class Biased(LogisticRegression):  # type: ignore[misc]  # untyped base
    """Decisions in favour of the first class: an intercept mends that, one temperature cannot."""

    def decision_function(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        scores: NDArray[np.float64] = super().decision_function(features)
        scores[:, 0] += 8
        return scores


@pytest.mark.parametrize(
    ("classifier", "best"),
    [(LogisticRegression(), "temperature"), (Biased(), "sigmoid")],
)
def test_choice_fits_the_fault(split: Split, classifier: Any, best: str) -> None:
    assert (
        choose_calibration(pipeline(classifier), split.training, split.sides.folds, jobs=1) == best
    )


@pytest.mark.parametrize("method", METHODS)
def test_answer_is_the_most_probable_class(split: Split, method: str) -> None:
    fitted = fit_calibrated(pipeline(SVC(C=10)), split.training, split.sides.folds, method, jobs=1)
    probabilities = fitted.predict_proba(split.holdout.features)
    assert np.allclose(probabilities.sum(axis=1), 1)
    best = fitted.classes_[probabilities.argmax(axis=1)]
    assert np.array_equal(best, fitted.predict(split.holdout.features))


def test_calibration_repairs_overconfident_probabilities(split: Split) -> None:
    overfit = pipeline(LogisticRegression(C=1e6, max_iter=2000))
    rows, judged = split.training, split.holdout
    plain = overfit.fit(rows.features, rows.labels).predict_proba(judged.features)
    fitted = fit_calibrated(overfit, rows, split.sides.folds, "temperature", jobs=1)
    calibrated = fitted.predict_proba(judged.features)
    assert log_loss(judged.labels, calibrated) < log_loss(judged.labels, plain)


@pytest.mark.parametrize("classifier", [SVC(), RandomForestClassifier(5, random_state=0)])
def test_choice_works_on_decisions_and_probabilities_of_two_classes(
    two_classes: Split, classifier: Any
) -> None:
    assert (
        choose_calibration(
            pipeline(classifier), two_classes.training, two_classes.sides.folds, jobs=1
        )
        in METHODS
    )
