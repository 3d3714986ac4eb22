"""An explanation as text or JSON (pure)."""

import json
from dataclasses import asdict
from typing import Final

from ...edges import TextOrJson, align, printable
from ...features.feature_words import describe_feature, label_feature, label_group
from ..explain_model import ClassOdds, Contribution, Explanation

# So many features stand alone in the text; the others are taken together.
_LINES: Final = 8
# From how many standard deviations on a value is called so.
_WORDS: Final = ((3.0, "very "), (1.5, ""), (0.5, "rather "))


def render_explanation(explanation: Explanation, output_format: TextOrJson) -> str:
    """Return an explanation, ready to print.

    Parameters
    ----------
    explanation : Explanation
    output_format : TextOrJson
        ``text`` tells the most influential features; ``json`` all.

    Returns
    -------
    str
        Without a final newline.
    """
    if output_format is TextOrJson.JSON:
        fields = asdict(explanation)
        for part in fields["contributions"]:
            part["words"] = describe_feature(part["feature"])
        fields["by_space"] = {
            space: {"label": label, "runner_up": runner_up}
            for space, (label, runner_up) in explanation.by_space().items()
        }
        return json.dumps(fields, indent=2)
    return _render_text(explanation)


def describe_value(deviations: float) -> str:
    """Say in words how far a value is from what is usual, and by how many deviations.

    Examples
    --------
    >>> describe_value(2.13), describe_value(-0.7), describe_value(0.1)
    ('high (+2.1)', 'rather low (-0.7)', 'usual')
    """
    for least, word in _WORDS:
        if abs(deviations) >= least:
            return f"{word}{'high' if deviations > 0 else 'low'} ({deviations:+.1f})"
    return "usual"


def _render_text(explanation: Explanation) -> str:
    label, runner_up = explanation.label, explanation.runner_up
    told, rest = explanation.contributions[:_LINES], explanation.contributions[_LINES:]
    cells = [
        ("", printable(label.name), printable(runner_up.name)),
        *map(_feature_cells, told),
    ]
    if rest:
        sums = sum(part.label for part in rest), sum(part.runner_up for part in rest)
        kind = "part" if explanation.of_regions else f"{len(rest)} features"
        cells.append((f"the other {kind}", _signed(sums[0]), _signed(sums[1])))
    for space, (to_label, to_runner_up) in explanation.by_space().items():
        cells.append((f"all of {label_group(space)}", _signed(to_label), _signed(to_runner_up)))
    table = align(cells, numbers=True)
    parts = [*_heading(explanation), "", table, "", *_ends(explanation)]
    return "\n".join([*parts, *_map_places(explanation)])


def _map_places(explanation: Explanation) -> list[str]:
    """Return where in the picture the label's colour is, as a map of its nine parts."""
    shares = [f"{share:.0%}" for share in explanation.places.values()]
    if not shares:
        return []
    rows = align([shares[start : start + 3] for start in range(0, len(shares), 3)], numbers=True)
    name = printable(explanation.label.name)
    return ["", f"Where it is {name}: of each part of the picture", rows]


def _heading(explanation: Explanation) -> list[str]:
    label, runner_up = explanation.label, explanation.runner_up
    return [
        f"{printable(label.name)} {label.probability:.3f}, "
        f"{'' if explanation.many else 'then '}{printable(runner_up.name)} "
        f"{runner_up.probability:.3f}  {printable(explanation.source)}",
        *_comparison(explanation),
        f"+1 doubles the odds of a {'tag' if explanation.many else 'class'}, -1 halves them.",
    ]


def _comparison(explanation: Explanation) -> list[str]:
    if explanation.of_regions:
        return [f"What each part of the picture did, against {explanation.against};"]
    return [f"Against {explanation.against}, in brackets by how many standard deviations;"]


def _ends(explanation: Explanation) -> list[str]:
    start = "the blurred picture" if explanation.of_regions else "the average work"
    return [_end(explanation.label, start), _end(explanation.runner_up, start)]


def _end(found: ClassOdds, start: str) -> str:
    average = 1 / (1 + 2**-found.average_log_odds)
    return (
        f"{printable(found.name)}: odds from {_signed(found.average_log_odds)} for {start} "
        f"({_percent(average)}) to {_signed(found.log_odds)} ({_percent(found.probability)})"
    )


def _percent(share: float) -> str:
    if share < 0.001:
        return "under 0.1%"
    return "over 99.9%" if share > 0.999 else f"{share:.1%}"


def _feature_cells(part: Contribution) -> tuple[str, str, str]:
    text = label_feature(part.feature)
    if part.value is not None and part.deviations is not None:
        text += f" {part.value:.3g} is {describe_value(part.deviations)}"
    return text, _signed(part.label), _signed(part.runner_up)


def _signed(value: float) -> str:
    # Adding 0 makes a zero of what would read "-0.0".
    return f"{round(value, 1) + 0:+.1f}"
