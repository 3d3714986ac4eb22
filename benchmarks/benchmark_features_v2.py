"""How much faster version 2's parts are than NumPy's own functions over OpenCV's conversions.

Run with ``python -m benchmarks.benchmark_features_v2``; both ways take turns on one thread, and
each part's time has the conversions in it that the part needs. No part should take more than
0.5 ms at the working size on a core of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.benchmark_extract_features import plain_features, smooth_noise
from benchmarks.report import Ratio, run_alone
from benchmarks.timing import compare
from src.features.basic_colors import BASIC_COLORS, basic_color_table
from src.features.color_cells import look_up
from src.features.extract_features_v2 import (
    PERCENTS,
    extract_features_v2,
    hue_features,
    level_counts,
    name_shares,
    percentiles,
    skewness,
)
from src.images import WORKING_SIZE

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the features, ours and the plain way, from a BGR picture on."""

    name: str
    ours: Callable[[Pixels], Any]
    plain: Callable[[Pixels], Any]
    floor: float


def plain_hue(bgr: Pixels) -> list[Any]:
    """Average the angles of all pixels on the circle, with chroma as weights."""
    lab = _to_lab(bgr).astype(np.float64)
    a, b = lab[..., 1] - 128, lab[..., 2] - 128
    chroma, angle = np.hypot(a, b), np.arctan2(b, a)
    cosine = np.average(np.cos(angle), weights=chroma)
    sine = np.average(np.sin(angle), weights=chroma)
    return [cosine, sine, np.hypot(cosine, sine)]


def plain_shares(bgr: Pixels) -> Any:
    """Look up every pixel's name and count."""
    found = look_up(basic_color_table(), bgr)
    return np.bincount(found.ravel(), minlength=len(BASIC_COLORS)) / (bgr.size // 3)


def plain_skewness(bgr: Pixels) -> list[Any]:
    """Average the cubes of the distances from the mean; as products, a tenth of the time of **."""
    distances = [plane - plane.mean() for plane in _planes(bgr)]
    return [np.cbrt(np.mean(d * d * d)) for d in distances]


def plain_percentiles(bgr: Pixels) -> list[Any]:
    """Sort, in NumPy's way, as far as needed."""
    return [np.percentile(plane, PERCENTS, method="inverted_cdf") for plane in _planes(bgr)]


def plain_version_2(bgr: Pixels) -> list[Any]:
    """Compute all 64."""
    parts = (plain_features, plain_hue, plain_shares, plain_skewness, plain_percentiles)
    return [part(bgr) for part in parts]


PARTS: Final = (
    Part("hue", lambda bgr: hue_features(_to_lab(bgr)), plain_hue, 7),
    Part("colour names", name_shares, plain_shares, 1.5),
    Part("skewness", lambda bgr: skewness(_counts(bgr)), plain_skewness, 3.5),
    Part("percentiles", lambda bgr: percentiles(_counts(bgr)), plain_percentiles, 6),
    Part("all 64 features", extract_features_v2, plain_version_2, 10),
)


def measure() -> list[Ratio]:
    """Compare every part."""
    cv2.setNumThreads(1)
    return [compare_part(part) for part in PARTS]


def compare_part(part: Part) -> Ratio:
    """Measure both ways on a picture of the working size."""
    bgr = smooth_noise(WORKING_SIZE)
    name = f"features v2, {part.name}, against numpy, {WORKING_SIZE} x {WORKING_SIZE}"
    return compare(name, part.floor, (partial(part.ours, bgr), partial(part.plain, bgr)))


def _to_lab(bgr: Pixels) -> Pixels:
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2LAB), np.uint8)


def _counts(bgr: Pixels) -> NDArray[np.int64]:
    return level_counts(bgr, _to_lab(bgr))


def _planes(bgr: Pixels) -> list[Pixels]:
    """Return every channel but hue."""
    hsv = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV), np.uint8)
    return [*_channels(bgr), *_channels(hsv)[1:], *_channels(_to_lab(bgr))]


def _channels(pixels: Pixels) -> list[Pixels]:
    return [pixels[..., i] for i in range(3)]


if __name__ == "__main__":
    run_alone(measure)
