"""Squares averaged over areas have OpenCV's bytes, whatever their size and wherever they lie."""

from collections.abc import Iterator
from threading import Thread

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from src.decoding import areas
from src.decoding.areas import average_areas


def by_opencv(square: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def noise(size: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)


@pytest.fixture
def afresh() -> Iterator[None]:
    for found in (areas._parts_if_the_same, areas._rounds_as_opencv_does):
        found.cache_clear()
    yield
    for found in (areas._parts_if_the_same, areas._rounds_as_opencv_does):
        found.cache_clear()


SIZES = ((219, 218), (224, 218), (231, 218), (239, 218), (240, 218), (300, 218), (436, 218))


@pytest.mark.parametrize(("size", "side"), [*SIZES, (2, 1), (11, 10), (33, 32), (560, 550)])
def test_the_bytes_are_those_of_opencv(size: int, side: int) -> None:
    for square in (noise(size), noise(size) // 255 * 255, np.full((size, size, 3), 255, np.uint8)):
        np.testing.assert_array_equal(average_areas(square, side), by_opencv(square, side))


@pytest.mark.parametrize("size", [219, 224, 232, 239])
def test_opencv_is_not_asked_where_the_square_is_hardly_larger(size: int) -> None:
    assert areas._parts_if_the_same(size, 218) is not None


def test_a_square_within_a_picture_is_averaged_as_it_lies() -> None:
    wide = np.random.default_rng(1).integers(0, 256, (224, 301, 3), np.uint8)
    square = wide[:, 38:262]
    np.testing.assert_array_equal(average_areas(square, 218), by_opencv(square.copy(), 218))


def test_sizes_in_turn_leave_nothing_behind() -> None:
    for size in (239, 224, 219, 224, 239):
        white = np.full((size, size, 3), 255, np.uint8)
        assert average_areas(white, 218).min() == 255
        square = noise(size, seed=size)
        np.testing.assert_array_equal(average_areas(square, 218), by_opencv(square, 218))


def test_threads_do_not_meet() -> None:
    squares = [noise(224, seed) for seed in range(4)]
    found: dict[int, list[NDArray[np.uint8]]] = {}

    def average_often(number: int) -> None:
        found[number] = [average_areas(squares[number], 218) for _ in range(20)]

    threads = [Thread(target=average_often, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, square in enumerate(squares):
        expected = by_opencv(square, 218)
        assert all(np.array_equal(each, expected) for each in found[number])


def by_double_sums(square: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Average as a machine would whose sums are rounded otherwise, by their last bits."""
    doubles = cv2.resize(square.astype(np.float64), (side, side), interpolation=cv2.INTER_AREA)
    return np.rint(doubles).astype(np.uint8)


@pytest.mark.usefixtures("afresh")
@pytest.mark.parametrize("size", [219, 224, 239])
def test_an_opencv_that_rounds_otherwise_is_asked(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(areas, "_by_opencv", by_double_sums)
    square = noise(size)
    np.testing.assert_array_equal(average_areas(square, 218), by_double_sums(square, 218))
    assert areas._parts_if_the_same(size, 218) is None
