"""Pictures, their classes and their features, put together into the processed table."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .extract_features import FEATURES_V1, FeatureSpec

_ORIGIN_COLUMNS: Final = ["image", "page"]


def processed_table(
    pictures: pd.DataFrame,
    features: Sequence[NDArray[np.float64]],
    target: str,
    spec: FeatureSpec = FEATURES_V1,
) -> pd.DataFrame:
    """Return the processed table, sorted by file name.

    Parameters
    ----------
    pictures : pandas.DataFrame
        With the columns ``filename`` and `target`; maybe with ``image`` and ``page``.
    features : sequence of ndarray of float64, shape (n,)
        One vector for each row of ``pictures``.
    target : str
        The column that holds the class.
    spec : FeatureSpec
        Names the ``n`` features.

    Returns
    -------
    pandas.DataFrame
        ``filename``, the features, ``image``, ``page``, the target and ``index``: the place of
        the row among those of its class, from 0, in the order of the table.
    """
    vectors = np.array(features, np.float64).reshape(-1, len(spec.names))
    columns = pd.DataFrame(vectors, pictures.index, pd.Index(spec.names))
    origins = pictures.reindex(columns=_ORIGIN_COLUMNS, fill_value="")
    parts = [pictures[["filename"]], columns, origins, pictures[[target]]]
    table = pd.concat(parts, axis="columns").sort_values("filename", ignore_index=True)
    return table.assign(index=table.groupby(target).cumcount())
