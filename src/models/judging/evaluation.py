"""Models, an exam, and what comes of it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pandas as pd

from ...edges import name_some
from ..answers import Panel
from ..classifier import Classifier
from ..studies.judgement import Comparison, Judgement, compare_answers, judge_answers
from .answers_table import Spelling, answer_exam, require_known_labels
from .exam import Exam, look_at_pictures
from .familiarity import Acquaintance, caution, introduce


@dataclass(frozen=True, slots=True)
class Judged:
    """A model and what came of its exam.

    Attributes
    ----------
    model : Classifier
    answers : DataFrame
        Of all pictures; see `answer_exam`.
    judgement : Judgement
        By those that count.
    caution : str
        Why it may be too good; empty if nothing speaks for it.
    """

    model: Classifier
    answers: pd.DataFrame
    judgement: Judgement
    caution: str

    @property
    def counted(self) -> pd.DataFrame:
        """The rows of the pictures that count."""
        return self.answers[self.answers["left_out"] == ""]

    @property
    def mistakes(self) -> pd.DataFrame:
        """The wrong answers that count, the surest first."""
        wrong = self.counted[self.counted["place"] > 1]
        return wrong.sort_values(["score", "source"], ascending=[False, True])

    @property
    def left_out(self) -> Counter[str]:
        """How many pictures do not count, by the reason."""
        reasons = self.answers["left_out"]
        return Counter(reasons[reasons != ""])


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An exam, the models that sat it, and each two of them compared."""

    exam: Exam
    judged: tuple[Judged, ...]
    comparisons: tuple[Comparison, ...]

    @property
    def remarks(self) -> list[str]:
        """What had to be found out of the source."""
        labels = {picture.label for picture in self.exam.found.pictures}
        others = sorted(
            f"{label} for {name}"
            for label in labels
            for name in {Spelling(one.model.classes).find(label) for one in self.judged}
            if name not in ("", label)
        )
        taken = [f"labels are taken but for their case: {name_some(others, 5)}"] * bool(others)
        return self.exam.found.remarks + taken


def evaluate(
    exam: Exam, panel: Panel, work: Path, jobs: int | None, report: Callable[[str], None]
) -> Evaluation:
    """Judge models by an exam.

    Parameters
    ----------
    exam : Exam
    panel : Panel
        The models.
    work, jobs, report
        As for `look_at_pictures`.

    Raises
    ------
    ConfigError
        If a model knows none of the labels.
    DataError
        If no picture is left to judge by.
    """
    require_known_labels(exam.found.pictures, panel.models)
    known = [
        Acquaintance(model, panel.specs.index(model.metadata.feature_spec))
        for model in panel.models
    ]
    looked = introduce(look_at_pictures(exam, panel.specs, work, jobs, report), known)
    tables = answer_exam(looked, panel)
    judged = tuple(
        _judge(model, table, caution(model, exam, one))
        for model, table, one in zip(panel.models, tables, known, strict=True)
    )
    found = [_compare(one, other) for one, other in combinations(judged, 2)]
    return Evaluation(exam, judged, tuple(filter(None, found)))


def _judge(model: Classifier, answers: pd.DataFrame, warning: str) -> Judged:
    counted = answers[answers["left_out"] == ""]
    return Judged(model, answers, judge_answers(counted, model.classes), warning)


def _compare(one: Judged, other: Judged) -> Comparison | None:
    return compare_answers(one.model.name, one.answers, other.model.name, other.answers)
