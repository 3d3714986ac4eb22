"""The processed table of the built-in gallery, painted in memory."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.features.extract_features import extract_features
from src.features.parallel_map import parallel_map
from src.features.tables import processed_table
from src.gallery.paintings import Commission, paint, plan_gallery


def gallery_table(count: int, seed: int, jobs: int | None = None) -> pd.DataFrame:
    """Paint a gallery, measure its pictures and keep the features alone.

    Parameters
    ----------
    count : int
        Number of paintings.
    seed : int
        Decides all of them.
    jobs : int, optional
        Number of processes, by default one per core; the table is the same with any.

    Returns
    -------
    pandas.DataFrame
        A processed table as from `processed_table`; ``image`` is ``gallery:<name>``.

    Examples
    --------
    >>> table = gallery_table(2, seed=0, jobs=1)
    >>> table["color"].tolist()
    ['BLACK', 'BROWN']
    """
    plan = plan_gallery(count, seed)
    features = list(parallel_map(_paint_and_measure, plan, jobs, "painting"))
    pictures = pd.DataFrame(
        {
            "filename": [f"{commission.name}.png" for commission in plan],
            "image": [f"gallery:{commission.name}" for commission in plan],
            "color": [commission.color for commission in plan],
        }
    )
    return processed_table(pictures, features, target="color")


def _paint_and_measure(commission: Commission) -> NDArray[np.float64]:
    return extract_features(paint(commission))
