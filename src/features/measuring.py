"""What a worker process does with one picture; imports nothing else, so that it starts quickly."""

import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError, UnreadableImage
from ..images import ImageLimits, load_image
from .extract_features import FeatureSpec
from .specs import extract

Measured = NDArray[np.float64] | ImageError


def measure_file(spec: FeatureSpec, limits: ImageLimits, path: str) -> Measured:
    """Return the features of a picture file, or what is wrong with it."""
    try:
        return extract(load_image(path, limits=limits), spec)
    except ImageError as error:
        return error.with_traceback(None)  # which would keep the pixels alive


def killed_by(path: str) -> ImageError:
    """Say of a file that the process that had nothing but it to do was killed."""
    return UnreadableImage(
        f"cannot read {path}: the process that decoded it was killed; look into the system's log, "
        "for instance for a lack of memory, and scale the picture down"
    )
