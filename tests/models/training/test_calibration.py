from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from src.features.extract_features import FEATURE_NAMES
from src.models.training.calibration import (
    METHODS,
    Scores,
    choose_calibration,
    fit_calibrated,
    fit_calibrator,
    score_across,
)
from src.models.training.plan import SearchPlan
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


def said_of(classifier: Any, split: Split) -> Scores:
    return score_across(pipeline(classifier), split.training, split.sides.folds, SearchPlan(jobs=1))


def calibrate(classifier: Any, split: Split, method: str) -> Any:
    rows, folds = split.training, split.sides.folds
    fitted = pipeline(classifier).fit(rows.features, rows.labels)
    return fit_calibrated(fitted, said_of(classifier, split), method, len(folds))


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
    assert choose_calibration(said_of(classifier, split), split.sides.folds) == best


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("classifier", [SVC(C=10), RandomForestClassifier(5, random_state=0)])
@pytest.mark.parametrize("classes", ["split", "two_classes"])
def test_the_calibrated_fit_is_that_of_scikit_learn(
    request: pytest.FixtureRequest, classes: str, classifier: Any, method: str
) -> None:
    split: Split = request.getfixturevalue(classes)
    expected = CalibratedClassifierCV(
        pipeline(classifier), method=method, cv=split.sides.folds, ensemble=False
    ).fit(split.training.features, split.training.labels)
    found = calibrate(classifier, split, method)
    rows = split.holdout.features
    np.testing.assert_array_equal(found.predict_proba(rows), expected.predict_proba(rows))
    assert vars(found).keys() == vars(expected).keys()
    assert found.n_features_in_ == 18


def test_rows_of_no_fold_have_no_score_and_no_say(split: Split) -> None:
    folds = [(kept, compared[::2]) for kept, compared in split.sides.folds]
    said = score_across(pipeline(LogisticRegression()), split.training, folds, SearchPlan(jobs=1))
    compared = np.sort(np.concatenate([places for _, places in folds]))
    np.testing.assert_array_equal(said.scored, compared)
    assert choose_calibration(said, folds) == "temperature"
    everything = said_of(LogisticRegression(), split)
    calibrated = fit_calibrator(said, "temperature").predict_proba(everything.values)
    alone = Scores(everything.values[compared], everything.labels[compared], decisions=True)
    expected = fit_calibrator(alone, "temperature").predict_proba(everything.values)
    np.testing.assert_array_equal(calibrated, expected)


@pytest.mark.parametrize("method", METHODS)
def test_answer_is_the_most_probable_class(split: Split, method: str) -> None:
    fitted = calibrate(SVC(C=10), split, method)
    probabilities = fitted.predict_proba(split.holdout.features)
    assert np.allclose(probabilities.sum(axis=1), 1)
    best = fitted.classes_[probabilities.argmax(axis=1)]
    assert np.array_equal(best, fitted.predict(split.holdout.features))


def test_calibration_repairs_overconfident_probabilities(split: Split) -> None:
    overfit = LogisticRegression(C=1e6, max_iter=2000)
    rows, judged = split.training, split.holdout
    plain = pipeline(overfit).fit(rows.features, rows.labels).predict_proba(judged.features)
    fitted = calibrate(overfit, split, "temperature")
    calibrated = fitted.predict_proba(judged.features)
    assert log_loss(judged.labels, calibrated) < log_loss(judged.labels, plain)


@pytest.mark.parametrize("classifier", [SVC(), RandomForestClassifier(5, random_state=0)])
def test_choice_works_on_decisions_and_probabilities_of_two_classes(
    two_classes: Split, classifier: Any
) -> None:
    said = said_of(classifier, two_classes)
    assert choose_calibration(said, two_classes.sides.folds) in METHODS


def test_balanced_probabilities_are_those_of_equally_frequent_classes() -> None:
    values = np.array([[1.0, 0.0]] * 90 + [[0.0, 1.0]] * 10 + [[0.5, 0.5]] * 100)
    labels = np.array(["often"] * 90 + ["seldom"] * 10 + ["often"] * 90 + ["seldom"] * 10)
    middle = np.array([[0.5, 0.5]])

    def seldom(balanced: bool) -> float:
        scores = Scores(values, labels, decisions=True, balanced=balanced)
        return float(fit_calibrator(scores, "sigmoid").predict_proba(middle)[0, 1])

    assert seldom(balanced=False) == pytest.approx(0.1, abs=0.03)
    assert seldom(balanced=True) == pytest.approx(0.5, abs=0.03)


def test_where_classes_are_balanced_no_calibration_shifts_them(split: Split) -> None:
    said = said_of(Biased(), split)
    assert choose_calibration(said, split.sides.folds) == "sigmoid"
    assert choose_calibration(replace(said, balanced=True), split.sides.folds) == "temperature"
