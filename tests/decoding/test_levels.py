"""Greys of more than 8 bits become 8, by a scale that they have or that is found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray
from PIL import Image

from src.errors import UnsupportedFormat
from src.images import decode_image
from tests import color_profiles as profiles
from tests import picture_files as files

RAMP = np.linspace(0, 1, 256).reshape(16, 16)


def grey_of(source: bytes | Image.Image) -> NDArray[np.uint8]:
    bgr = decode_image(source)
    assert (bgr == bgr[..., :1]).all()
    return bgr[..., 0]


@pytest.mark.parametrize(
    ("white", "dtype"),
    [
        (1, np.float32),
        (255, np.float32),
        (65_535, np.float32),
        (255, np.int32),
        (65_535, np.int32),
    ],
)
def test_white_is_the_number_that_writers_mean(white: int, dtype: type[np.generic]) -> None:
    image = Image.fromarray((RAMP * white).astype(dtype))
    expected = np.arange(256).reshape(16, 16)
    for source in (image, files.encoded(image, "TIFF")):
        np.testing.assert_allclose(grey_of(source), expected, atol=1)


@given(levels=npst.arrays(np.uint8, (4, 5)))
def test_floats_of_eight_bits_are_those_eight_bits(levels: NDArray[np.uint8]) -> None:
    levels[0, 0] = 255
    for floats in (levels / np.float32(255), levels.astype(np.float32)):
        np.testing.assert_array_equal(grey_of(Image.fromarray(floats)), levels)


def test_few_pixels_beyond_black_and_white_are_clipped() -> None:
    floats = np.full((20, 20), 0.5, np.float32)
    floats[0, :4] = (-0.2, 1.0, 1.3, 40.0)
    assert grey_of(Image.fromarray(floats))[0, :5].tolist() == [0, 255, 255, 255, 128]


@pytest.mark.parametrize("numbers", [np.nan, np.inf, -1.0, 70_000.0])
def test_numbers_without_a_scale_are_unsupported(numbers: float) -> None:
    image = Image.new("F", (4, 4), numbers)
    for source in (image, files.encoded(image, "TIFF")):
        with pytest.raises(UnsupportedFormat, match="numbers from .* save it as an 8-bit"):
            decode_image(source)


@given(level=st.integers(0, 65_535))
def test_white_of_a_tiff_may_be_zero(level: int) -> None:
    data = files.sixteen_bit_tiff(level, {262: 0})
    assert np.unique(grey_of(data)).tolist() == [255 - (level >> 8)]


def test_twelve_bits_keep_their_highest_eight() -> None:
    # Two numbers of 12 bits, 0x123 and 0x230, stand in three bytes.
    data = files.sixteen_bit_tiff(0, {258: 12})[:-8] + b"\x12\x32\x30" * 2 + bytes(2)
    assert grey_of(data).tolist() == [[0x12, 0x23], [0x12, 0x23]]


def test_profile_of_floats_is_followed() -> None:
    # 0.5 of the light is 188 / 255 in sRGB (IEC 61966-2-1).
    floats = files.encoded(
        Image.new("F", (2, 2), 0.5), "TIFF", icc_profile=profiles.grey_profile(1.0)
    )
    assert np.unique(grey_of(floats)).tolist() == [188]
