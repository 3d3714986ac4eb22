"""Plates drawn one after another, as files and as parts of the page."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ...files import write_whole
from ...models.storage.metadata import ModelMetadata
from ..rendering import draw_pixels, to_jpeg, to_png
from .page import DrawnPlate, render_page
from .plates import Plate


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


def write_report(
    folder: Path, metadata: ModelMetadata, drawn: Sequence[tuple[DrawnPlate, bytes]]
) -> Path:
    """Write the page and the PNG files, each whole or not at all; return the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    for plate, png in drawn:
        write_whole(folder / f"{plate.name}.png", png)
    page = folder / "report.html"
    write_whole(page, render_page(metadata, [plate for plate, _ in drawn]).encode())
    return page
