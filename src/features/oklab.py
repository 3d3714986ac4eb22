"""Oklab, a colour space in which hue stays the same to the eye as lightness and chroma change."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_LMS_OF_BGR: Final = np.array(
    [
        [0.0514459929, 0.1073969566, 0.6299787005],
        [0.5363325363, 0.6806995451, 0.2817188376],
        [0.4122214708, 0.2119034982, 0.0883024619],
    ]
)
_LAB_OF_ROOTS: Final = np.array(
    [
        [0.2104542553, 1.9779984951, 0.0259040371],
        [0.7936177850, -2.4285922050, 0.7827717662],
        [-0.0040720468, 0.4505937099, -0.8086757660],
    ]
)

Floats = NDArray[np.float64]


def linearize(srgb: Floats) -> Floats:
    """Return how much light the levels of sRGB stand for, both in [0, 1].

    References
    ----------
    IEC 61966-2-1, "Default RGB colour space - sRGB".
    """
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def to_oklab(bgr: Floats) -> Floats:
    """Convert linear sRGB to Oklab.

    Parameters
    ----------
    bgr : ndarray of float64, shape (n, 3)
        Of light, as `linearize` gives it.

    Returns
    -------
    ndarray of float64, shape (n, 3)
        Lightness in [0, 1], then a (from green to red) and b (from blue to yellow), 0 for greys.

    References
    ----------
    Ottosson (2020), "A perceptual color space for image processing",
    https://bottosson.github.io/posts/oklab/

    Examples
    --------
    >>> to_oklab(np.array([[0.0, 0.0, 1.0]])).round(3).tolist()
    [[0.628, 0.225, 0.126]]
    """
    lab: Floats = np.cbrt(bgr @ _LMS_OF_BGR) @ _LAB_OF_ROOTS
    return lab


def to_polar(lab: Floats) -> tuple[Floats, Floats, Floats]:
    """Return lightness, chroma and hue (degrees, from 0 to 360), each of shape (n,)."""
    lightness, a, b = lab.T
    return lightness, np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
