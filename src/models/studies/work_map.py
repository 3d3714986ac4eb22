"""Where works stand to one another, as a map of two dimensions shows it (pure)."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError

# Distances in more components than this are noise to the map; it is four times as quick for it.
_COMPONENTS: Final = 50
_PERPLEXITY: Final = 30.0
LEAST_WORKS: Final = 8


def map_works(
    features: NDArray[np.floating[Any]],
    seed: int = 0,
    *,
    standardize: bool = True,
    max_iter: int = 1000,
) -> NDArray[np.float64]:
    """Return a place for each work, near those of works that are like it.

    Parameters
    ----------
    features : ndarray of float, shape (n, n_features)
    seed : int, default 0
    standardize : bool, default True
        Not for what has principal components already, of which the last would become as large as
        the first.
    max_iter : int, default 1000
        Of t-SNE; half as many do for a quick look.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        By principal components of the features, then t-SNE. Neighbours say much;
        distances across the map say little.

    Raises
    ------
    DataError
        If there are fewer than eight rows.

    References
    ----------
    L. van der Maaten, G. Hinton, "Visualizing Data using t-SNE", JMLR 9, 2008.
    D. Kobak, P. Berens, "The art of using t-SNE for single-cell transcriptomics", Nature
    Communications 10, 2019 (which begins with the components, as here).
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE
    from sklearn.preprocessing import StandardScaler

    n, width = features.shape
    if n < LEAST_WORKS:
        raise DataError(f"{n} works make no map; give at least {LEAST_WORKS}")
    scaled = features.astype(np.float32)
    if standardize:
        scaled = StandardScaler().fit_transform(scaled)
    components = min(_COMPONENTS, width, n - 1)
    reduced = PCA(components, svd_solver="randomized", random_state=seed).fit_transform(scaled)
    perplexity = min(_PERPLEXITY, (n - 1) / 3)
    places = TSNE(
        perplexity=perplexity, init="pca", max_iter=max_iter, random_state=seed
    ).fit_transform(reduced)
    return np.asarray(places, np.float64)
