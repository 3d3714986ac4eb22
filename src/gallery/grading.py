"""Statistics a painting of a colour shall have, and the grading that brings it there.

A target is 18 channel means and standard deviations. Within one colour they vary together (a
darker picture is also less bright in every channel), which a Gaussian copula keeps: correlated
normal scores, each mapped through the quartiles of its own statistic. A copula knows nothing of the
other colours, by one of which a picture with such statistics may be called: a logistic regression,
calibrated on real paintings, says whether it is like its own (`is_like`).

A painting is graded as a colourist does it, with few and smooth adjustments: one affine map of Lab,
a curve for lightness, more or less chroma in the lights and in what is colourful already. They are
found on a sample of the pixels by damped Gauss-Newton steps that stay near "leave it as it is".
"""

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..tasks.color import COLORS

Floats = NDArray[np.float64]
Lab = NDArray[np.float32]  # CIE units: L 0 to 100, a and b about -100 to 100

# "broad" has the published quartiles of a whole museum site, "modern" those measured on
# Impressionist and Post-Impressionist paintings: brighter and less saturated.
SCHOOLS: Final = ("modern", "broad")
_QUARTILE_Z: Final = 0.67449
_MAX_Z: Final = 2.8
# What a finite number of strokes misses widens the colours again; this much narrower, they are as
# separable as those of the real data set.
SPREAD: Final = 0.93
# From which probability on a picture is like its colour. Another may be likelier by far: that
# colours overlap is part of what they are.
LIKENESS: Final = 0.1
# The standard deviations of a and b are skewed to the right: their logarithm is drawn.
SKEWED: Final = slice(16, 18)

# Two ways to convert a painting's pixel differ by less than 0.006 levels next to black and by less
# than 0.0005 next to white: farther from a half than what lies between, both give the same level.
_UNSURE: Final = (0.006, 0.001)
_STEPS: Final = 4
_MIDDLE: Final = np.array([50, 0, 0], np.float32)
# Shift of L, a, b; the 3 x 3 map beside the identity; lightness curve; chroma in the lights; chroma
# where there is chroma. How far each may go before it costs as much as one tolerance.
_EASE: Final = np.array([12, 8, 8, *[0.5, 0.3, 0.3, 0.2, 0.5, 0.2, 0.2, 0.2, 0.5], 0.5, 0.6, 0.6])
_PROBE: Final = 0.1 * _EASE
# What is tried of a grade: itself, and each adjustment a little farther.
_TRIALS: Final = np.vstack([np.zeros(_EASE.size), np.diag(_PROBE)])
_STAY: Final = np.diag(_EASE**-2)
# What a miss may be, in the units of 8-bit channels: hue and saturation are hard to meet and matter
# less than the place in Lab.
_TOLERANCE: Final = np.array([2, 2, 2, 6, 5, 2, 2, 0.5, 0.6, 2, 2, 2, 3.5, 5, 2, 2, 0.5, 0.6])


def draw_target(rng: np.random.Generator, color: str, school: str) -> Floats:
    """Draw the channel statistics that one painting of a colour shall have.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    color : str
        One of ``COLORS``.
    school : str
        One of ``SCHOOLS``.

    Returns
    -------
    ndarray of shape (18,)
        Means of B, G, R, H, S, V, L, a, b, then the nine standard deviations, in the units of
        OpenCV's 8-bit images.
    """
    scores = _correlation_factors()[color] @ rng.standard_normal(18)
    z = np.clip(SPREAD * scores, -_MAX_Z, _MAX_Z) / _QUARTILE_Z
    q1, median, q3 = _quartiles()[school, color].T
    target = median + np.where(z < 0, median - q1, q3 - median) * z
    target[SKEWED] = np.exp(target[SKEWED])
    return np.asarray(np.clip(target, 0.0, 255.0))


def is_like(color: str, statistics: Floats) -> bool:
    """Return whether a picture of such statistics may well be called by a colour.

    Parameters
    ----------
    color : str
        One of ``COLORS``.
    statistics : ndarray, shape (18,)
        As from `draw_target`.

    Examples
    --------
    >>> dark = np.array([50, 60, 70, 30, 90, 70, 62, 131, 136] + [30] * 6 + [30, 5, 8])
    >>> is_like("BLACK", dark), is_like("PINK", dark)
    (True, False)
    """
    scores = _likeness() @ np.append(statistics, 1.0)
    shares = np.exp(scores - scores.max())
    return bool(shares[COLORS.index(color)] >= LIKENESS * shares.sum())


def fit_grade(sample: Lab, target: Floats) -> Floats:
    """Find the adjustments that bring a sample of pixels to a target.

    Parameters
    ----------
    sample : ndarray of float32, shape (pixels, 3)
        CIE Lab; a multiple of 256 pixels, as `measure_sketches` wants them.
    target : ndarray, shape (18,)
        Wanted means and standard deviations of the nine channels, OpenCV's 8-bit units.

    Returns
    -------
    ndarray, shape (15,)
        For `apply_grade`. Rounded, so that the last bits of linear algebra do not show.

    References
    ----------
    Levenberg (1944), "A method for the solution of certain non-linear problems in least squares".
    """
    grade = np.zeros(_EASE.size)
    for _ in range(_STEPS):
        measured = measure_sketches(to_bgr(apply_grade(sample, grade + _TRIALS)))
        miss = (measured[0] - target) / _TOLERANCE
        slopes = (measured[1:] - measured[0]).T / _TOLERANCE[:, None] / _PROBE
        step = np.linalg.solve(slopes.T @ slopes + _STAY, slopes.T @ miss + grade / _EASE**2)
        grade = grade - step.clip(-_EASE, _EASE)
    return np.round(grade, 3)


def measure_sketches(bgr: NDArray[np.uint8]) -> Floats:
    """Return what `measure` does, of many small pictures, sooner.

    Parameters
    ----------
    bgr : ndarray of uint8, shape (pictures, pixels, 3)
        A multiple of 256 pixels each.

    Returns
    -------
    ndarray, shape (pictures, 18)
    """
    spaces = (bgr, cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV), cv2.cvtColor(bgr, cv2.COLOR_BGR2LAB))
    planes = np.empty((9, *bgr.shape[:2]), np.uint8)
    for first, space in zip((0, 3, 6), spaces, strict=True):
        cv2.split(space, list(planes[first : first + 3]))
    # Whole numbers, whose sums are exact in whatever order: of 256 squares below 2 ** 24.
    count, levels = bgr.shape[1], planes.reshape(9, len(bgr), -1, 256).astype(np.float32)
    means = cv2.reduce(planes.reshape(-1, count), 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S) / count
    means = means.reshape(planes.shape[:2])
    squares = np.vecdot(levels, levels).sum(axis=-1, dtype=np.float64) / count
    return np.concatenate([means, np.sqrt(np.maximum(squares - means * means, 0))]).T


def apply_grade(lab: Lab, grades: Floats) -> Lab:
    """Adjust pixels in CIE Lab, each grade for itself.

    Parameters
    ----------
    lab : ndarray of float32, shape (pixels, 3)
        CIE Lab.
    grades : ndarray, shape (grades, 15)
        Adjustments as `fit_grade` finds them.

    Returns
    -------
    ndarray of float32, shape (grades, pixels, 3)
    """
    grades = grades.astype(np.float32)
    matrix = np.empty((len(grades), 3, 4), np.float32)
    matrix[..., :3] = np.eye(3) + grades[:, 3:12].reshape(-1, 3, 3)
    matrix[..., 3] = grades[:, :3] + _MIDDLE
    curve, lights, colourful = grades[:, 12:].T[..., None]
    # Channels first: so each is contiguous, which is several times as fast. The last one shifts.
    channels = np.ones((4, len(lab)), np.float32)
    np.subtract(lab.T, _MIDDLE[:, None], out=channels[:3])
    lightness, a, b = np.einsum("jp,gij->igp", channels, matrix)
    # In place: each array that is made anew takes as long as what is worked out into it.
    tone = lightness * np.float32(0.02)
    tone -= 1
    chroma = a * a
    chroma += b * b
    np.sqrt(chroma, out=chroma)
    gain = lights * tone
    gain += 1
    more = chroma - 20
    more *= colourful
    chroma += 20
    more /= chroma
    gain += more
    cv2.threshold(gain, 0, 0, cv2.THRESH_TOZERO, dst=gain)
    tone *= tone
    tone -= np.float32(0.3)
    tone *= 25 * curve
    lightness += tone
    a *= gain
    b *= gain
    return np.asarray(cv2.merge([lightness, a, b]), np.float32)


def to_bgr(lab: Lab) -> NDArray[np.uint8]:
    """Convert CIE Lab of shape (..., 3) to 8-bit BGR, clipping what sRGB cannot show."""
    # In a row of their own, pixels are converted one by one; OpenCV converts several at once in
    # another way, of which the last bits differ, and with them the gallery. That is five times as
    # fast, and decides all levels but those next to a half.
    pixels = np.ascontiguousarray(lab.reshape(-1, 1, 3))
    shares = cv2.cvtColor(pixels.reshape(1, -1, 3), cv2.COLOR_LAB2BGR)
    at_black, at_white = _UNSURE
    less = at_black - at_white
    bgr = cv2.convertScaleAbs(shares, alpha=255 + less, beta=-at_black)[0]
    above = cv2.convertScaleAbs(shares, alpha=255 - less, beta=at_black)[0]
    doubtful = np.flatnonzero(bgr != above) // 3
    if doubtful.size:
        exact = cv2.cvtColor(pixels[doubtful], cv2.COLOR_LAB2BGR)
        bgr[doubtful] = cv2.convertScaleAbs(exact, alpha=255)[:, 0]
    return np.asarray(bgr.reshape(lab.shape), np.uint8)


def measure(bgr: NDArray[np.uint8]) -> Floats:
    """Return the channel statistics of a picture; they steer the brush and go nowhere else.

    Parameters
    ----------
    bgr : ndarray of uint8, shape (..., 3)

    Returns
    -------
    ndarray, shape (18,)
        As from `draw_target`.
    """
    pixels = bgr.reshape(1, -1, 3)
    spaces = (
        pixels,
        cv2.cvtColor(pixels, cv2.COLOR_BGR2HSV),
        cv2.cvtColor(pixels, cv2.COLOR_BGR2LAB),
    )
    # Of channels by themselves these are found several times as soon as of three together.
    found = [cv2.meanStdDev(channel) for space in spaces for channel in cv2.split(space)]
    return np.array(found, np.float64).reshape(9, 2).T.ravel()


@cache
def _quartiles() -> Mapping[tuple[str, str], Floats]:
    rows = _read_rows("quartiles.csv")
    values = np.array([[float(row[q]) for q in ("q1", "median", "q3")] for row in rows])
    values = values.reshape(-1, 18, 3)
    values[:, SKEWED] = np.log(values[:, SKEWED])
    keys = [(row["school"], row["color"]) for row in rows[::18]]
    return dict(zip(keys, values, strict=True))


@cache
def _correlation_factors() -> Mapping[str, Floats]:
    rows = _read_rows("correlations.csv")
    names = [name for name in rows[0] if name not in ("color", "feature")]
    return {
        color: np.linalg.cholesky(
            np.array(
                [[row[name] for name in names] for row in rows if row["color"] == color], float
            )
        )
        for color in COLORS
    }


@cache
def _likeness() -> Floats:
    """Return what each statistic, and none, adds to the score of each colour."""
    weights = {row.pop("color"): list(row.values()) for row in _read_rows("likeness.csv")}
    return np.array([weights[color] for color in COLORS], float)


def _read_rows(name: str) -> list[dict[str, str]]:
    text = (resources.files(__package__) / "calibration" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
