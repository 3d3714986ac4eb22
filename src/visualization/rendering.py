"""Figures as image files: the same figure gives the same bytes."""

from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from src.visualization.charts.style import styled

# Half as many pixels again as a README is wide, for screens that show more than one per point.
DPI: Final = 150
_PALETTE: Final = 128
_JPEG_QUALITY: Final = 82


@styled
def draw_pixels(figure: Figure, dpi: int = DPI) -> Image.Image:
    """Return a figure's pixels, red first, on white."""
    figure.set_dpi(dpi)
    canvas: Any = FigureCanvasAgg(figure)  # whose methods have no types
    canvas.draw()
    return Image.fromarray(np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3]))


def to_png(image: Image.Image, *, photographic: bool = False) -> bytes:
    """Return PNG bytes without metadata; of a chart in 128 colours, a third of the size.

    Parameters
    ----------
    image : PIL.Image.Image
    photographic : bool
        Whether it holds pictures, which need all their colours.
    """
    if not photographic:
        image = image.quantize(_PALETTE, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def to_jpeg(image: Image.Image) -> bytes:
    """Return JPEG bytes without metadata, for figures made of pictures."""
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return buffer.getvalue()


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: under a temporary name, then moved to its own."""
    unfinished = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
