import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.models.standing import find_standing
from src.tasks import COLOR, Task


def stood_on(label: str | None, task: Task = COLOR, **parts: float) -> str | None:
    """Ask with colours as ``x7a4a21=0.9``."""
    rgb = np.array([list(bytes.fromhex(part[1:])) for part in parts], np.uint8).reshape(-1, 3)
    place = find_standing(rgb[:, ::-1], np.array(list(parts.values())), task, label)
    return None if place is None else list(parts)[place]


FOUR_BROWNS_AND_A_RED = {
    "x5b3a24": 0.35,
    "x7c5a3c": 0.3,
    "x9a7048": 0.2,
    "x3c2a1c": 0.1,
    "xb42a2a": 0.05,
}


def test_red_stands_on_the_red_among_four_browns_and_brown_on_a_brown() -> None:
    assert stood_on("RED", **FOUR_BROWNS_AND_A_RED) == "xb42a2a"
    assert stood_on("BROWN", **FOUR_BROWNS_AND_A_RED) == "x5b3a24"


def test_what_is_not_there_is_not_stood_on() -> None:
    for label in ("BLUE", "PINK", "PURPLE", "TEAL", "GREEN", "WHITE"):
        assert stood_on(label, **FOUR_BROWNS_AND_A_RED) is None


@pytest.mark.parametrize(
    ("label", "color"),
    [
        ("BLACK", "x2b2b2b"),
        ("BLACK", "x808080"),
        ("WHITE", "x808080"),
        ("WHITE", "xe6dccb"),
        ("BROWN", "x7c6e66"),
        ("BROWN", "xd2b48c"),
        ("PINK", "xbd666d"),
        ("RED", "xbd666d"),
        ("PINK", "xe8c5cc"),
        ("ORANGE", "xb4693a"),
        ("YELLOW", "xc8b08a"),
        ("GREEN", "x556b2f"),
        ("GREEN", "x2f3a2a"),
        ("TEAL", "x8fbabf"),
        ("BLUE", "x92d2ea"),
        ("BLUE", "x1f2a44"),
        ("BLUE", "x9fb4d0"),
        ("PURPLE", "x6f5a78"),
        ("PURPLE", "xb597d2"),
    ],
)
def test_muted_colours_of_paintings_carry_a_label(label: str, color: str) -> None:
    assert stood_on(label, **{color: 1.0}) == color


@pytest.mark.parametrize(
    ("label", "color"),
    [
        ("RED", "x5a4460"),
        ("RED", "x5a4a3a"),
        ("TEAL", "xc9c4b0"),
        ("BLUE", "x5b3a62"),
        ("GREEN", "x0000ff"),
        ("YELLOW", "xffffff"),
        ("BROWN", "x000000"),
        ("PINK", "xff0000"),
    ],
)
def test_colours_of_another_kind_do_not(label: str, color: str) -> None:
    assert stood_on(label, **{color: 1.0}) is None


def test_of_two_that_are_alike_the_larger_part_is_stood_on() -> None:
    assert stood_on("BLACK", x0a0a0a=0.4, x0c0c0c=0.6) == "x0c0c0c"
    assert stood_on("BLACK", x0a0a0a=0.6, x0c0c0c=0.4) == "x0a0a0a"


@given(st.sampled_from(COLOR.classes), st.permutations(COLOR.swatches))
def test_every_class_stands_on_its_own_swatch(label: str, swatches: list[str]) -> None:
    parts = {"x" + swatch[1:]: 1 / len(swatches) for swatch in swatches}
    shown = COLOR.swatch_of(label)
    assert shown is not None
    assert stood_on(label, **parts) == "x" + shown[1:]


def test_without_label_palette_or_colours_nothing_is_stood_on() -> None:
    assert stood_on(None, xb42a2a=1.0) is None
    assert stood_on("RED") is None
    assert stood_on("SILVER", xb42a2a=1.0) is None
    assert stood_on("oil", Task("medium", "medium", classes=("oil", "ink")), xb42a2a=1.0) is None


def test_any_task_whose_classes_are_colours_is_answered() -> None:
    sky = Task("sky", "sky", classes=("day", "dusk"), swatches=("#8fc0f0", "#e08a50"))
    assert stood_on("dusk", sky, x7fb0e0=0.8, xd07a48=0.2) == "xd07a48"
