"""Why a model says what it says of one picture: what each feature did for two classes.

The average training work, whose features are the means that the model's scaler holds, is changed
into the picture, one feature after another, and each step moves the log-odds of the classes. What
a step does depends on the steps before it, so all orders are averaged in which the features of a
colour space come together, each space as a whole before or after the others. These are the Owen
values of the features. They add up to all that changed, and over a colour space to its Shapley
value among the spaces. The spaces are kept together because the features are collinear: mixing two
pictures' values at random makes pictures that cannot be. Where 4,096 rows are enough to be scored
(768 are for the 18 features of version 1) the values are exact; for more features they are an
average over a sample of the orders, always the same one, which adds up exactly all the same.
Features that name no colour space are kept together by the first word of their names.

References
----------
G. Owen, "Values of games with a priori unions", Mathematical Economics and Game Theory, 1977.
S. Lundberg and S.-I. Lee, "A Unified Approach to Interpreting Model Predictions", NeurIPS 2017.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError, ModelMismatch
from ..features.measuring import measure_picture
from ..images import ImageSource, Order, describe_source
from ..records import PredictionWarning
from .answers import warnings_of
from .classifier import Classifier
from .registry import load_model
from .studies.owen_values import group_features, owen_values

# Below one in ten thousand it makes no difference how improbable a class is.
_LEAST: Final = 1e-4

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature did.

    Attributes
    ----------
    feature : str
    space : str
        The colour space, or other group, it was kept together with.
    value : float
        In the picture.
    deviations : float
        How many standard deviations of the training works that is above their mean.
    label, runner_up : float
        By how much it moved the two classes' log-odds, to base 2: +1 doubles the odds.
    """

    feature: str
    space: str
    value: float
    deviations: float
    label: float
    runner_up: float


@dataclass(frozen=True, slots=True)
class ClassOdds:
    """A class with its probability, and its log-odds (base 2) here and for the average work."""

    name: str
    probability: float
    log_odds: float
    average_log_odds: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a picture got its label, and not the next best one.

    Attributes
    ----------
    source : str
        As in `Prediction`.
    label, runner_up : ClassOdds
        For both, ``average_log_odds`` and the contributions add up to ``log_odds``.
    contributions : tuple of Contribution
        One for each feature, the most influential first.
    warnings : tuple of PredictionWarning
        Why all this should be taken with care, if the picture gives a reason.
    """

    source: str
    label: ClassOdds
    runner_up: ClassOdds
    contributions: tuple[Contribution, ...]
    warnings: tuple[PredictionWarning, ...] = ()

    def by_space(self) -> dict[str, tuple[float, float]]:
        """Return what each colour space did for the label and for the runner-up, in sum."""
        spaces: dict[str, tuple[float, float]] = {}
        for part in sorted(self.contributions, key=lambda part: part.space):
            label, runner_up = spaces.get(part.space, (0.0, 0.0))
            spaces[part.space] = (label + part.label, runner_up + part.runner_up)
        return spaces


def explain(
    source: ImageSource, *, model: Classifier | None = None, order: Order = "rgb"
) -> Explanation:
    """Say which features pushed a picture to its label, and to the runner-up.

    Parameters
    ----------
    source : path, bytes, binary file, PIL.Image.Image or ndarray
        See :func:`src.images.load_shown`.
    model : Classifier, optional
        Default: that of ``load_model()``.
    order : {"rgb", "bgr"}
        Channel order of an array; other sources know theirs.

    Returns
    -------
    Explanation

    Raises
    ------
    ImageError
        If the picture cannot be read.
    ModelError
        If there is no model to use.

    Examples
    --------
    >>> red = np.zeros((64, 64, 3), np.uint8)
    >>> red[..., 0] = 255
    >>> found = explain(red)
    >>> found.label.name, len(found.contributions)
    ('RED', 18)
    """
    model = model or load_model()
    measured = measure_picture(source, [model.metadata.feature_spec], order=order, palette=False)
    (row,) = measured.rows
    explanation = explain_features(row, model, describe_source(source))
    return replace(explanation, warnings=tuple(warnings_of(row, measured, model)))


def explain_features(
    features: Floats, model: Classifier, source: str = "<features>"
) -> Explanation:
    """Explain the answer to a row of features.

    Parameters
    ----------
    features : ndarray of float64, shape (n_features,)
        In the order of the model's feature spec.
    model : Classifier
    source : str
        What to call the picture.

    Raises
    ------
    ModelMismatch
        If these are not the model's features.
    ModelError
        If the model does not hold the means of its training rows.
    """
    names = model.metadata.feature_spec.names
    row = np.asarray(features, np.float64)
    if row.shape != (len(names),):
        raise ModelMismatch(
            f"the model cannot take these features (shape {row.shape}); give the {len(names)} "
            "numbers that its extract returns for a picture"
        )
    if (spread := model.spread) is None:
        raise ModelError("the model does not say where its training rows lie; retrain it")
    ranked = np.argsort(-model.predict_scores(row[np.newaxis])[0], kind="stable")[:2]
    game = _Game(model, row, spread.mean, ranked)
    groups = group_features(names)
    values = owen_values(game.worth, list(groups.values()))
    spaces = {i: space for space, places in groups.items() for i in places}
    deviations = (row - spread.mean) / spread.std
    parts = [
        Contribution(name, spaces[i], float(row[i]), float(deviations[i]), *map(float, values[i]))
        for i, name in enumerate(names)
    ]
    parts.sort(key=lambda part: -max(abs(part.label), abs(part.runner_up)))
    label, runner_up = game.odds()
    return Explanation(source, label, runner_up, tuple(parts))


@dataclass(frozen=True, slots=True)
class _Game:
    """What the features play for: the log-odds of two classes when some are the picture's."""

    model: Classifier
    row: Floats
    average: Floats
    columns: NDArray[np.int64]

    def worth(self, chosen: NDArray[np.bool_]) -> Floats:
        """Return the worth, shape (n, 2), of coalitions of features, shape (n, n_features)."""
        scores = self.model.predict_scores(np.where(chosen, self.row, self.average))
        p = scores[:, self.columns].clip(_LEAST, 1 - _LEAST)
        return np.asarray(np.log2(p / (1 - p)))

    def odds(self) -> list[ClassOdds]:
        """Return the two classes with what is said of them."""
        scores = self.model.predict_scores(self.row[np.newaxis])[0]
        ends = np.array([[True], [False]]).repeat(len(self.row), axis=1)
        here, average = self.worth(ends)
        return [
            ClassOdds(self.model.classes[c], float(scores[c]), float(here[i]), float(average[i]))
            for i, c in enumerate(self.columns)
        ]
