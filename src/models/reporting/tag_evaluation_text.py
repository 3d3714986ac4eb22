"""What an evaluation says of a model of tags, for people."""

from typing import Final

from ...edges import align, printable
from ..studies.class_scores import Estimate
from ..studies.tag_judgement import TagComparison, TagJudgement, TagScore
from .estimates import say_interval, say_share, say_span, say_value, value_or_one

_MOST_TAGS: Final = 20
_MOST_MISTAKES: Final = 3


def describe_tag_figures(found: TagJudgement) -> list[tuple[str, str, str]]:
    """Return the figures that tell most of tags: what each is called, its value, and a note."""
    estimates = {
        "mean average precision": found.mean_average_precision,
        "macro F1": found.macro_f1,
        "all right": found.all_right,
        "micro F1": found.micro_f1,
        "hamming loss": found.hamming_loss,
    }
    return [
        *((name, say_value(each), say_interval(each)) for name, each in estimates.items()),
        ("calibration error", say_share(found.calibration_error), _calibration(found)),
        ("by chance", say_share(found.at_random), "mean average precision of a random order"),
        ("no tag ever", f"{found.none_said:.3f}", "all right, if none was ever said"),
    ]


def _calibration(found: TagJudgement) -> str:
    if not found.bins:
        return ""
    there = f"{found.mean_truth:.3f} of them there"
    return f"tags are {found.mean_score:.3f} probable on average, and {there}"


def tag_table(found: TagJudgement) -> str:
    """Return a table of how well each tag is told."""
    scores = list(found.by_tag)
    rest = ""
    if len(scores) > _MOST_TAGS:
        # Nobody reads hundreds of rows; those that need looking at come first.
        scores.sort(key=lambda score: (value_or_one(score.average_precision), score.name))
        rest = f"\n  and {len(scores) - _MOST_TAGS} tags with a higher average precision"
    head = ["  tag", "known", "has it", "average precision", "95 %", "threshold", "said"]
    head += ["found", "right when said", "F1"]
    return align([tuple(head), *map(_tag_cells, scores[:_MOST_TAGS])], numbers=True) + rest


def _tag_cells(score: TagScore) -> tuple[str, ...]:
    return (
        f"  {printable(score.name)}",
        str(score.known),
        str(score.rows),
        say_value(score.average_precision),
        say_span(score.average_precision),
        f"{score.threshold:.2f}",
        str(score.answers),
        *map(say_value, (score.recall, score.precision, score.f1)),
    )


def tag_mistakes(found: TagJudgement) -> str:
    """Say what is most often told wrong, in a line each."""
    lines = list[tuple[int, str]]()
    for score in found.by_tag:
        missed, wrong, lacking = score.missed, score.wrong, score.known - score.rows
        lines += [
            (missed, f"  {missed} of {score.rows} with {score.name} are not said to have it"),
            (wrong, f"  {wrong} of {lacking} without {score.name} are said to have it"),
        ]
    worst = sorted(lines, key=lambda line: -line[0])[:_MOST_MISTAKES]
    return "\n".join(printable(line) for count, line in worst if count)


def describe_tag_comparison(found: TagComparison) -> str:
    """Say which of two models of tags is better, if that can be told.

    Examples
    --------
    >>> same, more = Estimate(0.0, -0.01, 0.01), Estimate(0.02, 0.01, 0.03)
    >>> them = TagComparison("a", "b", ("sea", "sunset"), 99, more, same, 3, 17, more, 0.003)
    >>> print(describe_tag_comparison(them))
    b is better than a, by 2 tags of 99 pictures
    (mean average precision +0.020, 95 %: +0.010 to +0.030; macro F1 +0.000, 95 %: -0.010 to +0.010;
    17 are all right with b alone, 3 with a alone, McNemar's p = 0.003)
    """
    precise, f1 = found.mean_average_precision, found.macro_f1
    better, worse, won, lost = found.second, found.first, found.only_second, found.only_first
    if precise.value < 0:
        better, worse, won, lost = worse, better, lost, won
        precise, f1 = _turned(precise), _turned(f1)
    verdict = (
        f"{better} is better than {worse}"
        if precise.low > 0
        else f"whether {better} is better than {worse} does not show"
    )
    count = f"{len(found.tags)} tag{'s' * (len(found.tags) != 1)}"
    return (
        f"{verdict}, by {count} of {found.rows} pictures\n(mean average precision "
        f"{_less(precise)}; macro F1 {_less(f1)};\n{won} are all right with {better} alone, {lost} "
        f"with {worse} alone, McNemar's p = {found.p_value:.2g})"
    )


def _less(estimate: Estimate) -> str:
    return f"{estimate.value:+.3f}, 95 %: {estimate.low:+.3f} to {estimate.high:+.3f}"


def _turned(estimate: Estimate) -> Estimate:
    return Estimate(-estimate.value, -estimate.high, -estimate.low)
