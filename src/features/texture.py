"""How pixels differ from their neighbours, which tells drawings and noise from paintings: pure."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Texture:
    """Differences between horizontal neighbours, in all three channels.

    Attributes
    ----------
    flat_share : float
        Share of the differences that are exactly 0, in [0, 1].
    mean_step : float
        Mean of their absolute values, in levels of 255.
    """

    flat_share: float
    mean_step: float


def measure_texture(bgr: NDArray[np.uint8]) -> Texture:
    """Compare every pixel with its right neighbour.

    Parameters
    ----------
    bgr : ndarray of uint8, shape (h, w, 3)
        A working image.

    Returns
    -------
    Texture
        That of a flat picture if there is one column only.

    Examples
    --------
    >>> found = measure_texture(np.uint8([[[10, 10, 10], [10, 10, 10], [10, 10, 40]]]))
    >>> round(found.flat_share, 3), found.mean_step
    (0.833, 5.0)
    """
    rows = np.ascontiguousarray(bgr).reshape(len(bgr), -1)
    if rows.shape[1] < 6:
        return Texture(1.0, 0.0)
    steps = cv2.absdiff(rows[:, 3:], rows[:, :-3])
    return Texture(1 - cv2.countNonZero(steps) / steps.size, cv2.mean(steps)[0])
