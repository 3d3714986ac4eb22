"""Pictures, their classes and their features, put together into the processed table."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.errors import ImageError
from src.features.extract_features import FEATURES_V1, FeatureSpec
from src.features.parallel_map import parallel_map
from src.features.specs import extract
from src.images import load_image

_ORIGIN_COLUMNS: Final = ["image", "page"]


@dataclass(frozen=True, slots=True)
class MeasuredPictures:
    """The processed table of the pictures that could be read, and why the others could not."""

    table: pd.DataFrame
    broken: dict[str, ImageError]


def measure_pictures(
    pictures: pd.DataFrame,
    folder: Path,
    target: str,
    jobs: int | None = None,
    spec: FeatureSpec = FEATURES_V1,
) -> MeasuredPictures:
    """Compute the features of every picture of an interim table.

    Parameters
    ----------
    pictures : pandas.DataFrame
        With the columns ``filename`` and `target`; maybe with ``image`` and ``page``.
    folder : Path
        Where the picture files are.
    target : str
        The column that holds the class.
    jobs : int, optional
        Number of processes; by default one per core.
    spec : FeatureSpec
        Which features are measured.

    Returns
    -------
    MeasuredPictures
        Each picture is in the table or, by its file name, among the broken ones.
    """
    paths = [folder / filename for filename in pictures["filename"]]
    results = list(parallel_map(partial(_measure, spec), paths, jobs, "features"))
    readable = [not isinstance(result, ImageError) for result in results]
    features = [result for result in results if not isinstance(result, ImageError)]
    broken = {
        path.name: result
        for path, result in zip(paths, results, strict=True)
        if isinstance(result, ImageError)
    }
    table = processed_table(pictures[readable], features, target, spec)
    return MeasuredPictures(table, broken)


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
        As in `measure_pictures`.
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


def _measure(spec: FeatureSpec, path: Path) -> NDArray[np.float64] | ImageError:
    try:
        return extract(load_image(path), spec)
    except ImageError as error:
        return error.with_traceback(None)  # which would keep the pixels alive
