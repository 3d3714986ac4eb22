"""What is sent: thumbnails as museums have them, and photographs as telephones take them."""

from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from src.gallery.paintings import paint, plan_gallery

PHOTOGRAPH_SIZE: Final = (3000, 2250)
_SEED: Final = 4242
_THUMBNAIL_QUALITY: Final = 85
_PHOTOGRAPH_QUALITY: Final = 88
# Amplitudes (of 255) of the canvas's weave in tufts of 16, 4 and 1 pixels. With these a photograph
# takes 0.2 bytes a pixel at this quality, as photographs of paintings do.
_GRAIN: Final = {16: 6.0, 4: 6.0, 1: 4.5}


@cache
def thumbnails(count: int) -> tuple[bytes, ...]:
    """Return painted pictures of 218 x 218 as JPEG."""
    return tuple(
        _jpeg(paint(commission), _THUMBNAIL_QUALITY) for commission in plan_gallery(count, _SEED)
    )


@cache
def photographs(count: int, size: tuple[int, int] = PHOTOGRAPH_SIZE) -> tuple[bytes, ...]:
    """Return painted pictures blown up to a size, with the grain of canvas, as JPEG."""
    rng = np.random.default_rng(_SEED)
    paintings = [paint(commission) for commission in plan_gallery(count, _SEED)]
    return tuple(_jpeg(_photograph(bgr, size, rng), _PHOTOGRAPH_QUALITY) for bgr in paintings)


def _photograph(
    bgr: NDArray[np.uint8], size: tuple[int, int], rng: np.random.Generator
) -> NDArray[np.uint8]:
    width, height = size
    enlarged = cv2.resize(bgr, (width, width), interpolation=cv2.INTER_CUBIC)[:height]
    picture = enlarged.astype(np.float32)
    for tuft, amplitude in _GRAIN.items():
        tufts = rng.standard_normal((height // tuft + 1, width // tuft + 1), np.float32)
        grain = cv2.resize(tufts, (width, height), interpolation=cv2.INTER_CUBIC)
        picture += amplitude * grain[..., np.newaxis]
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def _jpeg(bgr: NDArray[np.uint8], quality: int) -> bytes:
    _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return encoded.tobytes()
