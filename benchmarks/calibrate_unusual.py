"""How often pictures of several kinds are said to be unusual.

    python -m benchmarks.calibrate_unusual [FOLDER]

FOLDER holds real paintings, if there are any at hand. The limits in
``src/models/prediction/unusual.py`` are set so that hardly any painting is told, and most of what
is none.
"""

import io
import sys
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from src.features.measuring import measure_texture
from src.features.picture_paths import PictureSearch
from src.gallery.paintings import paint, plan_gallery
from src.images import load_image
from src.models.answers import is_unusual
from src.models.predict_model import load_model

PAINTINGS: Final = 1000
OTHERS: Final = 60

Bgr = NDArray[np.uint8]


def main(arguments: list[str]) -> int:
    """Print a line for each kind: how far, flat and rough it is, and the share that is told."""
    kinds: dict[str, Iterator[Bgr]] = {
        "gallery": (paint(commission) for commission in plan_gallery(PAINTINGS, seed=77)),
        "real paintings": (load_image(found.place) for found in PictureSearch(arguments)),
        "one colour": _several(flat),
        "noise": _several(noise),
        "charts": _several(chart),
        "screenshots": _several(screenshot),
    }
    print("                 pictures  distance  flat share  step  unusual  (median, worst)")
    for name, pictures in kinds.items():
        _report(name, pictures)
    return 0


def flat(rng: np.random.Generator) -> Bgr:
    """Return a picture of one colour."""
    return np.full((218, 218, 3), rng.integers(0, 256, 3), np.uint8)


def noise(rng: np.random.Generator) -> Bgr:
    """Return random pixels, all levels equally likely."""
    return rng.integers(0, 256, (218, 218, 3), np.uint8)


def chart(rng: np.random.Generator) -> Bgr:
    """Return lines or bars, as JPEG or PNG."""
    figure = Figure(figsize=(6, 4.5))
    axes = figure.subplots()
    if rng.random() < 0.5:
        axes.plot(rng.normal(size=(50, 3)).cumsum(axis=0))
    else:
        axes.bar(range(8), rng.random(8), color=rng.random((8, 3)))
    content = io.BytesIO()
    figure.savefig(content, format="png" if rng.random() < 0.5 else "jpeg")
    return load_image(content.getvalue())


def screenshot(rng: np.random.Generator) -> Bgr:
    """Return a window full of text, light or dark."""
    light = rng.random() < 0.7
    screen = Image.new("RGB", (1280, 800), (255, 255, 255) if light else (30, 30, 30))
    draw = ImageDraw.Draw(screen)
    draw.rectangle((0, 0, 1280, 60), fill=tuple(rng.integers(0, 256, 3).tolist()))
    for y in range(90, 780, 18):
        words = "lorem ipsum dolor sit amet " * int(rng.integers(1, 6))
        draw.text((40, y), words, fill=(20, 20, 20) if light else (220, 220, 220))
    return load_image(screen)


def _several(draw: Callable[[np.random.Generator], Bgr]) -> Iterator[Bgr]:
    rng = np.random.default_rng(0)
    return (draw(rng) for _ in range(OTHERS))


def _report(name: str, pictures: Iterator[Bgr]) -> None:
    model = load_model()
    assert model.spread is not None
    rows = []
    for bgr in pictures:
        features, texture = model.extract(bgr), measure_texture(bgr)
        told = is_unusual(features, texture, model.spread)
        distance = model.spread.distance(features)
        rows.append((distance, texture.flat_share, texture.mean_step, told))
    if rows:
        found = np.array(rows)
        middle, worst = np.median(found[:, :3], axis=0), found[:, :3].max(axis=0)
        spans = "  ".join(f"{m:.2f} {w:.2f}" for m, w in zip(middle, worst, strict=True))
        print(f"{name:16} {len(rows):8}  {spans}  {found[:, 3].mean():7.1%}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
