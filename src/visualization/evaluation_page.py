"""An evaluation as one self-contained HTML page, and its folder."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Final

from tqdm import tqdm

from .. import __version__
from ..edges import printable
from ..files import whole_file, write_whole
from ..models.judging.evaluation import Evaluation, Judged, JudgedTags, Sitting
from ..models.reporting.evaluation_text import (
    answers_table,
    describe_comparison,
    describe_exam,
    describe_figures,
    describe_unknown,
    name_model,
    render_metrics,
)
from ..models.studies.judgement import Abstention
from .class_labels import class_colors
from .evaluation_plates import MOST_SHOWN, find_pictures, plan_evaluation
from .image_files import DrawnPlate, draw_plates
from .report_page import (
    class_chip,
    describe_classes,
    describe_confusions,
    describe_tags,
    figure_cards,
    fill_page,
    html_section,
    html_table,
    navigation,
    prose,
    show_plate,
)

PAGE: Final = "evaluation.html"
ANSWERS: Final = "answers.csv"
METRICS: Final = "metrics.json"
_SHOWN: Final = ("source", "label", "said", "score", "label_score")
# So many of the figures that tell most: the accuracies and F1.
_COMPARED: Final = 3
_NO_PICTURES: Final = (
    '<p class="soft">The pictures of this table are not at hand, so they are not shown.</p>'
)


def write_evaluation(evaluation: Evaluation, folder: Path) -> Path:
    """Write the page, its figures as PNG, all answers and all numbers; return the page's path.

    Each file is there whole or not at all; other files in the folder stay.
    """
    load, planned = find_pictures(evaluation), []
    for judged in evaluation.judged:
        before = _before(evaluation, judged)
        for plate in plan_evaluation(judged, load):
            name = f"{before}-{plate.name}" if before else plate.name
            planned.append(replace(plate, name=name, section=_titled(before, plate.section)))
    folder.mkdir(parents=True, exist_ok=True)
    drawn = list[DrawnPlate]()
    watched = tqdm(planned, "figures", unit="figure", disable=not sys.stderr.isatty())
    for drawn_plate, png in draw_plates(watched):
        write_whole(folder / f"{drawn_plate.name}.png", png)
        drawn.append(drawn_plate)
    with whole_file(folder / ANSWERS) as file:
        answers_table(evaluation).to_csv(file, index=False, lineterminator="\n")
    write_whole(folder / METRICS, f"{render_metrics(evaluation)}\n")
    write_whole(folder / PAGE, render_evaluation_page(evaluation, drawn))
    return folder / PAGE


def render_evaluation_page(evaluation: Evaluation, plates: Sequence[DrawnPlate]) -> str:
    """Return the page as HTML that needs nothing from outside.

    Parameters
    ----------
    evaluation : Evaluation
    plates : sequence of DrawnPlate
        In the order of the page.

    Returns
    -------
    str
        The same input gives the same text.
    """
    names = " and ".join(judged.model.name for judged in evaluation.judged)
    source = printable(str(evaluation.exam.source))
    body, titles = list[str](), list[str]()
    for judged in evaluation.judged:
        body.append(_head(judged))
        for title, content in _sections(judged, _before(evaluation, judged), plates):
            titles.append(title)
            body.append(html_section(title, content))
    body.append(html_section("Made with", _provenance(evaluation)))
    first = [
        f"<h1>How good {escape(names)} {_be(evaluation)} on {escape(source)}</h1>",
        _list(describe_exam(evaluation)),
        _compared(evaluation),
        navigation([*titles, "Made with"]),
    ]
    return fill_page(f"artlens: {names} on {source}", first + body)


def _compared(evaluation: Evaluation) -> str:
    """Put the figures of several models side by side, and say which is better."""
    if len(evaluation.judged) == 1:
        return ""
    told = [describe_figures(judged.judgement)[:_COMPARED] for judged in evaluation.judged]
    rows = [
        [escape(judged.model.name), *(f"{value} <small>({note})</small>" for _, value, note in own)]
        for judged, own in zip(evaluation.judged, told, strict=True)
    ]
    head = ["model", *(name for name, _, _ in told[0])]
    said = map(describe_comparison, evaluation.comparisons)
    return html_table(head, rows, numbers=1) + "".join(f"<p>{escape(each)}</p>" for each in said)


def _head(judged: Judged | JudgedTags) -> str:
    """Say which model it is, its figures, and what speaks against these."""
    parts = [f"<p><code>{escape(name_model(judged))}</code></p>"]
    if judged.caution:
        parts.append(f'<section class="warn">{prose(judged.caution)}</section>')
    parts += [f"<p>{escape(line)}</p>" for line in describe_unknown(judged)]
    parts.append(figure_cards(describe_figures(judged.judgement)))
    return "\n".join(parts)


def _sections(
    judged: Judged | JudgedTags, before: str, plates: Sequence[DrawnPlate]
) -> Iterator[tuple[str, str]]:
    """Yield the heading and the content of each section: words, figures, more words."""
    texts = _tag_texts(judged) if isinstance(judged, JudgedTags) else _label_texts(judged)
    # The last section is one of pictures.
    shown = any(plate.section == _titled(before, list(texts)[-1]) for plate in plates)
    for name, (above, below) in texts.items():
        title = _titled(before, name)
        drawn = "".join(show_plate(plate) for plate in plates if plate.section == title)
        missing = _NO_PICTURES if name == "Mistakes" and below and not shown else ""
        if content := above + missing + drawn + below:
            yield title, content


def _label_texts(judged: Judged) -> dict[str, tuple[str, str]]:
    found, task = judged.judgement, judged.model.task
    return {
        "Classes": (describe_classes(found.by_class, task), ""),
        "Confusions": (describe_confusions(found.confusion, found.classes, task), ""),
        "Probabilities": ("", _abstentions(found.abstentions, found.rows)),
        "Mistakes": ("", _mistakes(judged)),
        "Between classes": ("", ""),
    }


def _tag_texts(judged: JudgedTags) -> dict[str, tuple[str, str]]:
    return {
        "Tags": (describe_tags(judged.judgement.by_tag), ""),
        "Thresholds": ("", ""),
        "Tags together": ("", ""),
        "Probabilities": ("", ""),
        "Mistakes": ("", _tag_mistakes(judged)),
        "Near thresholds": ("", ""),
    }


def _abstentions(found: Sequence[Abstention], rows: int) -> str:
    cells = [
        [
            f"{each.min_score:g}",
            f"{each.answered:,} <small>({each.answered / rows:.0%})</small>",
            f"{each.right.value:.3f} <small>({each.right.low:.2f} to {each.right.high:.2f})</small>"
            if each.answered
            else "–",
        ]
        for each in found
    ]
    head = ["no answer under", "answered", "of these right"]
    return html_table(head, cells, numbers=0)


def _mistakes(judged: Judged) -> str:
    """Name the pictures of the sheet, in its order."""
    mistakes = judged.mistakes
    if mistakes.empty:
        return ""
    colors = class_colors(judged.judgement.classes, judged.model.task)
    columns = (mistakes[name].head(MOST_SHOWN) for name in _SHOWN)
    rows = [
        [
            f"<code>{escape(printable(source))}</code>",
            class_chip(label, colors[label]),
            class_chip(said, colors[said]),
            f"{score:.3f}",
            f"{label_score:.3f}",
        ]
        for source, label, said, score, label_score in zip(*columns, strict=True)
    ]
    head = ["picture", "it is", "called", "how sure", "probability of what it is"]
    rest = f"<p>All {len(mistakes):,} mistakes stand in <code>{ANSWERS}</code>.</p>"
    return html_table(head, rows, numbers=3) + rest


def _tag_mistakes(judged: JudgedTags) -> str:
    """Name the surest mistakes of all tags."""
    mistakes = judged.tags.mistakes()
    if mistakes.empty:
        return ""
    rows = [
        [
            f"<code>{escape(printable(str(row.filename)))}</code>",
            f"<bdi>{escape(printable(str(row.tag)))}</bdi>",
            "missed" if row.has else "said, and not there",
            f"{row.score:.3f}",
            f"{row.threshold:.2f}",
        ]
        for row in mistakes.head(MOST_SHOWN).itertuples()
    ]
    head = ["picture", "tag", "what", "probability", "threshold"]
    rest = f"<p>All {len(mistakes):,} mistakes stand in <code>{ANSWERS}</code>.</p>"
    return html_table(head, rows, numbers=3) + rest


def _provenance(evaluation: Evaluation) -> str:
    tags = [judged.model for judged in evaluation.judged]
    facts = [
        ("artlens", __version__),
        *((f"model {model.name}, sha256", model.sha256) for model in tags),
        *((f"model {model.name} was trained on", model.metadata.data_source) for model in tags),
        ("labels", f"column {evaluation.exam.found.target}"),
        ("a row for each picture", ANSWERS),
        ("all numbers", METRICS),
    ]
    items = "".join(f"<li>{escape(what)}: <code>{escape(it)}</code></li>" for what, it in facts)
    return f"<ul>{items}</ul>"


def _list(lines: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _before(evaluation: Evaluation, judged: Sitting) -> str:
    """Return what stands before names of sections and files: nothing, if there is one model."""
    return judged.model.name if len(evaluation.judged) > 1 else ""


def _titled(before: str, name: str) -> str:
    return f"{before}: {name}" if before else name


def _be(evaluation: Evaluation) -> str:
    return "is" if len(evaluation.judged) == 1 else "are"
