"""The colours by which the museum site lets people browse its artworks."""

from typing import Final

COLORS: Final = (
    "BLACK",
    "BROWN",
    "TEAL",
    "GREEN",
    "BLUE",
    "WHITE",
    "RED",
    "YELLOW",
    "ORANGE",
    "PURPLE",
    "PINK",
)
