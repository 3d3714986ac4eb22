"""Embedded ICC profiles -> the way to sRGB, in which screens and browsers show pictures."""

import io
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from .file_kinds import DECODE_ERRORS

# The largest press profiles in use take about 3 MB; a longer one would only fill the cache.
_MAX_PROFILE_BYTES: Final = 4 << 20
# Profiles of sRGB differ by up to this much, in levels of 255, where their makers have rounded;
# one with a plain gamma of 2.2 is already 6 away.
_SRGB_TOLERANCE: Final = 4
_GREY: Final = frozenset({"1", "L", "LA", "La"})


def color_mode(mode: str) -> str:
    """Return which of the modes L, RGB and CMYK holds the colours of another mode.

    Examples
    --------
    >>> color_mode("LA"), color_mode("P")
    ('L', 'RGB')
    """
    if mode in _GREY:
        return "L"
    return "CMYK" if mode == "CMYK" else "RGB"


def find_transform(image: Image.Image) -> ImageCms.ImageCmsTransform | None:
    """Return the way from the profile of an image to sRGB.

    Returns
    -------
    PIL.ImageCms.ImageCmsTransform or None
        Takes images of the mode `color_mode` and gives RGB. None if there is no profile, or if it
        is broken, of another kind than the pixels, or that of sRGB anyway.

    Examples
    --------
    >>> find_transform(Image.new("RGB", (1, 1))) is None
    True
    """
    profile = image.info.get("icc_profile")
    if not isinstance(profile, bytes) or not 0 < len(profile) <= _MAX_PROFILE_BYTES:
        return None
    return _transform_to_srgb(profile, color_mode(image.mode))


@lru_cache(maxsize=8)
def _transform_to_srgb(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the way to sRGB; None if the profile does not fit, is broken, or says sRGB anyway."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        # The two together are what colour-managed editors do unless told otherwise.
        transform = ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        return None if _changes_nothing(transform, mode) else transform
    except (ImageCms.PyCMSError, *DECODE_ERRORS):
        return None


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Try a coarse cube of colours, or all greys, so that an sRGB picture stays bit for bit."""
    if mode == "CMYK":
        return False
    levels = np.arange(256, dtype=np.uint8)[None] if mode == "L" else _rgb_cube()
    before = Image.fromarray(levels)
    after = transform.apply(before)
    change = np.asarray(after, np.int16) - np.asarray(before.convert("RGB"), np.int16)
    return int(np.abs(change).max()) <= _SRGB_TOLERANCE


def _rgb_cube() -> NDArray[np.uint8]:
    """Return 9 x 9 x 9 colours over all of RGB as a picture of shape (81, 9, 3)."""
    steps = np.linspace(0, 255, 9).round().astype(np.uint8)
    return np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(81, 9, 3)
