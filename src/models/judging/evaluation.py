"""Models, an exam, and what comes of it."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Final, NamedTuple

import pandas as pd

from ...edges import name_some
from ...errors import ConfigError
from ...tasks import Kind
from ..answers import Panel
from ..classifier import Classifier
from ..kinds import rules_of
from ..studies.judgement import Comparison, Judgement, compare_answers, judge_answers
from ..studies.said_tags import TagAnswers
from ..studies.tag_judgement import (
    TagComparison,
    TagJudgement,
    compare_tags,
    judge_tags,
)
from .answers_table import (
    UNKNOWN_LABEL,
    LabelReader,
    Reader,
    Spelling,
    answer_exam,
    require_known_labels,
)
from .exam import Exam, look_at_pictures
from .familiarity import Acquaintance, caution, introduce
from .tag_answers import TagReader, gather_answers


@dataclass(frozen=True, slots=True)
class Sitting:
    """A model and what it said in its exam.

    Attributes
    ----------
    model : Classifier
    answers : DataFrame
        Of all pictures; see `answer_exam`.
    caution : str
        Why it may be too good; empty if nothing speaks for it.
    """

    model: Classifier
    answers: pd.DataFrame
    caution: str

    @property
    def counted(self) -> pd.DataFrame:
        """The rows of the pictures that count."""
        return self.answers[self.answers["left_out"] == ""]

    @property
    def left_out(self) -> Counter[str]:
        """How many pictures do not count, by the reason."""
        reasons = self.answers["left_out"]
        return Counter(reasons[reasons != ""])


@dataclass(frozen=True, slots=True)
class Judged(Sitting):
    """What came of the exam of a model that gives one label, by the pictures that count."""

    judgement: Judgement

    @property
    def mistakes(self) -> pd.DataFrame:
        """The wrong answers that count, the surest first."""
        wrong = self.counted[self.counted["place"] > 1]
        return wrong.sort_values(["score", "source"], ascending=[False, True])

    @property
    def unknown(self) -> Counter[str]:
        """Labels that the model does not know, with their pictures."""
        answers = self.answers
        return Counter(answers["label"][answers["left_out"] == UNKNOWN_LABEL])


@dataclass(frozen=True, slots=True)
class JudgedTags(Sitting):
    """What came of the exam of a model that gives tags.

    Attributes
    ----------
    judgement : TagJudgement
        By the tags of which the labels know, and the pictures of which any of these is known.
    tags : TagAnswers
        Of these pictures, in the order of `counted`.
    unjudged : tuple of str
        The model's other tags.
    unknown : Counter
        Tags of the labels that the model does not know, with how many pictures have them.
    """

    judgement: TagJudgement
    tags: TagAnswers
    unjudged: tuple[str, ...]
    unknown: Counter[str]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An exam, the models that sat it, and each two of them compared."""

    exam: Exam
    judged: tuple[Judged, ...] | tuple[JudgedTags, ...]
    comparisons: tuple[Comparison | TagComparison, ...]

    @property
    def remarks(self) -> list[str]:
        """What had to be found out of the source."""
        labels = [picture.label for picture in self.exam.found.pictures]
        others = sorted(
            f"{label} for {name}"
            for label in rules_of(self.judged[0].model.task).count_names(labels)
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
        The models, all of one kind; see `require_one_kind`.
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
    way = _WAYS[require_one_kind(panel.models)]
    told = rules_of(panel.models[0].task).count_names(p.label for p in exam.found.pictures)
    readers = [way.read(model, told) for model in panel.models]
    looked = introduce(look_at_pictures(exam, panel.specs, work, jobs, report), known)
    tables = answer_exam(looked, panel, readers)
    judged = tuple(
        way.judge(model, table, caution(model, exam, one), told)
        for model, table, one in zip(panel.models, tables, known, strict=True)
    )
    found = [way.compare(one, other) for one, other in combinations(judged, 2)]
    return Evaluation(exam, judged, tuple(filter(None, found)))


def require_one_kind(models: Sequence[Classifier]) -> Kind:
    """Return the kind of the models' questions.

    Raises
    ------
    ConfigError
        If there are several, which the same labels cannot answer.
    """
    first, *others = models
    for model in others:
        if model.task.kind is not first.task.kind:
            raise ConfigError(
                f"{first.name} and {model.name} answer questions of different kinds "
                f"({first.task.kind.value} and {model.task.kind.value} labels to a picture); judge "
                "one after the other"
            )
    return first.task.kind


def _judge_label(model: Classifier, answers: pd.DataFrame, warning: str, _: Counter[str]) -> Judged:
    counted = answers[answers["left_out"] == ""]
    return Judged(model, answers, warning, judge_answers(counted, model.classes))


def _compare_labels(one: Judged, other: Judged) -> Comparison | None:
    return compare_answers(one.model.name, one.answers, other.model.name, other.answers)


def _judge_tags(
    model: Classifier, answers: pd.DataFrame, warning: str, told: Counter[str]
) -> JudgedTags:
    tags, find = TagReader(model, told).tags, Spelling(model.classes).find
    found = gather_answers(answers[answers["left_out"] == ""], model, tags)
    return JudgedTags(
        model,
        answers,
        warning,
        judge_tags(found),
        found,
        tuple(name for name in model.classes if name not in tags),
        Counter({tag: count for tag, count in told.items() if not find(tag)}),
    )


def _compare_tags(one: JudgedTags, other: JudgedTags) -> TagComparison | None:
    both = ((one.answers["left_out"] == "") & (other.answers["left_out"] == "")).to_numpy()
    found = [
        gather_answers(judged.answers[both], judged.model, judged.tags.tags)
        for judged in (one, other)
    ]
    return compare_tags(one.model.name, found[0], other.model.name, found[1])


class _Way(NamedTuple):
    """How answers to a kind of question are read, judged and compared."""

    read: Callable[[Classifier, Collection[str]], Reader]
    judge: Callable[[Classifier, pd.DataFrame, str, Counter[str]], Any]
    compare: Callable[[Any, Any], Any]


_WAYS: Final[Mapping[Kind, _Way]] = {
    Kind.ONE: _Way(lambda model, _: LabelReader(model), _judge_label, _compare_labels),
    Kind.MANY: _Way(TagReader, _judge_tags, _compare_tags),
}
