"""The museum's pictures as bytes: painted ones, or plain ones where only their number matters."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from threading import Lock
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .paintings import Commission, paint
from .works import Work

_SUFFIX: Final = re.compile(
    r"=w(?P<width>\d{1,4})(?:-c)?-h(?P<height>\d{1,4})(?P<webp>-rw)?(?:-v1)?"
)
_QUALITY: Final = 85
# Ten times the paintings' own side; beyond it an address is a mistake.
_LARGEST: Final = 2048
# Enough for a run of the published size; a painted thumbnail takes some 8 kB.
_KEPT: Final = 16_384
# An even hue per colour would do; these only have to be told apart by eye in a browser.
_BGR: Final[Mapping[str, tuple[int, int, int]]] = {
    "BLACK": (20, 20, 20),
    "BROWN": (40, 70, 120),
    "TEAL": (128, 128, 0),
    "GREEN": (60, 140, 40),
    "BLUE": (190, 90, 30),
    "WHITE": (240, 240, 240),
    "RED": (40, 30, 200),
    "YELLOW": (40, 220, 240),
    "ORANGE": (20, 130, 240),
    "PURPLE": (140, 40, 120),
    "PINK": (200, 160, 240),
}
_BRUSH: Final = Lock()


@dataclass(frozen=True, slots=True)
class Crop:
    """The centre crop that an address asks for, in pixels, and whether it is to be WebP."""

    width: int
    height: int
    webp: bool

    @property
    def mime_type(self) -> str:
        """What an honest header calls the picture."""
        return "image/webp" if self.webp else "image/jpeg"


def parse_crop(suffix: str) -> Crop | None:
    """Read the size grammar at the end of a picture's address.

    Parameters
    ----------
    suffix : str
        From the equals sign on, ``=w218-c-h218-rw-v1``: width, centre crop, height, WebP.

    Returns
    -------
    Crop or None
        None when it is not of that form, or a side is not in 1-2048.

    Examples
    --------
    >>> parse_crop("=w218-c-h218-rw-v1")
    Crop(width=218, height=218, webp=True)
    """
    match = _SUFFIX.fullmatch(suffix)
    if match is None:
        return None
    crop = Crop(int(match["width"]), int(match["height"]), webp=match["webp"] is not None)
    sides = sorted((crop.width, crop.height))
    return crop if sides[0] >= 1 and sides[1] <= _LARGEST else None


@lru_cache(maxsize=_KEPT)
def paint_thumbnail(work: Work, crop: Crop) -> bytes:
    """Return the painted picture of a work, cropped and encoded."""
    # The first paintings of a process prepare what all later ones share; once is enough.
    with _BRUSH:
        bgr = paint(Commission(work.color, work.index, work.seed))
    return _encode(_fit(bgr, crop), crop)


def plain_thumbnail(work: Work, crop: Crop) -> bytes:
    """Return a plain picture in the work's colour, with bytes that no other work has.

    The pixels are encoded once per colour; a note that names the work makes the bytes its own, so
    that a picture costs microseconds and a benchmark measures its client.
    """
    return _NOTERS[crop.webp](_plain(work.color, crop), work.asset_id.encode())


Thumbnail = Callable[[Work, Crop], bytes]
THUMBNAILS: Final[Mapping[str, Thumbnail]] = {"painted": paint_thumbnail, "plain": plain_thumbnail}


@cache
def _plain(color: str, crop: Crop) -> bytes:
    """Encode a colour with some grain, for a body of the size that thumbnails usually have."""
    rng = np.random.default_rng(0)
    grain = rng.normal(0, 12, (crop.height, crop.width, 1))
    bgr = np.clip(np.array(_BGR[color]) + grain, 0, 255).astype(np.uint8)
    return _encode(bgr, crop)


def _fit(bgr: NDArray[np.uint8], crop: Crop) -> NDArray[np.uint8]:
    """Scale to cover the crop, then cut its centre out."""
    scale = max(crop.width / bgr.shape[1], crop.height / bgr.shape[0])
    size = (
        max(crop.width, round(bgr.shape[1] * scale)),
        max(crop.height, round(bgr.shape[0] * scale)),
    )
    scaled = bgr if scale == 1 else cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
    top, left = (scaled.shape[0] - crop.height) // 2, (scaled.shape[1] - crop.width) // 2
    return np.asarray(scaled[top : top + crop.height, left : left + crop.width], np.uint8)


def _encode(bgr: NDArray[np.uint8], crop: Crop) -> bytes:
    kind, quality = (
        (".webp", cv2.IMWRITE_WEBP_QUALITY) if crop.webp else (".jpg", cv2.IMWRITE_JPEG_QUALITY)
    )
    _, encoded = cv2.imencode(kind, bgr, [quality, _QUALITY])
    return encoded.tobytes()


def _note_webp(picture: bytes, note: bytes) -> bytes:
    """Append a chunk of its own kind, which readers skip (RIFF, as in RFC 9649, section 2.3)."""
    padded = note + b"\0" * (len(note) % 2)
    chunks = picture[8:] + b"NOTE" + len(note).to_bytes(4, "little") + padded
    return b"RIFF" + len(chunks).to_bytes(4, "little") + chunks


def _note_jpeg(picture: bytes, note: bytes) -> bytes:
    """Insert a comment segment behind the start of the image."""
    return picture[:2] + b"\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note + picture[2:]


_NOTERS: Final = {True: _note_webp, False: _note_jpeg}
