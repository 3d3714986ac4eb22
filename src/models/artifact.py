"""A model folder: what is in it, how it is saved, and what is checked before it is believed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from src.features.extract_features import FeatureSpec


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """One family's best cross-validated result."""

    family: str
    params: dict[str, Any]
    cv_mean: float
    cv_std: float
    fit_seconds: float


@dataclass(frozen=True, slots=True)
class HoldoutMetrics:
    """How the winner did on the rows nothing was fitted on."""

    rows: int
    accuracy: float
    balanced_accuracy: float
    macro_f1: float
    ece: float
    confusion_matrix: list[list[int]]


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """What stands in ``model.json`` beside the fitted pipeline."""

    task: str
    classes: tuple[str, ...]
    feature_spec: FeatureSpec
    family: str
    parameters: dict[str, Any]
    calibration: str
    leaderboard: tuple[LeaderboardRow, ...]
    holdout: HoldoutMetrics
    training_rows: int
    search: str
    seed: int
    data_source: str
    data_sha256: str
    library_versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A calibrated pipeline with what is known of it.

    ``estimator`` is a fitted ``CalibratedClassifierCV`` around ``Pipeline(scale, classify)``;
    ``check_rows`` are a few feature rows, shape (n, 18), whose probabilities are stored on saving.
    """

    estimator: Any
    metadata: ModelMetadata
    check_rows: NDArray[np.float64]
