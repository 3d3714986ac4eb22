"""A model that is ready to answer, and where models are found."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import project_root, settings
from ..errors import ConfigError, ModelError, ModelMismatch, ModelNotFound, UntrustedModel
from ..features.specs import extract
from ..files import surviving_folder
from ..records import ModelTag
from ..tasks import COLOR, Task
from .artifact import JSON_FILE, LoadedModel, load_model_folder, read_metadata
from .storage.metadata import ModelMetadata


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
    name: str = ""

    def __repr__(self) -> str:
        """Return what it answers: all that is known of it fills a screen."""
        return f"Classifier(task={self.task.name!r}, classes={len(self.classes)})"

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

    @property
    def check_rows(self) -> tuple[tuple[float, ...], ...]:
        """Features of a few pictures that it was trained on."""
        return self._model.check_rows

    @cached_property
    def tag(self) -> ModelTag:
        """What its answers say of it."""
        return ModelTag(self.name, self.task.name, self.metadata.family, self.sha256[:12])

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


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model folder that was found, of which only the metadata were read.

    Attributes
    ----------
    name : str
        By which `load_model` knows it.
    folder : Path
    metadata : ModelMetadata
    made : datetime
        When its metadata were written here.
    """

    name: str
    folder: Path
    metadata: ModelMetadata
    made: datetime


def load_model(name_or_folder: str | os.PathLike[str] | None = None) -> Classifier:
    """Load a model, after checking that it can be believed.

    Parameters
    ----------
    name_or_folder : str or path, optional
        A name, as ``"color"``, which is the default: ``<ARTLENS_MODELS_DIR>/<name>`` if that holds
        a model, else the one of that name that came with the package; read once per process. Or
        the path of a model folder.

    Returns
    -------
    Classifier

    Raises
    ------
    ModelNotFound, ModelMismatch, UntrustedModel
        Each says what was found, what was expected and what to do.

    Examples
    --------
    >>> load_model("color").task.name
    'color'
    """
    asked = COLOR.name if name_or_folder is None else name_or_folder
    place = Path(asked)
    if isinstance(asked, str) and asked == place.name and (found := _find_folder(asked)):
        return _load_named(found, _written_ns(found))
    if place.suffix == ".joblib":
        raise UntrustedModel(
            f"{place} can run any code while it is read, so it is not; give its folder "
            f"({place.parent}), whose model.skops holds the same model"
        )
    if isinstance(asked, str) and asked == place.name and not place.exists():
        raise ModelNotFound(_unknown(asked))
    return Classifier(load_model_folder(place), place.resolve().name)


def find_models(
    report: Callable[[ModelError], object] = lambda error: None,
) -> list[FoundModel]:
    """Return the models of this project and those that came with the package, by name.

    Parameters
    ----------
    report : callable
        Is told of folders whose metadata cannot be read.

    Returns
    -------
    list of FoundModel
        Of one name the one that `load_model` takes is first.
    """
    found = []
    for folder in _model_folders():
        try:
            metadata = read_metadata(folder)
        except ModelError as error:
            report(error)
        else:
            made = datetime.fromtimestamp(_written_ns(folder) / 1e9, UTC)
            found.append(FoundModel(folder.name, folder, metadata, made))
    return sorted(found, key=lambda model: model.name)


def choose_models(tasks: Sequence[str] | None, folder: Path | None) -> list[Classifier]:
    """Return the models of some tasks, each once, or that of a folder, or the default one.

    Raises
    ------
    ConfigError
        If both are given, or two models answer one task.
    ModelError
        If one cannot be used.
    """
    refuse_both(tasks[0] if tasks else None, folder)
    if not tasks:
        return [load_model(folder)]
    models = {name: load_model(name) for name in dict.fromkeys(tasks)}
    by_task = {model.task.name: name for name, model in models.items()}
    for name, model in models.items():
        if (other := by_task[model.task.name]) != name:
            raise ConfigError(
                f"{name} and {other} both answer the task {model.task.name}, so their answers "
                "would have one name; ask them one after the other"
            )
    return list(models.values())


def refuse_both(task: str | None, folder: Path | None) -> None:
    """Let nobody name a model twice.

    Raises
    ------
    ConfigError
        If both are given.
    """
    if task and folder:
        raise ConfigError(f"--task {task} and --model {folder} both name a model; give one")


def _shelves() -> list[Path]:
    """Return the folders that model folders stand in, the first of which counts most."""
    places = [
        settings().models_dir,
        Path(str(files(__package__))) / "shipped",
        project_root() / "models",
    ]
    return list(dict.fromkeys(place.resolve() for place in places))


def _model_folders() -> Iterator[Path]:
    for shelf in _shelves():
        for entry in sorted(shelf.iterdir()) if shelf.is_dir() else []:
            if not entry.name.startswith(".") and _holds_model(entry):
                yield entry


def _find_folder(name: str) -> Path | None:
    return next((shelf / name for shelf in _shelves() if _holds_model(shelf / name)), None)


def _holds_model(folder: Path) -> bool:
    return (surviving_folder(folder) / JSON_FILE).is_file()


def _written_ns(folder: Path) -> int:
    return (surviving_folder(folder) / JSON_FILE).stat().st_mtime_ns


def _unknown(name: str) -> str:
    there = ", ".join(dict.fromkeys(folder.name for folder in _model_folders()))
    return (
        f"no model {name!r} ({_shelves()[0]}; there are: {there or 'none'}); train one with "
        f"`artlens train --task {name}`, or point ARTLENS_MODELS_DIR to a folder that holds one"
    )


@lru_cache(maxsize=8)
def _load_named(folder: Path, _written_ns: int) -> Classifier:
    """Load a model once, and again after another one was written in its place."""
    return Classifier(load_model_folder(folder), folder.name)
