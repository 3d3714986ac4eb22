"""Which features belong together: those of one colour space (pure)."""

from collections.abc import Sequence
from typing import Final

SPACES: Final = ("bgr", "hsv", "lab")
OTHERS: Final = "others"


def group_by_space(names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Return the places of the features of each colour space.

    The eighteen features are collinear: B, G, R can be told from H, S, V or from L, a, b to a few
    per cent. What one of them is worth alone says little, for another stands in for it; the six of
    a colour space are the smallest part that is replaced as a whole.

    Parameters
    ----------
    names : sequence of str
        Features, with their colour space between underscores.

    Returns
    -------
    dict of str to tuple of int
        ``bgr``, ``hsv``, ``lab``, and ``others`` for what names no colour space; no empty ones.

    Examples
    --------
    >>> group_by_space(["b_bgr_mean", "a_lab_mean", "a_lab_std"])
    {'bgr': (0,), 'lab': (1, 2)}
    """
    found: dict[str, list[int]] = {space: [] for space in (*SPACES, OTHERS)}
    for i, name in enumerate(names):
        found[next((s for s in SPACES if f"_{s}_" in name), OTHERS)].append(i)
    return {space: tuple(places) for space, places in found.items() if places}
