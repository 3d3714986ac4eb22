"""What the pixels of every kind of file become: colours, depth, transparency,
and orientation."""

import struct
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray
from PIL import Image

from src.decoding.pixels import as_stored, flatten
from src.images import decode_image
from tests import picture_files as files

ORANGE = Image.new("RGB", (7, 5), files.ORANGE_RGB)
GREY_16 = np.full((5, 7), 51_400, np.uint16)  # 200 * 257
ORANGE_16 = np.full((5, 7, 3), files.ORANGE_BGR, np.uint16) * np.uint16(257)
PALETTE = ORANGE.quantize(2)
# Cyan, magenta and yellow that make orange on paper, black that makes nothing.
INKS = (55, 155, 205, 0)


def _cv2_file(suffix: str, bgr: NDArray[np.uint16]) -> bytes:
    return bytes(cv2.imencode(suffix, bgr)[1])


LOSSLESS = {
    "png": files.encoded(ORANGE, "PNG"),
    "png palette": files.encoded(PALETTE, "PNG"),
    "png 16 bits": _cv2_file(".png", ORANGE_16),
    "png 16 bits with opacity": _cv2_file(
        ".png", np.dstack([ORANGE_16, np.full((5, 7), 65_535, np.uint16)])
    ),
    "webp lossless": files.encoded(ORANGE, "WEBP", lossless=True),
    "webp animated": files.encoded(
        ORANGE, "WEBP", lossless=True, save_all=True, append_images=[Image.new("RGB", (7, 5))]
    ),
    "gif": files.encoded(PALETTE, "GIF"),
    "gif animated": files.encoded(
        PALETTE, "GIF", save_all=True, append_images=[Image.new("P", (7, 5))]
    ),
    "bmp": files.encoded(ORANGE, "BMP"),
    "bmp palette": files.encoded(PALETTE, "BMP"),
    "tiff": files.encoded(ORANGE, "TIFF"),
    "tiff lzw": files.encoded(ORANGE, "TIFF", compression="tiff_lzw"),
    "tiff deflate": files.encoded(ORANGE, "TIFF", compression="tiff_adobe_deflate"),
    "tiff big": files.encoded(ORANGE, "TIFF", big_tiff=True),
    "tiff 16 bits": _cv2_file(".tiff", ORANGE_16),
    "tiff inks": files.encoded(Image.new("CMYK", (7, 5), INKS), "TIFF"),
    "jpeg 2000": files.encoded(ORANGE, "JPEG2000"),
    "jpeg 2000, the code alone": files.encoded(ORANGE, "JPEG2000", no_jp2=True),
    "tiff of two pages": files.encoded(
        ORANGE, "TIFF", save_all=True, append_images=[Image.new("RGB", (7, 5))]
    ),
}
LOSSY = {
    "jpeg": files.encoded(ORANGE, "JPEG"),
    "jpeg progressive": files.encoded(ORANGE, "JPEG", progressive=True),
    "jpeg inks": files.encoded(Image.new("CMYK", (7, 5), INKS), "JPEG"),
    "mpo": files.encoded(ORANGE, "MPO", save_all=True, append_images=[Image.new("RGB", (7, 5))]),
    "webp": files.encoded(ORANGE, "WEBP"),
    "avif": files.encoded(ORANGE, "AVIF"),
    "avif animated": files.encoded(
        ORANGE, "AVIF", save_all=True, append_images=[Image.new("RGB", (7, 5))]
    ),
    "heic": files.encoded(ORANGE, "HEIF"),
    "tiff jpeg": files.encoded(ORANGE, "TIFF", compression="jpeg"),
    "tiff lab": files.encoded(ORANGE.convert("LAB"), "TIFF"),
}
GREY = {
    "jpeg": files.encoded(Image.new("L", (7, 5), 200), "JPEG"),
    "png": files.encoded(Image.new("L", (7, 5), 200), "PNG"),
    "png with opacity": files.encoded(Image.new("LA", (7, 5), (200, 255)), "PNG"),
    "png 16 bits": _cv2_file(".png", GREY_16),
    "png 16 bits with opacity": files.png((7, 5), 16, 4, b"\xc8\xc8\xff\xff" * 7),
    "png 4 bits": files.png((7, 5), 4, 0, b"\xcc" * 4),
    "tiff 16 bits": _cv2_file(".tiff", GREY_16),
    "jpeg 2000": files.encoded(Image.new("L", (7, 5), 200), "JPEG2000"),
    "jpeg 2000, 16 bits": files.encoded(Image.fromarray(GREY_16), "JPEG2000"),
}


@pytest.mark.parametrize("kind", LOSSLESS)
def test_orange_is_orange(kind: str) -> None:
    bgr = decode_image(LOSSLESS[kind])
    assert bgr.shape == (5, 7, 3)
    assert bgr.dtype == np.uint8
    assert bgr.flags.c_contiguous
    assert np.unique(bgr.reshape(-1, 3), axis=0).tolist() == [list(files.ORANGE_BGR)]


@pytest.mark.parametrize("kind", LOSSY)
def test_orange_is_nearly_orange_after_lossy_compression(kind: str) -> None:
    np.testing.assert_allclose(decode_image(LOSSY[kind])[2, 3], files.ORANGE_BGR, atol=3)


@pytest.mark.parametrize("kind", GREY)
def test_grey_has_three_equal_channels(kind: str) -> None:
    expected = 204 if kind == "png 4 bits" else 200
    assert np.unique(decode_image(GREY[kind])).tolist() == [expected]


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV"])
def test_white_is_white_in_every_mode_of_pillow(mode: str) -> None:
    white = Image.new("RGB", (2, 2), "white").convert(mode)
    assert np.unique(decode_image(white)).tolist() == [255]


def test_adobe_jpeg_with_transformed_inks_is_red() -> None:
    # Red is no cyan and full magenta and yellow. Adobe's YCCK has those three as Y, Cb, Cr of
    # "R, G, B" = 0, 255, 255, and black inverted; Pillow inverts all four when it writes.
    y, cb, cr = Image.new("RGB", (1, 1), (0, 255, 255)).convert("YCbCr").getpixel((0, 0))  # type: ignore[misc]
    data = files.encoded(Image.new("CMYK", (16, 16), (255 - y, 255 - cb, 255 - cr, 0)), "JPEG")
    marker = data.index(b"Adobe") + 11
    assert data[marker] == 0
    transformed = data[:marker] + b"\2" + data[marker + 1 :]
    np.testing.assert_allclose(decode_image(transformed)[8, 8], (0, 0, 255), atol=3)


def test_one_bit_is_black_and_white() -> None:
    image = Image.fromarray(np.array([[True, False], [False, True]]))
    for kind in ("PNG", "TIFF", "BMP", "GIF"):
        bgr = decode_image(files.encoded(image, kind))
        assert bgr[..., 0].tolist() == [[255, 0], [0, 255]], kind


@given(level=st.integers(0, 65_535))
def test_sixteen_bits_keep_their_high_byte(level: int) -> None:
    grey = np.full((2, 2), level, np.uint16)
    sources: list[Any] = [grey, Image.fromarray(grey), _cv2_file(".png", grey)]
    sources += [_cv2_file(".png", np.dstack([grey] * 3)), files.sixteen_bit_tiff(level)]
    sources.append(files.sixteen_bit_tiff(level, endian=">"))
    assert [decode_image(source)[1, 1].tolist() for source in sources] == [[level >> 8] * 3] * 6


def test_transparent_shows_white() -> None:
    clear = Image.new("RGBA", (4, 4), (*files.ORANGE_RGB, 0))
    kinds: dict[str, dict[str, Any]] = {"PNG": {}, "WEBP": {"lossless": True, "exact": True}}
    kinds |= {"TIFF": {}, "AVIF": {}, "HEIF": {}, "JPEG2000": {}}
    for kind, options in kinds.items():
        assert np.unique(decode_image(files.encoded(clear, kind, **options))).tolist() == [255]


@pytest.mark.parametrize(("mode", "multiplied"), [("LA", "La"), ("RGBA", "RGBa")])
def test_colours_may_be_multiplied_by_their_opacity(mode: str, multiplied: str) -> None:
    image = Image.new("LA", (1, 1), (0, 128)).convert(mode).convert(multiplied)
    assert decode_image(image).tolist() == [[[127] * 3]]


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_transparent_entry_of_a_palette_shows_white(kind: str) -> None:
    image = Image.fromarray(np.array([[0, 1]], np.uint8)).convert("P")
    image.putpalette([*files.ORANGE_RGB, *files.ORANGE_RGB])
    bgr = decode_image(files.encoded(image, kind, transparency=1))
    assert bgr.tolist() == [[list(files.ORANGE_BGR), [255, 255, 255]]]


def test_palette_can_be_half_transparent() -> None:
    image = Image.fromarray(np.zeros((1, 1), np.uint8)).convert("P")
    image.putpalette([0, 0, 0])
    assert decode_image(files.encoded(image, "PNG", transparency=b"\x80")).tolist() == [[[127] * 3]]


def test_transparent_grey_level_shows_white() -> None:
    eight = files.png((2, 1), 8, 0, bytes([9, 8]), (b"tRNS", b"\0\x09"))
    sixteen = files.png((2, 1), 16, 0, b"\x10\x20\x10\x21", (b"tRNS", b"\x10\x20"))
    assert decode_image(eight)[0, :, 0].tolist() == [255, 8]
    assert decode_image(sixteen)[0, :, 0].tolist() == [255, 16]


@given(depth=st.sampled_from([1, 2, 4, 8]), data=st.data())
def test_transparent_level_is_found_in_every_depth(depth: int, data: st.DataObject) -> None:
    level = st.integers(0, 2**depth - 1)
    # Of 8 bits, one that shows how many there are.
    one = 127 if depth == 8 else data.draw(level)
    levels = [one, *data.draw(st.lists(level, min_size=6, max_size=6))]
    key = data.draw(st.sampled_from(levels))
    packed = "".join(f"{level:0{depth}b}" for level in levels).ljust(56, "0")
    row = bytes(int(packed[place : place + 8], 2) for place in range(0, 7 * depth, 8))
    picture = files.png((7, 1), depth, 0, row, (b"tRNS", key.to_bytes(2)))
    step = 255 // (2**depth - 1)
    shown = [255 if level == key else level * step for level in levels]
    assert decode_image(picture)[0, :, 0].tolist() == shown


def test_transparent_colour_is_found_in_sixteen_bits() -> None:
    colors = b"\x10\x01\x20\x02\x30\x03" + b"\x10\x01\x20\x02\x31\x03"
    picture = files.png((2, 1), 16, 2, colors, (b"tRNS", colors[:6]))
    assert decode_image(picture).tolist() == [[[255] * 3, [0x31, 0x20, 0x10]]]


def test_a_bmp_transparent_all_over_shows_white_as_in_browsers() -> None:
    size, masks = struct.pack("<ii", 2, 1), struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF << 24)
    head = struct.pack("<I", 108) + size + struct.pack("<HHI", 1, 32, 3) + bytes(20) + masks
    pixels = bytes((9, 9, 200, 0)) * 2
    data = b"BM" + struct.pack("<IHHI", 122 + len(pixels), 0, 0, 122) + head.ljust(108, b"\0")
    assert decode_image(data + pixels).tolist() == [[[255] * 3] * 2]


@given(bgr=npst.arrays(np.uint8, (3, 4, 3)), alpha=npst.arrays(np.uint8, (3, 4)))
def test_flatten_is_over_on_white(bgr: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> None:
    opacity = alpha[..., None] / 255
    exact = bgr * opacity + 255 * (1 - opacity)
    assert np.abs(flatten(bgr, alpha) - exact).max() <= 0.5 + 1e-9


# How each of the eight values turns what is stored, in the words of the standard: the side of the
# scene that row 0 and column 0 show.
UPRIGHT: dict[int, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
    1: lambda stored: stored,  # top, left
    2: np.fliplr,  # top, right
    3: lambda stored: np.rot90(stored, 2),  # bottom, right
    4: np.flipud,  # bottom, left
    5: lambda stored: np.swapaxes(stored, 0, 1),  # left, top
    6: lambda stored: np.rot90(stored, -1),  # right, top
    7: lambda stored: np.rot90(np.swapaxes(stored, 0, 1), 2),  # right, bottom
    8: np.rot90,  # left, bottom
}


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "image"])
@given(rgb=npst.arrays(np.uint8, (2, 3, 3)), orientation=st.sampled_from(range(1, 9)))
def test_picture_is_turned_as_exif_says(
    kind: str, rgb: NDArray[np.uint8], orientation: int
) -> None:
    image, exif = Image.fromarray(rgb), Image.Exif()
    exif[0x0112] = orientation
    image.info["exif"] = exif.tobytes()
    options = {"lossless": True} if kind == "WEBP" else {}
    source = image if kind == "image" else files.encoded(image, kind, exif=exif, **options)
    expected = UPRIGHT[orientation](rgb)[..., ::-1]
    np.testing.assert_array_equal(decode_image(source), expected)


@pytest.mark.parametrize("kind", ["JPEG", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_lossy_picture_is_turned_as_exif_says(orientation: int, kind: str) -> None:
    image, exif = Image.fromarray(files.noise_rgb(24, 40)), Image.Exif()
    exif[0x0112] = orientation
    plain = decode_image(files.encoded(image, kind))
    turned = decode_image(files.encoded(image, kind, exif=exif.tobytes()))
    np.testing.assert_array_equal(turned, UPRIGHT[orientation](plain))


@pytest.mark.parametrize("value", [0, 9, 65_535])
def test_impossible_orientation_turns_nothing(value: int) -> None:
    image, exif = Image.fromarray(files.noise_rgb()), Image.Exif()
    exif[0x0112] = value
    data = files.encoded(image, "PNG", exif=exif)
    np.testing.assert_array_equal(decode_image(data), decode_image(image))


@pytest.mark.parametrize("exif", [b"Exif\0\0MM\0*\0\0", b"junk", b"Exif\0\0II*\0\x08\0\0\0\xff"])
def test_broken_exif_turns_nothing(exif: bytes) -> None:
    image = Image.fromarray(files.noise_rgb())
    np.testing.assert_array_equal(
        decode_image(files.encoded(image, "PNG", exif=exif)), decode_image(image)
    )


def test_large_picture_is_the_same_in_strips() -> None:
    rgb = files.noise_rgb(700, 900)
    np.testing.assert_array_equal(
        decode_image(files.encoded(Image.fromarray(rgb), "PNG")), rgb[..., ::-1]
    )


def test_as_stored_is_a_view() -> None:
    upright = np.zeros((2, 3), np.uint8)
    as_stored(upright, 8)[0, 0] = 7
    assert upright.tolist() == [[0, 0, 0], [7, 0, 0]]
