"""The 18 numbers that describe a picture's colour: pure, from pixels to a vector."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import sqrt
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import UnreadableImage
from ..images import WORKING_SIZE

_CHANNELS: Final = ("b_bgr", "g_bgr", "r_bgr", "h_hsv", "s_hsv", "v_hsv", "l_lab", "a_lab", "b_lab")
FEATURE_NAMES: Final = tuple(f"{c}_{s}" for s in ("mean", "std") for c in _CHANNELS)

# A working-size picture fits in one block, and a block with its conversions in the L2 cache.
_BLOCK_PIXELS: Final = 65_536


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """How pixels became numbers; stored with every model, which refuses features of another spec.

    Attributes
    ----------
    name : str
        What is measured; a `Task` names it.
    version : int
        Goes up with every change that can change a feature's value; never reused.
    names : tuple of str
        The features in the order of the vector.
    working_size : int
        Side, in pixels, of the square picture that the features are taken from.
    decode : str
        How a file became that square picture.
    network : str
        Name and SHA-256 sum of the network that measures it, if one does.
    """

    name: str
    version: int
    # Thousands, which all else of a spec stands for.
    names: tuple[str, ...] = field(hash=False)
    working_size: int
    decode: str
    network: str = ""

    def __post_init__(self) -> None:
        """Share equal names, so that specs are compared at once: for every picture they are."""
        object.__setattr__(self, "names", _NAMES.setdefault(self.names, self.names))


# Names of features, by themselves.
_NAMES: Final[dict[tuple[str, ...], tuple[str, ...]]] = {}

FEATURES_V1: Final = FeatureSpec(
    name="color",
    version=1,
    names=FEATURE_NAMES,
    working_size=WORKING_SIZE,
    decode="JPEG at the smallest DCT scale of 1, 1/2, 1/4, 1/8 with a short side of at least 436, "
    "others in full; centre square crop; from side 436 on bilinearly to a multiple of 218; "
    "area-averaged to side 218",
)


def extract_features(bgr: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return mean and standard deviation of each channel of BGR, HSV and Lab.

    The sums behind them are taken in integers, so nothing is lost to rounding: the result is that
    of ``numpy.mean`` and ``numpy.std`` over each channel of OpenCV's 8-bit conversions to about
    1e-14, however large the picture, and exactly 0 is the deviation of a picture of one colour.

    Parameters
    ----------
    bgr : ndarray of uint8, shape (height, width, 3)
        Pixels in the order blue, green, red; any size from one pixel on, any strides.

    Returns
    -------
    ndarray of float64, shape (18,)
        In the order of `FEATURE_NAMES`: nine means, then nine population standard deviations
        (ddof 0). Hue is in [0, 179], in units of two degrees; all other channels are in [0, 255].

    Raises
    ------
    UnreadableImage
        If ``bgr`` is not a uint8 array of that shape, or has no pixels.

    References
    ----------
    OpenCV, "Color conversions", sections RGB <-> HSV and RGB <-> CIE L*a*b*, on how 8-bit images
    are scaled. https://docs.opencv.org/4.x/de/d25/imgproc_color_conversions.html

    Examples
    --------
    >>> import numpy as np
    >>> red = np.full((218, 218, 3), (0, 0, 255), np.uint8)
    >>> means = extract_features(red)[:9].astype(int)
    >>> print("BGR", means[:3], "HSV", means[3:6], "Lab", means[6:])
    BGR [  0   0 255] HSV [  0 255 255] Lab [136 208 195]
    >>> extract_features(red)[9:].any()  # no spread in a picture of one colour
    np.False_
    """
    _require_pixels(bgr)
    pixels = np.ascontiguousarray(bgr).reshape(1, -1, 3)
    count = pixels.shape[1]
    sums, squares = _exact_sums(pixels)
    # Python's integers do not overflow, and their difference is exact where floats would cancel.
    stds = [sqrt(count * q - s * s) / count for s, q in zip(sums, squares, strict=True)]
    return np.array([s / count for s in sums] + stds)


def _require_pixels(bgr: object) -> None:
    expected = "give a uint8 array of shape (height, width, 3)"
    if not isinstance(bgr, np.ndarray):
        raise UnreadableImage(f"pixels are not an array ({type(bgr).__name__}); {expected}")
    if bgr.dtype != np.uint8:
        raise UnreadableImage(f"pixels have the wrong type ({bgr.dtype}); {expected}")
    if bgr.shape[2:] != (3,):
        raise UnreadableImage(f"pixels have the wrong shape ({bgr.shape}); {expected}")
    if not bgr.size:
        raise UnreadableImage(f"a picture without pixels ({bgr.shape}); {expected}")


def _exact_sums(pixels: NDArray[np.uint8]) -> tuple[list[int], list[int]]:
    """Return the sums and the sums of squares of the nine channels of (1, n, 3) BGR pixels."""
    sums, squares = [0] * len(_CHANNELS), [0] * len(_CHANNELS)
    for start in range(0, pixels.shape[1], _BLOCK_PIXELS):
        block = pixels[:, start : start + _BLOCK_PIXELS]
        # The same for all three spaces: memory that is in the cache already.
        memory = list(np.empty((3, *block.shape[:2]), np.uint8))
        for first, space in zip(range(0, len(_CHANNELS), 3), _spaces(block), strict=True):
            for place, total in enumerate(cv2.sumElems(space)[:3], first):
                sums[place] += int(total)
            for place, channel in enumerate(cv2.split(space, memory), first):
                # OpenCV may take the root and square it again, which is off by less than 1 in a
                # block.
                squares[place] += round(cv2.norm(channel, cv2.NORM_L2SQR))
    return sums, squares


def _spaces(bgr: NDArray[np.uint8]) -> Iterator[cv2.typing.MatLike]:
    """Yield a block in BGR, HSV and Lab; each is gone with the next."""
    yield bgr
    yield cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV)
    yield cv2.cvtColor(bgr, cv2.COLOR_BGR2LAB)
