import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import make_blobs
from sklearn.svm import SVC

from src.models.duels import BLOCK_ROWS, RbfDuels, count_votes


def fit_svc(classes: int, **settings: float) -> tuple[SVC, NDArray[np.float64]]:
    X, y = make_blobs(60 * classes, 3, centers=classes, cluster_std=3, random_state=0)
    return SVC(**settings, decision_function_shape="ovo").fit(X, y), X


@pytest.mark.parametrize("classes", [3, 4, 11])
@pytest.mark.parametrize("settings", [{"C": 100, "gamma": 0.003}, {"C": 0.1, "gamma": 1}, {}])
def test_margins_are_those_of_libsvm(classes: int, settings: dict[str, float]) -> None:
    svc, X = fit_svc(classes, **settings)
    rows = np.vstack([X, np.random.default_rng(0).normal(0, 20, (500, 3))])
    expected = svc.decision_function(rows)
    np.testing.assert_allclose(RbfDuels.of(svc).margins(rows), expected, atol=1e-10)


def test_two_classes_have_one_duel_which_the_first_wins_above_zero() -> None:
    svc, X = fit_svc(2)
    margins = RbfDuels.of(svc).margins(X)
    assert margins.shape == (len(X), 1)
    # scikit-learn turns the sign round where there are two classes.
    np.testing.assert_allclose(-margins[:, 0], svc.decision_function(X), atol=1e-10)


@pytest.mark.parametrize("count", [0, 1, BLOCK_ROWS - 1, BLOCK_ROWS, BLOCK_ROWS + 1])
def test_blocks_meet_without_a_seam(count: int) -> None:
    svc, X = fit_svc(4)
    rows = np.tile(X, (3, 1))[:count]
    found = RbfDuels.of(svc).margins(rows)
    assert found.shape == (count, 6)
    if count:
        np.testing.assert_allclose(found, svc.decision_function(rows), atol=1e-10)


@pytest.mark.parametrize("distance", [1e3, 1e12, 1e200, -1e308])
def test_out_of_reach_of_all_support_vectors_the_intercepts_remain(distance: float) -> None:
    svc, _ = fit_svc(4, gamma=1)
    found = RbfDuels.of(svc).margins(np.full((2, 3), distance))
    np.testing.assert_array_equal(found, np.tile(svc.intercept_, (2, 1)))


def test_a_row_half_way_between_mirrored_classes_is_a_draw() -> None:
    svc = SVC(decision_function_shape="ovo").fit([[-1.0], [1.0]], ["left", "right"])
    assert RbfDuels.of(svc).margins(np.zeros((1, 1))) == svc.decision_function([[0.0]]) == 0


def test_a_class_without_support_vectors_of_its_own_takes_part() -> None:
    duels = RbfDuels(
        vectors=np.array([[0.0], [-1.0], [0.0]]),
        weights=(np.array([[2.0]]), np.empty((0, 1))),
        intercepts=np.array([0.5]),
    )
    assert duels.margins(np.zeros((1, 1))).tolist() == [[2.5]]


def test_votes_add_up_to_nothing_and_count_one_at_the_most() -> None:
    margins = np.random.default_rng(0).normal(0, 2, (50, 10))
    votes = count_votes(margins, classes=5)
    np.testing.assert_allclose(votes.sum(axis=1), 0, atol=1e-12)
    assert count_votes(np.full((1, 10), 7.0), classes=5).tolist() == [[4, 2, 0, -2, -4]]
