"""The figures of an evaluation, each with its file name and what to see in it."""

from collections.abc import Iterator
from functools import partial
from typing import Final

import pandas as pd

from ..config import settings
from ..images import load_image
from ..models.judging.evaluation import Evaluation, Judged, JudgedTags
from . import figures
from .contact_sheets import Loader
from .image_files import Plate
from .judged_model import find_pictures_of
from .score_charts import MOST_NUMBERED
from .tag_plates import plan_tag_sheets, plan_tags

# As many as a contact sheet shows.
MOST_SHOWN: Final = 24


def plan_evaluation(judged: Judged | JudgedTags, load: Loader | None) -> Iterator[Plate]:
    """Yield the figures of what came of a model's exam, in the order of the page.

    Parameters
    ----------
    judged : Judged or JudgedTags
    load : callable or None
        Gives the pictures; without it there are no contact sheets.
    """
    if isinstance(judged, JudgedTags):
        yield from plan_tags(judged.tags, judged.judgement)
        if load is not None:
            yield from plan_tag_sheets(judged.tags, load)
    else:
        yield from _plan_labels(judged, load)


def _plan_labels(judged: Judged, load: Loader | None) -> Iterator[Plate]:
    found, task = judged.judgement, judged.model.task
    counted = judged.counted
    score, right = counted["score"].to_numpy(float), (counted["place"] == 1).to_numpy(bool)
    yield Plate(
        "class-scores",
        "Classes",
        "Bars: how many of a class are found. Long intervals: there are few pictures of it.",
        partial(figures.draw_class_scores, found.by_class, task),
    )
    if len(found.classes) > 1:
        numbered = len(found.classes) <= MOST_NUMBERED
        yield Plate(
            "confusion",
            "Confusions",
            "Each row adds up to 100 %; "
            + (
                "counts stand below."
                if numbered
                else "classes that are taken for one another stand together."
            ),
            partial(figures.draw_confusion, found.confusion, found.classes, task),
        )
    yield Plate(
        "reliability",
        "Probabilities",
        "Points above the line: more often right than the probability promised.",
        partial(figures.draw_reliability, score, right, found.calibration_error),
    )
    yield Plate(
        "abstention",
        "Probabilities",
        "From left to right ever less sure answers are given, too.",
        partial(figures.draw_abstention, score, right, found.abstentions),
    )
    if load is not None:
        yield from _sheets(judged, load)


def find_pictures(evaluation: Evaluation) -> Loader | None:
    """Return what gives the pictures of an exam by their sources, or None where they are not here.

    Those of a table of features are looked for where this project keeps pictures.
    """
    exam = evaluation.exam
    if not exam.table_sha256:
        files = {picture.source: picture.path for picture in exam.found.pictures}
        return lambda source: load_image(files[source])[..., ::-1]
    table = pd.DataFrame({"filename": [picture.source for picture in exam.found.pictures]})
    raw = settings().data_dir / "raw"
    tasks = dict.fromkeys(judged.model.task.name for judged in evaluation.judged)
    return find_pictures_of(table, raw / "images", *(raw / name / "images" for name in tasks))


def _sheets(judged: Judged, load: Loader) -> Iterator[Plate]:
    answers = judged.counted.rename(
        columns={"source": "filename", "label": "truth", "said": "answer", "score": "confidence"}
    )
    if len(judged.mistakes):
        yield Plate(
            "mistakes",
            "Mistakes",
            "What the model was most sure of, and wrong; the table below names them in this order.",
            partial(figures.draw_mistakes, answers, load, MOST_SHOWN, judged.model.task),
            photographic=True,
        )
    yield Plate(
        "least-certain",
        "Between classes",
        "What the model was least sure of.",
        partial(figures.draw_least_certain, answers, load, MOST_SHOWN, judged.model.task),
        photographic=True,
    )
