"""The figures of a report, each with its file name and what to see in it."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from matplotlib.figure import Figure
from sklearn.base import clone

from ..features.feature_words import label_feature
from ..models.explain_model import explain
from ..models.predict_model import predict
from ..models.studies.accuracy_studies import (
    CURVE_FOLDS,
    Importance,
    limit_rows,
    measure_feature_curve,
    measure_importance,
    measure_learning_curve,
)
from ..models.studies.class_scores import score_classes
from ..models.studies.owen_values import SPACES, group_features
from ..models.training.plan import AVERAGE, WIDE
from ..models.training.rows import LabelledRows
from ..models.training.search import unfitted_of
from . import figures
from .contact_sheets import Loader
from .image_files import Plate
from .judged_model import JudgedModel, TaggedModel
from .network_plates import plan_collection, plan_many_classes, plan_network
from .score_charts import MOST_NUMBERED
from .shared_plates import (
    CURVE_ROWS,
    Once,
    curve_plate,
    importance_plate,
    importance_rows,
    leaderboard_plate,
)
from .style import find_constant
from .table_charts import CHANNEL_FEATURES, MOST_BOXED
from .tag_plates import plan_tagged

# Of a family that takes longer for one fit, a third of them.
_SLOW_FIT_S: Final = 5.0
_PAIRED: Final = 5
# More rows and columns than these would be thinner than their names.
_MOST_CORRELATED: Final = 64
_SPACE: Final = "colour space"


def plan_plates(
    judged: JudgedModel | TaggedModel, load: Loader | None, jobs: int
) -> Iterator[Plate]:
    """Yield the figures of a report in their order, each measured only when it is drawn.

    Parameters
    ----------
    judged : JudgedModel or TaggedModel
    load : callable or None
        Gives the pictures; without it there are no contact sheets.
    jobs : int
        Processes for what is refitted; they have no influence on the result.
    """
    if isinstance(judged, TaggedModel):
        yield from plan_tagged(judged, load, jobs)
        return
    importance = Once(partial(_measure_importance, judged))
    metadata = judged.model.metadata
    yield leaderboard_plate(judged)
    yield from _model_plates(judged)
    if len(metadata.classes) > MOST_NUMBERED:
        yield from plan_many_classes(judged, load)
    if metadata.feature_spec.network:
        yield from plan_network(judged, importance, load)
    else:
        yield from _feature_plates(judged, importance, jobs)
    yield _learning_curve(judged, jobs)
    if load is not None:
        yield from _sheet_plates(judged, load)
        yield from _picture_plates(judged, load)
    yield from plan_collection(judged, load)
    yield from _data_plates(judged, importance)


def _model_plates(judged: JudgedModel) -> Iterator[Plate]:
    metadata, answers = judged.model.metadata, judged.judged
    confidence = answers["confidence"].to_numpy()
    right = (answers["truth"] == answers["answer"]).to_numpy()
    yield Plate(
        "confusion",
        "Confusions",
        "Hold-out. Each row adds up to 100 %; "
        + (
            "counts stand below."
            if len(metadata.classes) <= MOST_NUMBERED
            else "classes that are taken for one another stand together."
        ),
        partial(
            figures.draw_confusion,
            metadata.holdout.confusion_matrix,
            metadata.classes,
            judged.task,
        ),
    )
    yield Plate(
        "reliability",
        "Reliability",
        "Hold-out. Each point stands for equally many answers; above the line, they are right more "
        "often than promised. The error in the title is that of model.json, over bins of equal "
        "width.",
        partial(figures.draw_reliability, confidence, right),
    )


def _feature_plates(
    judged: JudgedModel, importance: Callable[[], Importance], jobs: int
) -> Iterator[Plate]:
    metadata = judged.model.metadata
    yield importance_plate(importance)
    pipeline, (few, _) = _to_refit(judged)
    names, seed = metadata.feature_spec.names, metadata.seed
    yield Plate(
        "feature-curve",
        "What it goes by",
        "The same family and settings (of an average, its best), refitted. Features are ranked "
        "within the training part of each fold; the hold-out has no part in this.",
        lambda: figures.draw_feature_curve(measure_feature_curve(pipeline, few, names, seed, jobs)),
    )


def _learning_curve(judged: JudgedModel, jobs: int) -> Plate:
    pipeline, (_, many) = _to_refit(judged)
    seed = judged.model.metadata.seed
    return curve_plate(lambda: measure_learning_curve(pipeline, many, seed, jobs))


def _to_refit(judged: JudgedModel) -> tuple[Any, tuple[LabelledRows, LabelledRows]]:
    """Return the winner to be fitted anew, and rows for many fits and for few."""
    metadata, training = judged.model.metadata, judged.split.training
    pipeline = _unfitted(judged)
    fits = {row.family: row.fit_seconds for row in metadata.leaderboard}
    slow = fits.get(metadata.family, 0) > _SLOW_FIT_S
    most = CURVE_ROWS // 3 if slow else CURVE_ROWS
    # Every fold needs each class.
    least = max(most, CURVE_FOLDS * len(metadata.classes))
    few = limit_rows(training, least, metadata.seed, CURVE_FOLDS)
    return pipeline, (few, few if slow else training)


def _unfitted(judged: JudgedModel) -> Any:
    """Return the winner's pipeline with its settings."""
    metadata = judged.model.metadata
    # What is kept of it has other steps, and no settings; an average would be fitted for a minute.
    if len(metadata.feature_spec.names) >= WIDE or metadata.family == AVERAGE:
        return unfitted_of(metadata)
    return clone(judged.model.estimator.calibrated_classifiers_[0].estimator)


def _picture_plates(judged: JudgedModel, load: Loader) -> Iterator[Plate]:
    # What pushed it is told by the words for features, which a network's have not.
    if judged.model.metadata.feature_spec.network:
        return
    answers = judged.judged
    wrong = answers[answers["truth"] != answers["answer"]]
    shown = (answers if wrong.empty else wrong).sort_values(["confidence", "filename"]).iloc[-1]
    name, section = str(shown["filename"]), "One picture"

    def draw_prediction() -> Figure:
        picture = load(name)
        answer = predict(picture, model=judged.model)
        return figures.draw_prediction(picture, answer.scores, answer.palette, judged.task)

    yield Plate(
        "prediction",
        section,
        f"{name}, of class {shown['truth']}: the colours it is made of, and what the model says.",
        draw_prediction,
        photographic=True,
    )
    yield Plate(
        "explanation",
        section,
        f"The same picture: Owen values of the features, kept together by {_group_word(judged)}. "
        "Each moves the picture from the average training work towards a class, or away from it.",
        lambda: figures.draw_explanation(
            explain(load(name), model=judged.model), load(name), task=judged.task
        ),
        photographic=True,
    )


def _sheet_plates(judged: JudgedModel, load: Loader) -> Iterator[Plate]:
    metadata, answers = judged.model.metadata, judged.judged
    scores = score_classes(metadata.holdout.confusion_matrix, metadata.classes)
    hardest = min((score for score in scores if score.rows), key=lambda score: score.recall.value)
    section = "Pictures"
    if (answers["truth"] != answers["answer"]).any():
        yield Plate(
            "mistakes",
            section,
            "Hold-out. What the model was most sure of, and wrong.",
            partial(figures.draw_mistakes, answers, load, task=judged.task),
            photographic=True,
        )
    yield Plate(
        "least-certain",
        section,
        "Hold-out. Pictures between classes.",
        partial(figures.draw_least_certain, answers, load, task=judged.task),
        photographic=True,
    )
    if len(metadata.classes) > MOST_NUMBERED:
        return  # each has its sheet
    yield Plate(
        "hardest-class",
        section,
        f"Hold-out. {hardest.name} is the class of which the smallest share is found.",
        partial(figures.draw_class_sheet, answers, hardest.name, load, task=judged.task),
        photographic=True,
    )


def _data_plates(judged: JudgedModel, importance: Callable[[], Importance]) -> Iterator[Plate]:
    table, task = judged.table, judged.task
    names = judged.model.metadata.feature_spec.names
    section = "The table"
    yield Plate(
        "class-counts",
        section,
        "Rare classes have uncertain figures. Works whose features repeat another's are left out.",
        partial(figures.draw_class_counts, table, task),
    )
    if judged.model.metadata.feature_spec.network:
        return
    if set(CHANNEL_FEATURES) <= set(names):
        yield from _channel_plates(judged)
    else:
        yield Plate(
            "feature-boxes",
            section,
            "The features whose shuffling costs most. Boxes hold the middle half of a class; works "
            "further out than the whiskers are left out.",
            lambda: figures.draw_feature_boxes(table, task, importance().ranking()[:MOST_BOXED]),
        )
    yield from _relation_plates(judged, importance)


def _channel_plates(judged: JudgedModel) -> Iterator[Plate]:
    yield Plate(
        "channel-boxes",
        "The table",
        "Boxes hold the middle half of a class; works further out than the whiskers are left out.",
        partial(figures.draw_channel_boxes, judged.table, judged.task),
    )
    yield Plate(
        "channel-densities",
        "The table",
        "All classes together. Hue is in units of two degrees, from 0 to 179.",
        partial(figures.draw_channel_densities, judged.table),
    )


def _relation_plates(judged: JudgedModel, importance: Callable[[], Importance]) -> Iterator[Plate]:
    table, names = judged.table, judged.model.metadata.feature_spec.names
    constant = find_constant(table[list(names)])
    varying = [name for name in names if name not in constant]

    def draw_correlation() -> Figure:
        kept = varying
        if len(varying) > _MOST_CORRELATED:
            # Those that matter most, in their own order.
            ranked = [name for name in importance().ranking() if name not in constant]
            kept = [name for name in varying if name in set(ranked[:_MOST_CORRELATED])]
        return figures.draw_feature_correlation(table, kept)

    caption = "Many features say nearly the same"
    if _group_word(judged) == _SPACE:
        caption += ": the three colour spaces describe the same pixels"
    if len(varying) > _MOST_CORRELATED:
        caption += f". These are the {_MOST_CORRELATED} whose shuffling costs most"
    left_out = (
        f" Left out, having one value in all works: {', '.join(map(label_feature, constant))}."
    )
    if len(varying) > 1:
        yield Plate(
            "correlation",
            "The table",
            f"{caption}.{left_out if constant else ''}",
            draw_correlation,
        )
    if len(names) > 1:
        yield Plate(
            "pairs",
            "The table",
            "The features whose shuffling costs most, each against each.",
            lambda: figures.draw_feature_pairs(
                table, judged.task, importance().ranking()[:_PAIRED]
            ),
        )


def _group_word(judged: JudgedModel) -> str:
    """Return what features that belong together have in common."""
    groups = group_features(judged.model.metadata.feature_spec.names)
    return _SPACE if set(groups) & set(SPACES) else "group"


def _measure_importance(judged: JudgedModel) -> Importance:
    metadata = judged.model.metadata
    names = metadata.feature_spec.names
    rows = limit_rows(judged.split.holdout, importance_rows(names), metadata.seed)
    return measure_importance(judged.answer, rows, names, seed=metadata.seed)
