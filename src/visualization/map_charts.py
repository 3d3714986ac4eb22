"""Maps of works, near which stand those that are like them (pure)."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..errors import DataError
from .class_labels import write_label
from .contact_sheets import Loader
from .style import INK, NEUTRAL, WIDTH_IN, new_figure, styled

_CELLS: Final = 36
_CELL_PX: Final = 36
# Names of more classes hide one another.
_MOST_NAMED: Final = 60
_LETTERS: Final = 20
# How high and how wide a letter is, as parts of the map.
_LINE, _LETTER = 0.019, 0.0098


@styled
def draw_picture_map(
    places: NDArray[np.float64], filenames: Sequence[str], load: Loader, cells: int = _CELLS
) -> Figure:
    """Draw a map of works as small pictures; where many lie on one another, the middle one.

    Parameters
    ----------
    places : ndarray of float64, shape (n, 2)
        From :func:`src.models.studies.work_map.map_works`.
    filenames : sequence of str, length n
    load : callable
        Gives the RGB pixels of a file name: uint8, shape (height, width, 3).
    cells : int
        So many pictures fit side by side.

    Raises
    ------
    DataError
        If there is no work, or not a place for each.
    """
    unit = _unit_places(places, len(filenames))
    shown = _middle_ones(unit, cells)
    canvas = np.full((cells * _CELL_PX, cells * _CELL_PX, 3), 255, np.uint8)
    for (column, row), work in shown.items():
        picture = _thumbnail(load(str(filenames[work])))
        top, left = (cells - 1 - row) * _CELL_PX, column * _CELL_PX
        canvas[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    figure = new_figure(WIDTH_IN + 0.4)
    axes = figure.subplots()
    axes.imshow(canvas, interpolation="antialiased")
    axes.set_title(f"{len(filenames):,} works, those alike side by side ({len(shown):,} are shown)")
    axes.set_axis_off()
    return figure


@styled
def draw_class_map(places: NDArray[np.float64], labels: Sequence[str | Sequence[str]]) -> Figure:
    """Draw a map of works as dots, with the name of each class among its works.

    Parameters
    ----------
    places : ndarray of float64, shape (n, 2)
        From :func:`src.models.studies.work_map.map_works`.
    labels : sequence of str, or of sequences of str, length n
        What each work is called; it may have several names, or none.

    Returns
    -------
    Figure
        A name stands where the works of a class lie closest; a name that would cover others is
        left out. Of more than 60 classes those are named whose works lie closest together.

    Raises
    ------
    DataError
        If there is no work, or not a place for each.
    """
    unit, works = _unit_places(places, len(labels)), dict[str, list[int]]()
    for place, label in enumerate(labels):
        for name in [label] if isinstance(label, str) else label:
            works.setdefault(name, []).append(place)
    figure = new_figure(WIDTH_IN + 0.4)
    axes = figure.subplots()
    axes.scatter(unit[:, 0], unit[:, 1], s=4, color=NEUTRAL, linewidths=0)
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
    named = _name_middles(axes, {name: unit[own] for name, own in sorted(works.items())})
    title = f"{len(labels):,} works of {len(works)} classes"
    if named < len(works):
        title += f"; {named} of them are named"
    axes.set_title(title)
    axes.set_axis_off()
    return figure


def _unit_places(places: NDArray[np.float64], works: int) -> NDArray[np.float64]:
    """Return places within 0 and 1, in the same proportions."""
    if not works or places.shape != (works, 2):
        raise DataError(
            f"no map can be drawn of {works} works at places of shape {places.shape}; give two "
            "numbers for each of one or more works"
        )
    low, high = places.min(axis=0), places.max(axis=0)
    unit: NDArray[np.float64] = (places - low) / np.maximum(high - low, 1e-12)
    return unit


def _middle_ones(unit: NDArray[np.float64], cells: int) -> dict[tuple[int, int], int]:
    """Return the work nearest to the middle of each cell that has any."""
    cell = np.minimum((unit * cells).astype(int), cells - 1)
    off = np.linalg.norm(unit * cells - cell - 0.5, axis=1)
    shown = dict[tuple[int, int], int]()
    for work in np.argsort(off, kind="stable"):
        shown.setdefault((int(cell[work, 0]), int(cell[work, 1])), int(work))
    return shown


def _thumbnail(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture that fits in a cell, in its own proportions."""
    scale = (_CELL_PX - 1) / max(rgb.shape[:2])
    size = [max(1, round(side * scale)) for side in (rgb.shape[1], rgb.shape[0])]
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def _name_middles(axes: Axes, works: dict[str, NDArray[np.float64]]) -> int:
    """Write names of classes, of the closest ones first; return how many found room."""
    middles = {name: _densest(own) for name, own in works.items()}
    radii = {
        name: float(np.median(np.linalg.norm(own - middles[name], axis=1)))
        for name, own in works.items()
    }
    taken = list[tuple[float, float, float]]()
    for name in sorted(works, key=lambda each: (radii[each], each))[:_MOST_NAMED]:
        text = write_label(name, _LETTERS)
        x, y = (float(value) for value in middles[name])
        half = _LETTER * len(text) / 2
        x = min(max(x, half), 1 - half)
        room = (y + step * _LINE / 2 for step in (0, 1, -1, 2, -2, 3, -3, 4, -4))
        free = next((at for at in room if _is_free(x, at, half, taken)), None)
        if free is None:
            continue
        taken.append((x, free, half))
        edge = {"boxstyle": "round,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.75}
        axes.text(x, free, text, ha="center", va="center", fontsize=7.5, color=INK, bbox=edge)
    return len(taken)


def _densest(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the place that has a third of the others nearest to it: works may lie in two parts."""
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    third = np.sort(apart, axis=1)[:, len(places) // 3]
    middle: NDArray[np.float64] = places[np.argmin(third)]
    return middle


def _is_free(x: float, y: float, half: float, taken: Sequence[tuple[float, float, float]]) -> bool:
    return all(abs(y - v) >= _LINE or abs(x - u) >= half + other for u, v, other in taken)
