"""Colours of floats in a TIFF become those that they are of 8 bits."""

import cv2
import numpy as np
import pytest
from PIL import Image

from src.errors import UnsupportedFormat
from src.images import decode_image
from tests import color_profiles as profiles
from tests import picture_files as files

RGB = files.noise_rgb(5, 7)
SCENE = (RGB / np.float32(255)).astype(np.float32)


@pytest.mark.parametrize("white", [1, 255, 65_535])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_are_the_colours_that_they_were(white: int, dtype: type[np.floating]) -> None:
    scene = (SCENE * white).astype(dtype)
    data = bytes(cv2.imencode(".tiff", np.ascontiguousarray(scene[..., ::-1]))[1])
    np.testing.assert_array_equal(decode_image(data), RGB[..., ::-1])


def test_orientation_and_profile_are_heeded() -> None:
    turned = decode_image(files.float_tiff(SCENE, {274: 6}))
    np.testing.assert_array_equal(turned, np.rot90(RGB[..., ::-1], -1))
    image = Image.new("RGB", (7, 5), (67, 151, 42))
    levels = np.asarray(image, np.float32)
    plain = files.float_tiff(levels)
    np.testing.assert_array_equal(decode_image(plain), decode_image(image))
    profile = profiles.display_p3()
    # The profile stands at the end, and its entry says so.
    moved = files.float_tiff(levels, {34675: 0})
    place = moved.index((34675).to_bytes(2, "little"))
    entry = (34675).to_bytes(2, "little") + (7).to_bytes(2, "little")
    entry += len(profile).to_bytes(4, "little") + len(moved).to_bytes(4, "little")
    data = moved[:place] + entry + moved[place + 12 :] + profile
    np.testing.assert_allclose(decode_image(data)[2, 3, ::-1], (0, 153, 0), atol=3)


def test_opacity_in_floats_is_unsupported() -> None:
    data = bytes(cv2.imencode(".tiff", np.zeros((3, 4, 4), np.float32))[1])
    with pytest.raises(UnsupportedFormat, match="save it as an 8-bit"):
        decode_image(data)


def test_numbers_that_are_none_are_unsupported() -> None:
    with pytest.raises(UnsupportedFormat, match="numbers from nan"):
        decode_image(files.float_tiff(np.full((3, 4, 3), np.nan, np.float32)))
