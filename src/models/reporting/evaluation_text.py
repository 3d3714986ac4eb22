"""What an evaluation says: as text for people, as JSON for programs, and its table of answers."""

import json
from collections import Counter
from dataclasses import asdict
from typing import Any, Final

import pandas as pd

from ...edges import TextOrJson, align, name_some, printable
from ..judging.answers_table import UNKNOWN_LABEL
from ..judging.evaluation import Evaluation, Judged, JudgedTags, Sitting
from ..judging.tag_answers import SCORES
from ..studies.class_scores import ClassScore, frequent_confusions
from ..studies.judgement import Comparison, Judgement
from ..studies.tag_judgement import TagComparison, TagJudgement
from .estimates import say_interval, say_span, say_value, value_or_one
from .tag_evaluation_text import (
    describe_tag_comparison,
    describe_tag_figures,
    tag_mistakes,
    tag_table,
)

_MOST_CLASSES: Final = 20
_MOST_CONFUSIONS: Final = 3
_SURE: Final = 0.05


def render_evaluation(evaluation: Evaluation, form: TextOrJson) -> str:
    """Return an evaluation, ready to print."""
    if form is TextOrJson.JSON:
        return render_metrics(evaluation)
    parts = ["\n".join(describe_exam(evaluation))]
    parts += [_describe_model(judged) for judged in evaluation.judged]
    parts += map(describe_comparison, evaluation.comparisons)
    return "\n\n".join(parts)


def render_metrics(evaluation: Evaluation) -> str:
    """Return all numbers of an evaluation as JSON; null where there is nothing to divide by."""
    exam = evaluation.exam
    facts = {
        "source": str(exam.source),
        "kind": exam.found.kind,
        "target": exam.found.target,
        "split": exam.part or None,
        "pictures": len(exam.found.pictures),
        "not_brought_in": _counts(Counter(left.reason for left in exam.found.left_out)),
        "remarks": evaluation.remarks,
        "models": [_facts(judged) for judged in evaluation.judged],
        "comparisons": [asdict(comparison) for comparison in evaluation.comparisons],
    }
    return json.dumps(_plain(facts), indent=2, ensure_ascii=False)


def answers_table(evaluation: Evaluation) -> pd.DataFrame:
    """Return a row for each model and picture, and one for each that was not brought in.

    Of tags there is a column for each, with its probability.
    """
    tables = [_with_scores(judged).assign(model=judged.model.name) for judged in evaluation.judged]
    columns = list(dict.fromkeys(["model", *(str(name) for table in tables for name in table)]))
    absent = [
        {"source": left.filename, "left_out": left.reason, "found": left.found}
        for left in evaluation.exam.found.left_out
    ]
    return pd.concat([*tables, pd.DataFrame(absent, columns=columns)])[columns]


def _with_scores(judged: Judged | JudgedTags) -> pd.DataFrame:
    if isinstance(judged, Judged):
        return judged.answers
    told = judged.answers.drop(columns=SCORES)
    # A tag may be called like one of the other columns.
    names = [f"tag {name}" if name in {*told, "model"} else name for name in judged.model.classes]
    scores = pd.DataFrame(judged.answers[SCORES].tolist(), columns=names, index=told.index)
    return pd.concat([told, scores], axis=1)


def describe_exam(evaluation: Evaluation) -> list[str]:
    """Say what was judged by, and what was not, in a line each."""
    exam = evaluation.exam
    lines = [f"{len(exam.found.pictures)} pictures of {exam.source}, {exam.found.kind}"]
    if exam.aside:
        lines.append(f"those marked {exam.part}, not {exam.aside} others (--split all: every one)")
    lines += evaluation.remarks
    left_out = Counter(left.reason for left in exam.found.left_out)
    left_out += evaluation.judged[0].left_out
    del left_out[UNKNOWN_LABEL]
    if left_out:
        lines.append(f"left out: {_listed(left_out)}")
    if exam.found.passed:
        lines.append(f"passed over: {_listed(exam.found.passed)}")
    return [printable(line) for line in lines]


def describe_unknown(judged: Judged | JudgedTags) -> list[str]:
    """Say what a model and the labels do not both know, in a line each; maybe nothing."""
    unknown, name = _listed(judged.unknown), judged.model.name
    if isinstance(judged, JudgedTags):
        unjudged = name_some(judged.unjudged)
        lines = [f"not judged, for the labels say nothing of them: {unjudged}"] * bool(unjudged)
        lines += [f"not counted, for {name} does not know them: {unknown}"] * bool(unknown)
        pairs = zip(judged.tags.tags, judged.tags.lacking.tolist(), strict=True)
        if whole := [tag for tag, lacks in pairs if not lacks]:
            lines.append(
                "told by what is found alone, for no picture is known to lack them (blank is not "
                f"known): {name_some(whole)}"
            )
    elif unknown:
        said = judged.answers["said"][judged.answers["left_out"] == UNKNOWN_LABEL]
        lines = [
            f"not counted, for {name} does not know their labels: {unknown} (called: "
            f"{_listed(Counter(said))})"
        ]
    else:
        lines = []
    return [printable(line) for line in lines]


def describe_comparison(found: Comparison | TagComparison) -> str:
    """Say which of two models is better, if that can be told.

    Examples
    --------
    >>> from ..studies.class_scores import Estimate
    >>> difference = Estimate(0.14, 0.05, 0.22)
    >>> print(describe_comparison(Comparison("a", "b", 99, 3, 17, difference, 0.003)))
    b is better than a: 17 of 99 pictures are right with b alone, 3 with a alone
    (accuracy of b +0.140, 95 %: +0.050 to +0.220; McNemar's p = 0.003)
    """
    if isinstance(found, TagComparison):
        return describe_tag_comparison(found)
    d, low, high = found.difference, found.difference.low, found.difference.high
    better, worse, won, lost = found.second, found.first, found.only_second, found.only_first
    if won <= lost:
        better, worse, won, lost = worse, better, lost, won
        low, high = -high, -low
    told = found.p_value < _SURE
    verdict = (
        f"{better} is better than {worse}"
        if told
        else f"whether {better} is better than {worse} does not show"
    )
    return (
        f"{verdict}: {won} of {found.rows} pictures are right with {better} alone, {lost} with "
        f"{worse} alone\n(accuracy of {better} {abs(d.value):+.3f}, 95 %: {low:+.3f} to "
        f"{high:+.3f}; McNemar's p = {found.p_value:.2g})"
    )


def name_model(judged: Sitting) -> str:
    """Say which model was judged.

    Its name, its family, and the version by which it can be told from others of that name.
    """
    tag = judged.model.tag
    return f"{tag.name} ({tag.family}, version {tag.version})"


def describe_figures(found: Judgement | TagJudgement) -> list[tuple[str, str, str]]:
    """Return the figures that tell most: what each is called, its value, and a note."""
    if isinstance(found, TagJudgement):
        return describe_tag_figures(found)
    two = [("among the first two", say_value(found.among_two), say_interval(found.among_two))]
    return [
        ("accuracy", say_value(found.accuracy), say_interval(found.accuracy)),
        (
            "balanced accuracy",
            say_value(found.balanced_accuracy),
            say_interval(found.balanced_accuracy),
        ),
        ("macro F1", say_value(found.macro_f1), say_interval(found.macro_f1)),
        *(two if found.among_two.value < 1 else []),
        (
            "calibration error",
            f"{found.calibration_error:.3f}",
            f"sure {found.mean_score:.3f} on average, right {found.accuracy.value:.3f}",
        ),
        ("always the commonest", f"{found.always_commonest:.3f}", f"that is {found.commonest}"),
        ("by chance", f"{found.by_chance:.3f}", "guessing among its classes"),
    ]


def _describe_model(judged: Judged | JudgedTags) -> str:
    found = judged.judgement
    head = f"{name_model(judged)} on {found.rows} pictures"
    caution = f"CAUTION: {judged.caution}" if judged.caution else ""
    said = filter(None, [head, caution, *describe_unknown(judged)])
    figures = align([(f"  {name}", value, note) for name, value, note in describe_figures(found)])
    parts = ["\n".join(said), figures, *_tables(found)]
    return "\n\n".join(filter(None, parts))


def _tables(found: Judgement | TagJudgement) -> tuple[str, str]:
    if isinstance(found, TagJudgement):
        return tag_table(found), tag_mistakes(found)
    return _class_table(found), _confusions(found)


def _class_table(found: Judgement) -> str:
    scores = list(found.by_class)
    rest = ""
    if len(scores) > _MOST_CLASSES:
        # Nobody reads hundreds of rows; those that need looking at come first.
        scores.sort(key=lambda score: (value_or_one(score.recall), score.name))
        rest = f"\n  and {len(scores) - _MOST_CLASSES} classes of which more are found"
    rows = [_class_cells(score) for score in scores[:_MOST_CLASSES]]
    head = ("  class", "pictures", "answers", "found", "95 %", "right when said", "95 %", "F1")
    return align([head, *rows], numbers=True) + rest


def _class_cells(score: ClassScore) -> tuple[str, ...]:
    cells = [f"  {printable(score.name)}", str(score.rows), str(score.answers)]
    for estimate in (score.recall, score.precision):
        cells += [say_value(estimate), say_span(estimate)]
    return (*cells, say_value(score.f1))


def _confusions(found: Judgement) -> str:
    mistakes = frequent_confusions(found.confusion, found.classes, _MOST_CONFUSIONS)
    lines = [
        f"  {mistake.count} of {mistake.rows} {mistake.truth} are called {mistake.answer}"
        for mistake in mistakes
    ]
    return "\n".join(map(printable, lines))


def _facts(judged: Judged | JudgedTags) -> dict[str, Any]:
    unjudged = {"unjudged": judged.unjudged} if isinstance(judged, JudgedTags) else {}
    return {
        **asdict(judged.model.tag),
        "caution": judged.caution or None,
        "left_out": _counts(judged.left_out),
        "unknown_labels": _counts(judged.unknown),
        **unjudged,
        **asdict(judged.judgement),
    }


def _listed(counts: Counter[str]) -> str:
    return name_some([f"{count} {name}" for name, count in counts.most_common()], 8)


def _counts(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _plain(value: Any) -> Any:
    """Return the value with null where it has not-a-number, which JSON lacks."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    # Nothing but not-a-number differs from itself.
    return None if value != value else value  # noqa: PLR0124
