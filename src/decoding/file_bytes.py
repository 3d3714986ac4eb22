"""Paths, bytes and file objects -> a file's bytes, never more than are allowed, and their kind.

What kind of image they are is told by their content; a file's name has no say.
"""

import os
import stat
import struct
import zlib
from collections.abc import Callable, Iterator
from inspect import iscoroutine
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO

from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from ..errors import ImageTooLarge, UnreadableImage, UnsupportedFormat

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

_CHUNK_BYTES: Final = 1 << 18
# Files of the system that say they are empty are not read byte by byte.
_LEAST_CHUNK_BYTES: Final = 1 << 12


def read_source(source: Any, max_bytes: int, name: str) -> bytes:
    """Return the bytes of a file.

    Parameters
    ----------
    source : path, bytes-like or binary file object
        A file object is read from where it stands to its end, and not closed.
    max_bytes : int
        How many are allowed.
    name : str
        What the error texts call it.

    Raises
    ------
    UnreadableImage
        Nothing that can be read, or reading failed.
    ImageTooLarge
        More than `max_bytes`.

    Examples
    --------
    >>> read_source(bytearray(b"GIF89a"), 10, "picture")
    b'GIF89a'
    """
    if isinstance(source, bytes | bytearray | memoryview):
        _check_bytes(memoryview(source).nbytes, max_bytes, name)
        return bytes(source)
    if not isinstance(source, str | os.PathLike) and not hasattr(source, "read"):
        raise UnreadableImage(
            f"cannot read {name}: not a source of images; "
            "give a path, bytes, a binary file object, a PIL image or a NumPy array"
        )
    try:
        if isinstance(source, str | os.PathLike):
            return _read_path(Path(os.fsdecode(source)), max_bytes, name)
        return _read_stream(source, max_bytes, name)
    except (OSError, ValueError, EOFError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableImage(
            f"cannot read {name}: {reason}; check the path or file object"
        ) from error


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


def _read_path(path: Path, max_bytes: int, name: str) -> bytes:
    status = path.stat()
    # Opening a pipe or a device could wait for ever.
    if not stat.S_ISREG(status.st_mode):
        kind = "folder" if stat.S_ISDIR(status.st_mode) else "pipe or device"
        raise UnreadableImage(f"cannot read {name}: it is a {kind}; give an image file")
    _check_bytes(status.st_size, max_bytes, name)
    # In one piece, and with no buffer in between, which would take longer than the reading.
    with path.open("rb", buffering=0) as file:
        return _read_stream(file, max_bytes, name, max(status.st_size + 1, _LEAST_CHUNK_BYTES))


def _read_stream(
    stream: BinaryIO | TextIO, max_bytes: int, name: str, chunk_bytes: int = _CHUNK_BYTES
) -> bytes:
    """Read to the end, but never more than one byte beyond what is allowed."""
    data = b"".join(_chunks(stream, max_bytes + 1, name, chunk_bytes))
    if len(data) > max_bytes:
        raise _too_many_bytes(f"more than {max_bytes:,}", max_bytes, name)
    return data


def _chunks(
    stream: BinaryIO | TextIO, max_bytes: int, name: str, chunk_bytes: int
) -> Iterator[bytes]:
    while max_bytes > 0:
        chunk = _read_chunk(stream, min(chunk_bytes, max_bytes), name)
        if not chunk:
            return
        yield chunk
        max_bytes -= len(chunk)


def _read_chunk(stream: Any, size: int, name: str) -> bytes:
    """Return what a stream gives next; one that is no file of ours may raise or give anything."""
    try:
        chunk = stream.read(size)
    except Exception as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise UnreadableImage(f"cannot read {name}: {reason}; check the file object") from error
    if isinstance(chunk, str):
        raise UnreadableImage(f"cannot read {name}: it is open as text; open it as binary")
    if chunk is None or isinstance(chunk, bytes | bytearray | memoryview):
        return bytes(chunk or b"")  # nothing at the moment is nothing for good
    if iscoroutine(chunk):
        chunk.close()
        raise UnreadableImage(f"cannot read {name}: it is asynchronous; await its bytes first")
    raise UnreadableImage(
        f"cannot read {name}: it gives {type(chunk).__name__}, not bytes; check the file object"
    )


def _check_bytes(count: int, max_bytes: int, name: str) -> None:
    if count > max_bytes:
        raise _too_many_bytes(f"{count:,}", max_bytes, name)


def _too_many_bytes(found: str, max_bytes: int, name: str) -> ImageTooLarge:
    return ImageTooLarge(
        f"cannot read {name}: too many bytes ({found}); at most {max_bytes:,} are allowed: "
        "scale it down or raise ARTLENS_MAX_IMAGE_BYTES"
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
