import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import XKCD_COLORS

from src.features.basic_colors import BASIC_COLORS, basic_color_table
from src.features.color_cells import look_up


def name_of(hex_color: str) -> str:
    bgr = np.array(list(bytes.fromhex(hex_color.removeprefix("#")))[::-1], np.uint8)
    return BASIC_COLORS[look_up(basic_color_table(), bgr)]


@pytest.mark.parametrize(
    ("hex_color", "name"),
    [
        ("#000000", "BLACK"),
        ("#2b2b2b", "BLACK"),
        ("#ffffff", "WHITE"),
        ("#fffdd0", "WHITE"),
        ("#ff0000", "RED"),
        ("#8b0000", "RED"),
        ("#dc143c", "RED"),
        ("#ff7f00", "ORANGE"),
        ("#ffff00", "YELLOW"),
        ("#ffd700", "YELLOW"),
        ("#008000", "GREEN"),
        ("#228b22", "GREEN"),
        ("#008080", "TEAL"),
        ("#40e0d0", "TEAL"),
        ("#0000ff", "BLUE"),
        ("#000080", "BLUE"),
        ("#87ceeb", "BLUE"),
        ("#800080", "PURPLE"),
        ("#8a2be2", "PURPLE"),
        ("#ffc0cb", "PINK"),
        ("#ff69b4", "PINK"),
        ("#8b4513", "BROWN"),
        ("#d2b48c", "BROWN"),
    ],
)
def test_colours_that_everybody_names_alike(hex_color: str, name: str) -> None:
    assert name_of(hex_color) == name


def test_people_name_nine_in_ten_colours_of_a_survey_as_the_table_does() -> None:
    """xkcd's survey, where the name holds one of ours alone and ends with it."""
    agreed = []
    for key, hex_color in XKCD_COLORS.items():
        words = key.removeprefix("xkcd:").upper()
        said = [name for name in BASIC_COLORS if name in words]
        if len(said) == 1 and words.split()[-1] == said[0]:
            agreed.append(name_of(str(hex_color)) == said[0])
    assert len(agreed) > 400
    assert np.mean(agreed) > 0.9


def test_greys_are_black_or_white_by_lightness() -> None:
    greys = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(-1, 3)
    names = np.array(BASIC_COLORS)[look_up(basic_color_table(), greys)]
    assert set(names) == {"BLACK", "WHITE"}
    assert (names[:-1] != names[1:]).sum() == 1
    assert names[0] == "BLACK"


def test_the_table_names_all_of_rgb_with_all_names_and_cannot_be_changed() -> None:
    table = basic_color_table()
    assert table.shape == (32, 32, 32)
    assert table.dtype == np.uint8
    assert np.bincount(table.ravel(), minlength=11).min() > 100
    assert basic_color_table() is table
    with pytest.raises(ValueError, match="read-only"):
        table[0, 0, 0] = 1


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_every_pixel_has_the_name_of_its_cell(bgr: tuple[int, int, int]) -> None:
    found = look_up(basic_color_table(), np.array([[bgr]], np.uint8))
    b, g, r = (level // 8 for level in bgr)
    assert found.shape == (1, 1)
    assert found[0, 0] == basic_color_table()[b, g, r]
