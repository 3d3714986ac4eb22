from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.models.standing import find_places, find_standing
from src.tasks import COLOR, Task


def stood_on(label: str | None, parts: Mapping[str, float], task: Task = COLOR) -> str | None:
    rgb = np.array([list(bytes.fromhex(part[1:])) for part in parts], np.uint8).reshape(-1, 3)
    (place,) = find_standing([(rgb[:, ::-1], np.array(list(parts.values())))], task, [label])
    return None if place is None else list(parts)[place]


FOUR_BROWNS_AND_A_RED = {
    "#5b3a24": 0.35,
    "#7c5a3c": 0.3,
    "#9a7048": 0.2,
    "#3c2a1c": 0.1,
    "#b42a2a": 0.05,
}


def test_red_stands_on_the_red_among_four_browns_and_brown_on_a_brown() -> None:
    assert stood_on("RED", FOUR_BROWNS_AND_A_RED) == "#b42a2a"
    assert stood_on("BROWN", FOUR_BROWNS_AND_A_RED) == "#5b3a24"


def test_what_is_not_there_is_not_stood_on() -> None:
    for label in ("BLUE", "PINK", "PURPLE", "TEAL", "GREEN", "WHITE"):
        assert stood_on(label, FOUR_BROWNS_AND_A_RED) is None


@pytest.mark.parametrize(
    ("label", "color"),
    [
        ("BLACK", "#2b2b2b"),
        ("BLACK", "#808080"),
        ("WHITE", "#808080"),
        ("WHITE", "#e6dccb"),
        ("BROWN", "#7c6e66"),
        ("BROWN", "#d2b48c"),
        ("PINK", "#bd666d"),
        ("RED", "#bd666d"),
        ("PINK", "#e8c5cc"),
        ("ORANGE", "#b4693a"),
        ("YELLOW", "#c8b08a"),
        ("GREEN", "#556b2f"),
        ("GREEN", "#2f3a2a"),
        ("TEAL", "#8fbabf"),
        ("BLUE", "#92d2ea"),
        ("BLUE", "#1f2a44"),
        ("BLUE", "#9fb4d0"),
        ("PURPLE", "#6f5a78"),
        ("PURPLE", "#b597d2"),
    ],
)
def test_muted_colours_of_paintings_carry_a_label(label: str, color: str) -> None:
    assert stood_on(label, {color: 1.0}) == color


@pytest.mark.parametrize(
    ("label", "color"),
    [
        ("RED", "#5a4460"),
        ("RED", "#5a4a3a"),
        ("TEAL", "#c9c4b0"),
        ("BLUE", "#5b3a62"),
        ("GREEN", "#0000ff"),
        ("YELLOW", "#ffffff"),
        ("BROWN", "#000000"),
        ("PINK", "#ff0000"),
    ],
)
def test_colours_of_another_kind_do_not(label: str, color: str) -> None:
    assert stood_on(label, {color: 1.0}) is None


def test_pink_stands_on_what_is_light_rather_than_on_what_is_plum() -> None:
    sunset = {"#bd666d": 0.33, "#662856": 0.19, "#fcdae0": 0.17, "#92646e": 0.13, "#49134e": 0.12}
    assert stood_on("PINK", sunset) == "#fcdae0"
    assert stood_on("PURPLE", sunset) == "#49134e"
    assert stood_on("RED", sunset) == "#bd666d"


def test_of_two_that_are_alike_the_larger_part_is_stood_on() -> None:
    assert stood_on("BLACK", {"#0a0a0a": 0.4, "#0c0c0c": 0.6}) == "#0c0c0c"
    assert stood_on("BLACK", {"#0a0a0a": 0.6, "#0c0c0c": 0.4}) == "#0a0a0a"


@given(st.sampled_from(COLOR.classes), st.permutations(COLOR.swatches))
def test_every_class_stands_on_its_own_swatch(label: str, swatches: list[str]) -> None:
    parts = {swatch: 1 / len(swatches) for swatch in swatches}
    assert stood_on(label, parts) == COLOR.swatch_of(label)


def test_without_label_palette_or_colours_nothing_is_stood_on() -> None:
    medium = Task("medium", "medium", classes=("oil", "ink"))
    assert stood_on(None, {"#b42a2a": 1.0}) is None
    assert stood_on("RED", {}) is None
    assert stood_on("SILVER", {"#b42a2a": 1.0}) is None
    assert stood_on("oil", {"#b42a2a": 1.0}, medium) is None


def test_without_a_picture_nothing_is_answered() -> None:
    assert find_standing([], COLOR, []) == []


def test_any_task_whose_classes_are_colours_is_answered() -> None:
    sky = Task("sky", "sky", classes=("day", "dusk"), swatches=("#8fc0f0", "#e08a50"))
    assert stood_on("dusk", {"#7fb0e0": 0.8, "#d07a48": 0.2}, sky) == "#d07a48"


def test_places_say_where_a_colour_is() -> None:
    bgr = np.full((218, 218, 3), (40, 70, 110), np.uint8)
    bgr[150:, :70] = 30, 30, 190
    found = find_places(bgr, COLOR, "RED")
    assert found is not None
    assert np.argwhere(found > 0.8).tolist() == [[2, 0]]
    assert found[:2].max() < 0.1
    assert find_places(bgr, Task("mood", "mood", classes=("calm", "wild")), "calm") is None


def test_parts_without_a_pixel_are_of_no_colour() -> None:
    red = np.full((1, 2, 3), (20, 20, 220), np.uint8)
    found = find_places(red, COLOR, "RED")
    assert found is not None
    assert found.tolist() == [[1.0, 1.0, 0.0], [0.0] * 3, [0.0] * 3]


def test_pictures_stand_on_colours_of_their_own() -> None:
    parts: list[dict[str, float]] = [FOUR_BROWNS_AND_A_RED, {}, {"#b42a2a": 0.4, "#1f2a44": 0.6}]
    labels = ["RED", "RED", "BLUE"]
    palettes = [
        (
            np.array([list(bytes.fromhex(part[1:])) for part in own], np.uint8).reshape(-1, 3)[
                :, ::-1
            ],
            np.array(list(own.values())),
        )
        for own in parts
    ]
    assert find_standing(palettes, COLOR, labels) == [4, None, 1]
