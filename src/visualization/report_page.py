"""The report as one self-contained HTML page, and its folder."""

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Final, TypeAlias

import numpy as np

from ..edges import name_some
from ..features.feature_words import list_meanings
from ..files import write_whole
from ..models.reporting.model_card import (
    compared_by,
    describe_given_up,
    intended_use,
    leaderboard_cells,
    limits,
    render_params,
)
from ..models.reporting.tag_evaluation_text import describe_tag_figures
from ..models.storage.metadata import ModelMetadata
from ..models.studies.class_scores import (
    ClassScore,
    Estimate,
    frequent_confusions,
    score_classes,
    wilson_interval,
)
from ..models.studies.tag_judgement import TagJudgement, TagScore
from ..tasks import Task
from .class_labels import MOST_LISTED, class_colors
from .image_files import DrawnPlate
from .style import ink_on

# A confusion matrix: rows are the truth, columns the answers.
Counts: TypeAlias = Sequence[Sequence[int]]

_PAGE: Final = Path(__file__).with_name("report_page.html")
# The sections of contact sheets.
_OF_PICTURES: Final = frozenset({"Pictures", "Near thresholds"})
_NO_PICTURES: Final = (
    "The pictures of this table are not at hand, so there are no contact sheets; name their folder "
    "with <code>--images</code>."
)


def render_page(
    metadata: ModelMetadata, plates: Sequence[DrawnPlate], tags: TagJudgement | None = None
) -> str:
    """Return the report as HTML that needs nothing from outside.

    Parameters
    ----------
    metadata : ModelMetadata
        All figures in words and tables come from here.
    plates : sequence of DrawnPlate
        In the order of the page; those of a section stand together.
    tags : TagJudgement, optional
        The same figures of a model of tags, with their intervals.

    Returns
    -------
    str
        The same input gives the same text.
    """
    told = _class_words(metadata) if tags is None else {"Tags": describe_tags(tags.by_tag)}
    words = {
        "Leaderboard": _leaderboard(metadata),
        **told,
        "What it goes by": _meanings(metadata),
    }
    first = ["Leaderboard", next(iter(told))]
    sections = list(dict.fromkeys([*first, *(plate.section for plate in plates)]))
    figures = _label_figures(metadata) if tags is None else describe_tag_figures(tags)
    parts = [_head(metadata, figures), navigation([*sections, "Made with"])]
    for section in sections:
        drawn = "".join(show_plate(plate) for plate in plates if plate.section == section)
        parts.append(html_section(section, words.get(section, "") + drawn))
    if not _OF_PICTURES & set(sections):
        parts.append(f'<p class="soft">{_NO_PICTURES}</p>')
    parts.append(html_section("Made with", _provenance(metadata)))
    return fill_page(f"artlens: {metadata.task.called} model", parts)


def _class_words(metadata: ModelMetadata) -> dict[str, str]:
    confusion, classes, task = metadata.holdout.confusion_matrix, metadata.classes, metadata.task
    return {
        "Classes": describe_classes(score_classes(confusion, classes), task),
        "Confusions": describe_confusions(confusion, classes, task),
    }


def write_report(
    folder: Path,
    metadata: ModelMetadata,
    drawn: Sequence[tuple[DrawnPlate, bytes]],
    tags: TagJudgement | None = None,
) -> Path:
    """Write the page and the PNG files, each whole or not at all; return the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    for plate, png in drawn:
        write_whole(folder / f"{plate.name}.png", png)
    page = folder / "report.html"
    write_whole(page, render_page(metadata, [plate for plate, _ in drawn], tags).encode())
    return page


def fill_page(title: str, parts: Iterable[str]) -> str:
    """Return a page that needs nothing from outside, of a title and parts in HTML."""
    page = Template(_PAGE.read_text(encoding="utf-8"))
    return page.substitute(title=escape(title), body="\n".join(parts))


def _label_figures(metadata: ModelMetadata) -> list[tuple[str, str, str]]:
    """Return the figures that tell most: what each is called, its value, and a note."""
    holdout = metadata.holdout
    right = sum(holdout.confusion_matrix[i][i] for i in range(len(metadata.classes)))
    accuracy = wilson_interval(right, holdout.rows)
    most = max(sum(row) for row in holdout.confusion_matrix) / holdout.rows
    figures = [
        ("accuracy", f"{holdout.accuracy:.4f}", f"95 %: {accuracy.low:.3f} to {accuracy.high:.3f}"),
        ("balanced accuracy", f"{holdout.balanced_accuracy:.4f}", "mean recall of the classes"),
        ("macro F1", f"{holdout.macro_f1:.4f}", "every class counts the same"),
        ("calibration error", f"{holdout.ece:.4f}", f"ECE, {metadata.calibration}"),
        ("always the commonest", f"{most:.4f}", "accuracy of that answer"),
    ]
    if holdout.top_5 is not None:
        figures.insert(1, ("top-5 accuracy", f"{holdout.top_5:.4f}", "among the five likeliest"))
    if leak := metadata.leak:
        note = f"accuracy, if one {metadata.task.group} stood on both sides"
        figures.append(("with a leak", f"{leak.accuracy:.4f}", escape(note)))
    return figures


def _head(metadata: ModelMetadata, figures: Iterable[tuple[str, str, str]]) -> str:
    holdout = metadata.holdout
    return (
        f"<h1>How good the {escape(metadata.task.called)} model is</h1>\n"
        f"<p>Family <code>{escape(metadata.family)}</code> "
        f"({escape(render_params(metadata.parameters))}) on {len(metadata.feature_spec.names)} "
        f"features. {escape(_answers(metadata))}. It was fitted on "
        f"{metadata.training_rows:,} works and judged on {holdout.rows:,} others, the hold-out, "
        "that nothing was fitted on or chosen by."
        f"</p>\n{figure_cards(figures)}\n"
        '<section id="not-for" class="warn"><h2>What it is for, and what not</h2>'
        f"{prose(intended_use(metadata))}{prose(limits(metadata))}</section>"
    )


def figure_cards(figures: Iterable[tuple[str, str, str]]) -> str:
    """Return figures side by side: what each is called, its value, and a note."""
    cards = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{value}<small>{escape(note)}</small></dd></div>"
        for name, value, note in figures
    )
    return f'<dl class="figures">{cards}</dl>'


def navigation(sections: Iterable[str]) -> str:
    """Return links to sections."""
    links = "".join(f'<a href="#{escape(_anchor(name))}">{escape(name)}</a>' for name in sections)
    return f"<nav>{links}</nav>"


def html_section(name: str, content: str) -> str:
    """Return a section under its heading."""
    return f'<section id="{escape(_anchor(name))}"><h2>{escape(name)}</h2>\n{content}</section>'


def show_plate(plate: DrawnPlate) -> str:
    """Return a figure, within the page, and its caption."""
    data = b64encode(plate.content).decode()
    caption = escape(plate.caption)
    return (
        f'<figure id="figure-{escape(plate.name)}"><img alt="{caption}" '
        f'src="data:{plate.media_type};base64,{data}"><figcaption>{caption}</figcaption></figure>\n'
    )


def _leaderboard(metadata: ModelMetadata) -> str:
    rows = [[escape(cell) for cell in cells] for cells in leaderboard_cells(metadata.leaderboard)]
    table = html_table(
        ["family", "parameters", f"{compared_by(metadata.task)} over the folds", "one fit"],
        rows,
        numbers=2,
    )
    return (
        f"<p>The best of each family in a <code>{escape(metadata.search)}</code> search, over the "
        f"same folds of the training works. {describe_given_up(metadata.leaderboard)}</p>{table}"
    )


def describe_classes(scores: Sequence[ClassScore], task: Task) -> str:
    """Return a table of how well each class is found, with what it means."""
    colors = class_colors([score.name for score in scores], task)
    many = len(scores) > MOST_LISTED
    if many:
        # Nobody reads hundreds of rows; those that need looking at come first.
        scores = sorted(scores, key=lambda each: (np.nan_to_num(each.f1.value, nan=2.0), each.name))
    rows = [_class_row(score, colors) for score in scores]
    table = html_table(["class", "works", "answers", "precision", "recall", "F1"], rows, numbers=1)
    text = (
        "Precision: how often an answer is right. Recall: how many of a class are found. In "
        "brackets are 95 % intervals: Wilson's for precision and recall, the middle of 2,000 "
        "bootstrap resamples for F1."
    )
    if many:
        text += f" All {len(scores)} classes, those with the lowest F1 first."
        table = f'<div class="long">{table}</div>'
    return f"<p>{text}</p>{table}"


def _class_row(score: ClassScore, colors: Mapping[str, str]) -> list[str]:
    estimates = (score.precision, score.recall, score.f1)
    return [
        class_chip(score.name, colors[score.name]),
        str(score.rows),
        str(score.answers),
        *map(_estimate, estimates),
    ]


def describe_tags(scores: Sequence[TagScore]) -> str:
    """Return a table of how well each tag is told, with what it means."""
    many = len(scores) > MOST_LISTED
    if many:
        precise = {each.name: np.nan_to_num(each.average_precision.value, nan=2) for each in scores}
        scores = sorted(scores, key=lambda each: (precise[each.name], each.name))
    rows = [
        [
            f"<bdi>{escape(each.name)}</bdi>",
            f"{each.known:,}",
            f"{each.rows:,}",
            _estimate(each.average_precision),
            f"{each.threshold:.2f}",
            f"{each.answers:,}",
            _estimate(each.precision),
            _estimate(each.recall),
            _estimate(each.f1),
        ]
        for each in scores
    ]
    head = ["tag", "known", "has it", "average precision", "threshold", "said", "precision"]
    table = html_table([*head, "recall", "F1"], rows, numbers=1)
    text = (
        "Known: works of which it is known whether they have the tag. A tag is said where it is as "
        "probable as its threshold; precision is how often it is right then, recall how many of "
        "those that have it are found. Average precision tells how well it is told from what lacks "
        "it, whatever the threshold. In brackets are 95 % intervals: Wilson's for precision and "
        "recall, the middle of bootstrap resamples of the works for the others."
    )
    if many:
        text += f" All {len(scores)} tags, those with the lowest average precision first."
        table = f'<div class="long">{table}</div>'
    return f"<p>{text}</p>{table}"


def describe_confusions(confusion: Counts, classes: Sequence[str], task: Task) -> str:
    """Say the most frequent confusions in words."""
    found = frequent_confusions(confusion, classes)
    chips = {name: class_chip(name, color) for name, color in class_colors(classes, task).items()}
    lines = "".join(
        f"<li>{mistake.count} of {mistake.rows} {chips[mistake.truth]} works "
        f"({mistake.count / mistake.rows:.0%}) are called {chips[mistake.answer]}.</li>"
        for mistake in found
    )
    return f"<p>The most frequent ones:</p><ol>{lines}</ol>" if found else "<p>There are none.</p>"


def _meanings(metadata: ModelMetadata) -> str:
    """Say what the words for features mean, with the codes that tables and files have instead."""
    rows = [
        [escape(words), f"<code>{escape(code)}</code>", escape(meaning)]
        for words, code, meaning in list_meanings(metadata.feature_spec.names)
    ]
    if not rows:
        return ""
    table = html_table(["in words", "code", "what it tells"], rows, numbers=3)
    return f"<details><summary>What the features are</summary>{table}</details>"


def _provenance(metadata: ModelMetadata) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in metadata.library_versions.items())
    facts = [
        ("table", metadata.data_source),
        ("its sha256", metadata.data_sha256),
        ("search", metadata.search),
        ("seed", str(metadata.seed)),
        ("features", f"version {metadata.feature_spec.version}: {metadata.feature_spec.decode}"),
        ("libraries", versions),
    ]
    items = "".join(f"<li>{name}: <code>{escape(value)}</code></li>" for name, value in facts)
    return f"<ul>{items}</ul>"


def _estimate(estimate: Estimate) -> str:
    if estimate.value != estimate.value:
        return "–"
    return f"{estimate.value:.2f} <small>({estimate.low:.2f} to {estimate.high:.2f})</small>"


def class_chip(name: str, color: str) -> str:
    """Return the name of a class on its colour."""
    style = f"background:{color};color:{ink_on(color)}"
    # Labels may run from right to left.
    return f'<bdi class="chip" style="{style}" title="{escape(name)}">{escape(name)}</bdi>'


def html_table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: int) -> str:
    """Return a table whose columns from `numbers` on hold numbers."""
    kinds = ["" if i < numbers else ' class="n"' for i in range(len(head))]
    top = "".join(f"<th{kind}>{name}</th>" for kind, name in zip(kinds, head, strict=True))
    lines = "".join(
        "<tr>" + "".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(kinds, row, strict=True))
        for row in rows
    )
    return f'<div class="wide"><table><tr>{top}</tr>{lines}</table></div>'


def prose(markdown: str) -> str:
    """Return as HTML what the card and warnings are written in: paragraphs, bullets, bold, code."""
    blocks = escape(markdown).split("\n\n")
    parts = []
    for block in blocks:
        text = re.sub(r"`(.+?)`|\*\*(.+?)\*\*", _marked, block)
        items = re.split(r"(?:^|\n)- ", text)[1:]
        parts.append(f"<ul><li>{'</li><li>'.join(items)}</li></ul>" if items else f"<p>{text}</p>")
    return "".join(parts)


def _marked(found: re.Match[str]) -> str:
    code, bold = found.groups()
    return f"<code>{code}</code>" if code else f"<b>{bold}</b>"


def _answers(metadata: ModelMetadata) -> str:
    names = metadata.classes
    if metadata.holdout.many is not None:
        return f"Its answer is any number of {len(names)} tags ({name_some(names, MOST_LISTED)})"
    if len(names) > MOST_LISTED:
        return f"Its answer is one of {len(names)} classes"
    return f"Its answer is {', '.join(names[:-1])} or {names[-1]}"


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")
