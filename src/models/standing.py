"""On which of a picture's colours a label stands, and where, if classes are colours: pure."""

from collections.abc import Sequence
from functools import cache
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..features.color_cells import LEVELS, MIDDLES, cells_of, look_up
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
    palettes: Sequence[tuple[NDArray[np.uint8], Floats]], task: Task, labels: Sequence[str | None]
) -> list[int | None]:
    """Return the place of the palette's colour that best speaks for a label, for some pictures.

    Parameters
    ----------
    palettes : sequence of (ndarray of uint8, shape (k, 3); ndarray of float64, shape (k,))
        BGR of each palette, which may be empty, and the shares of its colours.
    task : Task
    labels : sequence of str or None

    Returns
    -------
    list of int or None
        None if the task's classes are no colours, and where no colour resembles the label.

    Examples
    --------
    >>> task = Task("tint", "tint", classes=("sky", "sun"), swatches=("#88bbff", "#ffcc00"))
    >>> palette = np.uint8([[20, 180, 240], [200, 150, 110]]), np.array([0.9, 0.1])
    >>> find_standing([palette, palette], task, ["sky", "sun"])
    [1, 0]
    """
    places: dict[str | None, int] = {
        name: i for i, name in enumerate(task.classes[: len(task.swatches)])
    }
    if not places or not palettes:
        return [None] * len(labels)
    colors, shares = zip(*palettes, strict=True)
    members = _memberships(np.concatenate(colors), task.swatches)
    parts = np.concatenate(shares) ** _SHARE_POWER
    weights = iter(((members >= _MIN_MEMBERSHIP) * members * parts[:, None]).tolist())
    return [
        _place_of_most(list(islice(weights, len(own))), places.get(label))
        for own, label in zip(shares, labels, strict=True)
    ]


def _place_of_most(weights: list[list[float]], column: int | None) -> int | None:
    if column is None or not weights:
        return None
    own = [row[column] for row in weights]
    return own.index(max(own)) if any(own) else None


def find_places(bgr: NDArray[np.uint8], task: Task, label: str) -> NDArray[np.float64] | None:
    """Return how much of each part of a picture is of a label's colour.

    Parameters
    ----------
    bgr : ndarray of uint8, shape (h, w, 3)
    task : Task
    label : str

    Returns
    -------
    ndarray of float64, shape (3, 3), or None
        Shares of the pixels, from the top left to the bottom right; None if the task's classes are
        no colours.

    Examples
    --------
    >>> task = Task("tint", "tint", classes=("sky", "sun"), swatches=("#88bbff", "#ffcc00"))
    >>> bgr = np.full((9, 9, 3), (255, 187, 136), np.uint8)
    >>> bgr[:3, :3] = 0, 204, 255
    >>> find_places(bgr, task, "sun")[0].tolist()
    [1.0, 0.0, 0.0]
    """
    if label not in task.classes[: len(task.swatches)]:
        return None
    table = _nearest(task.swatches)
    wanted = look_up(table, bgr) == task.classes.index(label)
    thirds = [np.array_split(rows, 3, axis=1) for rows in np.array_split(wanted, 3)]
    # Of a picture of fewer than three pixels to a side, some parts are empty.
    return np.array([[part.mean() if part.size else 0.0 for part in third] for third in thirds])


@cache
def _nearest(swatches: tuple[str, ...]) -> NDArray[np.intp]:
    """Return of which class each cell of colours is most, shape (32, 32, 32)."""
    cells = np.rint(255 * cells_of(MIDDLES)).astype(np.uint8)
    nearest = _memberships(cells, swatches).argmax(axis=1)
    return np.asarray(nearest, np.intp).reshape((LEVELS,) * 3)


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
