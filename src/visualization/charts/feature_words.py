"""How features are called in figures: in words, with their colour space (pure)."""

from collections.abc import Sequence
from typing import Final

CHANNELS: Final = {
    "b_bgr": "blue",
    "g_bgr": "green",
    "r_bgr": "red",
    "h_hsv": "hue",
    "s_hsv": "saturation",
    "v_hsv": "value",
    "l_lab": "lightness L",
    "a_lab": "a (green to red)",
    "b_lab": "b (blue to yellow)",
}
SPACES: Final = {"bgr": "B, G, R", "hsv": "H, S, V", "lab": "L, a, b"}


def channels_of(names: Sequence[str]) -> list[str]:
    """Return the channels that have a mean among the features, in the order of `CHANNELS`.

    Examples
    --------
    >>> channels_of(["l_lab_std", "l_lab_mean", "b_bgr_mean"])
    ['b_bgr', 'l_lab']
    """
    return [channel for channel in CHANNELS if f"{channel}_mean" in names]
