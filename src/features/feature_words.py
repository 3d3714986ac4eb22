"""The features in words that need no knowledge of how pictures are stored (pure).

All that shows features to people takes its words from here, and puts the code beside them; what
programs read, a table or ``model.json``, holds the codes alone.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from ..tasks.color import COLORS

# A channel's word, and how its levels run as OpenCV scales them for pictures of 8 bits.
_CHANNELS: Final[Mapping[str, tuple[str, str]]] = {
    "b_bgr": ("blue light", "blue on a screen, from 0 to 255; white has all of it too"),
    "g_bgr": ("green light", "green on a screen, from 0 to 255; white has all of it too"),
    "r_bgr": ("red light", "red on a screen, from 0 to 255; white has all of it too"),
    "h_hsv": (
        "hue",
        "place in the rainbow, in steps of two degrees: red at 0, yellow 30, green 60, cyan 90, "
        "blue 120, magenta 150, red again at 179",
    ),
    "s_hsv": ("saturation", "from 0 (grey, black, white) to 255 (a pure colour)"),
    "v_hsv": ("brightness", "the strongest of red, green and blue light, from 0 (black) to 255"),
    "l_lab": ("lightness", "how light it looks, from 0 (black) to 255 (white)"),
    "a_lab": ("redness", "red against green: from 128 up reddish, below greenish"),
    "b_lab": ("yellowness", "yellow against blue: from 128 up yellowish, below bluish"),
}
CHANNELS: Final = tuple(_CHANNELS)
# What is told of a channel's levels, by the end of the code.
_STATISTICS: Final[Mapping[str, tuple[str, str]]] = {
    "mean": ("{}", "where nothing else is said, the average over the picture"),
    "std": (
        "variation of {}",
        "standard deviation within the picture; 0 if it is the same all over",
    ),
    "skew": (
        "skew of {}",
        "above 0: a few high spots on a low ground; below 0: a few low spots on a high one",
    ),
    "p10": ("low end of {}", "the level that a tenth of the picture does not exceed"),
    "p50": ("middle of {}", "the level that half of the picture does not exceed"),
    "p90": ("high end of {}", "the level that nine tenths of the picture do not exceed"),
}
_HUES: Final[Mapping[str, tuple[str, str]]] = {
    "hue_lab_cos": (
        "hue towards red",
        "from -1 (all green) to 1 (all red); vivid parts count more",
    ),
    "hue_lab_sin": (
        "hue towards yellow",
        "from -1 (all blue) to 1 (all yellow); vivid parts count more",
    ),
    "hue_lab_concentration": ("agreement of hues", "from 0 (hues in balance) to 1 (a single hue)"),
}
_SHARES: Final[Mapping[str, str]] = {
    f"{name.lower()}_share": f"share of {name.lower()}" for name in COLORS
}
_SHARE_MEANING: Final = "part of the picture that would be called so, from 0 to 1"
_GROUPS: Final[Mapping[str, str]] = {
    "bgr": "red, green and blue light (BGR)",
    "hsv": "hue, saturation and brightness (HSV)",
    "lab": "lightness, redness and yellowness (Lab)",
    "others": "the others",
}


def describe_feature(name: str) -> str:
    """Return a feature in words, or its code where there are none, as for a network's features.

    Parameters
    ----------
    name : str
        Its code, as a `FeatureSpec` names it.

    Examples
    --------
    >>> describe_feature("a_lab_mean"), describe_feature("s_hsv_std")
    ('redness', 'variation of saturation')
    >>> describe_feature("v_hsv_p90"), describe_feature("teal_share"), describe_feature("block1")
    ('high end of brightness', 'share of teal', 'block1')
    """
    if name in _HUES:
        return _HUES[name][0]
    channel, statistic = _split(name)
    if channel not in _CHANNELS or statistic not in _STATISTICS:
        return _SHARES.get(name, name)
    return _STATISTICS[statistic][0].format(_CHANNELS[channel][0])


def label_feature(name: str, between: str = " ") -> str:
    """Return a feature in words with its code beside them, or below: ``between`` parts the two.

    Examples
    --------
    >>> label_feature("a_lab_mean"), label_feature("block1_mean")
    ('redness (a_lab_mean)', 'block1_mean')
    """
    words = describe_feature(name)
    return name if words == name else f"{words}{between}({name})"


def label_channel(channel: str) -> str:
    """Return a channel in words with its code beside them.

    Examples
    --------
    >>> label_channel("v_hsv")
    'brightness (v_hsv)'
    """
    return f"{_CHANNELS[channel][0]} ({channel})" if channel in _CHANNELS else channel


def label_group(group: str) -> str:
    """Return in words a group of features, as `group_features` calls it.

    Examples
    --------
    >>> label_group("hsv"), label_group("block1")
    ('hue, saturation and brightness (HSV)', 'block1')
    """
    return _GROUPS.get(group, group)


def list_meanings(names: Iterable[str]) -> list[tuple[str, str, str]]:
    """Return words, code and meaning of all that features are made of.

    Parameters
    ----------
    names : iterable of str
        Codes of features.

    Returns
    -------
    list of tuple of str
        Channels, then what is told of them, then what stands alone; nothing of a feature without
        words.

    Examples
    --------
    >>> for words, code, meaning in list_meanings(["l_lab_mean", "l_lab_std", "block1_mean"]):
    ...     print(words, code, meaning, sep=" | ")
    lightness | l_lab_… | how light it looks, from 0 (black) to 255 (white)
    … | …_mean | where nothing else is said, the average over the picture
    variation of … | …_std | standard deviation within the picture; 0 if it is the same all over
    """
    known = [name for name in names if describe_feature(name) != name]
    parts = [_split(name) for name in known]
    channels, statistics = {channel for channel, _ in parts}, {end for _, end in parts}
    return [
        *(
            (words, f"{code}_…", told)
            for code, (words, told) in _CHANNELS.items()
            if code in channels
        ),
        *(
            (words.format("…"), f"…_{code}", told)
            for code, (words, told) in _STATISTICS.items()
            if code in statistics
        ),
        *((words, code, told) for code, (words, told) in _HUES.items() if code in known),
        *([("share of …", "…_share", _SHARE_MEANING)] if _SHARES.keys() & set(known) else []),
    ]


def _split(name: str) -> tuple[str, str]:
    """Return the channel and what is told of it."""
    channel, _, statistic = name.rpartition("_")
    return channel, statistic
