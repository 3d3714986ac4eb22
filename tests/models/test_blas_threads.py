from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.svm import SVC
from threadpoolctl import ThreadpoolController, threadpool_info

from src.models.blas_threads import one_blas_thread
from src.models.duels import RbfDuels

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
