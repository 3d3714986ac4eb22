"""The versions of the features, and the one door from pixels to the numbers of any of them."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError
from ..tasks import Task
from .backbones import embedding_spec, find_backbone
from .embedding import extract_embedding
from .extract_features import FEATURES_V1, FeatureSpec, extract_features
from .extract_features_v2 import FEATURES_V2, extract_features_v2

Extractor = Callable[[NDArray[np.uint8]], NDArray[np.float64]]

_EXTRACTORS: Final[Mapping[FeatureSpec, Extractor]] = {
    FEATURES_V1: extract_features,
    FEATURES_V2: extract_features_v2,
}
# Those of colour, by version; a model of any other spec is refused, but for what networks measure.
SPECS: Final[Mapping[int, FeatureSpec]] = {spec.version: spec for spec in _EXTRACTORS}


class Features(StrEnum):
    """The versions as the command line calls them."""

    V1 = "v1"
    V2 = "v2"
    EMBEDDING = "embedding"

    def spec(self, backbone: str | None = None) -> FeatureSpec:
        """Return the spec of that name; an embedding's is that of a network, by its name."""
        if self is Features.EMBEDDING:
            return embedding_spec(find_backbone(backbone))
        return SPECS[int(self.removeprefix("v"))]


def spec_for(
    task: Task, features: Features | None = None, backbone: str | None = None
) -> FeatureSpec:
    """Return what is measured for a question: as it was named, else as the question asks.

    Parameters
    ----------
    task : Task
    features : Features, optional
    backbone : str, optional
        Name of a network, which measures an embedding.

    Raises
    ------
    ConfigError
        If there is no such network, or one is named beside features that none measures.

    Examples
    --------
    >>> from src.tasks import ARTIST, COLOR
    >>> spec_for(ARTIST).name, spec_for(COLOR).name, spec_for(COLOR, backbone="lite0-art").name
    ('embedding', 'color', 'embedding')
    """
    by_network = backbone is not None or task.features == Features.EMBEDDING
    chosen = features or (Features.EMBEDDING if by_network else Features.V1)
    if backbone is not None and chosen is not Features.EMBEDDING:
        raise ConfigError(
            f"--features {chosen} are measured by no network (--backbone {backbone}); leave one out"
        )
    return chosen.spec(backbone)


def takes_uncut(spec: FeatureSpec) -> bool:
    """Tell whether a spec is about the whole picture, not about the working image cut from it."""
    return bool(spec.network)


def extract(bgr: NDArray[np.uint8], spec: FeatureSpec) -> NDArray[np.float64]:
    """Return the features of a picture as a spec asks for them.

    Parameters
    ----------
    bgr : ndarray of uint8, shape (height, width, 3)
        The working image, or the decoded picture if the spec `takes_uncut`.
    spec : FeatureSpec
        One of `SPECS`, or that of a network; that of a model is in its metadata.

    Returns
    -------
    ndarray of float64, shape (n,)
        In the order of ``spec.names``.

    Raises
    ------
    ConfigError
        If the spec is not known here.
    UnreadableImage
        If ``bgr`` is not a picture.
    ModelError
        If the network is not here, or is another one.

    Examples
    --------
    >>> grey = np.full((4, 4, 3), 128, np.uint8)
    >>> [len(extract(grey, features.spec())) for features in (Features.V1, Features.V2)]
    [18, 64]
    """
    if spec.network:
        return extract_embedding(bgr, spec)
    if spec not in _EXTRACTORS:
        known = ", ".join(map(str, SPECS))
        raise ConfigError(
            f"features that nothing here computes (version {spec.version}: {spec.decode}); give a "
            f"spec of SPECS (versions {known})"
        )
    return _EXTRACTORS[spec](bgr)
