"""How often pictures of several kinds are said to be unusual.

    python -m benchmarks.calibrate_unusual MODEL [FOLDER]

MODEL is a name of ``artlens models``; FOLDER holds real paintings, if there are any at hand. The
limits in ``src/models/answers.py`` are set so that hardly any painting is told, and most of what is
none.
"""

import io
import sys
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from src.features.backbones import backbone_of
from src.features.measuring import measure_picture
from src.features.picture_paths import PictureSearch
from src.gallery.paintings import paint, plan_gallery
from src.images import load_uncut
from src.models.answers import MOST_DEVIATIONS, UNUSUAL, warnings_of
from src.models.predict_model import Classifier, load_model

PAINTINGS: Final = 1000
OTHERS: Final = 60

Bgr = NDArray[np.uint8]


def main(arguments: list[str]) -> int:
    """Print a line for each kind: how far, flat and rough it is, and the share that is told."""
    name, *folders = arguments
    model = load_model(name)
    kinds: dict[str, Iterator[Bgr]] = {
        "gallery": (paint(commission) for commission in plan_gallery(PAINTINGS, seed=77)),
        "real paintings": (load_uncut(found.place).bgr for found in PictureSearch(folders)),
        "one colour": _several(flat),
        "noise": _several(noise),
        "charts": _several(chart),
        "screenshots": _several(screenshot),
    }
    print("                 pictures  distance  flat share  step  unusual  (median, worst)")
    for kind, pictures in kinds.items():
        _report(kind, pictures, model)
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
    return load_uncut(content.getvalue()).bgr


def screenshot(rng: np.random.Generator) -> Bgr:
    """Return a window full of text, light or dark."""
    light = rng.random() < 0.7
    screen = Image.new("RGB", (1280, 800), (255, 255, 255) if light else (30, 30, 30))
    draw = ImageDraw.Draw(screen)
    draw.rectangle((0, 0, 1280, 60), fill=tuple(rng.integers(0, 256, 3).tolist()))
    for y in range(90, 780, 18):
        words = "lorem ipsum dolor sit amet " * int(rng.integers(1, 6))
        draw.text((40, y), words, fill=(20, 20, 20) if light else (220, 220, 220))
    return load_uncut(screen).bgr


def _several(draw: Callable[[np.random.Generator], Bgr]) -> Iterator[Bgr]:
    rng = np.random.default_rng(0)
    return (draw(rng) for _ in range(OTHERS))


def _report(kind: str, pictures: Iterator[Bgr], model: Classifier) -> None:
    rows = []
    for bgr in pictures:
        measured = measure_picture(bgr, [model.metadata.feature_spec], order="bgr")
        (features,), texture = measured.rows, measured.texture
        told = UNUSUAL in warnings_of(features, measured, model)
        rows.append((_distance(features, model), texture.flat_share, texture.mean_step, told))
    if rows:
        found = np.array(rows)
        middle, worst = np.median(found[:, :3], axis=0), found[:, :3].max(axis=0)
        spans = "  ".join(f"{m:.2f} {w:.2f}" for m, w in zip(middle, worst, strict=True))
        print(f"{kind:16} {len(rows):8}  {spans}  {found[:, 3].mean():7.1%}")


def _distance(features: NDArray[np.float64], model: Classifier) -> float:
    spec, spread = model.metadata.feature_spec, model.spread
    assert spread is not None
    if spec.network:
        return spread.mean_distance(features, backbone_of(spec).middle, MOST_DEVIATIONS)
    return spread.distance(features)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
