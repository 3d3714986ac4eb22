"""What a picture looks like in 64 bits, as it is and as its mirror shows it (pure)."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

# The picture is brought to this side, and of its waves the longest are kept, so many each way.
_SIDE: Final = 32
_WAVES: Final = 8
BITS: Final = _WAVES * _WAVES
# Below this standard deviation of the small picture, in levels, signs of waves are those of noise.
LEAST_CONTRAST: Final = 2.0


class PictureHash(NamedTuple):
    """Signs of a picture's longest waves, 64 bits each.

    Attributes
    ----------
    straight, mirrored : int
        Of the picture, and of what a mirror shows of it.
    """

    straight: int
    mirrored: int


def hash_picture(bgr: NDArray[np.uint8]) -> PictureHash | None:
    """Return the perceptual hash of a picture: which of its waves are longer than most.

    Parameters
    ----------
    bgr : ndarray of uint8, shape (h, w, 3)
        Without bars at its edges.

    Returns
    -------
    PictureHash or None
        None of a picture in which there is nothing to see, whose hash would be that of its noise.

    References
    ----------
    Zauner, "Implementation and benchmarking of perceptual image hash functions" (2010), 3.2.1.

    Examples
    --------
    >>> ramp = np.tile(np.arange(0, 240, 4, np.uint8)[:, np.newaxis, np.newaxis], (1, 60, 3))
    >>> hash_picture(ramp) == hash_picture(ramp // 2)
    True
    >>> hash_picture(np.full((60, 60, 3), 200, np.uint8)) is None
    True
    """
    small = cv2.resize(bgr, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
    if grey.std() < LEAST_CONTRAST:
        return None
    waves = np.asarray(cv2.dct(grey)[:_WAVES, :_WAVES], np.float32)
    # A mirror turns the waves of odd number around, and leaves the others as they are.
    turned = waves * np.where(np.arange(_WAVES) % 2, -1, 1).astype(np.float32)
    return PictureHash(_pack(waves), _pack(np.asarray(turned, np.float32)))


def count_differing_bits(
    hashes: Sequence[int] | NDArray[np.uint64], others: Sequence[int] | NDArray[np.uint64]
) -> NDArray[np.uint8]:
    """Return how many of 64 bits differ between hashes, pair by pair.

    Examples
    --------
    >>> count_differing_bits([0, 7], [1, 7]).tolist()
    [1, 0]
    """
    differing = np.asarray(hashes, np.uint64) ^ np.asarray(others, np.uint64)
    return np.asarray(np.bitwise_count(differing), np.uint8)


def _pack(waves: NDArray[np.float32]) -> int:
    # The first is the mean of all levels, which brightness alone decides.
    above = waves > np.median(waves.ravel()[1:])
    above[0, 0] = False
    return int.from_bytes(np.packbits(above).tobytes(), "big")
