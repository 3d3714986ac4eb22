"""A decoded Pillow image as an array, without a copy."""

import ctypes
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_LEVELS: Final = 4


class _ArrowArray(ctypes.Structure):
    """The beginning of ``struct ArrowArray``, as its specification lays it out."""

    _fields_ = (
        ("length", ctypes.c_int64),
        ("null_count", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("buffers", ctypes.POINTER(ctypes.c_void_p)),
        ("children", ctypes.POINTER(ctypes.c_void_p)),
    )


_pointer_of: Any = ctypes.pythonapi.PyCapsule_GetPointer
_pointer_of.restype = ctypes.c_void_p
_pointer_of.argtypes = [ctypes.py_object, ctypes.c_char_p]


def view_rgbx(image: Image.Image) -> NDArray[np.uint8] | None:
    """Look at the pixels of an RGB image where Pillow keeps them.

    NumPy's own way copies them twice, which takes a quarter of the time of decoding them.

    Parameters
    ----------
    image : PIL.Image.Image
        Decoded, of mode RGB.

    Returns
    -------
    ndarray of uint8, shape (h, w, 4), or None
        Red, green, blue and a byte without meaning; for reading only.
        None where Pillow keeps the image in several pieces, as it does from 16 MB on.

    References
    ----------
    The Arrow C data interface, https://arrow.apache.org/docs/format/CDataInterface.html, which
    Pillow offers for its images.

    Examples
    --------
    >>> view_rgbx(Image.new("RGB", (2, 1), (1, 2, 3)))[..., :3].tolist()
    [[[1, 2, 3], [1, 2, 3]]]
    """
    try:
        _, capsule = image.__arrow_c_array__()
    except ValueError:
        return None
    pixels = _ArrowArray.from_address(_pointer_of(capsule, b"arrow_array"))
    levels = _ArrowArray.from_address(pixels.children[0])
    size = image.height * image.width * _LEVELS
    memory: Any = (ctypes.c_uint8 * size).from_address(levels.buffers[1])
    memory.owner = capsule  # which keeps the memory for as long as there is an array of it
    flat: NDArray[np.uint8] = np.frombuffer(memory, np.uint8)
    return flat.reshape(image.height, image.width, _LEVELS)
