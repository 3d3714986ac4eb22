"""How much faster the 18 features are than numpy's mean and std over OpenCV's conversions.

Run with ``python -m benchmarks.benchmark_extract_features``; both ways take turns on one thread.
"""

from functools import partial
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Ratio, run_alone
from benchmarks.timing import compare
from src.features.extract_features import extract_features

FLOORS: Final = {218: 14.0, 512: 16.0}


def plain_features(bgr: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Compute the features as one would write them down first."""
    hsv = cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV)
    lab = cv2.cvtColor(bgr, cv2.COLOR_BGR2LAB)
    spaces = (bgr, hsv, lab)
    means = [space.mean(axis=(0, 1)) for space in spaces]
    return np.concatenate(means + [space.std(axis=(0, 1)) for space in spaces])


def smooth_noise(size: int) -> NDArray[np.uint8]:
    """Return a picture with about as many distinct colours as a painting, the same every time."""
    coarse = np.random.default_rng(0).integers(0, 256, (size // 8, size // 8, 3), np.uint8)
    return cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC).astype(np.uint8)


def measure() -> list[Ratio]:
    """Compare the two at every size."""
    cv2.setNumThreads(1)
    return [compare_extractors(size, floor) for size, floor in FLOORS.items()]


def compare_extractors(size: int, floor: float) -> Ratio:
    """Measure both on a square picture of that side."""
    bgr = smooth_noise(size)
    ways = (partial(extract_features, bgr), partial(plain_features, bgr))
    return compare(f"18 features against numpy mean and std, {size} x {size}", floor, ways)


if __name__ == "__main__":
    run_alone(measure)
