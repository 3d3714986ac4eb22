"""Under which of a museum site's colours an artwork would be found."""

from typing import Final

from .task import Task

# The colours by which the site lets people browse. Each is shown by a typical rather than a pure
# one: what a person would mix for the name, and can be told from the others.
_SWATCHES: Final = {
    "BLACK": "#1a1a1a",
    "BROWN": "#7a4a21",
    "TEAL": "#0f8b8d",
    "GREEN": "#2e8b3d",
    "BLUE": "#2457c5",
    "WHITE": "#f4f1ea",
    "RED": "#c8202f",
    "YELLOW": "#f2c81e",
    "ORANGE": "#ee7d1b",
    "PURPLE": "#7b3fa0",
    "PINK": "#ee8fb4",
}
COLORS: Final = tuple(_SWATCHES)

COLOR: Final = Task(
    name="color",
    column="color",
    classes=COLORS,
    noun="colour",
    swatches=tuple(_SWATCHES.values()),
)
