from collections.abc import Mapping
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import CSS4_COLORS, XKCD_COLORS
from numpy.typing import NDArray

from src.features.color_cells import MIDDLES, cells_of
from src.features.color_names import COLOR_NAMES, name_colors, name_table
from src.features.oklab import linearize, to_oklab, to_polar
from src.tasks import COLOR

GREYS: Final = ("black", "dark grey", "grey", "light grey", "white")
LIGHT: Final = ("light ", "pale ")
# What is not a colour but how dark or light one is.
MODIFIERS: Final = ("dark ", *LIGHT)

CELL_NAMES: Final = np.array(COLOR_NAMES)[name_table().ravel()]
LIGHTNESS, CHROMA, HUE = to_polar(to_oklab(cells_of(linearize(MIDDLES))))


def names_of(*hexes: str) -> list[str]:
    rgb = np.array([list(bytes.fromhex(shown.removeprefix("#"))) for shown in hexes], np.uint8)
    return name_colors(rgb[:, ::-1])


# Well-known colours by their names in CSS, and here.
OF_CSS: Final[Mapping[str, str]] = {
    "black": "black",
    "dimgray": "grey",
    "gray": "grey",
    "darkgray": "grey",
    "silver": "light grey",
    "lightgray": "light grey",
    "gainsboro": "light grey",
    "whitesmoke": "white",
    "white": "white",
    "snow": "white",
    "red": "red",
    "crimson": "red",
    "firebrick": "red",
    "darkred": "dark red",
    "tomato": "coral",
    "lightpink": "light pink",
    "pink": "pale pink",
    "rosybrown": "dusty pink",
    "darkorange": "orange",
    "orange": "orange",
    "orangered": "orange red",
    "saddlebrown": "brown",
    "peru": "light brown",
    "tan": "tan",
    "wheat": "cream",
    "beige": "cream",
    "linen": "off-white",
    "goldenrod": "ochre",
    "darkkhaki": "khaki",
    "yellow": "yellow",
    "olive": "olive",
    "olivedrab": "olive green",
    "yellowgreen": "yellow green",
    "darkgreen": "dark green",
    "green": "green",
    "forestgreen": "green",
    "lightgreen": "light green",
    "palegreen": "pale green",
    "seagreen": "sea green",
    "teal": "teal",
    "turquoise": "turquoise",
    "paleturquoise": "pale turquoise",
    "cyan": "cyan",
    "skyblue": "sky blue",
    "steelblue": "steel blue",
    "slategray": "greyish blue",
    "lightsteelblue": "light blue",
    "cornflowerblue": "cornflower blue",
    "royalblue": "blue",
    "blue": "blue",
    "navy": "navy",
    "indigo": "indigo",
    "blueviolet": "violet",
    "lavender": "pale lavender",
    "purple": "purple",
    "thistle": "pale lilac",
    "plum": "orchid",
    "magenta": "magenta",
    "mediumvioletred": "magenta",
    "hotpink": "bright pink",
}
# Names that people of xkcd's survey gave, each to a colour that has the same name here.
OF_SURVEY: Final = """
dark brown, brown, light brown, reddish brown, beige, cream, ochre, khaki, mustard, olive green,
dark green, green, dark teal, teal, turquoise, sky blue, navy, blue, greyish blue, indigo,
periwinkle, dark purple, purple, light purple, lilac, mauve, plum, burgundy, dark red, red, rose,
coral, burnt orange, orange, peach, yellow, magenta
"""


@pytest.mark.parametrize(("known", "name"), OF_CSS.items())
def test_well_known_colours(known: str, name: str) -> None:
    assert names_of(str(CSS4_COLORS[known])) == [name]


@pytest.mark.parametrize("name", " ".join(OF_SURVEY.split()).split(", "))
def test_what_a_survey_calls_so(name: str) -> None:
    assert names_of(str(XKCD_COLORS[f"xkcd:{name}"])) == [name]


def test_what_is_between_grey_and_brown_is_neither() -> None:
    assert names_of("#7c6e66", "#808080", "#7c5a3c") == ["brownish grey", "grey", "brown"]


def test_the_circle_of_hues_has_no_seam() -> None:
    assert names_of("#b8206c", "#b82060") == ["deep pink", "deep pink"]


def test_every_name_is_used_and_none_looks_like_a_label() -> None:
    assert set(CELL_NAMES) == set(COLOR_NAMES)
    assert len(set(COLOR_NAMES)) == len(COLOR_NAMES) < 256
    assert all(name == name.lower() for name in COLOR_NAMES)
    assert not set(COLOR_NAMES) & set(COLOR.classes)


def test_greys_are_named_by_lightness_alone() -> None:
    levels = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(-1, 3)
    names = name_colors(levels)
    assert list(dict.fromkeys(names)) == list(GREYS)
    assert names == sorted(names, key=GREYS.index)


def test_what_has_no_colour_is_a_grey_and_what_has_much_is_none() -> None:
    assert set(CELL_NAMES[CHROMA < 0.014]) == set(GREYS)
    assert not set(CELL_NAMES[CHROMA >= 0.05]) & set(GREYS)
    # A colour that can hardly be seen is of what it is near: only what is dark has more of it.
    assert CHROMA[np.isin(CELL_NAMES, GREYS) & (LIGHTNESS > 0.36)].max() < 0.014


def test_dark_is_darker_than_light_than_pale() -> None:
    assert LIGHTNESS[_starts("dark ")].max() <= 0.5
    assert LIGHTNESS[_starts("light ")].min() > 0.6
    assert LIGHTNESS[_starts("pale ")].min() > 0.78


def test_darker_of_the_same_hue_is_never_light() -> None:
    """Beside what is called light, what is lighter and no more colourful is called light too."""
    light = _starts(*LIGHT)
    for noun in {_noun(name) for name in COLOR_NAMES if name.startswith(LIGHT)}:
        of_noun = np.isin(CELL_NAMES, [name for name in COLOR_NAMES if _noun(name) == noun])
        darker, lighter = np.flatnonzero(of_noun & light)[:, None], np.flatnonzero(of_noun & ~light)
        turned = np.abs((HUE[darker] - HUE[lighter] + 180) % 360 - 180)
        beside = (turned < 1) & (CHROMA[darker] >= CHROMA[lighter])
        assert not (beside & (LIGHTNESS[darker] < LIGHTNESS[lighter])).any(), noun


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_every_colour_has_the_name_of_its_cell(bgr: tuple[int, int, int]) -> None:
    b, g, r = (level // 8 for level in bgr)
    assert name_colors(np.array([bgr], np.uint8)) == [COLOR_NAMES[name_table()[b, g, r]]]


def test_the_table_is_made_once_and_cannot_be_changed() -> None:
    assert name_table() is name_table()
    with pytest.raises(ValueError, match="read-only"):
        name_table()[0, 0, 0] = 1


def test_no_colours_have_no_names() -> None:
    assert name_colors(np.empty((0, 3), np.uint8)) == []


def _starts(*words: str) -> NDArray[np.bool_]:
    return np.array([name.startswith(words) for name in COLOR_NAMES])[name_table().ravel()]


def _noun(name: str) -> str:
    word = next((word for word in MODIFIERS if name.startswith(word)), "")
    return name.removeprefix(word)
