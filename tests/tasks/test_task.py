import re

import numpy as np
import pytest

from src.features.basic_colors import BASIC_COLORS, basic_color_table
from src.features.color_cells import look_up
from src.tasks import (
    ARTIST,
    COLOR,
    MEDIUM,
    SAME_ARTIST,
    TASKS,
    TRADITIONAL,
    Kind,
    Task,
    dataset_of,
    find_task,
    may_lack_group,
)
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


def test_tasks_of_the_package_are_found_by_name_and_ask_for_what_answers_them() -> None:
    assert find_task("artist") is ARTIST
    assert (ARTIST.features, SAME_ARTIST.features, COLOR.features) == (
        "embedding",
        "embedding",
        "color",
    )
    assert SAME_ARTIST.kind is Kind.SAME
    assert not ARTIST.classes


def test_only_colour_has_the_data_set_without_a_name() -> None:
    assert dataset_of(COLOR, None) is None
    assert dataset_of(ARTIST, None) == "artist"


@pytest.mark.parametrize(
    ("task", "may"),
    [
        (ARTIST, True),
        (find_task("artist", group="school"), False),
        (find_task("shape", group="cluster"), False),
    ],
)
def test_a_group_that_was_asked_for_must_be_there(task: Task, may: bool) -> None:
    assert may_lack_group(task) is may


def test_media_are_equal_and_their_pictures_grouped_where_the_table_says_how() -> None:
    assert find_task("medium") is MEDIUM
    assert (MEDIUM.features, MEDIUM.balanced, COLOR.balanced) == ("embedding", True, False)
    assert set(TRADITIONAL) == set(MEDIUM.classes) - {"digital", "photo"}
    assert may_lack_group(MEDIUM)
