"""What a network sees of a picture when some of its parts are hidden."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...features.backbones import Backbone
from ...features.embedding import measure_square

# Nine parts, each small enough to say where, and few enough for a second of work: all orders in
# which the parts of a third come together take 72 pictures.
THIRDS: Final = {
    "upper third": ("top left", "top", "top right"),
    "middle third": ("left", "middle", "right"),
    "lower third": ("bottom left", "bottom", "bottom right"),
}
REGIONS: Final = tuple(name for names in THIRDS.values() for name in names)
_SIDE: Final = len(THIRDS)
# So many mean colours along a side are left of what is hidden: what is where can be guessed, how it
# is painted cannot. With fewer, models are as good as sure of some class, always the same one.
GRAINS: Final = 16


@dataclass(frozen=True, slots=True)
class PartlyHidden:
    """A picture whose parts can be hidden: blurred, so that hardly an edge appears.

    Attributes
    ----------
    square : ndarray of uint8, shape (side, side, 3)
        What the network sees of it.
    backbone : Backbone
    """

    square: NDArray[np.uint8]
    backbone: Backbone
    _rows: dict[bytes, NDArray[np.float64]] = field(default_factory=dict)

    def rows(self, shown: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return what is measured, shape (n, width), where these parts are shown, shape (n, 9)."""
        return np.array(list(map(self._row, shown)))

    def _row(self, shown: NDArray[np.bool_]) -> NDArray[np.float64]:
        key = shown.tobytes()
        if key not in self._rows:
            self._rows[key] = measure_square(self._hide(shown), self.backbone)
        return self._rows[key]

    def _hide(self, shown: NDArray[np.bool_]) -> NDArray[np.uint8]:
        hidden = blur(self.square)
        for region, wanted in zip(_regions(len(hidden)), shown, strict=True):
            if wanted:
                hidden[region] = self.square[region]
        return hidden


def blur(square: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture without details: a few mean colours, run into each other.

    Examples
    --------
    >>> stripes = np.zeros((96, 96, 3), np.uint8)
    >>> stripes[::2] = 200
    >>> np.unique(blur(stripes)).tolist()
    [100]
    """
    few = cv2.resize(square, (GRAINS, GRAINS), interpolation=cv2.INTER_AREA)
    return np.asarray(
        cv2.resize(few, square.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.uint8
    )


def _regions(side: int) -> Iterator[tuple[slice, slice]]:
    """Yield where in a square each of `REGIONS` is."""
    edges = [round(i * side / _SIDE) for i in range(_SIDE + 1)]
    thirds = [slice(*edges[i : i + 2]) for i in range(_SIDE)]
    return ((rows, columns) for rows in thirds for columns in thirds)
