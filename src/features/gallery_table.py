"""The processed table of the built-in gallery, painted in memory."""

from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..gallery.paintings import Commission, paint, plan_gallery
from ..jobs.parallel_map import parallel_map
from .extract_features import FEATURES_V1, FeatureSpec
from .specs import extract
from .tables import processed_table


def gallery_table(
    count: int, seed: int, jobs: int | None = None, spec: FeatureSpec = FEATURES_V1
) -> pd.DataFrame:
    """Paint a gallery, measure its pictures and keep the features alone.

    Parameters
    ----------
    count : int
        Number of paintings.
    seed : int
        Decides all of them.
    jobs : int, optional
        Number of processes, by default one per core; the table is the same with any.
    spec : FeatureSpec
        Which features are measured.

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
    features = list(parallel_map(partial(paint_and_measure, spec), plan, jobs, "painting"))
    pictures = pd.DataFrame(map(describe_painting, plan)).rename(columns={"label": "color"})
    return processed_table(pictures, features, "color", spec)


def describe_painting(commission: Commission) -> dict[str, str]:
    """Return what a table says of a painting beside its features.

    Examples
    --------
    >>> describe_painting(Commission("TEAL", 0, seed=7))["image"]
    'gallery:teal-00000-seed7'
    """
    return {
        "filename": f"{commission.name}.png",
        "image": f"gallery:{commission.name}",
        "label": commission.color,
    }


def paint_and_measure(spec: FeatureSpec, commission: Commission) -> NDArray[np.float64]:
    """Return the features of a painting."""
    return extract(paint(commission), spec)
