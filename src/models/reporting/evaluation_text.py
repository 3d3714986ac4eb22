"""What an evaluation says: as text for people, as JSON for programs, and its table of answers."""

import json
from collections import Counter
from dataclasses import asdict
from math import isnan
from typing import Any, Final

import pandas as pd

from ...edges import TextOrJson, align, name_some, printable
from ..judging.answers_table import COLUMNS, UNKNOWN_LABEL
from ..judging.evaluation import Evaluation, Judged
from ..studies.class_scores import ClassScore, Estimate, frequent_confusions
from ..studies.judgement import Comparison, Judgement

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
    """Return a row for each model and picture, and one for each that was not brought in."""
    tables = [judged.answers.assign(model=judged.model.name) for judged in evaluation.judged]
    absent = [
        {"source": left.filename, "left_out": left.reason, "found": left.found}
        for left in evaluation.exam.found.left_out
    ]
    columns = ["model", *COLUMNS]
    return pd.concat([*tables, pd.DataFrame(absent, columns=columns)])[columns]


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


def describe_unknown(judged: Judged) -> str:
    """Say which labels a model does not know, and what it called those pictures; maybe nothing."""
    unknown = judged.answers[judged.answers["left_out"] == UNKNOWN_LABEL]
    if unknown.empty:
        return ""
    labels, said = (_listed(Counter(unknown[name])) for name in ("label", "said"))
    return (
        f"not counted, for {judged.model.name} does not know their labels: {labels} (called: "
        f"{said})"
    )


def describe_comparison(found: Comparison) -> str:
    """Say which of two models is better, if that can be told.

    Examples
    --------
    >>> difference = Estimate(0.14, 0.05, 0.22)
    >>> print(describe_comparison(Comparison("a", "b", 99, 3, 17, difference, 0.003)))
    b is better than a: 17 of 99 pictures are right with b alone, 3 with a alone
    (accuracy of b +0.140, 95 %: +0.050 to +0.220; McNemar's p = 0.003)
    """
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


def name_model(judged: Judged) -> str:
    """Say which model was judged.

    Its name, its family, and the version by which it can be told from others of that name.
    """
    tag = judged.model.tag
    return f"{tag.name} ({tag.family}, version {tag.version})"


def describe_figures(found: Judgement) -> list[tuple[str, str, str]]:
    """Return the figures that tell most: what each is called, its value, and a note."""
    two = [("among the first two", _number(found.among_two), _interval(found.among_two))]
    return [
        ("accuracy", _number(found.accuracy), _interval(found.accuracy)),
        (
            "balanced accuracy",
            _number(found.balanced_accuracy),
            _interval(found.balanced_accuracy),
        ),
        ("macro F1", _number(found.macro_f1), _interval(found.macro_f1)),
        *(two if found.among_two.value < 1 else []),
        (
            "calibration error",
            f"{found.calibration_error:.3f}",
            f"sure {found.mean_score:.3f} on average, right {found.accuracy.value:.3f}",
        ),
        ("always the commonest", f"{found.always_commonest:.3f}", f"that is {found.commonest}"),
        ("by chance", f"{found.by_chance:.3f}", "guessing among its classes"),
    ]


def _describe_model(judged: Judged) -> str:
    found = judged.judgement
    head = f"{name_model(judged)} on {found.rows} pictures"
    caution = f"CAUTION: {judged.caution}" if judged.caution else ""
    said = filter(None, [head, caution, printable(describe_unknown(judged))])
    figures = align([(f"  {name}", value, note) for name, value, note in describe_figures(found)])
    parts = ["\n".join(said), figures, _class_table(found), _confusions(found)]
    return "\n\n".join(filter(None, parts))


def _class_table(found: Judgement) -> str:
    scores = list(found.by_class)
    rest = ""
    if len(scores) > _MOST_CLASSES:
        # Nobody reads hundreds of rows; those that need looking at come first.
        scores.sort(key=lambda score: (_or_one(score.recall), score.name))
        rest = f"\n  and {len(scores) - _MOST_CLASSES} classes of which more are found"
    rows = [_class_cells(score) for score in scores[:_MOST_CLASSES]]
    head = ("  class", "pictures", "answers", "found", "95 %", "right when said", "95 %", "F1")
    return align([head, *rows], numbers=True) + rest


def _class_cells(score: ClassScore) -> tuple[str, ...]:
    cells = [f"  {printable(score.name)}", str(score.rows), str(score.answers)]
    for estimate in (score.recall, score.precision):
        cells += [_number(estimate), _span(estimate)]
    return (*cells, _number(score.f1))


def _confusions(found: Judgement) -> str:
    mistakes = frequent_confusions(found.confusion, found.classes, _MOST_CONFUSIONS)
    lines = [
        f"  {mistake.count} of {mistake.rows} {mistake.truth} are called {mistake.answer}"
        for mistake in mistakes
    ]
    return "\n".join(map(printable, lines))


def _facts(judged: Judged) -> dict[str, Any]:
    unknown = judged.answers[judged.answers["left_out"] == UNKNOWN_LABEL]
    return {
        **asdict(judged.model.tag),
        "caution": judged.caution or None,
        "left_out": _counts(judged.left_out),
        "unknown_labels": _counts(Counter(unknown["label"])),
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


def _number(estimate: Estimate) -> str:
    return "–" if isnan(estimate.value) else f"{estimate.value:.3f}"


def _span(estimate: Estimate) -> str:
    return "" if isnan(estimate.value) else f"{estimate.low:.2f} to {estimate.high:.2f}"


def _interval(estimate: Estimate) -> str:
    return f"95 %: {estimate.low:.3f} to {estimate.high:.3f}"


def _or_one(estimate: Estimate) -> float:
    return 1.0 if isnan(estimate.value) else estimate.value
