"""Plain JPEGs -> BGR pixels without Pillow: the same to the last bit, in about half the time."""

import io
import struct
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .file_kinds import DECODE_ERRORS

_START: Final = b"\xff\xd8\xff"
# What turns pixels, or changes their colours; Pillow looks for it until the first scan begins.
_NOT_PLAIN: Final = (b"Exif\0\0", b"ICC_PROFILE\0", b"tiff:Orientation")
# Segments that may stand before it, each with its length behind its marker: SOF0 to SOF2, DHT, DQT,
# DRI, APP0 to APP15 and COM.
_SEGMENTS: Final = frozenset(
    (0xFFC0, 0xFFC1, 0xFFC2, 0xFFC4, 0xFFDB, 0xFFDD, *range(0xFFE0, 0xFFF0), 0xFFFE)
)
_START_OF_SCAN: Final = 0xFFDA
_marker_and_length: Final = struct.Struct(">HH").unpack_from
_PLAIN_SPACES: Final = frozenset({"YCbCr", "Gray"})
# By how much libjpeg divides the sides, of which Pillow's `draft` takes the first that will do.
_SCALES: Final = (8, 4, 2)
_TRIED_SHAPE: Final = (37, 53, 3)
# Options of Pillow's encoder, and the least side that is asked for.
_TRIALS: Final[tuple[tuple[dict[str, Any], int | None], ...]] = (
    ({"subsampling": 0}, None),
    ({"subsampling": 1, "progressive": True}, None),
    ({"subsampling": 2}, None),
    ({"subsampling": 2}, 18),
    ({"mode": "L"}, None),
)


def bgr_of_plain_jpeg(
    data: bytes, *, max_pixels: int, least_side: int | None = None
) -> NDArray[np.uint8] | None:
    """Decode a JPEG that has nothing but pixels, and nothing wrong with it.

    The library behind it is the one that Pillow uses, asked for blue, green and red at once. It
    stops at whatever that one would pass over in silence. Sizes come from its own reading of the
    header, before any memory is taken for pixels.

    Parameters
    ----------
    data : bytes
        A whole file of any kind.
    max_pixels : int
        Width times height allowed, in full.
    least_side : int, optional
        As in `pillow_decoder.bgr_from_bytes`.

    Returns
    -------
    ndarray of uint8, shape (h, w, 3), or None
        None where the file is for Pillow to read, or to refuse: other kinds, a profile, EXIF
        (which may turn it), more than segments in its header, inks, too many pixels, the least
        damage, or a library that does not decode as Pillow does.

    References
    ----------
    ITU-T T.81; https://libjpeg-turbo.org, by way of simplejpeg.

    Examples
    --------
    >>> bgr_of_plain_jpeg(b"GIF89a", max_pixels=100) is None
    True
    """
    head = _head(data)
    if not head or any(mark in head for mark in _NOT_PLAIN):
        return None
    return _decode(data, max_pixels, least_side) if _decodes_as_pillow_does() else None


def _head(data: bytes) -> bytes:
    """Return what stands before the first scan; nothing where readers may differ on what does.

    They may where anything but segments stands between these: markers without a length, fill bytes.
    """
    if not data.startswith(_START):
        return b""
    place = 2
    try:
        while (segment := _marker_and_length(data, place))[0] in _SEGMENTS:
            # A length counts its own two bytes; a shorter one would lead backwards.
            place += 2 + max(segment[1], 2)
    except struct.error:
        return b""
    return data[:place] if segment[0] == _START_OF_SCAN else b""


def _decode(data: bytes, max_pixels: int, least_side: int | None) -> NDArray[np.uint8] | None:
    from simplejpeg import decode_jpeg, decode_jpeg_header

    try:
        height, width, space, _ = decode_jpeg_header(data)
        if space not in _PLAIN_SPACES or height * width > max_pixels:
            return None
        scale = _scale(min(height, width), least_side)
        found: NDArray[np.uint8] = decode_jpeg(
            data, "BGR", min_height=-(-height // scale), min_width=-(-width // scale)
        )
    except DECODE_ERRORS:
        return None
    return found


def _scale(side: int, least_side: int | None) -> int:
    if least_side is None:
        return 1
    return next((scale for scale in _SCALES if side // least_side >= scale), 1)


@lru_cache(maxsize=1)
def _decodes_as_pillow_does() -> bool:
    """Try both on a few pictures, once: each comes with a library of its own, in any version."""
    try:
        return all(_same_pixels(*trial) for trial in _TRIALS)
    except ImportError:
        return False


def _same_pixels(options: dict[str, Any], least_side: int | None) -> bool:
    levels = (np.arange(np.prod(_TRIED_SHAPE)) * 97 % 251).astype(np.uint8)
    picture = Image.fromarray(levels.reshape(_TRIED_SHAPE)).convert(options.get("mode", "RGB"))
    file = io.BytesIO()
    picture.save(file, "JPEG", **options)
    plain = Image.open(file)
    if least_side is not None:
        plain.draft(None, (least_side, least_side))
    expected = np.asarray(plain.convert("RGB"))[..., ::-1]
    found = _decode(file.getvalue(), picture.width * picture.height, least_side)
    return found is not None and np.array_equal(found, expected)
