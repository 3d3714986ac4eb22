"""Plain JPEGs give the pixels that Pillow gives, to the last bit; all else is left to Pillow."""

import io
import sys
from collections.abc import Iterator
from itertools import product
from typing import Any

import cv2
import numpy as np
import pytest
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from src.decoding import quick_jpeg
from src.decoding.pillow_decoder import bgr_from_bytes
from src.decoding.quick_jpeg import bgr_of_plain_jpeg
from src.images import decode_image
from tests import color_profiles as profiles
from tests import picture_files as files

# Sides that end within, at and just behind a block of 8 and of 16 pixels.
SIZES = ((1, 1), (8, 16), (17, 33), (45, 64), (9, 150))
ENCODINGS: tuple[dict[str, Any], ...] = (
    {"quality": 100},
    {"quality": 3},
    {"progressive": True},
    {"restart_marker_blocks": 3},
    {"comment": b"Irises", "dpi": (300, 300)},
)
# How OpenCV writes shares of chroma that Pillow does not.
FACTORS = {"4:1:1": 0x411111, "4:4:0": 0x121111, "4:2:2": 0x211111}
LIMIT = 10**6

PLAIN = files.encoded(Image.fromarray(files.noise_rgb()), "JPEG")


def waves(height: int, width: int) -> NDArray[np.uint8]:
    """Return a picture with smooth parts, edges and noise."""
    rows, columns = np.mgrid[:height, :width]
    smooth = np.stack([rows * 3 + columns, columns * 2 - rows, rows * columns // 5], axis=-1) % 256
    return np.where(columns[..., None] % 40 < 20, smooth, files.noise_rgb(height, width)).astype(
        np.uint8
    )


def plain_jpegs(height: int, width: int) -> Iterator[bytes]:
    picture = Image.fromarray(waves(height, width))
    for subsampling, options in product((0, 1, 2), ENCODINGS):
        yield files.encoded(picture, "JPEG", subsampling=subsampling, **options)
    for options in ENCODINGS:
        yield files.encoded(picture.convert("L"), "JPEG", **options)
    yield files.encoded(picture, "JPEG") + b"and more"
    for factor, progressive in product(FACTORS.values(), (0, 1)):
        options = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
        options += [cv2.IMWRITE_JPEG_PROGRESSIVE, progressive]
        yield cv2.imencode(".jpg", np.asarray(picture), options)[1].tobytes()


def by_pillow(data: bytes, least_side: int | None = None) -> NDArray[np.uint8]:
    return bgr_from_bytes(data, max_pixels=LIMIT, name="picture", least_side=least_side)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("least_side", [None, 5, 20])
def test_plain_jpegs_give_the_same_pixels(size: tuple[int, int], least_side: int | None) -> None:
    for data in plain_jpegs(*size):
        found = bgr_of_plain_jpeg(data, max_pixels=LIMIT, least_side=least_side)
        assert found is not None
        np.testing.assert_array_equal(found, by_pillow(data, least_side))
        assert found.flags.c_contiguous


@pytest.mark.parametrize("least_side", [436, 300, 150, 110, 109])
def test_reduced_scales_are_those_of_pillow(least_side: int) -> None:
    data = files.encoded(Image.fromarray(waves(877, 1203)), "JPEG")
    found = bgr_of_plain_jpeg(data, max_pixels=LIMIT * 2, least_side=least_side)
    assert found is not None
    expected = bgr_from_bytes(data, max_pixels=LIMIT * 2, name="picture", least_side=least_side)
    np.testing.assert_array_equal(found, expected)


def not_plain() -> dict[str, bytes]:
    picture, turned = Image.fromarray(files.noise_rgb()), Image.Exif()
    turned[0x0112] = 6
    xmp = b'<rdf:Description tiff:Orientation="6"/>'
    grey = picture.convert("L")
    return {
        "exif": files.encoded(picture, "JPEG", exif=turned),
        "xmp": files.encoded(picture, "JPEG", xmp=xmp),
        "profile": files.encoded(picture, "JPEG", icc_profile=profiles.rgb_profile()),
        "grey profile": files.encoded(grey, "JPEG", icc_profile=profiles.srgb_profile()),
        "inks": files.encoded(picture.convert("CMYK"), "JPEG"),
        "red, green and blue": files.encoded(picture, "JPEG", keep_rgb=True, subsampling=0),
        "png": files.encoded(picture, "PNG"),
        "cut off": PLAIN[:-400],
        "no end": PLAIN[:-2],
        "nothing but its start": PLAIN[:3],
        "damaged": PLAIN[:-400] + b"\xff\xc0" + PLAIN[-398:],
        "a marker without a use": PLAIN[:2] + b"\xff\x01" + PLAIN[2:],
        "a marker filled up": PLAIN[:2] + b"\xff" + PLAIN[2:],
        "a profile behind what looks like a scan": PLAIN[:2]
        + b"\xff\xe5\0\x06\xff\xda\0\2"
        + files.encoded(picture, "JPEG", icc_profile=profiles.rgb_profile())[2:],
        "rare chroma": PLAIN.replace(b"\x03\x01\x22\0", b"\x03\x01\x41\0"),
    }


@pytest.mark.parametrize("kind", not_plain())
def test_the_rest_is_left_to_pillow(kind: str) -> None:
    assert bgr_of_plain_jpeg(not_plain()[kind], max_pixels=LIMIT) is None


@pytest.mark.parametrize("mark", [b"Exif\0\0", b"ICC_PROFILE\0", b"tiff:Orientation"])
def test_what_stands_behind_the_header_says_nothing(mark: bytes) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    second = files.encoded(Image.fromarray(files.noise_rgb()), "JPEG", exif=turned)
    for data in (PLAIN + mark, PLAIN[:-2] + b"\xff\xe1\0\x20" + mark.ljust(30, b"\0") + PLAIN[-2:]):
        found = bgr_of_plain_jpeg(data + second, max_pixels=LIMIT)
        assert found is not None
        np.testing.assert_array_equal(found, by_pillow(data + second))


def test_a_picture_that_is_too_large_is_left_to_pillow() -> None:
    assert bgr_of_plain_jpeg(PLAIN, max_pixels=40 * 52) is not None
    assert bgr_of_plain_jpeg(PLAIN, max_pixels=40 * 52 - 1) is None


def test_turned_pictures_come_out_upright() -> None:
    for kind in ("exif", "xmp"):
        assert decode_image(not_plain()[kind]).shape == (52, 40, 3)


def test_nothing_is_said_of_damage(capfd: pytest.CaptureFixture[str]) -> None:
    for data in not_plain().values():
        bgr_of_plain_jpeg(data, max_pixels=LIMIT)
    assert capfd.readouterr() == ("", "")


def test_a_library_that_decodes_otherwise_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = simplejpeg.decode_jpeg

    def off_by_one(*arguments: Any, **options: Any) -> NDArray[np.uint8]:
        pixels: NDArray[np.uint8] = honest(*arguments, **options)
        pixels[-1, -1, -1] ^= 1
        return pixels

    quick_jpeg._decodes_as_pillow_does.cache_clear()
    monkeypatch.setattr(simplejpeg, "decode_jpeg", off_by_one)
    try:
        assert bgr_of_plain_jpeg(PLAIN, max_pixels=LIMIT) is None
        np.testing.assert_array_equal(decode_image(PLAIN), by_pillow(PLAIN))
    finally:
        quick_jpeg._decodes_as_pillow_does.cache_clear()


def test_pillow_does_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_jpeg._decodes_as_pillow_does.cache_clear()
    monkeypatch.setitem(sys.modules, "simplejpeg", None)
    try:
        assert bgr_of_plain_jpeg(PLAIN, max_pixels=LIMIT) is None
        np.testing.assert_array_equal(decode_image(io.BytesIO(PLAIN)), by_pillow(PLAIN))
    finally:
        quick_jpeg._decodes_as_pillow_does.cache_clear()
