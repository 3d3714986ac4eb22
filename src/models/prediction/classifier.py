"""A model that is ready to answer, and where it is found."""

import os
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...config import project_root, settings
from ...errors import ModelMismatch, ModelNotFound, UntrustedModel
from ...features.specs import extract
from ...files import surviving_folder
from ...tasks import COLOR, Task
from ..artifact import (
    CLASSIFIER_FILE,
    JSON_FILE,
    SKOPS_FILE,
    LoadedModel,
    load_model_folder,
    load_trusted_joblib,
)
from ..storage.metadata import ModelMetadata


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


@dataclass(frozen=True, eq=False)
class Classifier:
    """A model that is ready to answer; it can be shared by threads."""

    _model: LoadedModel

    @property
    def metadata(self) -> ModelMetadata:
        """What is known of the model."""
        return self._model.metadata

    @property
    def estimator(self) -> Any:
        """The fitted pipeline within its calibrator, to be studied; `predict_scores` answers."""
        return self._model.estimator

    @property
    def classes(self) -> tuple[str, ...]:
        """Every possible label, in the order of the columns of `predict_scores`."""
        return self.metadata.classes

    @property
    def task(self) -> Task:
        """What the model was asked."""
        return self.metadata.task

    @property
    def sha256(self) -> str:
        """Sum of the file that it was read from, by which models can be told apart."""
        return self._model.sha256

    def extract(self, bgr: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return the features that it takes of a working image, shape (features,)."""
        return extract(bgr, self.metadata.feature_spec)

    @cached_property
    def spread(self) -> TrainingSpread | None:
        """Where its training rows lie, if its scaler can be found."""
        return find_spread(self._model.estimator)

    def predict_scores(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of every class for every row.

        Parameters
        ----------
        features : ndarray of float, shape (n, n_features)
            Rows of :func:`src.features.specs.extract` with the spec of `metadata`.

        Returns
        -------
        ndarray of float64, shape (n, k)
            In [0, 1]; every row sums to 1. Columns in the order of `classes`.

        Raises
        ------
        ModelMismatch
            If the rows are not the model's features.
        """
        rows = np.asarray(features, np.float64)
        spec = self.metadata.feature_spec
        width = len(spec.names)
        if rows.ndim != 2 or rows.shape[1] != width or not np.isfinite(rows).all():
            raise ModelMismatch(
                f"the model cannot take these features (shape {rows.shape}); give finite numbers "
                f"of shape (n, {width}), as its extract returns them for a "
                f"picture and the model's spec (version {spec.version})"
            )
        if not len(rows):
            return np.empty((0, len(self.classes)))
        return self._model.scorer(rows)


def load_model(path: str | os.PathLike[str] | None = None, *, trusted: bool = False) -> Classifier:
    """Load a model, after checking that it can be believed.

    Parameters
    ----------
    path : path, optional
        A model folder, or a ``classifier.joblib`` in one. Default: ``<ARTLENS_MODELS_DIR>/color``
        if it holds a model, else the one that came with the package; read once per process.
    trusted : bool
        Allow a joblib file, which can run any code while it is read. Folders never need it: their
        ``model.skops`` cannot run code.

    Returns
    -------
    Classifier

    Raises
    ------
    ModelNotFound, ModelMismatch, UntrustedModel
        Each says what was found, what was expected and what to do.
    """
    if path is None:
        home = _default_folder()
        return _load_default(home, (surviving_folder(home) / JSON_FILE).stat().st_mtime_ns)
    place = Path(path)
    pickled = _joblib_file(place)
    if pickled is None:
        return Classifier(load_model_folder(place))
    if not trusted:
        raise UntrustedModel(
            f"{pickled} can run any code while it is read; load the folder with {SKOPS_FILE} "
            "instead or, if the file is your own, pass trusted=True"
        )
    return Classifier(load_trusted_joblib(pickled))


def _default_folder() -> Path:
    """Return the model folder of this project, or the one that came with the package."""
    places = [
        settings().models_dir / COLOR.name,
        Path(str(files(__package__.rpartition(".")[0]))) / "shipped" / COLOR.name,
        project_root() / "models" / COLOR.name,
    ]
    for place in places:
        if (surviving_folder(place) / JSON_FILE).is_file():
            return place
    raise ModelNotFound(
        f"no model ({places[0]}); train one with `artlens train`, or point "
        "ARTLENS_MODELS_DIR to a folder that holds one"
    )


@lru_cache(maxsize=1)
def _load_default(folder: Path, _written_ns: int) -> Classifier:
    """Load the default model once, and again after another one was written in its place."""
    return Classifier(load_model_folder(folder))


def _joblib_file(place: Path) -> Path | None:
    """Return the joblib file that a path means, if it does not mean a folder with a skops file."""
    if place.suffix == ".joblib":
        return place
    inside = place / CLASSIFIER_FILE
    return inside if inside.is_file() and not (place / SKOPS_FILE).is_file() else None
