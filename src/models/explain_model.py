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
Features that name no colour space are kept together by the first word of their names. Of tags,
which may be there together, it is what each feature did for two of them, each by itself.

What a network measures are thousands of numbers without names. There the parts of the picture play
the same game, from a picture blurred until no detail is left to the picture, one part after
another, those of a third of it together. Of a model whose classes are colours it is told besides
how much of each part is of the label's.

References
----------
G. Owen, "Values of games with a priori unions", Mathematical Economics and Game Theory, 1977.
S. Lundberg and S.-I. Lee, "A Unified Approach to Interpreting Model Predictions", NeurIPS 2017.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..edges import name_some
from ..errors import ConfigError, ModelError, ModelMismatch
from ..features.backbones import backbone_of
from ..features.embedding import see_square
from ..features.measuring import measure_shown
from ..images import (
    ImageLimits,
    ImageSource,
    Order,
    describe_source,
    load_uncut,
    to_working_size,
)
from ..records import PredictionWarning
from ..tasks import Kind
from .answers import warnings_of
from .classifier import Classifier
from .kinds import rules_of
from .registry import load_model
from .standing import find_places
from .studies.owen_values import group_features, owen_values
from .studies.picture_regions import REGIONS, THIRDS, PartlyHidden

# Below one in ten thousand it makes no difference how improbable a class is.
_LEAST: Final = 1e-4

# What a picture is compared with.
AVERAGE: Final = "the average training work"
BLURRED: Final = "the picture blurred until no detail is left"

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature did, or one part of the picture.

    Attributes
    ----------
    feature : str
    space : str
        The colour space, or other group, it was kept together with.
    value : float or None
        In the picture; a part of it has none.
    deviations : float or None
        How many standard deviations of the training works that is above their mean.
    label, runner_up : float
        By how much it moved the two classes' log-odds, to base 2: +1 doubles the odds.
    """

    feature: str
    space: str
    value: float | None
    deviations: float | None
    label: float
    runner_up: float


@dataclass(frozen=True, slots=True)
class ClassOdds:
    """A class with its probability, and its log-odds (base 2) here and where the game begins."""

    name: str
    probability: float
    log_odds: float
    average_log_odds: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a picture got its label, and not the next best one; or why two tags are as probable.

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
    against : str
        What ``average_log_odds`` are of.
    places : mapping of str to float
        Of each part of the picture the share that is of the label's colour; empty where classes
        are no colours.
    many : bool
        Whether both are tags, of which the one says nothing against the other.
    """

    source: str
    label: ClassOdds
    runner_up: ClassOdds
    contributions: tuple[Contribution, ...]
    warnings: tuple[PredictionWarning, ...] = ()
    against: str = AVERAGE
    places: Mapping[str, float] = field(default_factory=dict)
    many: bool = False

    @property
    def of_regions(self) -> bool:
        """Whether the contributions are those of parts of the picture, not of features."""
        return self.against == BLURRED

    def by_space(self) -> dict[str, tuple[float, float]]:
        """Return what each colour space did for the label and for the runner-up, in sum."""
        spaces: dict[str, tuple[float, float]] = {}
        for part in sorted(self.contributions, key=lambda part: part.space):
            label, runner_up = spaces.get(part.space, (0.0, 0.0))
            spaces[part.space] = (label + part.label, runner_up + part.runner_up)
        return spaces


def explain(
    source: ImageSource,
    *,
    model: Classifier | None = None,
    order: Order = "rgb",
    limits: ImageLimits | None = None,
    about: Sequence[str] = (),
) -> Explanation:
    """Say which features pushed a picture to its label, and to the runner-up.

    A model that goes by what a network measures says it of the nine parts of the picture.

    Parameters
    ----------
    source : path, bytes, binary file, PIL.Image.Image or ndarray
        See :func:`src.images.load_shown`.
    model : Classifier, optional
        Default: that of ``load_model()``.
    order : {"rgb", "bgr"}
        Channel order of an array; other sources know theirs.
    limits : ImageLimits, optional
        How large it may be; by default as the settings say.
    about : sequence of str, optional
        One or two classes that stand in place of the likeliest.

    Returns
    -------
    Explanation

    Raises
    ------
    ImageError
        If the picture cannot be read.
    ModelError
        If there is no model to use.
    ConfigError
        If it does not know what this is about.

    Examples
    --------
    >>> red = np.zeros((64, 64, 3), np.uint8)
    >>> red[..., 0] = 255
    >>> found = explain(red)
    >>> found.label.name, len(found.contributions)
    ('RED', 18)
    """
    model = model or load_model()
    check_classes(about, model)
    spec, name = model.metadata.feature_spec, describe_source(source)
    shown = load_uncut(source, order=order, limits=limits)
    measured = measure_shown(shown, [spec], palette=False)
    (row,) = measured.rows
    if spec.network:
        explanation = _explain_regions(shown.bgr, row, model, name, about)
    else:
        explanation = explain_features(row, model, name, about)
    places = find_places(to_working_size(shown.bgr), model.task, explanation.label.name)
    return replace(
        explanation,
        warnings=tuple(warnings_of(row, measured, model)),
        places={} if places is None else dict(zip(REGIONS, places.ravel().tolist(), strict=True)),
    )


def check_classes(about: Sequence[str], model: Classifier) -> None:
    """Refuse what a model does not know, or more than two of what it does.

    Raises
    ------
    ConfigError
    """
    unknown = [name for name in about if name not in model.classes]
    if unknown or len(about) > 2:
        raise ConfigError(
            f"{model.name or model.task.name} cannot tell of {name_some(list(about))}; name one or "
            f"two of {name_some(model.classes)}"
        )


def _explain_regions(
    bgr: NDArray[np.uint8], row: Floats, model: Classifier, source: str, about: Sequence[str]
) -> Explanation:
    backbone = backbone_of(model.metadata.feature_spec)
    hidden = PartlyHidden(see_square(bgr, backbone), backbone)
    game = _Game(model, row, hidden.rows, len(REGIONS), about)
    values = owen_values(game.worth, np.arange(len(REGIONS)).reshape(len(THIRDS), -1).tolist())
    thirds = {name: third for third, names in THIRDS.items() for name in names}
    parts = [
        Contribution(name, thirds[name], None, None, *map(float, pair))
        for name, pair in zip(REGIONS, values, strict=True)
    ]
    return _explanation(source, game, parts, BLURRED)


def explain_features(
    features: Floats, model: Classifier, source: str = "<features>", about: Sequence[str] = ()
) -> Explanation:
    """Explain the answer to a row of features.

    Parameters
    ----------
    features : ndarray of float64, shape (n_features,)
        In the order of the model's feature spec.
    model : Classifier
    source : str
        What to call the picture.
    about : sequence of str, optional
        As for `explain`.

    Raises
    ------
    ModelMismatch
        If these are not the model's features.
    ModelError
        If the model does not hold the means of its training rows, or goes by a network.
    """
    if model.metadata.feature_spec.network:
        raise ModelError(
            "what a network measures says nothing number by number; explain the picture itself, "
            "with explain() or `artlens explain`, which says what each part of it did"
        )
    names = model.metadata.feature_spec.names
    row = np.asarray(features, np.float64)
    if row.shape != (len(names),):
        raise ModelMismatch(
            f"the model cannot take these features (shape {row.shape}); give the {len(names)} "
            "numbers that its extract returns for a picture"
        )
    if (spread := model.spread) is None:
        raise ModelError("the model does not say where its training rows lie; retrain it")
    average = spread.mean
    game = _Game(model, row, lambda chosen: np.where(chosen, row, average), len(row), about)
    groups = group_features(names)
    values = owen_values(game.worth, list(groups.values()))
    spaces = {i: space for space, places in groups.items() for i in places}
    deviations = (row - average) / spread.std
    parts = [
        Contribution(name, spaces[i], float(row[i]), float(deviations[i]), *map(float, values[i]))
        for i, name in enumerate(names)
    ]
    return _explanation(source, game, parts, AVERAGE)


def _explanation(
    source: str, game: "_Game", parts: list[Contribution], against: str
) -> Explanation:
    parts.sort(key=lambda part: -max(abs(part.label), abs(part.runner_up)))
    label, runner_up = game.odds()
    return Explanation(source, label, runner_up, tuple(parts), against=against, many=game.many)


class _Game:
    """What players play for: the log-odds of two classes when some of them are the picture's.

    Parameters
    ----------
    model : Classifier
    row : ndarray of float64, shape (n_features,)
        All features of the picture.
    rows : callable
        From coalitions, shape (n, players), to their features, shape (n, n_features).
    players : int
    about : sequence of str
        Classes that come before the likeliest.
    """

    def __init__(
        self,
        model: Classifier,
        row: Floats,
        rows: Callable[[NDArray[np.bool_]], Floats],
        players: int,
        about: Sequence[str] = (),
    ) -> None:
        self._model, self._rows, self._players = model, rows, players
        # Against a tag that is the only one there is nothing but that it is not there.
        self._names = (*model.classes, f"no {model.classes[0]}")[: max(2, len(model.classes))]
        self._scores = self._score(row[np.newaxis])[0]
        own, thresholds = self._scores[: len(model.classes)], model.metadata.thresholds
        said = rules_of(model.task).choose(own[np.newaxis], model.classes, thresholds)[0].tolist()
        # What is said comes first: a tag may be, where a more probable one is not.
        said += [False] * (len(self._scores) - len(said))
        ranked = np.lexsort((-self._scores, np.logical_not(said))).tolist()
        named = [self._names.index(name) for name in about]
        self._columns = list(dict.fromkeys([*named, *ranked]))[:2]
        self.many = model.task.kind is Kind.MANY and len(model.classes) > 1

    def _score(self, features: Floats) -> Floats:
        scores = self._model.predict_scores(features)
        return scores if scores.shape[1] > 1 else np.hstack([scores, 1 - scores])

    def worth(self, chosen: NDArray[np.bool_]) -> Floats:
        """Return the worth, shape (n, 2), of coalitions, shape (n, players)."""
        p = self._score(self._rows(chosen))[:, self._columns].clip(_LEAST, 1 - _LEAST)
        return np.asarray(np.log2(p / (1 - p)))

    def odds(self) -> list[ClassOdds]:
        """Return the two classes with what is said of them."""
        ends = np.array([[True], [False]]).repeat(self._players, axis=1)
        here, start = self.worth(ends)
        return [
            ClassOdds(self._names[c], float(self._scores[c]), float(here[i]), float(start[i]))
            for i, c in enumerate(self._columns)
        ]
