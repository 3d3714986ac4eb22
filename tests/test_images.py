"""Every source of the same picture gives the same working image."""

import io
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray
from PIL import Image

from src.config import settings
from src.errors import ConfigError, ImageTooLarge
from src.images import (
    WORKING_SIZE,
    decode_image,
    describe_source,
    load_image,
    to_working_size,
)
from tests.picture_files import encoded, noise_rgb

PNG = encoded(Image.fromarray(noise_rgb(5, 6)), "PNG")

pictures = npst.arrays(np.uint8, st.tuples(st.integers(1, 30), st.integers(1, 30), st.just(3)))


@given(rgb=pictures, kind=st.sampled_from(["PNG", "BMP", "TIFF", "WEBP"]))
def test_path_bytes_file_image_and_array_agree(
    rgb: NDArray[np.uint8], kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    image = Image.fromarray(rgb)
    data = encoded(image, kind, **({"lossless": True} if kind == "WEBP" else {}))
    path = tmp_path_factory.getbasetemp() / "picture"
    path.write_bytes(data)
    sources: list[Any] = [path, str(path), data, bytearray(data), memoryview(data)]
    sources += [io.BytesIO(data), Image.open(io.BytesIO(data)), image, rgb]
    for source in sources:
        np.testing.assert_array_equal(decode_image(source), rgb[..., ::-1])


@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    size=st.integers(1, 20),
    level=st.integers(0, 255),
)
def test_working_image_is_a_square_no_larger_than_asked(
    height: int, width: int, size: int, level: int
) -> None:
    working = to_working_size(np.full((height, width, 3), level, np.uint8), size)
    side = min(height, width, size)
    assert working.shape == (side, side, 3)
    assert working.flags.c_contiguous
    assert np.unique(working).tolist() == [level]


def test_thumbnail_stays_bit_for_bit() -> None:
    rgb = noise_rgb(WORKING_SIZE, WORKING_SIZE)
    np.testing.assert_array_equal(load_image(rgb, order="bgr"), rgb)


@pytest.mark.parametrize(("shape", "box"), [((4, 9), (0, 2, 4, 6)), ((8, 3), (2, 0, 5, 3))])
def test_square_is_cut_from_the_centre(
    shape: tuple[int, int], box: tuple[int, int, int, int]
) -> None:
    bgr = noise_rgb(*shape)
    top, left, bottom, right = box
    np.testing.assert_array_equal(to_working_size(bgr), bgr[top:bottom, left:right])


@pytest.mark.parametrize("times", [2, 3, 4, 5])
def test_large_picture_is_averaged_over_areas(times: int) -> None:
    side = 4 * times
    bgr = noise_rgb(side, side + 6)
    blocks = bgr[:, 3 : 3 + side].reshape(4, times, 4, times, 3).mean(axis=(1, 3))
    assert np.abs(to_working_size(bgr, 4) - blocks).max() <= 0.5 + 1e-9


@pytest.mark.parametrize("side", [219, 300, 435, 437, 512, 653, 655, 760, 871, 873])
def test_areas_that_cut_pixels_are_averaged_too(side: int) -> None:
    noise, size = noise_rgb(side, side), (WORKING_SIZE, WORKING_SIZE)
    exact = np.asarray(cv2.resize(noise, size, interpolation=cv2.INTER_AREA), np.uint8)
    working = to_working_size(noise)
    np.testing.assert_allclose(working.mean((0, 1)), exact.mean((0, 1)), atol=0.3)
    np.testing.assert_allclose(working.std((0, 1)), exact.std((0, 1)), rtol=0.2)
    smooth = np.asarray(cv2.GaussianBlur(noise, (0, 0), 3), np.uint8)
    exact = np.asarray(cv2.resize(smooth, size, interpolation=cv2.INTER_AREA), np.uint8)
    np.testing.assert_allclose(to_working_size(smooth), exact, atol=2)


def test_working_size_is_an_option() -> None:
    assert load_image(noise_rgb(300, 400)).shape == (218, 218, 3)
    assert load_image(noise_rgb(300, 400), working_size=64).shape == (64, 64, 3)
    with pytest.raises(ConfigError, match="working size"):
        load_image(PNG, working_size=0)


def test_jpeg_is_what_opencv_reads(tmp_path: Path) -> None:
    path = tmp_path / "photograph.jpg"
    path.write_bytes(encoded(Image.fromarray(cv2.blur(noise_rgb(80, 90), (9, 9))), "JPEG"))
    expected = cv2.imread(str(path))
    assert expected is not None
    np.testing.assert_allclose(decode_image(path), expected, atol=3)


def test_image_is_left_as_it_was() -> None:
    image = Image.open(io.BytesIO(PNG))
    before = dict(image.info)
    decode_image(image)
    assert (image.mode, image.size, dict(image.info)) == ("RGB", (6, 5), before)
    np.testing.assert_array_equal(np.asarray(image), noise_rgb(5, 6))


def test_limits_default_to_the_settings(tmp_path: Path) -> None:
    vast = tmp_path / "vast.png"
    with vast.open("wb") as file:
        file.truncate(settings().max_image_bytes + 1)
    with pytest.raises(ImageTooLarge, match=f"{settings().max_image_bytes + 1:,}"):
        decode_image(vast)


@pytest.mark.parametrize("order", ["RGB", "", None, 3])
@pytest.mark.parametrize("source", [PNG, np.zeros((2, 2, 3), np.uint8)])
def test_unknown_order_is_refused(order: Any, source: Any) -> None:
    with pytest.raises(ConfigError, match="'rgb' or 'bgr'"):
        decode_image(source, order=order)


def test_sources_are_named() -> None:
    sources: list[Any] = ["a.jpg", Path("b") / "c.png", b"", bytearray(), memoryview(b"")]
    sources += [io.BytesIO(), Image.new("L", (1, 1)), np.zeros(1), None]
    names = ["a.jpg", os.path.join("b", "c.png"), *["<bytes>"] * 3]  # noqa: PTH118
    names += ["<file>", "<image>", "<array>", "<NoneType>"]
    assert [describe_source(source) for source in sources] == names
