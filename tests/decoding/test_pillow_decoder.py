"""Foreign bytes give pixels or an ImageError: nothing else, and no warnings.

Large JPEGs are decoded at the smallest scale that is large enough, and still come out right."""

import io
import struct
import threading
import warnings
import zlib
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from src.decoding.pillow_decoder import bgr_from_bytes
from src.errors import ConfigError, ImageError, ImageTooLarge, UnreadableImage
from src.features.extract_features import extract_features
from src.images import ImageLimits, decode_image, load_image, to_working_size
from tests import color_profiles as profiles
from tests import picture_files as files

SMALL = ImageLimits(max_bytes=1 << 20, max_pixels=1 << 20)

NOISE = Image.fromarray(files.noise_rgb(24, 30))
DEEP = Image.fromarray(files.noise_rgb(24, 30)[..., 0] * np.uint16(257))
CLEAR = NOISE.convert("RGBA")
_TEXT = PngImagePlugin.PngInfo()
_TEXT.add_text("title", "Irises " * 20, zip=True)
_EXIF = Image.Exif()
_EXIF[0x0112] = 6

PICTURES = {
    "jpeg": files.encoded(NOISE, "JPEG", icc_profile=profiles.srgb_profile(), exif=_EXIF),
    "jpeg progressive": files.encoded(NOISE, "JPEG", progressive=True),
    "jpeg inks": files.encoded(NOISE.convert("CMYK"), "JPEG"),
    "png": files.encoded(NOISE, "PNG", pnginfo=_TEXT, icc_profile=profiles.rgb_profile()),
    "png palette": files.encoded(NOISE.quantize(16), "PNG", transparency=bytes(range(16))),
    "png 16 bits": files.encoded(DEEP, "PNG", transparency=9),
    "webp": files.encoded(NOISE, "WEBP", exif=_EXIF),
    "webp lossless": files.encoded(CLEAR, "WEBP", lossless=True),
    "avif": files.encoded(CLEAR, "AVIF", exif=_EXIF),
    "heic": files.encoded(NOISE, "HEIF"),
    "jpeg 2000": files.encoded(NOISE, "JPEG2000"),
    "gif": files.encoded(NOISE.quantize(16), "GIF", transparency=3),
    "bmp": files.encoded(NOISE, "BMP"),
    "bmp palette": files.encoded(NOISE.quantize(16), "BMP"),
    "tiff": files.encoded(NOISE, "TIFF", exif=_EXIF),
    "tiff deflate": files.encoded(CLEAR, "TIFF", compression="tiff_adobe_deflate"),
    "tiff 16 bits": files.sixteen_bit_tiff(9),
    "tiff floats": files.float_tiff(files.noise_rgb(24, 30).astype(np.float32)),
}

kinds = pytest.mark.parametrize("kind", PICTURES)


@kinds
@pytest.mark.parametrize("part", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_truncated_file_is_unreadable(kind: str, part: float) -> None:
    data = PICTURES[kind]
    with pytest.raises(UnreadableImage, match=r"<bytes>.*; .*again"):
        decode_image(data[: int(len(data) * part)])


@kinds
@hypothesis_settings(max_examples=60)
@given(changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_damaged_file_gives_pixels_or_a_typed_error(
    kind: str, changes: list[tuple[float, int]]
) -> None:
    data = bytearray(PICTURES[kind])
    for place, value in changes:
        # Squared, since what stands near the beginning decides about more.
        data[int(place**2 * (len(data) - 1))] = value
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            bgr = decode_image(bytes(data), limits=SMALL)
        except ImageError:
            return
    assert bgr.dtype == np.uint8
    assert bgr.shape[2] == 3


@pytest.mark.parametrize(
    "kind",
    [
        "jpeg",
        "png",
        "gif",
        "bmp",
        "png 16 bits",
        "heic",
        "jpeg 2000",
        "tiff floats",
        "webp",
        "avif",
    ],
)
def test_pixels_are_counted_before_decoding(kind: str) -> None:
    data, few = PICTURES[kind], ImageLimits(max_bytes=1 << 20, max_pixels=10)
    with pytest.raises(ImageTooLarge, match="30 x 24 = 720"):
        # Without its end it would be unreadable, if anybody tried. The others are opened whole.
        decode_image(data if kind in ("webp", "avif") else data[:-30], limits=few)


def test_vast_picture_is_refused_by_its_header() -> None:
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    small = files.png((1, 1), 8, 2, b"\0" * 3)
    vast = small[:16] + header + struct.pack(">I", zlib.crc32(b"IHDR" + header)) + small[33:]
    with pytest.raises(ImageTooLarge, match="10,000,000,000"):
        decode_image(vast)


def test_limit_is_ours_and_not_that_of_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    for kind in ("jpeg", "png", "bmp", "png palette"):
        assert decode_image(PICTURES[kind], limits=SMALL).size > 0
    with pytest.raises(ImageTooLarge, match="scale it down"):
        decode_image(PICTURES["webp"], limits=SMALL)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    with pytest.raises(ImageTooLarge):
        decode_image(PICTURES["png"], limits=ImageLimits(max_bytes=1 << 20, max_pixels=719))


@pytest.mark.parametrize("chunk", [b"zTXt", b"iCCP"])
def test_bomb_in_a_text_or_profile_is_refused(chunk: bytes) -> None:
    bomb = b"x\0\0" + zlib.compress(bytes(50_000_000), 9)
    with pytest.raises(UnreadableImage, match="too large"):
        decode_image(files.png((1, 1), 8, 2, b"\0" * 3, (chunk, bomb)))


def test_warnings_of_pillow_stay_inside() -> None:
    odd = files.png((2, 1), 8, 0, b"\1\2", (b"acTL", struct.pack(">II", 0, 0)))
    with pytest.warns(UserWarning, match="Invalid APNG"):
        Image.open(io.BytesIO(odd)).load()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert decode_image(odd)[0, :, 0].tolist() == [1, 2]
    assert caught == []


def test_filters_for_warnings_survive_threads() -> None:
    before = list(warnings.filters)
    data = files.encoded(Image.fromarray(files.noise_rgb(200, 200)), "PNG")

    def decode_many() -> None:
        for _ in range(20):
            decode_image(data)

    threads = [threading.Thread(target=decode_many) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before


def test_tag_of_another_type_is_damage() -> None:
    with pytest.raises(UnreadableImage, match="TypeError"):
        decode_image(files.sixteen_bit_tiff(9, {700: 5}))


def test_image_without_pixels_is_unreadable() -> None:
    with pytest.raises(UnreadableImage, match="0 x 4"):
        decode_image(Image.new("RGB", (0, 4)))


def test_closed_image_is_unreadable() -> None:
    image = Image.open(io.BytesIO(PICTURES["tiff"]))
    image.close()
    with pytest.raises(UnreadableImage, match="<image>"):
        decode_image(image)


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
    bgr = load_image(jpeg(grey, icc_profile=profiles.rgb_profile(gamma=1.0)))
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
