import re

import numpy as np

from src.features.color_names import COLOR_NAMES, name_pixels
from src.gallery.colors import COLORS
from src.models.task import COLOR, TASKS, Task


def test_every_colour_is_shown_by_one_that_has_its_name() -> None:
    assert COLOR.classes == COLORS == COLOR_NAMES
    assert len(COLOR.display_hex) == len(set(COLOR.display_hex)) == len(COLORS)
    assert all(re.fullmatch("#[0-9a-f]{6}", shown) for shown in COLOR.display_hex)
    rgb = [list(bytes.fromhex(shown[1:])) for shown in COLOR.display_hex]
    names = [COLORS[i] for i in name_pixels(np.array(rgb, np.uint8)[:, ::-1])]
    assert names == list(COLORS)


def test_a_task_need_not_know_colours() -> None:
    medium = Task("medium", "medium", ("oil", "ink"))
    assert medium.hex_of("oil") is None
    assert medium.name_colors(np.zeros((2, 3), np.uint8)) == [None, None]


def test_a_task_is_a_value() -> None:
    assert TASKS["color"] is COLOR
    assert hash(COLOR) == hash(Task("color", "color", COLORS, COLOR.display_hex, name_pixels))
