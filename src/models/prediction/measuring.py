"""What is measured of a picture for an answer; imports no model, so that workers start quickly."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import ArtlensError, ImageError
from ...features.extract_features import FeatureSpec
from ...features.palette import find_palette
from ...features.specs import extract
from ...features.texture import Texture, measure_texture
from ...images import ImageLimits, ImageSource, Order, load_image
from ...records import FailedPrediction

_NO_PALETTE: Final = (np.empty((0, 3), np.uint8), np.empty(0))


@dataclass(frozen=True, slots=True)
class Measured:
    """What is taken from a picture, after which its pixels are no longer needed.

    Attributes
    ----------
    features : ndarray of float64
        The model's features.
    colors : ndarray of uint8, shape (k, 3)
        BGR of its palette; none if it was not wanted.
    shares : ndarray of float64, shape (k,)
        Shares of those.
    texture : Texture
    """

    features: NDArray[np.float64]
    colors: NDArray[np.uint8]
    shares: NDArray[np.float64]
    texture: Texture


def measure_picture(
    source: ImageSource,
    spec: FeatureSpec,
    *,
    order: Order = "rgb",
    limits: ImageLimits | None = None,
    palette: bool = True,
) -> Measured:
    """Decode a picture and measure of it what a spec asks for and, if wanted, its palette.

    Raises
    ------
    ImageError
        If it cannot be read; see :func:`src.images.load_image`.
    """
    working = load_image(source, order=order, limits=limits)
    colors, shares = find_palette(working) if palette else _NO_PALETTE
    return Measured(extract(working, spec), colors, shares, measure_texture(working))


def measure_found(
    spec: FeatureSpec,
    limits: ImageLimits,
    picture: str | bytes | FailedPrediction,
    *,
    palette: bool,
) -> Measured | ArtlensError:
    """Do a worker process's part: measure a picture, or return what is wrong with it."""
    if isinstance(picture, FailedPrediction):
        return picture.error
    try:
        return measure_picture(picture, spec, limits=limits, palette=palette)
    except ImageError as error:
        return error.with_traceback(None)  # which would keep the pixels alive
