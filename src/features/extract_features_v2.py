"""Version 2 of the features: version 1, and 46 numbers on how colours are spread; pure."""

from functools import cache
from math import cbrt, hypot
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .basic_colors import BASIC_COLORS, basic_color_table
from .color_cells import LEVELS
from .extract_features import (
    FEATURE_NAMES,
    FEATURES_V1,
    FeatureSpec,
    extract_features,
)

# Hue is left out: on a circle there is no least or greatest value to count from.
_STRAIGHT_CHANNELS: Final = (
    "b_bgr",
    "g_bgr",
    "r_bgr",
    "s_hsv",
    "v_hsv",
    "l_lab",
    "a_lab",
    "b_lab",
)
PERCENTS: Final = (10, 50, 90)

HUE_NAMES: Final = ("hue_lab_cos", "hue_lab_sin", "hue_lab_concentration")
SHARE_NAMES: Final = tuple(f"{name.lower()}_share" for name in BASIC_COLORS)
SKEW_NAMES: Final = tuple(f"{channel}_skew" for channel in _STRAIGHT_CHANNELS)
PERCENTILE_NAMES: Final = tuple(
    f"{c}_p{percent}" for percent in PERCENTS for c in _STRAIGHT_CHANNELS
)
FEATURE_NAMES_V2: Final = FEATURE_NAMES + HUE_NAMES + SHARE_NAMES + SKEW_NAMES + PERCENTILE_NAMES

FEATURES_V2: Final = FeatureSpec(
    name=FEATURES_V1.name,
    version=2,
    names=FEATURE_NAMES_V2,
    working_size=FEATURES_V1.working_size,
    decode=FEATURES_V1.decode,
)

_GREY: Final = 128  # of a and b in 8-bit Lab
_POWERS: Final = np.arange(256, dtype=np.int64)[:, np.newaxis] ** np.arange(1, 4)

Pixels = NDArray[np.uint8]
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


def extract_features_v2(bgr: Pixels) -> Floats:
    """Return the features of version 1, then hue, colour names, skewness and percentiles.

    Parameters
    ----------
    bgr : ndarray of uint8, shape (height, width, 3)
        As for :func:`src.features.extract_features.extract_features`.

    Returns
    -------
    ndarray of float64, shape (64,)
        In the order of `FEATURE_NAMES_V2`: what `extract_features`, `hue_features`,
        `name_shares`, `skewness` and `percentiles` return.

    Raises
    ------
    UnreadableImage
        As in `extract_features`.

    Examples
    --------
    >>> flag = np.zeros((2, 4, 3), np.uint8)
    >>> flag[..., 2] = 255  # red,
    >>> flag[:, 3] = 255  # and a quarter white
    >>> features = dict(zip(FEATURE_NAMES_V2, extract_features_v2(flag), strict=True))
    >>> features["red_share"], features["white_share"], features["s_hsv_p10"]
    (np.float64(0.75), np.float64(0.25), np.float64(0.0))
    """
    first = extract_features(bgr)
    pixels = np.ascontiguousarray(bgr)
    lab = _to_lab(pixels)
    counts = level_counts(pixels, lab)
    rest = (hue_features(lab), name_shares(pixels), skewness(counts), percentiles(counts))
    return np.concatenate([first, *rest])


def hue_features(lab: Pixels) -> Floats:
    """Return the chroma-weighted mean cosine and sine of hue, and the concentration.

    The mean of angles is that of the points on the unit circle where they lie. Its direction, the
    mean hue, jumps where red meets red; its two coordinates do not, so a linear or kernel model
    can use them. Its length is the concentration: 1 if all colours have one hue, 0 if they are
    balanced. Each pixel weighs as much as its chroma, for a grey has no hue; thus a weighted
    point is just ``(a, b)`` of Lab.

    Parameters
    ----------
    lab : ndarray of uint8, shape (height, width, 3)
        OpenCV's 8-bit CIE Lab, contiguous.

    Returns
    -------
    ndarray of float64, shape (3,)
        Mean cosine and mean sine in [-1, 1], concentration in [0, 1]; all 0 without any chroma.

    References
    ----------
    Mardia and Jupp (2000), "Directional Statistics", section 2.2: the mean direction and the mean
    resultant length, here weighted.

    Examples
    --------
    >>> hue_features(np.full((1, 1, 3), (100, 128, 68), np.uint8)).tolist()  # towards blue
    [0.0, -1.0, 1.0]
    """
    counts = cv2.calcHist([lab], [1, 2], None, [256, 256], [0, 256, 0, 256])
    # Not a product of linear algebra, whose threads would wait for each other in every worker.
    chroma = float(np.einsum("ab,ab", counts, _chroma_table()))
    if not chroma:
        return np.zeros(3)
    pixels = lab.size // 3
    _, a, b, _ = cv2.sumElems(lab)
    cosine, sine = (a - _GREY * pixels) / chroma, (b - _GREY * pixels) / chroma
    return np.array([cosine, sine, min(1.0, hypot(cosine, sine))])


def name_shares(bgr: Pixels) -> Floats:
    """Return the share of the pixels that has each of the eleven colour names.

    Parameters
    ----------
    bgr : ndarray of uint8, shape (height, width, 3)
        Contiguous.

    Returns
    -------
    ndarray of float64, shape (11,)
        In [0, 1], in the order of :data:`src.features.basic_colors.BASIC_COLORS`; the sum is 1.

    References
    ----------
    van de Weijer, Schmid, Verbeek and Larlus (2009), "Learning color names for real-world
    applications", IEEE Transactions on Image Processing 18(7), for names as features. The table
    is not theirs: see :func:`src.features.basic_colors.basic_color_table`.

    Examples
    --------
    >>> dict(zip(BASIC_COLORS, name_shares(np.zeros((2, 2, 3), np.uint8)), strict=True))["BLACK"]
    np.float64(1.0)
    """
    cells = cv2.calcHist([bgr], [0, 1, 2], None, [LEVELS] * 3, [0, 256] * 3)
    # Counts of pixels are whole, and exact in any order of addition.
    counts = np.bincount(basic_color_table().ravel(), cells.ravel(), len(BASIC_COLORS))
    return np.asarray(counts / (bgr.size // 3))


def level_counts(bgr: Pixels, lab: Pixels) -> Counts:
    """Return how many pixels have each level of each channel, hue left out.

    Parameters
    ----------
    bgr, lab : ndarray of uint8, shape (height, width, 3)
        The picture and its conversion; contiguous.

    Returns
    -------
    ndarray of int64, shape (8, 256)
        Rows are the channels of BGR, saturation and value of HSV, and the channels of Lab.
    """
    hsv = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV), np.uint8)
    channels = [(bgr, 0), (bgr, 1), (bgr, 2), (hsv, 1), (hsv, 2), (lab, 0), (lab, 1), (lab, 2)]
    counts = [cv2.calcHist([space], [i], None, [256], [0, 256]).ravel() for space, i in channels]
    return np.array(counts).astype(np.int64)


def skewness(counts: Counts) -> Floats:
    """Return the cube root of the third central moment of each channel.

    It tells a few bright spots on a dark ground (positive) from the opposite, in levels, as the
    standard deviation does. The skewness that is divided by the deviation's cube is not used: it
    has no value for one colour, and one odd pixel can lift it to hundreds.

    Parameters
    ----------
    counts : ndarray of int64, shape (k, 256)
        As from `level_counts`.

    Returns
    -------
    ndarray of float64, shape (k,)
        In [-255, 255]; exactly 0 for channels that are symmetric about their mean.

    References
    ----------
    Stricker and Orengo (1995), "Similarity of color images", Proc. SPIE 2420, section 4.

    Examples
    --------
    >>> dark_with_a_spot = np.zeros((1, 256), np.int64)
    >>> dark_with_a_spot[0, [10, 250]] = 99, 1
    >>> skewness(dark_with_a_spot).round(3).tolist()
    [51.188]
    """
    n = int(counts[0].sum())
    # Python's integers do not overflow, and their sum is exact where the root would magnify noise.
    moments = (
        (n * n * cubes - 3 * n * total * squares + 2 * total**3) / n**3
        for total, squares, cubes in (counts @ _POWERS).tolist()
    )
    return np.array([cbrt(moment) for moment in moments])


def percentiles(counts: Counts) -> Floats:
    """Return the 10th, 50th and 90th percentile of each channel.

    Parameters
    ----------
    counts : ndarray of int64, shape (k, 256)
        As from `level_counts`.

    Returns
    -------
    ndarray of float64, shape (3 * k,)
        The 10th of every channel first. Each is the least level that so many percent of the
        pixels do not exceed: a whole number in [0, 255].

    References
    ----------
    Hyndman and Fan (1996), "Sample quantiles in statistical packages", The American Statistician
    50(4), definition 1.

    Examples
    --------
    >>> percentiles(np.ones((1, 256), np.int64)).tolist()
    [25.0, 127.0, 230.0]
    """
    reached = np.cumsum(counts, axis=1) * 100
    wanted = np.array(PERCENTS)[:, np.newaxis] * counts.sum(axis=1)
    below = reached < wanted[..., np.newaxis]
    return np.asarray(np.count_nonzero(below, axis=2).ravel(), np.float64)


def _to_lab(bgr: Pixels) -> Pixels:
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2LAB), np.uint8)


@cache
def _chroma_table() -> Floats:
    """Return the chroma of every pair of levels of a and b, shape (256, 256)."""
    around_grey = np.arange(256, dtype=np.float64) - _GREY
    chroma: Floats = np.hypot(around_grey[:, np.newaxis], around_grey)
    return chroma
