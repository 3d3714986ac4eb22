"""Any source -> uint8 pixels at the working size: the only decoder."""

import os
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, Literal, NamedTuple, TypeAlias, get_args

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .decoding.areas import average_areas
from .decoding.arrays import bgr_from_array
from .decoding.file_bytes import read_source
from .decoding.pillow_decoder import bgr_from_bytes, bgr_from_image, bgr_of_beginning
from .decoding.quick_jpeg import bgr_of_plain_jpeg
from .edges import shorten
from .errors import ConfigError, TruncatedImage

WORKING_SIZE: Final = 218
# How many times the working size a JPEG's short side has when it is decoded at reduced scale. With
# fewer pixels left to average, saturations and deviations come out otherwise than from the whole.
LEAST_DECODED: Final = 2
# What a folder is searched for, in either case. A file that is named itself may have any suffix:
# its content says what it is.
PICTURE_SUFFIXES: Final = (
    ".avif",
    ".bmp",
    ".gif",
    ".heic",
    ".heif",
    ".hif",
    ".j2k",
    ".jfif",
    ".jp2",
    ".jpe",
    ".jpeg",
    ".jpf",
    ".jpg",
    ".jpx",
    ".png",
    ".tif",
    ".tiff",
    ".webp",
)

Order: TypeAlias = Literal["rgb", "bgr"]
ImageSource: TypeAlias = (
    str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Image.Image | NDArray[Any]
)


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """How large a picture may be: bytes of the file, and width times height."""

    max_bytes: int
    max_pixels: int


class Shown(NamedTuple):
    """What there is to see of a source: BGR pixels, and whether its file ends too early."""

    bgr: NDArray[np.uint8]
    truncated: bool


def load_image(
    source: ImageSource,
    *,
    order: Order = "rgb",
    working_size: int = WORKING_SIZE,
    limits: ImageLimits | None = None,
) -> NDArray[np.uint8]:
    """Return the working image of a source: decoded, cut and averaged down to the working size.

    This is `decode_image`, then `to_working_size`, but a file that holds a large JPEG is decoded
    at 1/8, 1/4 or 1/2 of its size, the smallest that leaves its short side at least twice the
    working size. Arrays and Pillow images are taken whole: they are pixels already.

    Parameters
    ----------
    source, order, limits
        As in `decode_image`; `limits` are about the full size.
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
    ConfigError
        `order` is neither of the two, or `working_size` is less than 1.

    Examples
    --------
    >>> red = np.zeros((300, 400, 3), np.uint8)
    >>> red[..., 0] = 255
    >>> working = load_image(red)
    >>> working.shape, working[0, 0].tolist()
    ((218, 218, 3), [0, 0, 255])
    """
    _check_working_size(working_size)
    decoded = _decode(source, order, limits, least_side=LEAST_DECODED * working_size)
    return to_working_size(decoded.bgr, working_size)


def load_shown(
    source: ImageSource, *, order: Order = "rgb", limits: ImageLimits | None = None
) -> Shown:
    """Return the working image of a source as `load_image` does, or of what is there of it.

    A JPEG or PNG whose file ends too early gives the rows that were decoded until then, as every
    browser shows them.

    Raises
    ------
    ImageError
        As in `decode_image`, but not for a file of which some rows can be seen.
    ConfigError
        `order` is neither of the two.
    """
    bgr, truncated = load_uncut(source, order=order, limits=limits)
    return Shown(to_working_size(bgr), truncated)


def load_uncut(
    source: ImageSource,
    *,
    order: Order = "rgb",
    limits: ImageLimits | None = None,
    complete: bool = False,
    least_side: int = LEAST_DECODED * WORKING_SIZE,
) -> Shown:
    """Return what `load_shown` takes the working image from: the whole picture, nothing cut off.

    A large JPEG is decoded at reduced scale; its short side is at least twice the working size.

    Parameters
    ----------
    source, order, limits
        As in `decode_image`.
    complete : bool
        Refuse a file that ends too early.
    least_side : int
        Of the short side of a JPEG, for who shows the picture; what is measured takes the default.

    Raises
    ------
    ImageError, ConfigError
        As in `load_shown`.
    """
    return _decode(source, order, limits, least_side, whole=complete)


def decode_image(
    source: ImageSource, *, order: Order = "rgb", limits: ImageLimits | None = None
) -> NDArray[np.uint8]:
    """Decode a picture at its full size.

    Its content says what it is: JPEG, PNG, WebP, AVIF, HEIC, JPEG 2000, GIF, BMP or TIFF, of
    several pictures the first. EXIF orientation is applied, transparency shows white, a colour
    profile leads to sRGB (a broken one, or one of another kind than the pixels, is ignored), 16
    bits become 8. Of floats and 32-bit integers black is 0, and white is 1, 255 or 65,535, the
    first that at most one pixel in a hundred exceeds.

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
    return _decode(source, order, limits, least_side=None).bgr


def to_working_size(bgr: NDArray[np.uint8], working_size: int = WORKING_SIZE) -> NDArray[np.uint8]:
    """Cut out the centre square and average it down to the working size.

    A square of at least twice the working size is first brought bilinearly to the largest whole
    multiple of it. So little shrinking leaves out no pixel, and averaging whole pixels then is up
    to three times as fast as averaging areas that cut pixels in parts.

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
    _check_working_size(working_size)
    square = _centre_square(bgr)
    multiple = len(square) - len(square) % working_size
    if 2 * working_size <= multiple < len(square):
        scaled = cv2.resize(square, (multiple, multiple), interpolation=cv2.INTER_LINEAR)
        square = np.asarray(scaled, np.uint8)
    if len(square) > working_size:
        return average_areas(square, working_size)
    return np.ascontiguousarray(square)


def default_limits() -> ImageLimits:
    """Return the limits of the settings.

    Raises
    ------
    ConfigError
        If the settings make no sense.
    """
    # Worker processes are told their limits; the settings would take a third of their start.
    from .config import settings

    found = settings()
    return ImageLimits(max_bytes=found.max_image_bytes, max_pixels=found.max_image_pixels)


def describe_source(source: ImageSource) -> str:
    """Name a source in results and error texts.

    Examples
    --------
    >>> describe_source("rooms/blue.jpg"), describe_source(b"GIF89a")
    ('rooms/blue.jpg', '<bytes>')
    """
    if isinstance(source, str | os.PathLike):
        return shorten(os.fsdecode(source))
    if isinstance(source, bytes | bytearray | memoryview):
        return "<bytes>"
    if isinstance(source, Image.Image):
        return "<image>"
    if isinstance(source, np.ndarray):
        return "<array>"
    return "<file>" if hasattr(source, "read") else f"<{type(source).__name__}>"


def _decode(
    source: ImageSource,
    order: Order,
    limits: ImageLimits | None,
    least_side: int | None,
    *,
    whole: bool = True,
) -> Shown:
    """Decode a picture; a file's picture with no more pixels than `least_side` asks for."""
    if order not in get_args(Order):
        raise ConfigError(f"no such channel order ({order!r}); give 'rgb' or 'bgr'")
    limits = limits or default_limits()
    name, max_pixels = describe_source(source), limits.max_pixels
    if isinstance(source, np.ndarray):
        bgr = bgr_from_array(source, order=order, max_pixels=max_pixels, name=name)
        return Shown(bgr, truncated=False)
    if isinstance(source, Image.Image):
        return Shown(bgr_from_image(source, max_pixels=max_pixels, name=name), truncated=False)
    data = read_source(source, limits.max_bytes, name)
    return _decode_bytes(data, max_pixels, name, least_side, whole=whole)


def _decode_bytes(
    data: bytes, max_pixels: int, name: str, least_side: int | None, *, whole: bool
) -> Shown:
    plain = bgr_of_plain_jpeg(data, max_pixels=max_pixels, least_side=least_side)
    if plain is not None:
        return Shown(plain, truncated=False)
    try:
        bgr = bgr_from_bytes(data, max_pixels=max_pixels, name=name, least_side=least_side)
        return Shown(bgr, truncated=False)
    except TruncatedImage:
        if whole:
            raise
        part = bgr_of_beginning(data, max_pixels=max_pixels, name=name, least_side=least_side)
        if part is None:
            raise
        return Shown(part, truncated=True)


def _check_working_size(working_size: int) -> None:
    if working_size < 1:
        raise ConfigError(f"no such working size ({working_size}); give 1 or more pixels")


def _centre_square(bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a view; of an odd remainder, the pixel more is cut off at the bottom or right."""
    height, width = bgr.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return bgr[top : top + side, left : left + side]
