"""How much faster a file becomes features than by OpenCV's imread and numpy's mean and std.

Run with ``python -m benchmarks.benchmark_decode``. Both ways take turns, single pictures with as
many OpenCV threads as it takes by itself, thumbnails with one. The pictures are paintings of the
built-in gallery, enlarged where they have to be, as JPEG of quality 85.
"""

import tempfile
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image

from benchmarks.benchmark_extract_features import plain_features
from benchmarks.report import Ratio, describe_rates, run_alone
from benchmarks.timing import compare, median_seconds
from src.features.extract_features import extract_features
from src.gallery.paintings import paint, plan_gallery
from src.images import load_image

# Width, height, the least ratio, and how often both are measured.
SIZES: Final = ((512, 512, 18.0, 40), (3000, 2250, 40.0, 5))
# Those of the working size are averaged no more, those of the other size are.
THUMBNAIL_FLOORS: Final = {218: {"Pillow": 0.4, "OpenCV": 0.25}, 224: {"OpenCV": 0.2}}
THUMBNAILS: Final = 100
THUMBNAIL_ROUNDS: Final = 9
QUALITY: Final = 85


def measure() -> list[Ratio]:
    """Compare the two at both sizes, and thumbnails with their decoding alone."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        photographs = [compare_ways(root / "picture.jpg", *size) for size in SIZES]
        thumbnails = [compare_with_decoding(root, side) for side in THUMBNAIL_FLOORS]
        return [*photographs, *chain(*thumbnails)]


def compare_ways(path: Path, width: int, height: int, floor: float, rounds: int) -> Ratio:
    """Measure both ways from one file to its features."""
    painting = paint(plan_gallery(1, seed=0)[0])
    write_jpeg(path, cv2.resize(painting, (width, height), interpolation=cv2.INTER_CUBIC))
    ways = (
        lambda: extract_features(load_image(path)),
        lambda: plain_features(np.asarray(cv2.imread(str(path)), np.uint8)),
    )
    name = f"file to features against imread, numpy mean and std, {width} x {height}"
    return compare(name, floor, ways, rounds=rounds)


def compare_with_decoding(root: Path, side: int) -> list[Ratio]:
    """Measure how much of the time of thumbnails, file to features, decoding alone takes."""
    paths = [root / f"{commission.name}.jpg" for commission in plan_gallery(THUMBNAILS, seed=1)]
    for path, commission in zip(paths, plan_gallery(THUMBNAILS, seed=1), strict=True):
        painting = paint(commission)
        write_jpeg(path, cv2.resize(painting, (side, side), interpolation=cv2.INTER_CUBIC))
    decoders: dict[str, Callable[[], object]] = {
        "Pillow": lambda: [np.asarray(Image.open(path).convert("RGB")) for path in paths],
        "OpenCV": lambda: [cv2.imread(str(path)) for path in paths],
    }
    floors = THUMBNAIL_FLOORS[side]
    cv2.setNumThreads(1)
    ours_s, *decoding = median_seconds(
        [
            lambda: [extract_features(load_image(path)) for path in paths],
            *(decoders[name] for name in floors),
        ],
        THUMBNAIL_ROUNDS,
    )
    return [
        Ratio(
            f"thumbnails of {side} pixels a second, file to features, against {name}'s decoding",
            decoding_s / ours_s,
            floor,
            describe_rates(ours_s / THUMBNAILS, decoding_s / THUMBNAILS, "one core"),
        )
        for (name, floor), decoding_s in zip(floors.items(), decoding, strict=True)
    ]


def write_jpeg(path: Path, bgr: cv2.typing.MatLike) -> None:
    """Write a picture as museum sites serve them."""
    cv2.imwrite(str(path), bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


if __name__ == "__main__":
    run_alone(measure)
