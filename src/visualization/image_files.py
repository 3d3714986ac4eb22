"""Figures as image files, alone or for a report: the same figure gives the same bytes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from .style import styled

# Half as many pixels again as a README is wide, for screens that show more than one per point.
DPI: Final = 150
# Colours of a chart as a file: the most frequent ones exactly, so that a class keeps its own colour
# however small its chip is, and others for the edges of letters and lines, which blend them.
_EXACT: Final = 64
_BLENDED: Final = 128
_JPEG_QUALITY: Final = 82


@dataclass(frozen=True, slots=True)
class Plate:
    """A figure that is yet to be drawn.

    Attributes
    ----------
    name : str
        Of its file, without suffix; also its anchor in the page.
    section : str
        The heading it stands under.
    caption : str
        What it shows, and how to read it.
    draw : callable
    photographic : bool
        Whether it is made of pictures.
    """

    name: str
    section: str
    caption: str
    draw: Callable[[], Figure]
    photographic: bool = False


@dataclass(frozen=True, slots=True)
class DrawnPlate:
    """A figure as it stands in the page: its name, heading, caption, type and bytes."""

    name: str
    section: str
    caption: str
    media_type: str
    content: bytes


@styled
def draw_pixels(figure: Figure, dpi: int = DPI) -> Image.Image:
    """Return a figure's pixels, red first, on white."""
    figure.set_dpi(dpi)
    canvas: Any = FigureCanvasAgg(figure)  # whose methods have no types
    canvas.draw()
    return Image.fromarray(np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3]))


def to_png(image: Image.Image, *, photographic: bool = False) -> bytes:
    """Return PNG bytes without metadata; of a chart in 192 colours, a third of the size.

    Parameters
    ----------
    image : PIL.Image.Image
    photographic : bool
        Whether it holds pictures, which need all their colours.
    """
    if not photographic:
        image = _limit_colors(image)
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _limit_colors(image: Image.Image) -> Image.Image:
    """Return an image with a palette: frequent colours unchanged, others by the median cut."""
    limited = image.quantize(_BLENDED, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    pixels = np.asarray(image).astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    colors, which, counts = np.unique(pixels, return_inverse=True, return_counts=True)
    frequent = np.argsort(-counts, kind="stable")[:_EXACT]
    places = np.full(len(colors), -1)
    places[frequent] = _BLENDED + np.arange(len(frequent))
    exact = places[which].reshape(pixels.shape)
    limited.paste(Image.fromarray(np.where(exact < 0, np.asarray(limited), exact).astype(np.uint8)))
    palette = np.zeros((256, 3), np.uint8)
    blended = np.array(limited.getpalette(), np.uint8).reshape(-1, 3)[:_BLENDED]
    palette[: len(blended)] = blended
    kept = colors[frequent, np.newaxis] >> np.array([16, 8, 0], np.uint32)
    palette[_BLENDED : _BLENDED + len(kept)] = kept & 255
    limited.putpalette(palette.tobytes())
    return limited


def to_jpeg(image: Image.Image) -> bytes:
    """Return JPEG bytes without metadata, for figures made of pictures."""
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return buffer.getvalue()


def draw_plates(plates: Iterable[Plate]) -> Iterator[tuple[DrawnPlate, bytes]]:
    """Yield each plate as the page shows it, and as a PNG file.

    The page holds figures made of pictures as JPEG, a fifth of their size as PNG.
    """
    for plate in plates:
        image = draw_pixels(plate.draw())
        png = to_png(image, photographic=plate.photographic)
        shown = to_jpeg(image) if plate.photographic else png
        media_type = "image/jpeg" if plate.photographic else "image/png"
        yield DrawnPlate(plate.name, plate.section, plate.caption, media_type, shown), png
