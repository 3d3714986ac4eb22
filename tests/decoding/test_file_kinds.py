"""Content, and never a name, says what a file is."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from src.decoding.file_kinds import find_reader, image_suffix
from src.errors import UnreadableImage, UnsupportedFormat
from src.images import decode_image
from tests.picture_files import encoded

RED = Image.new("RGB", (16, 16), "red")

DRAWINGS = [
    b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    b"\xef\xbb\xbf <?xml version='1.0'?>\n<!-- a circle -->\n<svg></svg>",
    b"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' ''><svg></svg>",
]


@pytest.mark.parametrize(
    "kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF", "JPEG2000", "GIF", "BMP", "TIFF"]
)
def test_suffix_has_no_say(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.svg"
    path.write_bytes(encoded(RED, kind))
    assert decode_image(path)[8, 8, 2] >= 250


@pytest.mark.parametrize("kind", ["ICO", "ICNS", "EPS", "PDF", "PPM", "TGA", "DDS", "QOI"])
def test_other_images_are_unsupported(kind: str) -> None:
    name = "PNM" if kind == "PPM" else kind
    with pytest.raises(UnsupportedFormat, match=f"it is {name}.*convert it to JPEG, PNG"):
        decode_image(encoded(RED, kind))


@pytest.mark.parametrize(
    ("beginning", "name"),
    [
        *((drawing, "SVG") for drawing in DRAWINGS),
        (b"8BPS\0\1", "PSD"),
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


@pytest.mark.parametrize(
    ("start", "suffix"),
    [
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "webp"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", None),
        (b"\xff\xd8\xff\xe0", "jpg"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"II*\0\x08", "tif"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", "avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "avif"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "heic"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "heic"),
        (b"\0\0\0\x14ftypmp42\0\0\0\0isom", None),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "jp2"),
        (b"\xff\x4f\xff\x51", "jp2"),
        (b"%PDF-1.7", None),
        (b"", None),
    ],
)
def test_type_is_what_the_bytes_say(start: bytes, suffix: str | None) -> None:
    assert image_suffix(start) == suffix


def test_header_of_a_jpeg_2000_cannot_hide_a_larger_picture() -> None:
    data = bytearray(encoded(Image.new("L", (600, 500)), "JPEG2000"))
    place = data.index(b"ihdr") + 4
    data[place : place + 8] = (20).to_bytes(4) + (30).to_bytes(4)
    with pytest.raises(UnreadableImage, match=r"two sizes, \(30, 20\) and \(600, 500\)"):
        decode_image(bytes(data))


def test_heif_of_another_code_is_unsupported() -> None:
    avif = encoded(RED, "AVIF")
    data = avif.replace(b"ftypavif\0\0\0\0avif", b"ftypheic\0\0\0\0heic")
    with pytest.raises(UnsupportedFormat, match="AV1.*save it as an 8-bit JPEG"):
        decode_image(data)


def test_rare_readers_are_imported_for_their_pictures_only() -> None:
    lines = "import sys, src.images; print(sorted({'pillow_heif', 'PIL._avif'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
