"""Where the pictures of a table come from: a folder, or the built-in gallery painted anew."""

import re
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...gallery.paintings import Commission, paint
from ...images import load_image
from ...tasks.color import COLORS
from ..charts.sheets import Loader

_PAINTED: Final = re.compile(rf"({'|'.join(map(str.lower, COLORS))})-(\d+)-seed(\d+)\.png")


def find_pictures_of(table: pd.DataFrame, folder: Path) -> Loader | None:
    """Return what gives the pictures of a table, or None where they are not at hand.

    Parameters
    ----------
    table : DataFrame
        With ``filename``; ``image`` says ``gallery:`` of what the built-in gallery painted.
    folder : Path
        Where the picture files of other tables are.

    Returns
    -------
    callable or None
        File name -> uint8 pixels of the working size, red first.
    """
    names = table["filename"].astype(str)
    painted = "image" in table and table["image"].astype(str).str.startswith("gallery:").all()
    if painted and all(_PAINTED.fullmatch(name) for name in names):
        return _paint_again
    # All or none: a sheet with holes would not show what it says.
    if all((folder / name).is_file() for name in names):
        return lambda name: load_image(folder / name)[..., ::-1]
    return None


def _paint_again(name: str) -> NDArray[np.uint8]:
    parts = _PAINTED.fullmatch(name)
    if parts is None:
        raise ValueError(f"{name!r} is not the name of a painting of the gallery")
    commission = Commission(parts[1].upper(), int(parts[2]), int(parts[3]))
    return paint(commission)[..., ::-1]
