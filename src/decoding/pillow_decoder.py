"""Pillow at work on foreign bytes: what it may decode, how much, and what its complaints mean."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import ImageTooLarge, UnreadableImage, UnsupportedFormat
from .file_kinds import DECODE_ERRORS, READABLE, find_reader
from .pixels import upright_bgr

# How Pillow begins when the file is sound but of a variant it has no decoder for.
_LACKING: Final = (
    "unknown pixel mode",
    "cannot handle",
    "Unsupported BMP pixel depth",
    "Unsupported BMP compression",
    "Unsupported BMP bitfields",
    "image file could not be opened because AVIF",
    "Unsupported feature",
)


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
    reader = find_reader(data, name)
    with _pillow_at_work(name):
        image = reader(io.BytesIO(data))
        check_pixels(*image.size, max_pixels=max_pixels, name=name)
        if least_side is not None:
            # libjpeg leaves out the finest waves of each block of 8 x 8 before it turns them into
            # pixels. Pillow never goes below the size it is asked for.
            image.draft(None, (least_side, least_side))
        return _decode(image, name)


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
        return _decode(image, name)


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


def _decode(image: Image.Image, name: str) -> NDArray[np.uint8]:
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
        raise UnreadableImage(
            f"cannot read {name}: damaged or incomplete ({type(error).__name__}: {reason}); "
            "fetch or save it again"
        ) from error
