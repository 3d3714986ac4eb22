import itertools
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import make_blobs
from sklearn.svm import SVC
from threadpoolctl import ThreadpoolController, threadpool_info

from src.models.duels import BLOCK_ROWS, RbfDuels, count_votes, one_blas_thread
from src.models.soft_vote_svc import SoftVoteSVC


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


@pytest.mark.parametrize("classes", [3, 64, 65, 90])
def test_votes_are_counted_alike_for_few_and_many_classes(classes: int) -> None:
    rng, pairs = np.random.default_rng(0), classes * (classes - 1) // 2
    margins = rng.normal(0, 2, (5, pairs))
    expected = np.zeros((5, classes))
    duels = itertools.combinations(range(classes), 2)
    for (first, second), margin in zip(duels, margins.clip(-1, 1).T, strict=True):
        expected[:, first] += margin
        expected[:, second] -= margin
    np.testing.assert_allclose(count_votes(margins, classes), expected, atol=1e-12)


def test_hundreds_of_classes_are_decided_in_bounded_memory() -> None:
    classes, features = 300, 4
    rng = np.random.default_rng(0)
    X = rng.normal(0, 30, (classes, features)).repeat(3, axis=0) + rng.normal(0, 1, (900, features))
    y = np.repeat(np.arange(classes), 3)
    svc = SoftVoteSVC(gamma=0.1, decision_function_shape="ovo").fit(X, y)
    rows = X[:600]
    tracemalloc.start()
    quick, plain = RbfDuels.of(svc).votes(rows), svc.decision_function(rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_allclose(quick, plain, atol=1e-8)
    # The margins of all rows at once would take 215 MB, and the sides of all duels 108 MB.
    assert peak < 150 << 20


def test_votes_add_up_to_nothing_and_count_one_at_the_most() -> None:
    margins = np.random.default_rng(0).normal(0, 2, (50, 10))
    votes = count_votes(margins, classes=5)
    np.testing.assert_allclose(votes.sum(axis=1), 0, atol=1e-12)
    assert count_votes(np.full((1, 10), 7.0), classes=5).tolist() == [[4, 2, 0, -2, -4]]


BLAS = ThreadpoolController().select(user_api="blas")


def blas_threads() -> set[int]:
    return {lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def _two_threads() -> Iterator[None]:
    before = [library.num_threads for library in BLAS.lib_controllers]
    set_threads([2] * len(before))
    yield
    set_threads(before)


def set_threads(numbers: list[int]) -> None:
    # Unlike threadpoolctl's context, this leaves other threads free to set theirs.
    for library, number in zip(BLAS.lib_controllers, numbers, strict=True):
        library.set_num_threads(number)
        library.clear_controlling_thread()


def test_inside_there_is_one_thread_and_outside_as_many_as_before() -> None:
    assert blas_threads() == {2}
    with one_blas_thread():
        assert blas_threads() == {1}
        with one_blas_thread():
            pass
        assert blas_threads() == {1}
    assert blas_threads() == {2}


def test_an_error_inside_ends_the_limit() -> None:
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        1 / 0  # noqa: B018
    assert blas_threads() == {2}
    with one_blas_thread():
        assert blas_threads() == {1}


def test_threads_that_overlap_leave_things_as_the_first_one_found_them() -> None:
    first_is_in, second_is_in, first_is_out = (Barrier(2, timeout=10) for _ in range(3))

    def first() -> None:
        with one_blas_thread():
            first_is_in.wait()
            second_is_in.wait()
        first_is_out.wait()

    def second() -> set[int]:
        first_is_in.wait()
        with one_blas_thread():
            inside = blas_threads()
            second_is_in.wait()
            first_is_out.wait()
        return inside

    with ThreadPoolExecutor(2) as pool:
        pool.submit(first)
        assert pool.submit(second).result(timeout=10) == {1}
    assert blas_threads() == {2}
    with one_blas_thread():
        assert blas_threads() == {1}


def test_many_rows_are_decided_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    duels = RbfDuels.of(SVC().fit([[0.0], [1.0]], [0, 1]))
    seen = []
    original = RbfDuels._margins

    def spy(self: RbfDuels, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        seen.append(blas_threads())
        return original(self, rows)

    monkeypatch.setattr(RbfDuels, "_margins", spy)
    duels.margins(np.zeros((300, 1)))
    assert seen == [{1}, {1}, {1}]
    assert blas_threads() == {2}
