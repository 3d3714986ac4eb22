"""The name of a pixel's colour, in the words that people use of paintings: pure.

The names are of a picture's palette, for people to read; no feature and no label depends on them.
They are in lower case, so that nobody takes them for labels.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .color_cells import LEVELS, MIDDLES, cells_of, look_up
from .oklab import linearize, to_oklab, to_polar

# Where the columns of the chart end in lightness, and its first two rows in chroma, both of Oklab.
_COLUMN_ENDS: Final = (0.36, 0.5, 0.635, 0.79, 0.89)
_ROW_ENDS: Final = (0.03, 0.08)
# From a hue on, and with the chroma at which it is vivid: from dark to light, and greyish to vivid.
_CHART: Final = {
    (-8, 0.155): (
        "dark grey|purplish grey|pinkish grey|pinkish grey|pale pink|pale pink",
        "dark plum|dark mauve|mauve|dusty pink|pale pink|pale pink",
        "burgundy|wine|rose|pink|light pink|pale pink",
        "burgundy|raspberry|deep pink|bright pink|light pink|pale pink",
    ),
    (16, 0.12): (
        "dark brown|brownish grey|brownish grey|pinkish grey|pale pink|off-white",
        "dark brown|reddish brown|dusty rose|dusty pink|pale pink|pale pink",
        "maroon|dark red|dusty red|salmon|light pink|pale pink",
        "maroon|dark red|red|coral|light pink|pale pink",
    ),
    (34, 0.13): (
        "dark brown|brownish grey|brownish grey|greyish beige|pale beige|off-white",
        "dark brown|reddish brown|brown|pinkish beige|pale peach|pale peach",
        "dark brown|reddish brown|terracotta|salmon|peach|pale peach",
        "reddish brown|rust|burnt orange|orange red|peach|pale peach",
    ),
    (47, 0.13): (
        "dark brown|brownish grey|brownish grey|greyish beige|pale beige|off-white",
        "dark brown|brown|brown|light brown|beige|cream",
        "dark brown|brown|brown|light brown|peach|pale peach",
        "brown|rust|burnt orange|orange|orange|pale peach",
    ),
    (71, 0.16): (
        "dark brown|brownish grey|brownish grey|greyish beige|pale beige|off-white",
        "dark brown|brown|brown|tan|beige|cream",
        "dark brown|brown|ochre|ochre|sand|pale yellow",
        "dark brown|brown|ochre|gold|golden yellow|golden yellow",
    ),
    (94, 0.115): (
        "dark olive|olive grey|olive grey|greyish beige|pale beige|off-white",
        "dark olive|olive brown|khaki|khaki|beige|cream",
        "dark olive|olive|olive|khaki|dull yellow|pale yellow",
        "dark olive|olive|olive|mustard|yellow|yellow",
    ),
    (114, 0.155): (
        "dark olive|olive grey|greenish grey|greenish grey|light greenish grey|off-white",
        "dark olive|olive|greyish green|sage|pale green|pale green",
        "dark olive|olive green|olive green|light olive|light green|pale green",
        "dark olive|olive green|olive green|yellow green|yellow green|yellow green",
    ),
    (129, 0.16): (
        "dark grey|greenish grey|greenish grey|greenish grey|light greenish grey|pale green",
        "dark green|dark green|greyish green|sage|pale green|pale green",
        "dark green|dark green|green|soft green|light green|pale green",
        "dark green|dark green|green|green|bright green|bright green",
    ),
    (152, 0.155): (
        "dark grey|greenish grey|greenish grey|greenish grey|light greenish grey|pale green",
        "dark green|dark green|greyish green|sage|pale mint|pale mint",
        "dark green|dark green|sea green|sea green|mint|mint",
        "dark green|dark green|emerald|emerald|bright green|mint",
    ),
    (176, 0.15): (
        "dark grey|bluish grey|bluish grey|bluish grey|light bluish grey|pale blue",
        "dark teal|dark teal|greyish teal|light teal|pale turquoise|pale turquoise",
        "dark teal|dark teal|teal|turquoise|turquoise|cyan",
        "dark teal|dark teal|teal|turquoise|turquoise|cyan",
    ),
    (212, 0.155): (
        "dark grey|bluish grey|bluish grey|bluish grey|light bluish grey|pale blue",
        "dark blue|slate blue|greyish blue|dusty blue|light blue|pale blue",
        "dark blue|dark blue|steel blue|sky blue|sky blue|pale blue",
        "dark blue|blue|blue|sky blue|sky blue|pale blue",
    ),
    (250, 0.155): (
        "dark grey|bluish grey|bluish grey|bluish grey|light bluish grey|pale blue",
        "dark blue|slate blue|greyish blue|dusty blue|light blue|pale blue",
        "navy|dark blue|blue|cornflower blue|light blue|pale blue",
        "navy|blue|blue|bright blue|light blue|pale blue",
    ),
    (280, 0.155): (
        "dark grey|purplish grey|purplish grey|purplish grey|light purplish grey|pale lavender",
        "dark purple|dusty purple|dusty purple|lavender|pale lavender|pale lavender",
        "indigo|indigo|violet|periwinkle|lavender|pale lavender",
        "indigo|violet|violet|periwinkle|lavender|pale lavender",
    ),
    (303, 0.155): (
        "dark grey|purplish grey|purplish grey|purplish grey|light purplish grey|pale lilac",
        "dark purple|dusty purple|dusty purple|lilac|pale lilac|pale lilac",
        "dark purple|purple|purple|lilac|lilac|pale lilac",
        "dark purple|purple|purple|light purple|lilac|pale lilac",
    ),
    (322, 0.155): (
        "dark grey|purplish grey|purplish grey|purplish grey|pale pink|pale pink",
        "dark purple|dusty purple|mauve|light mauve|pale lilac|pale lilac",
        "plum|plum|mauve|orchid|lilac|pale lilac",
        "dark purple|purple|magenta|magenta|pink|pale pink",
    ),
    (340, 0.155): (
        "dark grey|purplish grey|pinkish grey|pinkish grey|pale pink|pale pink",
        "dark plum|dusty purple|mauve|light mauve|pale pink|pale pink",
        "plum|plum|rose|pink|light pink|pale pink",
        "plum|magenta|magenta|bright pink|light pink|pale pink",
    ),
}
# Less than this is no colour to the eye; near black, somewhat more is none either.
_GREY_CHROMA: Final = 0.014
_GREYS: Final = "black|dark grey|grey|light grey|white"
_GREY_ENDS: Final = (0.25, 0.48, 0.75, 0.91)

_BLOCKS: Final = tuple(name for rows in _CHART.values() for row in rows for name in row.split("|"))
COLOR_NAMES: Final = tuple(dict.fromkeys((*_GREYS.split("|"), *_BLOCKS)))
_INDEX: Final = {name: index for index, name in enumerate(COLOR_NAMES)}

Floats = NDArray[np.float64]


def name_colors(bgr: NDArray[np.uint8]) -> list[str]:
    """Name colours.

    Parameters
    ----------
    bgr : ndarray of uint8, shape (n, 3)

    Returns
    -------
    list of str
        Of `COLOR_NAMES`.

    Examples
    --------
    >>> sky, mud, stone = (235, 206, 135), (19, 69, 100), (128, 128, 128)
    >>> name_colors(np.uint8([sky, mud, stone]))
    ['sky blue', 'brown', 'grey']
    """
    return [COLOR_NAMES[index] for index in look_up(name_table(), bgr).tolist()]


@cache
def name_table() -> NDArray[np.uint8]:
    """Return the name of every cell of RGB, by the colour at the cell's middle.

    As in the ISCC-NBS system, blocks of hue, lightness and chroma have a name each; the names are
    those that people say, which a survey tells, rather than the standard's.

    Returns
    -------
    ndarray of uint8, shape (32, 32, 32)
        Indices into `COLOR_NAMES`, by the upper five bits of blue, green and red; read only.

    References
    ----------
    Kelly and Judd (1976), "Color: Universal Language and Dictionary of Names", NBS Special
    Publication 440, for the blocks; Munroe (2010), "Color Survey Results", https://xkcd.com/color/
    (CC0), for what people say.
    """
    lightness, chroma, hue = to_polar(to_oklab(cells_of(linearize(MIDDLES))))
    names = np.where(_is_grey(lightness, chroma), _greys(lightness), _block(lightness, chroma, hue))
    table = names.astype(np.uint8).reshape(LEVELS, LEVELS, LEVELS)
    table.flags.writeable = False
    return table


def _is_grey(lightness: Floats, chroma: Floats) -> NDArray[np.bool_]:
    dark = (lightness < 0.25) & (chroma < 0.025) | (lightness < 0.18) & (chroma < 0.05)
    return np.asarray((chroma < _GREY_CHROMA) | dark)


def _greys(lightness: Floats) -> NDArray[np.intp]:
    names = np.array([_INDEX[name] for name in _GREYS.split("|")])
    return np.asarray(names[np.searchsorted(_GREY_ENDS, lightness, side="right")])


def _block(lightness: Floats, chroma: Floats, hue: Floats) -> NDArray[np.intp]:
    names = np.array([_INDEX[name] for name in _BLOCKS])
    starts, vivid_from = np.array(list(_CHART)).T
    # What ends the circle begins it.
    family = np.searchsorted(starts, (hue - starts[0]) % 360 + starts[0], side="right") - 1
    row = np.searchsorted(_ROW_ENDS, chroma, side="right") + (chroma >= vivid_from[family])
    column = np.searchsorted(_COLUMN_ENDS, lightness, side="right")
    return np.asarray(names.reshape(len(starts), -1, len(_COLUMN_ENDS) + 1)[family, row, column])
