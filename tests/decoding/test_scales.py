"""Large JPEGs are decoded at the smallest scale that is large enough, and still come out right."""

import io
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from src.decoding.files import bgr_from_bytes
from src.errors import ConfigError, ImageTooLarge, UnreadableImage
from src.features.extract_features import extract_features
from src.images import ImageLimits, decode_image, load_image, to_working_size
from tests import picture_files as files

BLOBS = cv2.resize(files.noise_rgb(7, 8), (1000, 900), interpolation=cv2.INTER_CUBIC)
LARGE = Image.fromarray(BLOBS.astype(np.uint8))


def jpeg(image: Image.Image = LARGE, **options: Any) -> bytes:
    return files.encoded(image, "JPEG", quality=95, **options)


def decode(data: bytes, least_side: int | None) -> NDArray[np.uint8]:
    return bgr_from_bytes(data, max_pixels=10**7, name="picture", least_side=least_side)


@hypothesis_settings(max_examples=60)
@given(height=st.integers(1, 300), width=st.integers(1, 300), least_side=st.integers(1, 80))
def test_scale_is_the_smallest_that_is_large_enough(
    height: int, width: int, least_side: int
) -> None:
    data = jpeg(Image.new("L", (width, height)))
    scale = max(s for s in (1, 2, 4, 8) if s == 1 or min(height, width) // s >= least_side)
    shape = decode(data, least_side).shape
    assert shape == (-(-height // scale), -(-width // scale), 3)
    assert min(shape[:2]) >= min(height, width, least_side)
    assert decode(data, None).shape == (height, width, 3)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
@pytest.mark.parametrize("side", [218, 112, 56])
def test_working_image_is_that_of_a_full_decode(options: dict[str, Any], side: int) -> None:
    data = jpeg(**options)
    reduced, whole = load_image(data, working_size=side), decode_image(data)
    assert len(reduced) == side
    np.testing.assert_allclose(
        extract_features(reduced), extract_features(to_working_size(whole, side)), atol=0.6
    )


@pytest.mark.parametrize(("short", "scale"), [(871, 1), (872, 2), (1743, 2), (1744, 4)])
def test_twice_the_working_size_is_left_to_average(short: int, scale: int) -> None:
    data = jpeg(LARGE.resize((short + 9, short)))
    square = to_working_size(decode(data, short // scale))
    np.testing.assert_array_equal(load_image(data), square)
    other = to_working_size(decode(data, short // (2 if scale == 1 else 1)))
    assert (load_image(data) != other).any()


def mean_rgb(bgr: NDArray[np.uint8]) -> list[float]:
    return [float(mean) for mean in bgr.mean(axis=(0, 1))[::-1]]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_reduced_picture_is_turned_as_exif_says(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = jpeg(exif=exif)
    small = decode(data, 225)
    expected = cv2.resize(decode_image(data), small.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert min(small.shape[:2]) == 225
    np.testing.assert_allclose(small, expected, atol=12)


def test_reduced_picture_follows_its_profile() -> None:
    grey = Image.new("RGB", (900, 900), (128,) * 3)
    bgr = load_image(jpeg(grey, icc_profile=files.rgb_profile(gamma=1.0)))
    np.testing.assert_allclose(mean_rgb(bgr), 188, atol=1)


@pytest.mark.parametrize("mode", ["CMYK", "L"])
def test_inks_and_greys_are_reduced_too(mode: str) -> None:
    data = jpeg(LARGE.convert(mode))
    small = decode(data, 200)
    assert small.shape == (225, 250, 3)
    np.testing.assert_allclose(mean_rgb(small), mean_rgb(decode_image(data)), atol=0.5)


def test_all_sources_of_a_large_file_agree(tmp_path: Any) -> None:
    data = jpeg()
    (tmp_path / "large").write_bytes(data)
    expected = load_image(data)
    for source in (tmp_path / "large", io.BytesIO(data), bytearray(data)):
        np.testing.assert_array_equal(load_image(source), expected)


def test_pillow_image_is_left_as_it_was() -> None:
    image = Image.open(io.BytesIO(jpeg()))
    load_image(image)
    assert image.size == (1000, 900)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_truncated_large_file_is_unreadable(part: float, options: dict[str, Any]) -> None:
    data = jpeg(**options)
    with pytest.raises(UnreadableImage, match="damaged or incomplete"):
        load_image(data[: int(len(data) * part)])


def test_limit_is_about_the_full_size() -> None:
    data = jpeg()
    limits = ImageLimits(max_bytes=1 << 24, max_pixels=899_999)
    with pytest.raises(ImageTooLarge, match="1000 x 900"):
        load_image(data, limits=limits)


@pytest.mark.parametrize("load", [load_image, lambda source, **size: load_image(LARGE, **size)])
def test_no_working_size_is_refused(load: Callable[..., object]) -> None:
    with pytest.raises(ConfigError, match="working size"):
        load(jpeg(), working_size=0)
