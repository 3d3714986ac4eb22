"""What kind of image some bytes are, by their content; a file's name has no say."""

import struct
import zlib
from collections.abc import Callable
from typing import BinaryIO, Final

from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from ..errors import UnreadableImage, UnsupportedFormat

ImageReader = Callable[[BinaryIO], Image.Image]

READABLE: Final = "JPEG, PNG, WebP, GIF, BMP or TIFF"

# What Pillow raises on damaged bytes. The first five were met in 400,000 files damaged at random;
# the others are what its readers say they raise or assert, or what the calls in there can.
DECODE_ERRORS: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    OverflowError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    RuntimeError,
    ZeroDivisionError,
    struct.error,
    zlib.error,
)

# Pillow's readers themselves, not Image.open: that would try other formats too, and would apply
# its own process-wide pixel limit in place of ours. A picture in several parts (MPO, as cameras
# with two lenses write it) starts with a complete JPEG.
_READERS: Final[tuple[tuple[bytes, ImageReader], ...]] = (
    (b"\xff\xd8\xff", JpegImageFile),
    (b"\x89PNG\r\n\x1a\n", PngImageFile),
    (b"GIF87a", GifImageFile),
    (b"GIF89a", GifImageFile),
    (b"BM", BmpImageFile),
    (b"II*\0", TiffImageFile),
    (b"MM\0*", TiffImageFile),
    (b"II+\0", TiffImageFile),
    (b"MM\0+", TiffImageFile),
)

_UNSUPPORTED: Final = (
    (b"8BPS", "PSD (Photoshop)"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"II\xbc\x01", "JPEG XR"),
    (b"\0\0\1\0", "ICO (icon)"),
    (b"\0\0\2\0\0\0\0\0", "TGA"),
    (b"\0\0\x0a\0\0\0\0\0", "TGA"),
    (b"\0\0\2\0", "CUR (cursor)"),
    (b"icns", "ICNS (icon)"),
    (b"%!PS", "EPS (PostScript)"),
    (b"\xc5\xd0\xd3\xc6", "EPS (PostScript)"),
    (b"%PDF-", "PDF"),
    (b"DDS ", "DDS"),
    (b"qoif", "QOI"),
    (b"v/1\x01", "OpenEXR"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"gimp xcf", "XCF (GIMP)"),
    (b"AT&TFORM", "DjVu"),
    (b"SIMPLE  =", "FITS"),
    (b"\xd7\xcd\xc6\x9a", "WMF"),
    (b"\x8aMNG\r\n\x1a\n", "MNG"),
    *((b"P%d%c" % (digit, blank), "PNM") for digit in range(1, 8) for blank in b" \t\r\n"),
)

# Brands of the ISO base media file format (ISO/IEC 14496-12), which films use too.
_BRANDS: Final = {
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"), "HEIF"),
    b"crx ": "camera raw (CR3)",
}


def find_reader(data: bytes, name: str) -> ImageReader:
    """Return Pillow's reader for what the bytes are.

    Parameters
    ----------
    data : bytes
        A whole file.
    name : str
        What the error texts call it.

    Returns
    -------
    callable
        Takes an open binary file, reads its header and returns an image that is not yet decoded.

    Raises
    ------
    UnsupportedFormat
        An image of a kind that is not read here, such as SVG, PSD or HEIF.
    UnreadableImage
        Empty, or no image at all.

    Examples
    --------
    >>> find_reader(b"GIF89a...", "picture.jpg").__name__
    'GifImageFile'
    """
    if not data:
        raise UnreadableImage(f"cannot read {name}: it is empty (0 bytes); give {READABLE}")
    for magic, reader in _READERS:
        if data.startswith(magic):
            return reader
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WebPImageFile
    if unsupported := _unsupported_type(data):
        raise UnsupportedFormat(
            f"cannot read {name}: it is {unsupported}, which is not read here; "
            f"convert it to {READABLE}"
        )
    raise UnreadableImage(
        f"cannot read {name}: it is not an image (starts with {data[:12]!r}); give {READABLE}"
    )


def _unsupported_type(data: bytes) -> str | None:
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12])
    if _is_svg(data[:4096]):
        return "SVG"
    return next((kind for magic, kind in _UNSUPPORTED if data.startswith(magic)), None)


def _is_svg(head: bytes) -> bool:
    """Tell a drawing from a web page that has one in it: the page names itself first."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    prologue, found, _ = text.partition(b"<svg")
    return bool(found) and text.startswith(b"<") and b"<html" not in prologue.lower()
