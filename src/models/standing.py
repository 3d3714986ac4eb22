"""On which of a picture's colours a label stands, where a task's classes are colours: pure."""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..features.oklab import linearize, to_oklab
from ..tasks import Task

# A dull colour is of the same class as a vivid one of its hue: chroma counts by c / (c + this). So
# the class of the nearest swatch is that of `basic_color_table` for four in five colours of
# paintings; by Oklab's own distance, for half.
_HALF_CHROMA: Final = 0.07
# As far as this, a colour is still taken for a class of which there is no nearer one.
_REACH: Final = 0.35
# Seen on the least certain of 8,500 paintings: below, nobody would say that it is of the class.
_MIN_MEMBERSHIP: Final = 0.12
# A small part that is of the class outweighs a large one that hardly is: four browns and a red.
_SHARE_POWER: Final = 0.25

Floats = NDArray[np.float64]


def find_standing(
    colors: NDArray[np.uint8], shares: Floats, task: Task, label: str | None
) -> int | None:
    """Return the place of the palette's colour that best speaks for a label.

    Parameters
    ----------
    colors : ndarray of uint8, shape (k, 3)
        BGR of a palette; may be empty.
    shares : ndarray of float64, shape (k,)
    task : Task
    label : str or None

    Returns
    -------
    int or None
        None if the task's classes are no colours, and where no colour resembles the label.

    Examples
    --------
    >>> task = Task("tint", "tint", classes=("sky", "sun"), swatches=("#88bbff", "#ffcc00"))
    >>> colors, shares = np.uint8([[20, 180, 240], [200, 150, 110]]), np.array([0.9, 0.1])
    >>> find_standing(colors, shares, task, "sky")
    1
    """
    if not len(colors) or label not in task.classes[: len(task.swatches)]:
        return None
    members = _memberships(colors, task.swatches)[:, task.classes.index(label)]
    weights = (members >= _MIN_MEMBERSHIP) * members * shares**_SHARE_POWER
    best = int(weights.argmax())
    return best if weights[best] else None


def _memberships(colors: NDArray[np.uint8], swatches: tuple[str, ...]) -> Floats:
    """Return how much each colour is of each class, shape (k, swatches); a row sums to 1."""
    way = _place(colors)[:, None] - _swatch_places(swatches)
    parts = np.exp(np.einsum("ijk,ijk->ij", way, way) / -(_REACH**2))
    members: Floats = parts / parts.sum(axis=1, keepdims=True)
    return members


@cache
def _swatch_places(swatches: tuple[str, ...]) -> Floats:
    rgb = np.array([list(bytes.fromhex(swatch[1:])) for swatch in swatches], np.uint8)
    return _place(rgb[:, ::-1])


def _place(bgr: NDArray[np.uint8]) -> Floats:
    lab = to_oklab(linearize(bgr / 255))
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    lab[:, 1:] /= (chroma + _HALF_CHROMA)[:, None]
    return lab
