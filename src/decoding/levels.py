"""Greys of more than 8 bits -> 8 bits: which number is black and which is white."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SIXTEEN_BITS: Final = frozenset({"I;16", "I;16L", "I;16B", "I;16N"})
_WITHOUT_SCALE: Final = frozenset({"I", "F"})
DEEP_GREY: Final = _SIXTEEN_BITS | _WITHOUT_SCALE

# What writers of numbers without a scale have taken for white: 1 in science, and the largest
# number of 8 or of 16 bits where these were only converted.
_WHITES: Final = (1, 255, 65_535)
# Resampling and highlights go beyond black and white in a few places, which are clipped.
_MAX_BEYOND: Final = 0.01

# Of TIFF.
_BITS_TAG: Final = 258
_PHOTOMETRIC_TAG: Final = 262
_WHITE_IS_ZERO: Final = 0


def eight_bit_grey(image: Image.Image) -> Image.Image:
    """Bring the greys of an image to 8 bits.

    Unsigned numbers of 16 bits (or the 12 that a TIFF says it has) keep their highest 8. Floats
    and 32-bit integers have no scale of their own: black is 0, and white is 1, 255 or 65,535, the
    first that at most one pixel in a hundred exceeds; what lies beyond is clipped.

    Parameters
    ----------
    image : PIL.Image.Image
        Decoded, of a mode in `DEEP_GREY`; read, never changed.

    Returns
    -------
    PIL.Image.Image
        Of mode L, or LA where one level is transparent, with the same ``info``.

    Raises
    ------
    ValueError
        If numbers without a scale are not finite, or more than a few are negative or above 65,535.

    Examples
    --------
    >>> eight_bit_grey(Image.new("F", (1, 1), 0.5)).getpixel((0, 0))
    128
    """
    levels, tags = np.asarray(image), getattr(image, "tag_v2", {})
    if image.mode in _WITHOUT_SCALE:
        grey = scale_to_eight_bits(levels)
    else:
        bits = 12 if tags.get(_BITS_TAG) == (12,) else 16
        grey = (levels >> (bits - 8)).astype(np.uint8)
    if tags.get(_PHOTOMETRIC_TAG) == _WHITE_IS_ZERO:
        grey = 255 - grey
    found = Image.fromarray(grey)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        opacity = np.where(levels == transparent, 0, 255).astype(np.uint8)
        found.putalpha(Image.fromarray(opacity))
    # By now it says nothing about these levels.
    found.info = {key: value for key, value in image.info.items() if key != "transparency"}
    return found


def scale_to_eight_bits(levels: NDArray[Any]) -> NDArray[np.uint8]:
    """Bring numbers without a scale of their own to 8 bits, as `eight_bit_grey` says.

    Raises
    ------
    ValueError
        As there.
    """
    few = _MAX_BEYOND * levels.size
    fitting = (white for white in _WHITES if np.count_nonzero(levels > white) <= few)
    white = next(fitting, None)
    if white is None or np.count_nonzero(levels < 0) > few or not np.isfinite(levels).all():
        raise ValueError(
            f"cannot handle numbers from {levels.min()} to {levels.max()}, of which none is known "
            f"to be white; expected 0 for black and 1, 255 or 65535 for white"
        )
    return np.rint(levels.clip(0, white) * (255 / white)).astype(np.uint8)
