"""Pictures that are unlike all that a model was trained on, so that its answer may mean little.

Two things give a picture away: features that lie far from those of training, and a texture that no
painting has. Of 1,000 paintings of the gallery 15 are told so, nearly all of one colour only; of
2,024 real ones none is; of flat colours, random pixels up to the working size (larger ones are
smoothed into a texture like paint), charts and screenshots all are
(``python -m benchmarks.calibrate_unusual``).
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...features.texture import Texture

# Root mean square of the features in standard deviations of training; 1 is usual. The farthest of
# 2,024 real paintings is at 2.1.
MAX_DISTANCE: Final = 2.5
# Screenshots and charts begin at 0.66; the flattest of those real paintings, a dark one, has 0.43.
MAX_FLAT_SHARE: Final = 0.62
# Random pixels have 85; the roughest of those paintings has 39.
MAX_STEP: Final = 50.0


@dataclass(frozen=True, slots=True)
class TrainingSpread:
    """Mean and standard deviation of every feature over the rows of training, shape (features,)."""

    mean: NDArray[np.float64]
    std: NDArray[np.float64]

    def distance(self, features: NDArray[np.float64]) -> float:
        """Return how far a row of features is from the mean, in standard deviations.

        Examples
        --------
        >>> spread = TrainingSpread(np.array([100.0, 50.0]), np.array([10.0, 5.0]))
        >>> spread.distance(np.array([120.0, 60.0]))
        2.0
        """
        z = (features - self.mean) / self.std
        return float(np.sqrt(z @ z / len(z)))


def find_spread(estimator: Any) -> TrainingSpread | None:
    """Return what the scaler of a fitted, calibrated pipeline knows of its training rows."""
    folds = getattr(estimator, "calibrated_classifiers_", None)
    if not folds:
        return None
    scaler = folds[0].estimator.named_steps["scale"]
    return TrainingSpread(np.asarray(scaler.mean_), np.asarray(scaler.scale_))


def is_unusual(
    features: NDArray[np.float64], texture: Texture, spread: TrainingSpread | None
) -> bool:
    """Tell whether a picture is unlike those of training.

    Parameters
    ----------
    features : ndarray of float64, shape (features,)
    texture : Texture
        Of the same working image.
    spread : TrainingSpread or None
        Of the model; without it, the texture alone decides.

    Returns
    -------
    bool
    """
    if texture.flat_share > MAX_FLAT_SHARE or texture.mean_step > MAX_STEP:
        return True
    return spread is not None and spread.distance(features) > MAX_DISTANCE
