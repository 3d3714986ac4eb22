import re
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from src.features.extract_features import FEATURE_NAMES
from src.features.extract_features_v2 import FEATURE_NAMES_V2, extract_features_v2
from src.features.feature_words import (
    describe_feature,
    label_channel,
    label_feature,
    label_group,
    list_meanings,
)
from src.models.studies.owen_values import OTHERS, SPACES

# As blue, green, red.
BLACK, GREY, WHITE = (0, 0, 0), (128, 128, 128), (255, 255, 255)
RED, GREEN, BLUE, YELLOW = (0, 0, 255), (0, 255, 0), (255, 0, 0), (0, 255, 255)
CYAN, MAGENTA = (255, 255, 0), (255, 0, 255)
PASTEL = (190, 190, 255)


def measure(*bgr: tuple[int, int, int]) -> dict[str, float]:
    """Return by words the features of a picture that has these colours in equal parts."""
    pixels: NDArray[np.uint8] = np.array([bgr], np.uint8)
    values = extract_features_v2(pixels)
    return {
        describe_feature(name): float(value)
        for name, value in zip(FEATURE_NAMES_V2, values, strict=True)
    }


def test_every_feature_of_either_version_has_words_of_its_own_without_a_code() -> None:
    words = [describe_feature(name) for name in FEATURE_NAMES_V2]
    assert len(set(words)) == 64
    assert not [text for text in words if not re.fullmatch(r"[a-z]+( [a-z]+)*", text)]
    assert [text for text in words if re.search(r"bgr|hsv|lab\b|std|mean", text)] == []


@pytest.mark.parametrize(
    ("words", "low", "high"),
    [
        ("redness", GREEN, GREY),
        ("redness", GREY, RED),
        ("yellowness", BLUE, GREY),
        ("yellowness", GREY, YELLOW),
        ("brightness", BLACK, GREY),
        ("lightness", BLUE, YELLOW),
        ("saturation", PASTEL, RED),
        ("red light", CYAN, RED),
        ("green light", MAGENTA, GREEN),
        ("blue light", YELLOW, BLUE),
        ("hue towards red", GREEN, RED),
        ("hue towards yellow", BLUE, YELLOW),
        ("share of teal", RED, (140, 140, 20)),
    ],
)
def test_words_mean_what_is_measured(
    words: str, low: tuple[int, int, int], high: tuple[int, int, int]
) -> None:
    assert measure(low)[words] < measure(high)[words]


def test_words_of_spread_mean_what_is_measured() -> None:
    flat, spotted = measure(GREY), measure(*[BLACK] * 8, *[WHITE] * 2)
    assert flat["variation of brightness"] == 0 < spotted["variation of brightness"]
    assert spotted["skew of brightness"] > 0
    assert measure(*[BLACK] * 2, *[WHITE] * 8)["skew of brightness"] < 0
    ends = [spotted[f"{end} of brightness"] for end in ("low end", "middle", "high end")]
    assert ends == [0, 0, 255]
    assert measure(RED)["agreement of hues"] > measure(RED, CYAN)["agreement of hues"]


def test_meanings_give_the_levels_of_opencv() -> None:
    told = {words: meaning for words, _, meaning in list_meanings(FEATURE_NAMES)}
    wheel = {"red": RED, "yellow": YELLOW, "green": GREEN, "cyan": CYAN, "blue": BLUE}
    for name, color in (wheel | {"magenta": MAGENTA}).items():
        place = re.search(rf"{name}(?: at)? (\d+)", told["hue"])
        assert place is not None
        assert measure(color)["hue"] == int(place[1])
    for words in ("redness", "yellowness"):
        assert f" {measure(GREY)[words]:.0f} " in told[words]
    assert (measure(WHITE)["lightness"], measure(RED)["brightness"]) == (255, 255)
    for color in (GREY, BLACK, WHITE):
        assert measure(color)["saturation"] == 0
    assert [measure(WHITE)[f"{name} light"] for name in ("red", "green", "blue")] == [255] * 3


@pytest.mark.parametrize(("names", "rows"), [(FEATURE_NAMES, 9 + 2), (FEATURE_NAMES_V2, 9 + 6 + 4)])
def test_all_that_a_feature_is_made_of_is_listed_with_its_code(
    names: tuple[str, ...], rows: int
) -> None:
    listed = list_meanings(names)
    assert len(listed) == rows
    patterns = [code.replace("…", r"\w+") for _, code, _ in listed]
    for name in names:
        assert any(re.fullmatch(pattern, name) for pattern in patterns), name


@pytest.mark.parametrize("show", [describe_feature, label_feature, label_channel, label_group])
@pytest.mark.parametrize("name", ["block1_mean", "a_lab", "beige_share", "a_lab_max", "_mean", ""])
def test_what_has_no_words_keeps_its_code(show: Callable[[str], str], name: str) -> None:
    if (show, name) == (label_channel, "a_lab"):
        assert show(name) == "redness (a_lab)"
    else:
        assert show(name) == name
    assert list_meanings([name]) == []


def test_groups_have_words() -> None:
    for group in (*SPACES, OTHERS):
        assert label_group(group) != group
