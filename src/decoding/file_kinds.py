"""A file's bytes -> what reads them. Their content says what they are; a file's name has no say."""

import struct
import zlib
from collections.abc import Callable
from typing import BinaryIO, Final, NamedTuple

from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from ..errors import UnreadableImage, UnsupportedFormat
from .float_tiffs import read_tiff

ImageReader = Callable[[BinaryIO], Image.Image]


class Kind(NamedTuple):
    """A kind of picture file: its usual suffix, and what reads it."""

    suffix: str
    reader: ImageReader


READABLE: Final = "JPEG, PNG, WebP, AVIF, HEIC, JPEG 2000, GIF, BMP or TIFF"

_CODESTREAM: Final = b"\xff\x4f\xff\x51"
# What stands before the stream of code, profile included.
_JPEG2000_HEAD_BYTES: Final = 8 << 20

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


def _read_avif(file: BinaryIO) -> Image.Image:
    from PIL.AvifImagePlugin import AvifImageFile

    return AvifImageFile(file)


def _read_heif(file: BinaryIO) -> Image.Image:
    from pillow_heif import HeifImageFile

    image: Image.Image = HeifImageFile(file)  # type: ignore[no-untyped-call]
    return image


def _read_jpeg2000(file: BinaryIO) -> Image.Image:
    """Read the header of a picture, and the profile, which Pillow passes over."""
    from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile

    head = file.read(_JPEG2000_HEAD_BYTES)
    file.seek(0)
    image: Image.Image = Jpeg2KImageFile(file)
    # Memory is taken for the size that the stream of code declares, limits are held to the box's.
    start = head.index(_CODESTREAM)
    right, bottom, left, top = struct.unpack_from(">4I", head, start + 8)
    if image.size != (right - left, bottom - top):
        raise ValueError(f"two sizes, {image.size} and {(right - left, bottom - top)}")
    place = head.find(b"colr\2", 0, start)
    if place >= 4:
        (length,) = struct.unpack_from(">I", head, place - 4)
        image.info["icc_profile"] = head[place + 7 : place - 4 + length]
    return image


# Pillow's readers themselves, not Image.open: that would try other formats too, and would apply
# its own process-wide pixel limit in place of ours. A picture in several parts (MPO, as cameras
# with two lenses write it) starts with a complete JPEG. What few pictures need is imported late.
_JPEG: Final = Kind("jpg", JpegImageFile)
_PNG: Final = Kind("png", PngImageFile)
_WEBP: Final = Kind("webp", WebPImageFile)
_AVIF: Final = Kind("avif", _read_avif)
_HEIC: Final = Kind("heic", _read_heif)
_JPEG2000: Final = Kind("jp2", _read_jpeg2000)
_GIF: Final = Kind("gif", GifImageFile)
_BMP: Final = Kind("bmp", BmpImageFile)
_TIFF: Final = Kind("tif", read_tiff)

_KINDS: Final = (
    (b"\xff\xd8\xff", _JPEG),
    (b"\x89PNG\r\n\x1a\n", _PNG),
    (b"\0\0\0\x0cjP  \r\n\x87\n", _JPEG2000),
    (_CODESTREAM, _JPEG2000),
    (b"GIF87a", _GIF),
    (b"GIF89a", _GIF),
    (b"BM", _BMP),
    *((magic, _TIFF) for magic in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
)

_UNSUPPORTED: Final = (
    (b"8BPS", "PSD (Photoshop)"),
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

# Brands of the ISO base media file format (ISO/IEC 14496-12), which films use too. The general
# ones of a picture (mif1, msf1) do not say how it is coded; HEIC is what most of these turn out as.
_AVIF_BRANDS: Final = frozenset((b"avif", b"avis"))
_HEIC_BRANDS: Final = frozenset(
    (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs")
)
_GENERAL_BRANDS: Final = frozenset((b"mif1", b"msf1"))
_MAX_BRANDS: Final = 32


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
        An image of a kind that is not read here, such as SVG, PSD or JPEG XL.
    UnreadableImage
        Empty, or no image at all.

    Examples
    --------
    >>> find_reader(b"GIF89a...", "picture.jpg").__name__
    'GifImageFile'
    """
    if not data:
        raise UnreadableImage(f"cannot read {name}: it is empty (0 bytes); give {READABLE}")
    if kind := _find_kind(data):
        return kind.reader
    if unsupported := _unsupported_type(data):
        raise UnsupportedFormat(
            f"cannot read {name}: it is {unsupported}, which is not read here; "
            f"convert it to {READABLE}"
        )
    raise UnreadableImage(
        f"cannot read {name}: it is not an image (starts with {data[:12]!r}); give {READABLE}"
    )


def image_suffix(data: bytes) -> str | None:
    """Return the suffix that goes with what the first bytes of a file show, or None.

    Examples
    --------
    >>> image_suffix(b"GIF89a"), image_suffix(b"<!doctype html>")
    ('gif', None)
    """
    kind = _find_kind(data)
    return kind.suffix if kind else None


def _find_kind(data: bytes) -> Kind | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _WEBP
    if data[4:8] == b"ftyp":
        return _find_boxed(data)
    return next((kind for magic, kind in _KINDS if data.startswith(magic)), None)


def _find_boxed(data: bytes) -> Kind | None:
    """Tell AVIF from HEIC by all that the first box says the file is."""
    end = min(int.from_bytes(data[:4]), 16 + 4 * _MAX_BRANDS)
    brands = {data[8:12], *(data[place : place + 4] for place in range(16, end, 4))}
    if brands & _AVIF_BRANDS and not brands & _HEIC_BRANDS:
        return _AVIF
    return _HEIC if brands & (_HEIC_BRANDS | _GENERAL_BRANDS) else None


def _unsupported_type(data: bytes) -> str | None:
    if data[4:12] == b"ftypcrx ":
        return "camera raw (CR3)"
    if _is_svg(data[:4096]):
        return "SVG"
    return next((kind for magic, kind in _UNSUPPORTED if data.startswith(magic)), None)


def _is_svg(head: bytes) -> bool:
    """Tell a drawing from a web page that has one in it: the page names itself first."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    prologue, found, _ = text.partition(b"<svg")
    return bool(found) and text.startswith(b"<") and b"<html" not in prologue.lower()


def is_web_page(data: bytes) -> bool:
    r"""Tell whether bytes begin as a page of the web does.

    Examples
    --------
    >>> is_web_page(b"\n<!DOCTYPE html><title>"), is_web_page(b"GIF89a")
    (True, False)
    """
    return data[:256].lstrip()[:14].lower().startswith((b"<!doctype html", b"<html"))
