"""Arrays given by a user -> 8-bit BGR pixels."""

from typing import Any, Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import UnreadableImage
from .pillow_decoder import check_pixels
from .pixels import flatten

_TO_BGR: Final = {
    ("rgb", 1): cv2.COLOR_GRAY2BGR,
    ("bgr", 1): cv2.COLOR_GRAY2BGR,
    ("rgb", 3): cv2.COLOR_RGB2BGR,
    ("rgb", 4): cv2.COLOR_RGBA2BGR,
    ("bgr", 4): cv2.COLOR_BGRA2BGR,
}
# Kind and bytes, so that either byte order will do.
_UNSIGNED: Final = {("u", 1), ("u", 2)}


def bgr_from_array(
    array: NDArray[Any], *, order: Literal["rgb", "bgr"], max_pixels: int, name: str
) -> NDArray[np.uint8]:
    """Check an array and turn it into pixels.

    Parameters
    ----------
    array : ndarray, shape (h, w), (h, w, 1), (h, w, 3) or (h, w, 4)
        uint8, uint16 (65535 is white), bool (True is white), or floats in [0, 1]; a fourth
        channel is opacity. It is not changed.
    order : {"rgb", "bgr"}
        Order of the first three channels.
    max_pixels : int
        Height times width allowed.
    name : str
        What the error texts call it.

    Returns
    -------
    ndarray of uint8, shape (h, w, 3)
        BGR, contiguous, a copy.

    Raises
    ------
    UnreadableImage
        Another shape or type, no pixels, or floats outside [0, 1].
    ImageTooLarge
        More pixels than `max_pixels`.

    Examples
    --------
    >>> bgr_from_array(np.array([[0.0, 1.0]]), order="rgb", max_pixels=9, name="row").tolist()
    [[[0, 0, 0], [255, 255, 255]]]
    """
    array = np.asarray(array)
    _check_form(array, name)
    check_pixels(array.shape[1], array.shape[0], max_pixels=max_pixels, name=name)
    if array.dtype.kind == "f":
        _check_range(array, name)
    levels = np.ascontiguousarray(_eight_bit(array))
    channels = 1 if levels.ndim == 2 else levels.shape[2]
    if (order, channels) == ("bgr", 3):
        return levels.copy() if np.shares_memory(levels, array) else levels
    bgr = np.asarray(cv2.cvtColor(levels, _TO_BGR[order, channels]), np.uint8)
    return flatten(bgr, levels[..., 3]) if channels == 4 else bgr


def _check_form(array: NDArray[Any], name: str) -> None:
    shaped = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3, 4))
    if not shaped:
        raise UnreadableImage(
            f"cannot read {name}: no picture has shape {array.shape}; expected (h, w), (h, w, 1), "
            "(h, w, 3) or (h, w, 4): move the channels last, give pictures one at a time"
        )
    if array.dtype.kind not in "fb" and (array.dtype.kind, array.dtype.itemsize) not in _UNSIGNED:
        raise UnreadableImage(
            f"cannot read {name}: no picture has dtype {array.dtype}; expected uint8, uint16, "
            "bool, or floats in [0, 1]: convert it, for instance with .astype(np.uint8)"
        )


def _check_range(array: NDArray[Any], name: str) -> None:
    low, high = array.min(), array.max()
    # Put so that NaN, which compares with nothing, is refused too.
    if not (low >= 0 and high <= 1):
        raise UnreadableImage(
            f"cannot read {name}: floats from {low} to {high}; expected finite ones in [0, 1]: "
            "divide by the value of white, and clip"
        )


def _eight_bit(array: NDArray[Any]) -> NDArray[np.uint8]:
    if array.dtype.kind == "f":
        return np.asarray(np.rint(array * 255), np.uint8)
    if array.dtype.kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    # The high byte, as decoders take it: 65535 is 255, and 257 * n is n.
    return np.asarray(array >> 8 if array.dtype.itemsize > 1 else array, np.uint8)
