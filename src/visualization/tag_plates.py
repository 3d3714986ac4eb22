"""The figures of what a model says of tags, for the report and for an evaluation."""

from collections.abc import Iterator
from functools import partial
from typing import Final

import numpy as np

from ..models.kinds import rules_of
from ..models.studies.said_tags import TagAnswers
from ..models.studies.tag_judgement import TagJudgement
from ..models.studies.tag_studies import measure_tag_curve, measure_tag_importance
from ..models.tag_rules import read_truth
from ..models.training.rows import LabelledRows
from ..models.training.search import unfitted_of
from . import figures
from .contact_sheets import Loader
from .image_files import Plate
from .judged_model import TaggedModel
from .network_plates import plan_collection, plan_network
from .score_charts import TAGS
from .shared_plates import (
    CURVE_ROWS,
    Once,
    curve_plate,
    importance_plate,
    importance_rows,
    leaderboard_plate,
)

_SCORES: Final = "How many works with each tag are found, and how often it is right when said"


def plan_tags(answers: TagAnswers, found: TagJudgement, before: str = "") -> Iterator[Plate]:
    """Yield what tells how well tags are told.

    Parameters
    ----------
    answers : TagAnswers
    found : TagJudgement
        Of them.
    before : str
        What captions begin with.
    """
    yield Plate(
        "tag-scores",
        "Tags",
        f"{before}Bars: how many of the pictures with a tag are said to have it. Long intervals: "
        "few pictures have it.",
        partial(figures.draw_class_scores, found.by_tag, title=_SCORES),
    )
    if (answers.has.any(axis=0) & answers.lacking).any():
        yield Plate(
            "precision-recall",
            "Tags",
            f"{before}The nearer to the upper right corner, the better a tag is told from what "
            "lacks it.",
            partial(figures.draw_precision_recall, answers),
        )
        yield Plate(
            "thresholds",
            "Thresholds",
            f"{before}Thresholds were chosen on training pictures: where the peak of F1 lies "
            "elsewhere here, these pictures are others, or few.",
            partial(figures.draw_threshold_curves, answers),
        )
    if len(answers.tags) > 1:
        yield Plate(
            "tag-pairs",
            "Tags together",
            f"{before}What is darker on one side than on the other is said together too often, or "
            "too rarely.",
            partial(figures.draw_tag_pairs, answers),
        )
    if found.bins:
        score, there = answers.scores[answers.telling], answers.has[answers.telling]
        yield Plate(
            "reliability",
            "Probabilities",
            f"{before}All tags together. Points above the line: more often there than the "
            "probability promised.",
            partial(figures.draw_reliability, score, there, found.calibration_error, TAGS),
        )


def plan_tag_sheets(answers: TagAnswers, load: Loader, before: str = "") -> Iterator[Plate]:
    """Yield sheets of what was told wrong, and of what nearly was.

    Parameters
    ----------
    answers : TagAnswers
    load : callable
        Gives the pictures by their names.
    before : str
        What captions begin with.
    """
    mistakes = answers.mistakes()
    wrong, missed = mistakes[~mistakes["has"]], mistakes[mistakes["has"]]
    sheets = (
        (
            "said-wrongly",
            "Mistakes",
            wrong,
            "Said of pictures that lack it",
            "What the model was most sure of comes first",
        ),
        (
            "missed",
            "Mistakes",
            missed,
            "Not said of pictures that have it",
            "What the model believed least comes first",
        ),
        (
            "nearest",
            "Near thresholds",
            answers.nearest(),
            "Nearest to the threshold",
            "The model might as well have said the opposite",
        ),
    )
    for name, section, stated, title, caption in sheets:
        if len(stated):
            yield Plate(
                name,
                section,
                f"{before}{caption}.",
                partial(figures.draw_tag_sheet, stated, load, title),
                photographic=True,
            )


def plan_tagged(judged: TaggedModel, load: Loader | None, jobs: int) -> Iterator[Plate]:
    """Yield the figures of a report on a model of tags; see `plan_plates`."""
    metadata, training = judged.model.metadata, judged.split.training
    names, tags, seed = metadata.feature_spec.names, metadata.classes, metadata.seed
    yield leaderboard_plate(judged)
    yield from plan_tags(judged.answers, judged.judgement, "Hold-out. ")
    if load is not None:
        yield from plan_tag_sheets(judged.answers, load, "Hold-out. ")
    asked = _some(judged.split.holdout, importance_rows(names), seed)
    importance = Once(lambda: measure_tag_importance(judged.model, asked, seed))
    if metadata.feature_spec.network:
        yield from plan_network(judged, importance, load)
    else:
        yield importance_plate(importance)
    pipeline, rows = unfitted_of(metadata), _some(training, CURVE_ROWS, seed)
    yield curve_plate(lambda: measure_tag_curve(pipeline, rows, tags, seed, jobs))
    yield from plan_collection(judged, load)
    labels = rules_of(judged.task).encode(judged.table[judged.task.column])
    yield Plate(
        "tag-counts",
        "The table",
        "Tags that few works have, or that are known of few, have uncertain figures. Works whose "
        "features repeat another's are left out.",
        partial(figures.draw_tag_counts, tags, read_truth(labels, tags)),
    )


def _some(rows: LabelledRows, most: int, seed: int) -> LabelledRows:
    order = np.random.default_rng(seed).permutation(len(rows.labels))[:most]
    return rows.at(np.sort(order))
