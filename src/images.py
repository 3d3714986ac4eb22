"""Any source -> uint8 pixels at the working size: the only decoder."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, TextIO, TypeAlias, get_args

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from src.config import settings
from src.decoding.arrays import bgr_from_array
from src.decoding.files import bgr_from_bytes, bgr_from_image
from src.errors import ConfigError, ImageTooLarge, UnreadableImage

WORKING_SIZE: Final = 218

Order: TypeAlias = Literal["rgb", "bgr"]
ImageSource: TypeAlias = (
    str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Image.Image | NDArray[Any]
)

_CHUNK_BYTES: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """How large a picture may be: bytes of the file, and width times height."""

    max_bytes: int
    max_pixels: int


def load_image(
    source: ImageSource,
    *,
    order: Order = "rgb",
    working_size: int = WORKING_SIZE,
    limits: ImageLimits | None = None,
) -> NDArray[np.uint8]:
    """Return the working image of a source: `decode_image`, then `to_working_size`.

    Parameters
    ----------
    source, order, limits
        As in `decode_image`.
    working_size : int
        Side of the result in pixels; a smaller picture gives a smaller result.

    Returns
    -------
    ndarray of uint8, shape (side, side, 3)
        BGR, contiguous.

    Raises
    ------
    ImageError
        As in `decode_image`.

    Examples
    --------
    >>> red = np.zeros((300, 400, 3), np.uint8)
    >>> red[..., 0] = 255
    >>> working = load_image(red)
    >>> working.shape, working[0, 0].tolist()
    ((218, 218, 3), [0, 0, 255])
    """
    return to_working_size(decode_image(source, order=order, limits=limits), working_size)


def decode_image(
    source: ImageSource, *, order: Order = "rgb", limits: ImageLimits | None = None
) -> NDArray[np.uint8]:
    """Decode a picture at its full size.

    Its content says what it is: JPEG, PNG, WebP, GIF, BMP or TIFF, of several pictures the first.
    EXIF orientation is applied, transparency shows white, a colour profile leads to sRGB (a
    broken one, or one of another kind than the pixels, is ignored), 16 bits become 8.

    Parameters
    ----------
    source : path, bytes-like, binary file object, PIL.Image.Image or ndarray
        A file object is read from where it stands to its end, and not closed. An array has shape
        (h, w), (h, w, 1), (h, w, 3) or (h, w, 4) and holds uint8, uint16, bool, or floats in
        [0, 1]; a fourth channel is opacity. Nothing given is changed.
    order : {"rgb", "bgr"}
        Channel order of an array; other sources know theirs.
    limits : ImageLimits, optional
        Checked before anything is decoded. Default: those of the settings.

    Returns
    -------
    ndarray of uint8, shape (h, w, 3)
        BGR, upright, sRGB, contiguous; never shares memory with `source`.

    Raises
    ------
    UnreadableImage
        Missing, empty, damaged, incomplete, or not an image.
    ImageTooLarge
        More bytes or pixels than `limits` allows.
    UnsupportedFormat
        An image of a type that is not read here.
    ConfigError
        `order` is neither of the two.
    """
    if order not in get_args(Order):
        raise ConfigError(f"no such channel order ({order!r}); give 'rgb' or 'bgr'")
    limits = limits or _default_limits()
    name, max_pixels = describe_source(source), limits.max_pixels
    if isinstance(source, np.ndarray):
        return bgr_from_array(source, order=order, max_pixels=max_pixels, name=name)
    if isinstance(source, Image.Image):
        return bgr_from_image(source, max_pixels=max_pixels, name=name)
    data = _read_source(source, limits.max_bytes, name)
    return bgr_from_bytes(data, max_pixels=max_pixels, name=name)


def to_working_size(bgr: NDArray[np.uint8], working_size: int = WORKING_SIZE) -> NDArray[np.uint8]:
    """Cut out the centre square and average it down to the working size.

    Parameters
    ----------
    bgr : ndarray of uint8, shape (h, w, 3)
    working_size : int
        Side of the result in pixels. A square that is no larger is left at its own size.

    Returns
    -------
    ndarray of uint8, shape (side, side, 3), side <= `working_size`
        Contiguous; `bgr` itself where there is nothing to do.

    Raises
    ------
    ConfigError
        `working_size` is less than 1.

    Examples
    --------
    >>> to_working_size(np.zeros((5, 8, 3), np.uint8), 2).shape
    (2, 2, 3)
    """
    if working_size < 1:
        raise ConfigError(f"no such working size ({working_size}); give 1 or more pixels")
    square = _centre_square(bgr)
    if len(square) > working_size:
        size = (working_size, working_size)
        return np.asarray(cv2.resize(square, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.ascontiguousarray(square)


def describe_source(source: ImageSource) -> str:
    """Name a source in results and error texts.

    Examples
    --------
    >>> describe_source(Path("rooms") / "blue.jpg"), describe_source(b"GIF89a")
    ('rooms/blue.jpg', '<bytes>')
    """
    if isinstance(source, str | os.PathLike):
        return os.fsdecode(source)
    if isinstance(source, bytes | bytearray | memoryview):
        return "<bytes>"
    if isinstance(source, Image.Image):
        return "<image>"
    if isinstance(source, np.ndarray):
        return "<array>"
    return "<file>" if hasattr(source, "read") else f"<{type(source).__name__}>"


def _default_limits() -> ImageLimits:
    found = settings()
    return ImageLimits(max_bytes=found.max_image_bytes, max_pixels=found.max_image_pixels)


def _centre_square(bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a view; of an odd remainder, the pixel more is cut off at the bottom or right."""
    height, width = bgr.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return bgr[top : top + side, left : left + side]


def _read_source(source: Any, max_bytes: int, name: str) -> bytes:
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


def _read_path(path: Path, max_bytes: int, name: str) -> bytes:
    status = path.stat()
    # Opening a pipe or a device could wait for ever.
    if not stat.S_ISREG(status.st_mode):
        kind = "folder" if stat.S_ISDIR(status.st_mode) else "pipe or device"
        raise UnreadableImage(f"cannot read {name}: it is a {kind}; give an image file")
    _check_bytes(status.st_size, max_bytes, name)
    with path.open("rb") as file:
        return _read_stream(file, max_bytes, name)


def _read_stream(stream: BinaryIO | TextIO, max_bytes: int, name: str) -> bytes:
    """Read to the end, but never more than one byte beyond what is allowed."""
    data = b"".join(_chunks(stream, max_bytes + 1, name))
    if len(data) > max_bytes:
        raise _too_many_bytes(f"more than {max_bytes:,}", max_bytes, name)
    return data


def _chunks(stream: BinaryIO | TextIO, max_bytes: int, name: str) -> Iterator[bytes]:
    while max_bytes > 0:
        chunk = stream.read(min(_CHUNK_BYTES, max_bytes))
        if isinstance(chunk, str):
            raise UnreadableImage(f"cannot read {name}: it is open as text; open it as binary")
        if not chunk:
            return
        yield chunk
        max_bytes -= len(chunk)


def _check_bytes(count: int, max_bytes: int, name: str) -> None:
    if count > max_bytes:
        raise _too_many_bytes(f"{count:,}", max_bytes, name)


def _too_many_bytes(found: str, max_bytes: int, name: str) -> ImageTooLarge:
    return ImageTooLarge(
        f"cannot read {name}: too many bytes ({found}); at most {max_bytes:,} are allowed: "
        "scale it down or raise ARTLENS_MAX_IMAGE_BYTES"
    )
