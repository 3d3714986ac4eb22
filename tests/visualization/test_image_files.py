from io import BytesIO

import numpy as np
from PIL import Image, ImageColor

from src.tasks import COLOR
from src.visualization import figures
from src.visualization.image_files import draw_pixels, to_jpeg, to_png


def test_a_class_keeps_its_own_colour_in_a_file_however_small_its_chip_is() -> None:
    confusion = 90 * np.eye(len(COLOR.classes), dtype=int) + 1
    drawn = draw_pixels(figures.draw_confusion(confusion.tolist(), COLOR.classes))
    stored = Image.open(BytesIO(to_png(drawn))).convert("RGB")
    found = {tuple(color) for color in np.unique(np.asarray(stored).reshape(-1, 3), axis=0)}
    assert found >= {ImageColor.getrgb(color) for color in COLOR.swatches}
    assert np.abs(np.asarray(stored).astype(int) - np.asarray(drawn)).mean() < 1


def test_a_chart_of_many_colours_can_be_a_file() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    stored = Image.open(BytesIO(to_png(Image.fromarray(noise)))).convert("RGB")
    assert np.abs(np.asarray(stored).astype(int) - noise).mean() < 25


def test_image_files_hold_no_metadata() -> None:
    image = draw_pixels(figures.draw_confusion([[3, 1], [0, 2]], ["RED", "PINK"]), dpi=50)
    chunks = {b"tEXt", b"iTXt", b"zTXt", b"tIME", b"pHYs", b"eXIf"}
    for png in (to_png(image), to_png(image, photographic=True)):
        assert png.startswith(b"\x89PNG")
        assert not [chunk for chunk in chunks if chunk in png]
    jpeg = to_jpeg(image)
    assert jpeg.startswith(b"\xff\xd8")
    assert b"Exif" not in jpeg
