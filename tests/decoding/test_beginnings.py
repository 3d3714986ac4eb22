"""Of files that end too early, what browsers show is there for who asks for it, and no more."""

from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from src.decoding.pillow_decoder import bgr_of_beginning
from src.errors import ImageTooLarge, TruncatedImage, UnreadableImage
from src.images import ImageLimits, decode_image, load_image, load_shown
from tests import picture_files as files

BLOBS = cv2.resize(files.noise_rgb(7, 8), (320, 240), interpolation=cv2.INTER_CUBIC)
IMAGE = Image.fromarray(BLOBS.astype(np.uint8))
WHOLE: dict[str, bytes] = {
    "jpeg": files.encoded(IMAGE, "JPEG", quality=95),
    "jpeg progressive": files.encoded(IMAGE, "JPEG", quality=95, progressive=True),
    "jpeg grey": files.encoded(IMAGE.convert("L"), "JPEG", quality=95),
    "jpeg inks": files.encoded(IMAGE.convert("CMYK"), "JPEG", quality=95),
    "png": files.encoded(IMAGE, "PNG"),
    "png palette": files.encoded(IMAGE.quantize(64), "PNG"),
    "png with opacity": files.encoded(IMAGE.convert("RGBA"), "PNG"),
}

kinds = pytest.mark.parametrize("kind", WHOLE)


def beginning_of(data: bytes, **options: Any) -> Any:
    return bgr_of_beginning(data, max_pixels=10**7, name="picture", **options)


@kinds
def test_last_bytes_are_hardly_missed(kind: str) -> None:
    data = WHOLE[kind]
    found = load_shown(data[:-200])
    assert found.truncated
    np.testing.assert_allclose(found.bgr.mean((0, 1)), load_image(data).mean((0, 1)), atol=5)


@kinds
def test_picture_is_cut_where_its_file_ends(kind: str) -> None:
    data = WHOLE[kind]
    part = beginning_of(data[: len(data) // 2])
    rows, whole = len(part), decode_image(data)
    assert part.shape[1:] == (320, 3)
    # A progressive JPEG has every row long before its end.
    assert rows == 240 if "progressive" in kind else 80 < rows < 180
    # The row of blocks in which the file ends is in part grey, the rows above it are what they are.
    difference = np.abs(part[: rows - 16].astype(int) - whole[: rows - 16])
    assert difference.mean() < (8 if "progressive" in kind else 0.1)


@kinds
def test_header_alone_shows_nothing(kind: str) -> None:
    data = WHOLE[kind]
    start = data.index(b"IDAT") + 8 if kind.startswith("png") else data.index(b"\xff\xda") + 20
    with pytest.raises(UnreadableImage, match="damaged or incomplete"):
        load_shown(data[:start])


@kinds
def test_whole_pictures_are_asked_for_elsewhere(kind: str) -> None:
    part = WHOLE[kind][:-200]
    for load in (load_image, decode_image):
        with pytest.raises(TruncatedImage, match="fetch or save it again"):
            load(part)


def test_whole_file_is_not_said_to_be_truncated() -> None:
    sources: list[Any] = [*WHOLE.values(), IMAGE, BLOBS.astype(np.uint8)]
    for source in sources:
        found = load_shown(source)
        assert not found.truncated
        np.testing.assert_array_equal(found.bgr, load_image(source))


def test_beginning_is_turned_as_exif_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = files.encoded(IMAGE, "JPEG", exif=exif)
    part = beginning_of(data[: len(data) // 2])
    plain = files.encoded(IMAGE, "JPEG")
    expected = np.rot90(beginning_of(plain[: len(plain) - len(data) + len(data) // 2]), -1)
    np.testing.assert_array_equal(part, expected)


def test_large_beginning_is_decoded_at_reduced_scale() -> None:
    data = files.encoded(IMAGE.resize((1600, 1200)), "JPEG")[:-2000]
    assert beginning_of(data, least_side=200).shape[1] == 400
    with pytest.raises(ImageTooLarge):
        load_shown(data, limits=ImageLimits(max_bytes=10**7, max_pixels=10**6))


def test_what_browsers_show_in_no_rows_is_unreadable() -> None:
    interlaced = bytes(cv2.imencode(".gif", BLOBS.astype(np.uint8))[1])
    for data in (files.encoded(IMAGE, "WEBP"), files.encoded(IMAGE, "TIFF"), interlaced):
        with pytest.raises(UnreadableImage):
            load_shown(data[: len(data) // 2])
