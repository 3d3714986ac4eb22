"""Pillow at work on foreign bytes: what it may decode, how much, and what its complaints mean."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import ImageTooLarge, TruncatedImage, UnreadableImage, UnsupportedFormat
from .file_kinds import DECODE_ERRORS, READABLE, find_reader, image_suffix
from .pixels import upright_bgr

# How Pillow and libheif begin when the file is sound but of a variant they have no decoder for.
_LACKING: Final = (
    "unknown pixel mode",
    "cannot handle",
    "Unsupported BMP pixel depth",
    "Unsupported BMP compression",
    "Unsupported BMP bitfields",
    "image file could not be opened because AVIF",
    "Unsupported feature",
    "Error while loading plugin",
)
# How it begins when the file does not go on, which is not to say that nothing of it can be seen.
_ENDS_EARLY: Final = "image file is truncated"
# What a JPEG should end with (ITU-T T.81, B.1.1.3). Where it stands too early, the blocks that are
# missing have no waves at all: that is the middle of all levels, which Pillow inverts for inks.
_END_OF_JPEG: Final = b"\xff\xd9"
_MIDDLE_LEVEL: Final = 128
_MIDDLE_INK: Final = 127


def bgr_from_bytes(
    data: bytes, *, max_pixels: int, name: str, least_side: int | None = None
) -> NDArray[np.uint8]:
    """Decode a file that is in memory; see `bgr_from_image`.

    Parameters
    ----------
    data : bytes
        A whole file.
    max_pixels, name
        As in `bgr_from_image`.
    least_side : int, optional
        A JPEG is decoded at 1/8, 1/4 or 1/2 of its size, the smallest at which both sides have at
        least so many pixels; by default whole, as all other formats are.

    Returns
    -------
    ndarray of uint8, shape (h, w, 3)
        BGR, upright, sRGB, contiguous.
    """
    with _pillow_at_work(name):
        return _decode(_open(data, max_pixels, name, least_side))


def bgr_of_beginning(
    data: bytes, *, max_pixels: int, name: str, least_side: int | None = None
) -> NDArray[np.uint8] | None:
    """Decode as much of a JPEG or PNG as there is in a file that ends too early.

    Browsers show the same, and something blank below it, which is left out here.

    Parameters
    ----------
    data, max_pixels, name, least_side
        As in `bgr_from_bytes`, which has raised `TruncatedImage`.

    Returns
    -------
    ndarray of uint8, shape (rows, w, 3), or None
        The rows that are there, turned as EXIF says; of a progressive JPEG mostly all of them,
        though less sharp. None if there is not one, or for another kind of file, or an
        interlaced one.
    """
    with _pillow_at_work(name):
        kind = image_suffix(data)
        if kind == "jpg":
            image = _open(data + _END_OF_JPEG, max_pixels, name, least_side)
            image.load()
            missing = _MIDDLE_INK if image.mode == "CMYK" else _MIDDLE_LEVEL
            # Of the last row of blocks, more than are missing.
            return _crop(image, missing, least_share=0.5)
        image = _open(data, max_pixels, name, least_side)
        if kind != "png" or image.info.get("interlace"):
            return None
        with suppress(OSError):
            image.load()
        # So it counts as loaded, with the rows that were unpacked before the file ended.
        image.tile = []  # type: ignore[attr-defined]
        return _crop(image, missing=0, least_share=0)


def _crop(image: Image.Image, missing: int, least_share: float) -> NDArray[np.uint8] | None:
    """Convert the rows down to the last of which more than a share is something else."""
    rows = np.asarray(image).reshape(image.height, -1)
    there = np.flatnonzero(np.mean(rows != missing, axis=1) > least_share)
    if not there.size:
        return None
    return upright_bgr(image.crop((0, 0, image.width, int(there[-1]) + 1)))


def bgr_from_image(image: Image.Image, *, max_pixels: int, name: str) -> NDArray[np.uint8]:
    """Turn a Pillow image of any mode into pixels.

    Parameters
    ----------
    image : PIL.Image.Image
        Opened or decoded; it is neither closed nor changed.
    max_pixels : int
        Width times height allowed; looked at before anything is decoded.
    name : str
        What the error texts call it.

    Returns
    -------
    ndarray of uint8, shape (h, w, 3)
        BGR, upright, sRGB, contiguous.

    Raises
    ------
    ImageTooLarge
        More pixels than `max_pixels`.
    UnsupportedFormat
        Numbers of which it is not known which one is white; see `eight_bit_grey`.
    UnreadableImage
        The data are damaged or incomplete.
    """
    check_pixels(*image.size, max_pixels=max_pixels, name=name)
    with _pillow_at_work(name):
        _load(image, name)
        return _decode(image)


def _load(image: Image.Image, name: str) -> None:
    """Load what someone else opened, perhaps from a stream, which may raise anything."""
    try:
        image.load()
    except (Image.DecompressionBombError, *DECODE_ERRORS):
        raise
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise UnreadableImage(f"cannot read {name}: {reason}; check its file object") from error


def check_pixels(width: int, height: int, *, max_pixels: int, name: str) -> None:
    """Refuse a picture without pixels, or with more than are allowed."""
    if width < 1 or height < 1:
        raise UnreadableImage(
            f"cannot read {name}: it has no pixels ({width} x {height}); give at least 1 x 1"
        )
    if width * height > max_pixels:
        raise ImageTooLarge(
            f"cannot read {name}: too many pixels ({width} x {height} = {width * height:,}); "
            f"at most {max_pixels:,} are allowed: scale it down or raise ARTLENS_MAX_IMAGE_PIXELS"
        )


def _open(data: bytes, max_pixels: int, name: str, least_side: int | None) -> Image.Image:
    """Read the header of a file, and hold its size to the limit."""
    image = find_reader(data, name)(io.BytesIO(data))
    check_pixels(*image.size, max_pixels=max_pixels, name=name)
    if least_side is not None:
        # libjpeg leaves out the finest waves of each block of 8 x 8 before it turns them into
        # pixels. Pillow never goes below the size it is asked for.
        image.draft(None, (least_side, least_side))
    return image


def _decode(image: Image.Image) -> NDArray[np.uint8]:
    image.load()
    return upright_bgr(image)


class _QuietPillow:
    """Silence Pillow's warnings while any thread is decoding.

    ``warnings.catch_warnings`` swaps a list of the whole process, so threads that overlap would
    put back each other's. Here the first thread in enters it and the last one out leaves it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._caught = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._caught = warnings.catch_warnings()
                self._caught.__enter__()
                warnings.filterwarnings("ignore", module=r"PIL\.")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._caught.__exit__(None, None, None)


_QUIET_PILLOW: Final = _QuietPillow()


@contextmanager
def _pillow_at_work(name: str) -> Iterator[None]:
    """Give what Pillow raises on damaged bytes a type of ours; keep its warnings in here."""
    try:
        with _QUIET_PILLOW:
            yield
    except Image.DecompressionBombError as error:
        raise ImageTooLarge(f"cannot read {name}: {error}; scale it down") from error
    except DECODE_ERRORS as error:
        reason = str(error).strip()
        if reason.startswith(_LACKING):
            raise UnsupportedFormat(
                f"cannot read {name}: a rare variant of its type ({reason}); "
                f"save it as an 8-bit {READABLE}"
            ) from error
        kind = TruncatedImage if reason.startswith(_ENDS_EARLY) else UnreadableImage
        raise kind(
            f"cannot read {name}: damaged or incomplete ({type(error).__name__}: {reason}); "
            "fetch or save it again"
        ) from error
