"""What models say of pictures as text, JSON or JSON lines; as tables: `answer_tables`."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

from ..edges import printable
from ..records import FailedPrediction, ModelTag, PaletteColor, Prediction, PredictionWarning
from .answer_tables import (
    Answers,
    Heading,
    Headings,
    separated_lines,
    warning_codes,
    write_parquet,
    write_workbook,
)

# Stands in text for the label of a picture that no class is probable enough for.
ABSTAINED: Final = "-"
RUNNERS_UP: Final = 3
# What text marks no line for: that there is no label is seen, and what is to be said of all answers
# of a model is said of the model.
UNMARKED: Final = ("abstained", "few_pictures", "few_classes")
_WIDEST: Final = 32


class OutputFormat(StrEnum):
    """How results are written."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    TSV = "tsv"
    PARQUET = "parquet"
    XLSX = "xlsx"

    @classmethod
    def of_file(cls, file: Path) -> "OutputFormat | None":
        """Return the format that a file's name ends with, or None.

        Examples
        --------
        >>> [OutputFormat.of_file(Path(name)) for name in ("rooms.CSV", "rooms.txt", "rooms.doc")]
        [<OutputFormat.CSV: 'csv'>, <OutputFormat.TEXT: 'text'>, None]
        """
        suffix = file.suffix.lower().removeprefix(".")
        name = _OTHER_SUFFIXES.get(suffix, suffix)
        return cls(name) if name in set(cls) else None


_OTHER_SUFFIXES: Final = {"txt": "text", "ndjson": "jsonl"}
# Written to files only: they have an end without which the rest cannot be read.
WRITERS: Final[Mapping[OutputFormat, Callable[[Iterable[Answers], Headings, BinaryIO], None]]] = {
    OutputFormat.PARQUET: write_parquet,
    OutputFormat.XLSX: write_workbook,
}
# What these import; looked for before pictures are measured, which may take hours.
LIBRARIES: Final = {OutputFormat.PARQUET: "pyarrow", OutputFormat.XLSX: "openpyxl"}


def render_answers(
    answers: Iterable[Answers],
    output_format: OutputFormat,
    headings: Headings,
    top: int | None = None,
) -> Iterator[str]:
    """Yield the output piece by piece, each as soon as its answer is there.

    Parameters
    ----------
    answers : iterable of sequence of Prediction or FailedPrediction
        For each picture, what each task's model says.
    output_format : OutputFormat
        None of `WRITERS`. ``text`` leaves failures out: they are reported elsewhere. The others
        give each failure a row with an ``error``, and have the palettes too.
    headings : sequence of Heading
        The tasks. Only if there are several do their names stand in the output.
    top : int, optional
        Of how many classes text and JSON give the probability; by default text of the label's
        alone, JSON of all.

    Yields
    ------
    str
        Bytes of file names that are not UTF-8 stand in it as surrogates (PEP 383); in JSON they
        are escaped, so it can be encoded strictly.

    Examples
    --------
    >>> from .answer_tables import Heading
    >>> rose = Prediction("rose.jpg", "RED", 0.75, {"RED": 0.75, "PINK": 0.25})
    >>> heading = Heading("color", ("PINK", "RED"))
    >>> print(*render_answers([[rose]], OutputFormat.TEXT, [heading]), end="")
    RED   0.750  rose.jpg
    >>> print(*render_answers([[rose]], OutputFormat.TEXT, [heading], top=3), end="")
    RED   0.750  rose.jpg  (PINK 0.250)
    >>> beach = Prediction("a.jpg", "sea", 0.97, {"sea": 0.97, "sunset": 0.9, "trees": 0.1},
    ...     labels=("sea", "sunset"))
    >>> tags = Heading("tags", ("sea", "sunset", "trees"), many=True)
    >>> print(*render_answers([[beach]], OutputFormat.TEXT, [tags]), end="")
    sea 0.970, sunset 0.900           a.jpg
    """
    if output_format is OutputFormat.TEXT:
        return _render_text(answers, headings, top)
    if output_format is OutputFormat.JSON:
        return _render_json(answers, headings, top)
    if output_format is OutputFormat.JSONL:
        return (f"{_to_json(results, headings, top)}\n" for results in answers)
    delimiter = "\t" if output_format is OutputFormat.TSV else ","
    return separated_lines(answers, headings, delimiter)


def _render_text(answers: Iterable[Answers], headings: Headings, top: int | None) -> Iterator[str]:
    for results in answers:
        found = [result for result in results if isinstance(result, Prediction)]
        if found:
            cells = "  ".join(map(_text_cell, found, headings))
            line = [cells, printable(found[0].source), *_remarks(found, headings, top)]
            yield "  ".join(line) + "\n"


def _text_cell(result: Prediction, heading: Heading) -> str:
    if heading.many and result.labels:
        said = ", ".join(f"{printable(tag)} {result.scores[tag]:.3f}" for tag in result.labels)
        return f"{said:<{_WIDEST}}"
    # A few very long names are not to push all others apart.
    width = _WIDEST - 7 if heading.many else min(max(map(len, heading.classes)), _WIDEST)
    return f"{printable(result.label or ABSTAINED):<{width}}  {result.score:.3f}"


def _remarks(found: list[Prediction], headings: Headings, top: int | None) -> Iterator[str]:
    """Yield the runners-up, where they are wanted or no label is given, and marks of warnings."""
    if any(listed := [", ".join(_runners_up(result, top)) for result in found]):
        yield f"({'; '.join(filter(None, listed))})"
    if marks := [code for code in warning_codes(found, headings) if not code.endswith(UNMARKED)]:
        yield f"[{' '.join(marks)}]"


def _runners_up(result: Prediction, top: int | None) -> Iterator[str]:
    """Name the most probable classes but those that are said."""
    said = {*result.labels, result.label} - {None}
    count = max((top or 0) - len(said), 0) if said else top or RUNNERS_UP
    others = ((name, score) for name, score in result.scores.items() if name not in said)
    for name, score in islice(others, count):
        yield f"{printable(name)} {score:.3f}"


def _render_json(answers: Iterable[Answers], headings: Headings, top: int | None) -> Iterator[str]:
    yield "["
    before = "\n"
    for results in answers:
        yield f"{before}{_to_json(results, headings, top)}"
        before = ",\n"
    yield "\n]\n"


def _to_json(results: Answers, headings: Headings, top: int | None) -> str:
    row = to_row(results, headings, top)
    text = json.dumps(row, ensure_ascii=False)
    # Readable as long as it is Unicode; a name that is not survives as an escape.
    return text if text.isprintable() else json.dumps(row)


def to_row(results: Answers, headings: Headings, top: int | None = None) -> dict[str, Any]:
    """Return what is said of a picture as JSON has it; of several tasks, by the task's name."""
    first = results[0]
    if isinstance(first, FailedPrediction):
        return {"source": first.source, "error": str(first.error)}
    said = [_said(result, top) for result in results if isinstance(result, Prediction)]
    palette = [_fields(color) for color in first.palette]
    if len(headings) == 1:
        return {"source": first.source, **said[0], "palette": palette}
    named = {heading.task: own for heading, own in zip(headings, said, strict=True)}
    return {"source": first.source, "tasks": named, "palette": palette}


def _said(result: Prediction, top: int | None) -> dict[str, Any]:
    return {
        "label": result.label,
        "labels": list(result.labels),
        "score": result.score,
        "scores": dict(islice(result.scores.items(), top)),
        "stands_on": result.stands_on and _fields(result.stands_on),
        "warnings": [_fields(warning) for warning in result.warnings],
        "model": result.model and _fields(result.model),
    }


def _fields(record: PaletteColor | PredictionWarning | ModelTag) -> dict[str, Any]:
    # dataclasses.asdict takes as long as half the picture's decoding for a palette: it copies.
    return {name: getattr(record, name) for name in record.__slots__}
