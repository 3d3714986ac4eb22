"""The basic colour of a pixel, by a rule over all of RGB, for the features; pure.

Every colour belongs to one of eleven. They are the basic colour terms of English without grey, and
with teal, as museum sites browse by them; a grey is black or white here, whichever is nearer in
lightness, a beige is brown or white. What people would call a colour says `color_names`.
"""

from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..tasks.color import COLORS
from .color_cells import LEVELS, MIDDLES, cells_of

BASIC_COLORS: Final = COLORS

# Where a hue begins, as an angle of CIE Lab in degrees; it ends where the next one begins.
_HUES: Final = (
    (0, "PINK"),
    (18, "RED"),
    (46, "ORANGE"),
    (80, "YELLOW"),
    (109, "GREEN"),
    (168, "TEAL"),
    (228, "BLUE"),
    (308, "PURPLE"),
    (338, "PINK"),
)
_INDEX: Final = {name: index for index, name in enumerate(BASIC_COLORS)}

Floats = NDArray[np.float64]


@cache
def basic_color_table() -> NDArray[np.uint8]:
    """Return the basic colour of every cell of RGB, by the colour at the cell's middle.

    Returns
    -------
    ndarray of uint8, shape (32, 32, 32)
        Indices into `BASIC_COLORS`, by the upper five bits of blue, green and red; read only.

    References
    ----------
    Berlin and Kay (1969), "Basic Color Terms", for the categories and where their foci lie;
    Sturges and Whitfield (1995), "Locating basic colours in the Munsell space", Color Research and
    Application 20(6), for brown as dark orange and pink as light red.
    """
    flat = cells_of(MIDDLES)[None].astype(np.float32)
    lab = cv2.cvtColor(flat, cv2.COLOR_BGR2LAB)[0].astype(np.float64)
    table = _name_lab(lab).reshape(LEVELS, LEVELS, LEVELS)
    table.flags.writeable = False
    return table


def _name_lab(lab: Floats) -> NDArray[np.uint8]:
    """Name CIE Lab colours, shape (n, 3): by hue, then by what lightness and chroma make of it."""
    lightness = lab[:, 0]
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360
    names = _name_hue(hue)
    for name, holds in _exceptions(lightness, chroma, hue):
        names[holds] = _INDEX[name]
    return names


def _name_hue(hue: Floats) -> NDArray[np.uint8]:
    starts = np.array([start for start, _ in _HUES])
    indices = np.array([_INDEX[name] for _, name in _HUES], np.uint8)
    return np.asarray(indices[np.searchsorted(starts, hue, side="right") - 1])


def _exceptions(
    lightness: Floats, chroma: Floats, hue: Floats
) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return what overrules the hue, the stronger later."""
    red = (hue >= 338) | (hue < 46)
    orange = (hue >= 46) & (hue < 80)
    yellow = (hue >= 80) & (hue < 98)
    warm = (hue >= 40) & (hue < 112)
    dull_red = (hue >= 18) & (hue < 46) & (chroma < lightness)
    return [
        # Light red is pink unless it is vivid; what lies beyond it turns dark red or purple.
        ("PINK", red & (lightness > 62) & (chroma < 75)),
        ("PINK", (hue >= 324) & (lightness > 58)),
        ("PURPLE", (hue >= 338) & (lightness < 42)),
        ("RED", (hue < 18) & (lightness < 46) & (chroma < 60)),
        # Brown is dark orange, and what red and yellow turn to when they are dark or dull.
        ("BROWN", orange & (lightness < 62) & ((chroma < 58) | (lightness < 46))),
        ("BROWN", (orange | yellow) & (lightness < 78) & (chroma < 30)),
        ("BROWN", yellow & (lightness < 58)),
        ("BROWN", dull_red & (lightness < 60) & (chroma < 42)),
        ("GREEN", (hue >= 98) & (hue < 110) & (lightness < 55)),
        ("BLUE", (hue >= 205) & (hue < 228) & (lightness > 75)),
        ("BLUE", (hue >= 186) & (hue < 228) & (lightness > 88) & (chroma < 32)),
        ("WHITE", (chroma < 9) & (lightness >= 52)),
        ("WHITE", (chroma < 11) & (lightness > 85)),
        ("WHITE", warm & (chroma < 17) & (lightness > 76)),
        ("WHITE", warm & (chroma < 22) & (lightness > 92)),
        ("BLACK", (chroma < 9) & (lightness < 52)),
        ("BLACK", (chroma < 12) & (lightness < 25)),
        ("BLACK", (chroma < 25) & (lightness < 14)),
        ("BLACK", lightness < 6),
    ]
