"""Sheets of pictures that show one work: each whole, with its name and what it is (pure)."""

import os
from collections.abc import Sequence
from textwrap import wrap
from typing import Final

import cv2
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from ..errors import ImageError
from ..images import load_uncut
from .class_labels import write_label
from .image_files import draw_pixels, to_png
from .style import WIDTH_IN, new_figure, styled

_COLUMNS: Final = 4
# Of a larger cluster the first ones; nobody looks through more.
_MOST: Final = 40
_TITLE_IN: Final = 0.45
_CAPTION_IN: Final = 0.45
_LETTERS: Final = 30
# Longer side in pixels; a sheet has about 300 for each.
_SIDE: Final = 400


def draw_versions(shown: Sequence[tuple[str | bytes, str]]) -> bytes:
    """Draw pictures side by side, as a PNG file.

    Parameters
    ----------
    shown : sequence of (path or bytes, str)
        Each with what it is; of many, the first 40 are drawn.
    """
    return to_png(draw_sheet(shown), photographic=True)


def draw_sheet(shown: Sequence[tuple[str | bytes, str]], title: str = "") -> Image.Image:
    """Draw pictures side by side; see `draw_versions`."""
    return draw_pixels(_draw(shown, title))


@styled
def _draw(shown: Sequence[tuple[str | bytes, str]], title: str) -> Figure:
    drawn = [(_small(source), _caption(source, what)) for source, what in shown[:_MOST]]
    lines = -(-len(drawn) // _COLUMNS)
    tallest = max(min(1.5, len(pixels) / pixels.shape[1]) for pixels, _ in drawn)
    cell_in = WIDTH_IN / _COLUMNS
    figure = new_figure(_TITLE_IN + lines * (cell_in * tallest + _CAPTION_IN))
    rest = f", of which {len(drawn)} are shown" if len(drawn) < len(shown) else ""
    figure.suptitle((title or f"{len(shown):,} pictures") + rest, x=0.01, ha="left")
    heights = [cell_in * tallest, _CAPTION_IN] * lines
    places = figure.subplots(2 * lines, _COLUMNS, squeeze=False, height_ratios=heights)
    for axes in places.ravel():
        axes.set_axis_off()
        axes.set_anchor("S")
    for axes, below, (pixels, caption) in zip(
        places[::2].ravel(), places[1::2].ravel(), drawn, strict=False
    ):
        axes.imshow(pixels, interpolation="antialiased")
        written = below.text(0, 1, caption, transform=below.transAxes, va="top", size=7)
        # Or else wide names would make the pictures small.
        written.set_in_layout(False)
    return figure


def _caption(source: str | bytes, what: str) -> str:
    name = "" if isinstance(source, bytes) else os.path.basename(source)  # noqa: PTH119
    lines = [write_label(name, _LETTERS), *wrap(what, _LETTERS)[:2]]
    return "\n".join(line for line in lines if line)


def _small(source: str | bytes) -> NDArray[np.uint8]:
    """Return RGB pixels of a whole picture; a grey square if its file went away since."""
    try:
        bgr = load_uncut(source).bgr
    except ImageError:
        return np.full((_SIDE, _SIDE, 3), 128, np.uint8)
    scale = min(1, _SIDE / max(bgr.shape[:2]))
    size = tuple(max(1, round(side * scale)) for side in bgr.shape[1::-1])
    return np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), np.uint8)[..., ::-1]
