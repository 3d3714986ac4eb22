"""Foreign bytes give pixels or an ImageError: nothing else, and no warnings."""

import io
import struct
import threading
import warnings
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from src.errors import ImageError, ImageTooLarge, UnreadableImage, UnsupportedFormat
from src.images import ImageLimits, decode_image
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
    "jpeg": files.encoded(NOISE, "JPEG", icc_profile=files.srgb_profile(), exif=_EXIF),
    "jpeg progressive": files.encoded(NOISE, "JPEG", progressive=True),
    "jpeg inks": files.encoded(NOISE.convert("CMYK"), "JPEG"),
    "png": files.encoded(NOISE, "PNG", pnginfo=_TEXT, icc_profile=files.rgb_profile()),
    "png palette": files.encoded(NOISE.quantize(16), "PNG", transparency=bytes(range(16))),
    "png 16 bits": files.encoded(DEEP, "PNG", transparency=9),
    "webp": files.encoded(NOISE, "WEBP", exif=_EXIF),
    "webp lossless": files.encoded(CLEAR, "WEBP", lossless=True),
    "gif": files.encoded(NOISE.quantize(16), "GIF", transparency=3),
    "bmp": files.encoded(NOISE, "BMP"),
    "bmp palette": files.encoded(NOISE.quantize(16), "BMP"),
    "tiff": files.encoded(NOISE, "TIFF", exif=_EXIF),
    "tiff deflate": files.encoded(CLEAR, "TIFF", compression="tiff_adobe_deflate"),
    "tiff 16 bits": files.sixteen_bit_tiff(9),
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


@pytest.mark.parametrize("kind", ["jpeg", "png", "gif", "bmp", "png 16 bits", "webp"])
def test_pixels_are_counted_before_decoding(kind: str) -> None:
    data, few = PICTURES[kind], ImageLimits(max_bytes=1 << 20, max_pixels=10)
    with pytest.raises(ImageTooLarge, match="30 x 24 = 720"):
        # Without its end it would be unreadable, if anybody tried. WebP is unpacked as a whole.
        decode_image(data if kind == "webp" else data[:-30], limits=few)


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


FLOATS = np.zeros((2, 2, 3), np.float32)


@pytest.mark.parametrize(
    "source",
    [
        files.encoded(Image.new("F", (2, 2)), "TIFF"),
        files.encoded(Image.new("I", (2, 2)), "TIFF"),
        files.sixteen_bit_tiff(9, {262: 0}),
        files.sixteen_bit_tiff(9, {258: 12}),
        bytes(cv2.imencode(".tiff", FLOATS)[1]),
        Image.new("F", (2, 2)),
        Image.new("I", (2, 2)),
    ],
)
def test_pixels_of_unknown_scale_are_unsupported(source: bytes | Image.Image) -> None:
    with pytest.raises(UnsupportedFormat, match="8"):
        decode_image(source)


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
