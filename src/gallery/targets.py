"""What the pictures of one colour look like on the whole: targets drawn from measured statistics.

A target is the 18 channel means and standard deviations a painting shall have. Within one colour
they vary together (a darker picture is also less bright in every channel), which a Gaussian copula
keeps: correlated normal scores, each mapped through the quartiles of its own statistic.
"""

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..tasks.color import COLORS

# "broad" has the published quartiles of a whole museum site, "modern" those measured on
# Impressionist and Post-Impressionist paintings: brighter and less saturated.
SCHOOLS: Final = ("modern", "broad")
_QUARTILE_Z: Final = 0.67449
_MAX_Z: Final = 2.8
# What a finite number of strokes misses widens the colours again; this much narrower, they are as
# separable as those of the real data set.
SPREAD: Final = 0.93
# The standard deviations of a and b are skewed to the right: their logarithm is drawn.
SKEWED: Final = slice(16, 18)

Floats = NDArray[np.float64]


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


def _read_rows(name: str) -> list[dict[str, str]]:
    text = (resources.files(__package__) / "calibration" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
