"""Arrays: RGB unless said otherwise, of any usual type, never changed, never shared."""

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from src.errors import ImageTooLarge, UnreadableImage
from src.images import ImageLimits, Order, decode_image

shapes = st.tuples(st.integers(1, 5), st.integers(1, 5), st.sampled_from([1, 3, 4]))
orders = st.sampled_from(["rgb", "bgr"])


def test_red_is_red() -> None:
    assert decode_image(np.array([[[255, 0, 0]]], np.uint8)).tolist() == [[[0, 0, 255]]]
    assert decode_image(np.array([[[255, 0, 0, 255]]], np.uint8)).tolist() == [[[0, 0, 255]]]


@given(rgb=npst.arrays(np.uint8, shapes), dtype=st.sampled_from(["u2", ">u2", "f4", "f8"]))
def test_every_type_gives_the_same_pixels(rgb: NDArray[np.uint8], dtype: str) -> None:
    other = rgb * np.uint16(257) if dtype.endswith("u2") else rgb / 255
    np.testing.assert_array_equal(decode_image(other.astype(dtype)), decode_image(rgb))


@given(rgb=npst.arrays(np.uint8, shapes))
def test_order_swaps_red_and_blue(rgb: NDArray[np.uint8]) -> None:
    channels = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[rgb.shape[2]]
    np.testing.assert_array_equal(decode_image(rgb[..., channels], order="bgr"), decode_image(rgb))


@given(array=npst.arrays(np.uint8, shapes), order=orders)
def test_array_is_neither_changed_nor_shared(array: NDArray[np.uint8], order: Order) -> None:
    before = array.copy()
    bgr = decode_image(array, order=order)
    bgr[:] = 77
    np.testing.assert_array_equal(array, before)


def test_views_and_locked_arrays_will_do() -> None:
    rgb = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    rgb.flags.writeable = False
    view = rgb[::-2, ::2]
    np.testing.assert_array_equal(decode_image(view), view[..., ::-1])


def test_grey_and_bool_have_three_equal_channels() -> None:
    for array in (np.array([[7]], np.uint8), np.array([[[7]]], np.uint8)):
        assert decode_image(array).tolist() == [[[7, 7, 7]]]
    assert decode_image(np.array([[True, False]])).tolist() == [[[255] * 3, [0] * 3]]


def test_fourth_channel_is_opacity() -> None:
    half_black = np.array([[[0, 0, 0, 0.5]]])
    assert decode_image(half_black).tolist() == [[[127] * 3]]


@pytest.mark.parametrize(
    "shape", [(4,), (3, 4, 2), (3, 4, 5), (1, 3, 4, 3), (0, 4, 3), (4, 0), (3, 40, 50)]
)
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(UnreadableImage, match=r"<array>.*; (expected|give)"):
        decode_image(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("dtype", ["i1", "i8", "u4", "c8", "O", "S1", "M8[s]"])
def test_other_types_are_refused(dtype: str) -> None:
    with pytest.raises(UnreadableImage, match=r"dtype.*expected uint8"):
        decode_image(np.zeros((2, 2), dtype))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.01, 1.01, 255.0])
def test_floats_out_of_range_are_refused(value: float) -> None:
    array = np.full((2, 2, 3), 0.5)
    array[1, 0, 2] = value
    with pytest.raises(UnreadableImage, match=r"expected finite ones in \[0, 1\]"):
        decode_image(array)


def test_pixels_are_counted() -> None:
    few = ImageLimits(max_bytes=1, max_pixels=12)
    assert decode_image(np.zeros((3, 4), np.uint8), limits=few).shape == (3, 4, 3)
    with pytest.raises(ImageTooLarge, match="4 x 4 = 16"):
        decode_image(np.zeros((4, 4), np.uint8), limits=few)


@pytest.mark.parametrize("source", [None, 7, [[0, 0]], io.StringIO("text"), object()])
def test_what_is_no_source_is_refused(source: Any) -> None:
    with pytest.raises(UnreadableImage, match=r"; |open it as binary"):
        decode_image(source)
