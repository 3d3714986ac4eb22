"""Content, and never a name, says what a file is."""

import io
from pathlib import Path

import pytest
from PIL import Image

from src.decoding.formats import find_reader
from src.errors import UnreadableImage, UnsupportedFormat
from src.images import decode_image
from tests.picture_files import encoded

RED = Image.new("RGB", (16, 16), "red")

DRAWINGS = [
    b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    b"\xef\xbb\xbf <?xml version='1.0'?>\n<!-- a circle -->\n<svg></svg>",
    b"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' ''><svg></svg>",
]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_suffix_has_no_say(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.svg"
    path.write_bytes(encoded(RED, kind))
    assert decode_image(path)[8, 8, 2] >= 250


@pytest.mark.parametrize(
    "kind", ["AVIF", "JPEG2000", "ICO", "ICNS", "EPS", "PDF", "PPM", "TGA", "DDS", "QOI"]
)
def test_other_images_are_unsupported(kind: str) -> None:
    name = {"JPEG2000": "JPEG 2000", "PPM": "PNM"}.get(kind, kind)
    with pytest.raises(UnsupportedFormat, match=f"it is {name}.*convert it to JPEG, PNG"):
        decode_image(encoded(RED, kind))


@pytest.mark.parametrize(
    ("beginning", "name"),
    [
        *((drawing, "SVG") for drawing in DRAWINGS),
        (b"8BPS\0\1", "PSD"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIF"),
        (b"\0\0\0\x18ftypcrx \0\0\0\0", "camera raw"),
        (b"\xff\x0a\xfa\x7f", "JPEG XL"),
        (b"\0\0\2\0\1\0", "CUR"),
        (b"v/1\x01\2\0\0\0", "OpenEXR"),
        (b"SIMPLE  =                    T", "FITS"),
    ],
)
def test_other_images_are_known_by_how_they_begin(beginning: bytes, name: str) -> None:
    with pytest.raises(UnsupportedFormat, match=f"it is {name}"):
        decode_image(beginning)


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE html><html><body><svg></svg></body></html>",
        b"<html><head></head></html>",
        b"BMW builds cars, and this is text",
        b"GIF89a",
        b"GIF is a format",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"RIFF\x10\0\0\0WEBPVP8 ",
        b"II*\0",
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"\0\0\0\x18ftypmp42\0\0\0\0",
        b"PK\3\4",
        b"\0" * 100,
        bytes(range(256)),
        b"just words",
    ],
)
def test_what_is_no_image_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableImage, match=r"cannot read <bytes>: .*; "):
        decode_image(data)


def test_empty_file_is_unreadable() -> None:
    for source in (b"", io.BytesIO()):
        with pytest.raises(UnreadableImage, match="empty"):
            decode_image(source)


def test_reader_leaves_pixels_alone() -> None:
    image = find_reader(encoded(RED, "PNG"), "red")(io.BytesIO(encoded(RED, "PNG")[:60]))
    assert image.size == (16, 16)
