import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from src.models.kernel_logistic_regression import KernelLogisticRegression

CHANCE = np.random.default_rng(0)
ROWS = CHANCE.normal(size=(120, 3))
# Rings, which no linear model tells apart.
RINGS = np.array(["near", "middle", "far"])[np.digitize(np.linalg.norm(ROWS, axis=1), (1.2, 1.9))]
OTHERS = CHANCE.normal(size=(300, 3))


@pytest.mark.parametrize("labels", [RINGS, np.where(RINGS == "near", "near", "far")])
def test_it_is_a_regression_on_the_axes_of_the_kernel(labels: NDArray[np.str_]) -> None:
    model = KernelLogisticRegression(C=5, gamma=0.3, n_components=40, random_state=3)
    model.fit(ROWS, labels)
    space = Nystroem(gamma=0.3, n_components=40, random_state=3)
    plain = make_pipeline(space, LogisticRegression(C=5, max_iter=300)).fit(ROWS, labels)
    assert model.predict(OTHERS).tolist() == plain.predict(OTHERS).tolist()
    for method in ("decision_function", "predict_proba"):
        expected = getattr(plain, method)(OTHERS)
        np.testing.assert_allclose(getattr(model, method)(OTHERS), expected, atol=1e-8)


def test_it_tells_what_no_line_separates() -> None:
    model = KernelLogisticRegression(C=1000, gamma=0.3, random_state=0).fit(ROWS, RINGS)
    assert len(model.components_) == len(ROWS)
    assert model.score(ROWS, RINGS) > 0.9
    assert LogisticRegression().fit(ROWS, RINGS).score(ROWS, RINGS) < 0.6


def test_its_parameters_decide_what_it_becomes() -> None:
    model = KernelLogisticRegression(C=5, gamma=0.3, n_components=9, max_iter=40, random_state=3)
    assert clone(model).get_params() == model.get_params()
    again, other = (clone(model).set_params(random_state=seed).fit(ROWS, RINGS) for seed in (3, 4))
    np.testing.assert_array_equal(again.coef_, model.fit(ROWS, RINGS).coef_)
    assert (other.components_ != again.components_).any()


def test_far_away_it_goes_by_how_frequent_classes_are() -> None:
    model = KernelLogisticRegression(gamma=0.3, random_state=0).fit(ROWS, RINGS)
    values = model.decision_function(np.array([[1e30, 0, 0], [-1e30, 0, 5]]))
    np.testing.assert_allclose(values, [model.intercept_] * 2)
