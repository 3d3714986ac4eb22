"""Decoded Pillow images -> upright 8-bit sRGB pixels: profile, transparency, depth, orientation."""

import ctypes
import io
from functools import lru_cache
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from .file_bytes import DECODE_ERRORS

# White: paper, and what museum sites show behind a cut-out.
BACKGROUND_LEVEL: Final = 255

# Converted in strips that stay in the processor's cache and in memory that the process has: four
# times as fast as in one piece on large pictures, and no second copy of the whole.
_STRIP_PIXELS: Final = 1 << 16
# The largest press profiles in use take about 3 MB; a longer one would only fill the cache.
_MAX_PROFILE_BYTES: Final = 4 << 20
# Profiles of sRGB differ by up to this much, in levels of 255, where their makers have rounded;
# one with a plain gamma of 2.2 is already 6 away.
_SRGB_TOLERANCE: Final = 4

DEEP_GREY: Final = frozenset({"I;16", "I;16L", "I;16B", "I;16N"})
_GREY: Final = frozenset({"1", "L", "LA", "La"})
_ORIENTATION_TAG: Final = 0x0112
# From this orientation on, stored rows are columns of the upright picture.
_FIRST_SIDEWAYS: Final = 5
# Bytes of a pixel where Pillow keeps an RGB image.
_RGBX: Final = 4


def upright_bgr(image: Image.Image) -> NDArray[np.uint8]:
    """Convert a decoded image of any 8- or 16-bit mode.

    Sixteen bits keep their high byte, so that 65535 is 255; transparency shows white; a colour
    profile leads to sRGB, unless it is broken or of another kind than the pixels.

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
    orientation, transform = _orientation(image), _transform_of(image)
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
    mode = _color_mode(strip.mode)
    if strip.mode in DEEP_GREY:
        return _split_deep_grey(strip)
    if not strip.has_transparency_data:
        return (strip if strip.mode == mode else strip.convert(mode)), None
    # Pillow converts grey that was multiplied by its opacity to nothing but grey that was not.
    rgba = (strip.convert("LA") if strip.mode == "La" else strip).convert("RGBA")
    return rgba.convert(mode), rgba.getchannel("A")


def _split_deep_grey(strip: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Keep the high byte: Pillow's own conversion would clip everything above 255 to white."""
    levels = np.asarray(strip)
    grey = Image.fromarray((levels >> 8).astype(np.uint8))
    transparent = strip.info.get("transparency")
    if not isinstance(transparent, int):
        return grey, None
    return grey, Image.fromarray(np.where(levels == transparent, 0, 255).astype(np.uint8))


def _color_mode(mode: str) -> str:
    if mode in _GREY or mode in DEEP_GREY:
        return "L"
    return "CMYK" if mode == "CMYK" else "RGB"


def _transform_of(image: Image.Image) -> ImageCms.ImageCmsTransform | None:
    profile = image.info.get("icc_profile")
    if not isinstance(profile, bytes) or not 0 < len(profile) <= _MAX_PROFILE_BYTES:
        return None
    return _transform_to_srgb(profile, _color_mode(image.mode))


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
