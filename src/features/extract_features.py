"""The 18 numbers that describe a picture's colour: pure, from pixels to a vector."""

from dataclasses import dataclass
from typing import Final

from src.images import WORKING_SIZE

_CHANNELS: Final = ("b_bgr", "g_bgr", "r_bgr", "h_hsv", "s_hsv", "v_hsv", "l_lab", "a_lab", "b_lab")
FEATURE_NAMES: Final = tuple(f"{c}_{s}" for s in ("mean", "std") for c in _CHANNELS)


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """How pixels became numbers; stored with every model, which refuses features of another spec."""

    version: int
    names: tuple[str, ...]
    working_size: int
    decode: str


FEATURES_V1: Final = FeatureSpec(
    version=1,
    names=FEATURE_NAMES,
    working_size=WORKING_SIZE,
    decode="full decode, area-averaged to short side 218, centre crop",
)
