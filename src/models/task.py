"""What is asked of a picture: a task is a value, and everything downstream takes it as one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from src.features.color_names import name_pixels
from src.gallery.colors import COLORS


@dataclass(frozen=True, slots=True)
class Task:
    """One question with a closed set of answers.

    Attributes
    ----------
    name : str
        Names the model folder, ``models/<name>/``.
    target : str
        Column of the processed table that holds the answer.
    classes : tuple of str
        Every possible answer, in the order of reports.
    display_hex : tuple of str
        ``#rrggbb`` by which each class is shown, in the order of `classes`; empty where the
        classes are no colours.
    name_pixels : callable, optional
        Takes BGR pixels, uint8 of shape (n, 3), and returns which of `classes` each looks like.
    """

    name: str
    target: str
    classes: tuple[str, ...]
    display_hex: tuple[str, ...] = ()
    name_pixels: Callable[[NDArray[np.uint8]], NDArray[np.uint8]] | None = None

    def hex_of(self, label: str) -> str | None:
        """Return the display colour of a class, if it has one.

        Examples
        --------
        >>> COLOR.hex_of("TEAL"), COLOR.hex_of("oil on canvas")
        ('#0f8b8d', None)
        """
        return dict(zip(self.classes, self.display_hex, strict=False)).get(label)

    def name_colors(self, bgr: NDArray[np.uint8]) -> list[str | None]:
        """Return the class that each of some colours, shape (n, 3), looks like, if there is one.

        Examples
        --------
        >>> COLOR.name_colors(np.uint8([[255, 0, 0], [0, 0, 255]]))
        ['BLUE', 'RED']
        """
        if self.name_pixels is None:
            return [None] * len(bgr)
        return [self.classes[index] for index in self.name_pixels(bgr)]


# Typical rather than pure: what a person would mix for the name, and can be told from the others.
_COLOR_HEX: Final = {
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

COLOR: Final = Task(
    name="color",
    target="color",
    classes=COLORS,
    display_hex=tuple(_COLOR_HEX[name] for name in COLORS),
    name_pixels=name_pixels,
)

TASKS: Final[Mapping[str, Task]] = {COLOR.name: COLOR}
