"""Decoded Pillow images -> upright 8-bit sRGB pixels: profile, transparency, depth, orientation."""

import ctypes
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from .file_kinds import DECODE_ERRORS
from .levels import DEEP_GREY, eight_bit_grey
from .profiles import color_mode, find_transform

# White: paper, and what museum sites show behind a cut-out.
BACKGROUND_LEVEL: Final = 255

# Converted in strips that stay in the processor's cache and in memory that the process has: four
# times as fast as in one piece on large pictures, and no second copy of the whole.
_STRIP_PIXELS: Final = 1 << 16
_WHITE: Final = 255
_LEVELS_OF_TWO_BITS: Final = 4
_STEP_OF_TWO_BITS: Final = 85
_LEVELS_OF_FOUR_BITS: Final = 16
_STEP_OF_FOUR_BITS: Final = 17
_ORIENTATION_TAG: Final = 0x0112
# From this orientation on, stored rows are columns of the upright picture.
_FIRST_SIDEWAYS: Final = 5
# Bytes of a pixel where Pillow keeps an RGB image.
_RGBX: Final = 4


def upright_bgr(image: Image.Image) -> NDArray[np.uint8]:
    """Convert a decoded image of any mode.

    Of more than 8 bits `eight_bit_grey` says which is white; a colour profile leads to sRGB, unless
    it is broken or of another kind than the pixels. Transparency shows white, as in browsers: also
    that of a BMP which is transparent all over, where Windows shows the colours below.

    Parameters
    ----------
    image : PIL.Image.Image
        Decoded; read, never changed.

    Returns
    -------
    ndarray of uint8, shape (h, w, 3)
        BGR, contiguous, turned as EXIF says.

    Examples
    --------
    >>> upright_bgr(Image.new("CMYK", (1, 1), (0, 255, 255, 0))).tolist()
    [[[0, 0, 255]]]
    """
    orientation = _orientation(image)
    if image.mode in DEEP_GREY:
        image = eight_bit_grey(image)
    image = _with_key_of_eight_bits(image)
    transform = find_transform(image)
    plain = image.mode == "RGB" and transform is None and not image.has_transparency_data
    if plain and orientation == 1 and (rgbx := _view_rgbx(image)) is not None:
        return np.asarray(cv2.cvtColor(rgbx, cv2.COLOR_RGBA2BGR), np.uint8)
    width, height = image.size
    shape = (width, height, 3) if orientation >= _FIRST_SIDEWAYS else (height, width, 3)
    bgr = np.empty(shape, np.uint8)
    stored = as_stored(bgr, orientation)
    rows = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        strip = image if rows >= height else image.crop((0, top, width, bottom))
        stored[top:bottom] = _strip_to_bgr(strip, transform)
    return bgr


def as_stored(upright: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """View an upright picture the way a camera that was turned has stored it.

    Parameters
    ----------
    upright : ndarray, shape (h, w, ...)
    orientation : int
        EXIF orientation, 1 to 8: which sides of the scene row 0 and column 0 are.

    Returns
    -------
    ndarray, shape (h, w, ...), or (w, h, ...) from orientation 5 on
        A view: what is written to it shows upright in `upright`.

    References
    ----------
    CIPA DC-008 (Exif 2.32), tag 0x0112.

    Examples
    --------
    >>> as_stored(np.array([[1, 2], [3, 4]]), 6).tolist()
    [[2, 4], [1, 3]]
    """
    rows = slice(None, None, -1 if orientation in (3, 4, 7, 8) else 1)
    columns = slice(None, None, -1 if orientation in (2, 3, 6, 7) else 1)
    flipped = upright[rows, columns]
    return flipped.swapaxes(0, 1) if orientation >= _FIRST_SIDEWAYS else flipped


def flatten(bgr: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay a transparent picture on the white background.

    Parameters
    ----------
    bgr : ndarray of uint8, shape (h, w, 3)
        Colours, not multiplied by `alpha`.
    alpha : ndarray of uint8, shape (h, w)
        0 is transparent, 255 opaque.

    Returns
    -------
    ndarray of uint8, shape (h, w, 3)

    References
    ----------
    Porter and Duff, "Compositing digital images", SIGGRAPH 1984: the operator *over*.

    Examples
    --------
    >>> red, half = np.uint8([[[0, 0, 255]]]), np.uint8([[128]])
    >>> flatten(red, half).tolist()
    [[[127, 127, 255]]]
    """
    # The sum is at most 255 * 255 + 127, which 16 bits hold; 127 makes the division round.
    opacity = alpha[..., None].astype(np.uint16)
    blended = bgr * opacity + (255 - opacity) * BACKGROUND_LEVEL
    return ((blended + 127) // 255).astype(np.uint8)


def _with_key_of_eight_bits(image: Image.Image) -> Image.Image:
    """Bring the transparent level to the 8 bits to which Pillow has brought the pixels.

    It leaves the level as the PNG has it, in 2, 4 or 16 bits. Greys tell how many those were: all
    of them are multiples of one number, by which the level was not multiplied.
    """
    key = image.info.get("transparency")
    if image.mode == "RGB" and isinstance(key, tuple) and max(key) > _WHITE:
        scaled: object = tuple(level >> 8 for level in key)
    elif image.mode == "L" and isinstance(key, int) and 0 < key < _LEVELS_OF_FOUR_BITS:
        steps = (_STEP_OF_TWO_BITS,) * (key < _LEVELS_OF_TWO_BITS) + (_STEP_OF_FOUR_BITS,)
        levels = np.asarray(image)
        scaled = key * next((step for step in steps if not np.any(levels % step)), 1)
    else:
        return image
    found = image.copy()
    found.info["transparency"] = scaled
    return found


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


def _view_rgbx(image: Image.Image) -> NDArray[np.uint8] | None:
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
    >>> _view_rgbx(Image.new("RGB", (2, 1), (1, 2, 3)))[..., :3].tolist()
    [[[1, 2, 3], [1, 2, 3]]]
    """
    try:
        _, capsule = image.__arrow_c_array__()
    except ValueError:
        return None
    pixels = _ArrowArray.from_address(_pointer_of(capsule, b"arrow_array"))
    levels = _ArrowArray.from_address(pixels.children[0])
    size = image.height * image.width * _RGBX
    memory: Any = (ctypes.c_uint8 * size).from_address(levels.buffers[1])
    memory.owner = capsule  # which keeps the memory for as long as there is an array of it
    flat: NDArray[np.uint8] = np.frombuffer(memory, np.uint8)
    return flat.reshape(image.height, image.width, _RGBX)


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1-8; 1 (as stored) when it is missing or broken."""
    try:
        value: object = image.getexif().get(_ORIENTATION_TAG)
    except DECODE_ERRORS:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _strip_to_bgr(
    strip: Image.Image, transform: ImageCms.ImageCmsTransform | None
) -> NDArray[np.uint8]:
    colors, alpha = _split_alpha(strip)
    if transform is not None:
        colors = transform.apply(colors)
    if colors.mode == "CMYK":
        colors = colors.convert("RGB")
    to_bgr = cv2.COLOR_GRAY2BGR if colors.mode == "L" else cv2.COLOR_RGB2BGR
    bgr = np.asarray(cv2.cvtColor(np.asarray(colors), to_bgr), np.uint8)
    return bgr if alpha is None else flatten(bgr, np.asarray(alpha))


def _split_alpha(strip: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Return the colours in one of the modes L, RGB and CMYK, and the opacity if there is one."""
    mode = color_mode(strip.mode)
    if not strip.has_transparency_data:
        return (strip if strip.mode == mode else strip.convert(mode)), None
    # Pillow converts grey that was multiplied by its opacity to nothing but grey that was not.
    rgba = (strip.convert("LA") if strip.mode == "La" else strip).convert("RGBA")
    return rgba.convert(mode), rgba.getchannel("A")
