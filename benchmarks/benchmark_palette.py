"""How much faster a palette is found than by OpenCV's k-means over all pixels, and in 1 ms or less.

Run with ``python -m benchmarks.benchmark_palette``; on paintings of the built-in gallery, one
thread, both ways in turns.
"""

from functools import partial
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Ratio, run_alone
from benchmarks.timing import compare, median_seconds
from src.features.palette import MAX_COLORS, find_palette
from src.gallery.paintings import paint, plan_gallery

PAINTINGS: Final = 11
ROUNDS: Final = 10
LIMIT_S: Final = 0.001
FLOOR: Final = 12.0
# What OpenCV's own examples take: ten rounds, or until the centres hardly move.
_CRITERIA: Final = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)


def measure() -> list[Ratio]:
    """Compare both ways on paintings of every colour."""
    cv2.setNumThreads(1)
    paintings = [paint(commission) for commission in plan_gallery(PAINTINGS, seed=3)]
    ways = (partial(_of_all, find_palette, paintings), partial(_of_all, plain_palette, paintings))
    name = "palette of a 218 x 218 picture against OpenCV's k-means over all pixels"
    found = compare(name, FLOOR, ways, rounds=ROUNDS, count=PAINTINGS)
    (ours_s,) = median_seconds(ways[:1], ROUNDS)
    ours_s /= PAINTINGS
    return [found, Ratio("palette within 1 ms", LIMIT_S / ours_s, 1, f"{ours_s * 1e6:.0f} µs")]


def plain_palette(bgr: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the centres of OpenCV's k-means over all pixels in Lab."""
    lab = cv2.cvtColor(bgr.astype(np.float32) / 255, cv2.COLOR_BGR2LAB).reshape(-1, 3)
    best = np.empty((len(lab), 1), np.int32)
    found = cv2.kmeans(lab, MAX_COLORS, best, _CRITERIA, 1, cv2.KMEANS_PP_CENTERS)
    return np.asarray(found[2], np.float32)


def _of_all(find: object, paintings: list[NDArray[np.uint8]]) -> None:
    assert callable(find)
    for painting in paintings:
        find(painting)


if __name__ == "__main__":
    run_alone(measure)
