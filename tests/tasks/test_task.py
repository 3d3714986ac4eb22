import re

import numpy as np

from src.features.basic_colors import BASIC_COLORS, basic_color_table
from src.features.color_cells import look_up
from src.tasks import COLOR, TASKS, Task
from src.tasks.color import COLORS


def test_every_colour_is_shown_by_one_that_has_its_name() -> None:
    assert COLOR.classes == COLORS == BASIC_COLORS
    assert len(COLOR.swatches) == len(set(COLOR.swatches)) == len(COLORS)
    assert all(re.fullmatch("#[0-9a-f]{6}", shown) for shown in COLOR.swatches)
    rgb = [list(bytes.fromhex(shown[1:])) for shown in COLOR.swatches]
    bgr = np.array(rgb, np.uint8)[:, ::-1]
    names = [COLORS[i] for i in look_up(basic_color_table(), bgr)]
    assert names == list(COLORS)


def test_a_task_need_not_know_colours() -> None:
    medium = Task("medium", "medium", classes=("oil", "ink"))
    assert medium.swatch_of("oil") is None


def test_a_task_is_a_value() -> None:
    assert TASKS["color"] is COLOR
    same = Task("color", "color", classes=COLORS, noun="colour", swatches=COLOR.swatches)
    assert hash(COLOR) == hash(same)


def test_classes_are_learned_where_the_task_has_none() -> None:
    assert COLOR.learned(["cat"]) is COLOR
    assert Task("pet", "animal").learned(["cat", "dog"]).classes == ("cat", "dog")
    assert (COLOR.called, Task("pet", "animal").called) == ("colour", "pet")
