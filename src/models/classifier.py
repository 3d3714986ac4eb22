"""A model that is ready to answer, and what is to be said of it beforehand."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..edges import name_some, printable
from ..errors import ModelMismatch
from ..features.specs import extract
from ..records import ModelTag, PredictionWarning
from ..tasks import Task
from .artifact import LoadedModel
from .storage.metadata import ModelMetadata

# On fewer pictures than these a model's accuracy is known to some 10 points at best.
FEWEST_JUDGED: Final = 100


@dataclass(frozen=True, slots=True)
class TrainingSpread:
    """Mean and standard deviation of every feature over the rows of training, shape (features,)."""

    mean: NDArray[np.float64]
    std: NDArray[np.float64]

    def distance(self, features: NDArray[np.float64], most: float = inf) -> float:
        """Return how far a row of features is from the mean, in standard deviations.

        Parameters
        ----------
        features : ndarray of float64, shape (features,)
        most : float
            As so many deviations counts what is more: among thousands of features some vary so
            little in training that any other picture is hundreds away.

        Examples
        --------
        >>> spread = TrainingSpread(np.array([100.0, 50.0]), np.array([10.0, 5.0]))
        >>> spread.distance(np.array([120.0, 60.0]))
        2.0
        """
        z = np.clip((features - self.mean) / self.std, -most, most)
        return float(np.sqrt(z @ z / len(z)))

    def mean_distance(
        self, features: NDArray[np.float64], places: Sequence[slice], most: float
    ) -> float:
        """Return the mean of the distances of some parts of a row, each by itself.

        Examples
        --------
        >>> spread = TrainingSpread(np.zeros(3), np.ones(3))
        >>> spread.mean_distance(np.array([1.0, 2.0, 9.0]), [slice(0, 1), slice(1, 3)], 2.0)
        1.5
        """
        parts = [TrainingSpread(self.mean[place], self.std[place]) for place in places]
        return fmean(
            part.distance(features[place], most) for part, place in zip(parts, places, strict=True)
        )


def find_spread(parts: Any) -> TrainingSpread | None:
    """Return what the scaler of a fitted, calibrated pipeline knows of its training rows.

    The pipelines of all tags have one scaler.
    """
    first = getattr(parts, "estimators_", [parts])[0]
    folds = getattr(first, "calibrated_classifiers_", None)
    if not folds:
        return None
    _, scaler = folds[0].estimator.steps[0]
    return TrainingSpread(np.asarray(scaler.mean_), np.asarray(scaler.scale_))


@dataclass(frozen=True, eq=False)
class Classifier:
    """A model that is ready to answer; it can be shared by threads.

    Attributes
    ----------
    name : str
        By which it was found: that of its folder.
    folder : Path or None
    shipped : bool
        Whether it came with the package.
    """

    _model: LoadedModel
    name: str = ""
    folder: Path | None = None
    shipped: bool = False

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

    @cached_property
    def cautions(self) -> tuple[PredictionWarning, ...]:
        """Why all its answers should be taken with care."""
        return cautions_of(self.metadata)

    def introduce(self) -> str:
        """Say in a line which model this is.

        Examples
        --------
        >>> from src.models.registry import load_model
        >>> load_model("color").introduce()
        'color: a shipped model, neural_network, trained on 1500 pictures and 11998 painted ones'
        """
        known = self.metadata
        asked = "" if self.name == self.task.name else f" (answers {self.task.name})"
        beside = f" and {known.painted_rows} painted ones" * bool(known.painted_rows)
        whose = "a shipped model" if self.shipped else "your own model"
        return (
            f"{printable(self.name)}{asked}: {whose}, {known.family}, "
            f"trained on {known.training_rows} pictures{beside}"
        )

    def extract(self, bgr: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return the features that it takes of a working image, shape (features,).

        Of a whole picture, if it goes by what a network measures.
        """
        return extract(bgr, self.metadata.feature_spec)

    @cached_property
    def spread(self) -> TrainingSpread | None:
        """Where its training rows lie, if its scaler can be found."""
        return find_spread(self._model.parts)

    def novelty(self, features: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Return how probable it is that a row is of none of the model's classes.

        Parameters
        ----------
        features : ndarray of float, shape (n, n_features)
            As for `predict_scores`.

        Returns
        -------
        ndarray of float64, shape (n,), or None
            In [0, 1], for pictures of which every second one is; None if the model has not learned
            to tell.
        """
        tells = self._model.novelty
        return None if tells is None else tells(np.asarray(features, np.float64))

    @property
    def novelty_limit(self) -> float:
        """From which probability on a picture is said to be of none of the classes."""
        tells = self._model.novelty
        return 1.0 if tells is None else float(tells.limit)

    def predict_scores(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of every class for every row.

        Parameters
        ----------
        features : ndarray of float, shape (n, n_features)
            Rows of :func:`src.features.specs.extract` with the spec of `metadata`.

        Returns
        -------
        ndarray of float64, shape (n, k)
            In [0, 1]; every row sums to 1, but where a picture has many tags, each of which stands
            by itself. Columns in the order of `classes`.

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


def introductions(models: Iterable[Classifier]) -> Iterator[str]:
    """Say in lines which models answer, and why all their answers should be taken with care."""
    for model in models:
        yield model.introduce()
        for caution in model.cautions:
            yield f"careful: {caution.message}"


def cautions_of(metadata: ModelMetadata) -> tuple[PredictionWarning, ...]:
    """Return why all answers of a model should be taken with care, if there is a reason."""
    found = []
    judged, known = metadata.holdout.rows, metadata.classes
    if judged < FEWEST_JUDGED:
        found.append(
            PredictionWarning(
                "few_pictures",
                f"The model was trained on {metadata.training_rows} pictures and judged on "
                f"{judged}, so that its accuracy of {metadata.holdout.accuracy:.2f} is known to "
                f"some {100 / judged**0.5:.0f} points only.",
            )
        )
    if missing := [name for name in metadata.task.classes if name not in known]:
        found.append(
            PredictionWarning(
                "few_classes",
                f"The model knows {len(known)} of the task's {len(metadata.task.classes)} classes; "
                f"it never answers {name_some(missing)}.",
            )
        )
    return tuple(found)
