from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import check_grad
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.utils.estimator_checks import check_estimator

from src.models.soft_f1_classifier import SoftF1Classifier, _loss_and_gradient


def make_rows(classes: int = 4) -> tuple[NDArray[np.float64], NDArray[Any]]:
    rows, labels = make_classification(
        300,
        20,
        n_informative=8,
        n_classes=classes,
        weights=[0.85, *[0.15 / (classes - 1)] * (classes - 1)],
        class_sep=0.7,
        random_state=0,
    )
    return rows, labels


def test_it_is_a_classifier_as_scikit_learn_wants_them() -> None:
    check_estimator(SoftF1Classifier(), on_skip=None)


def test_cross_entropy_alone_is_logistic_regression() -> None:
    rows, labels = make_rows()
    expected = LogisticRegression(C=0.05, tol=1e-8, max_iter=1000).fit(rows, labels)
    found = SoftF1Classifier(1, C=0.05, tol=1e-8, max_iter=1000).fit(rows, labels)
    np.testing.assert_allclose(found.coef_, expected.coef_, atol=1e-4)
    np.testing.assert_allclose(found.predict_proba(rows), expected.predict_proba(rows), atol=1e-4)


@pytest.mark.parametrize("a", [0, 0.3, 1])
def test_gradient_is_that_of_the_loss(a: float) -> None:
    rows, labels = make_rows()
    about = (rows, np.eye(4)[labels], a, 0.1)
    start = np.random.default_rng(0).normal(0, 0.3, 80)
    apart = check_grad(
        lambda flat: _loss_and_gradient(flat, *about)[0],
        lambda flat: _loss_and_gradient(flat, *about)[1],
        start,
    )
    assert apart < 1e-5


def test_loss_at_zero_weights_is_that_of_guessing() -> None:
    truth = np.eye(2)[[0, 0, 0, 1]]
    loss, _ = _loss_and_gradient(np.zeros(4), np.ones((4, 2)), truth, 0.0, 1.0)
    # Every probability is a half: tp = n/2, fp = others/2, fn = n/2.
    f1 = [2 * 1.5 / (2 * 1.5 + 0.5 + 1.5), 2 * 0.5 / (2 * 0.5 + 1.5 + 0.5)]
    assert loss == pytest.approx(1 - np.mean(f1))


def test_f1_lifts_classes_with_few_rows() -> None:
    rows, labels = make_rows()
    scores = {
        a: f1_score(
            labels, SoftF1Classifier(a, C=0.02).fit(rows, labels).predict(rows), average="macro"
        )
        for a in (0.1, 1)
    }
    assert scores[0.1] > scores[1] + 0.05


def test_two_classes_have_one_row_of_weights() -> None:
    rows, labels = make_rows(2)
    model = SoftF1Classifier(C=1).fit(rows, labels)
    assert model.coef_.shape == (1, 20)
    assert model.decision_function(rows).shape == (300,)
    np.testing.assert_array_equal(model.predict(rows), model.predict_proba(rows).argmax(axis=1))


@pytest.mark.parametrize("classes", [2, 4])
def test_a_warm_start_ends_at_once_where_the_last_fit_ended(classes: int) -> None:
    rows, labels = make_rows(classes)
    model = SoftF1Classifier(C=1, warm_start=True, max_iter=1000).fit(rows, labels)
    took, weights = model.n_iter_, model.coef_.copy()
    model.fit(rows, labels)
    assert model.n_iter_ < took / 3
    np.testing.assert_allclose(model.coef_, weights, atol=0.05)


def test_float32_rows_give_float32_weights() -> None:
    rows, labels = make_rows()
    model = SoftF1Classifier().fit(rows.astype(np.float32), labels)
    assert model.coef_.dtype == np.float32


def test_settings_out_of_range_are_refused() -> None:
    rows, labels = make_rows()
    with pytest.raises(ValueError, match=r"a=1.5 is not in \[0, 1\]"):
        SoftF1Classifier(1.5).fit(rows, labels)
