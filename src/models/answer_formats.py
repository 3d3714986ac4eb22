"""What models say of pictures as text, JSON, JSON lines, CSV or Parquet."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import StringIO
from itertools import islice
from typing import Any, BinaryIO, Final

from ..edges import printable
from ..records import FailedPrediction, PaletteColor, Prediction, PredictionWarning
from .answers import Result

# Stands in text for the label of a picture that no class is probable enough for.
ABSTAINED: Final = "-"
RUNNERS_UP: Final = 3
_WIDEST: Final = 32
# Rows of a group in Parquet: few MB in memory.
GROUP_ROWS: Final = 8192


class OutputFormat(StrEnum):
    """How results are written."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Heading:
    """A task whose answers are written, and the classes it has."""

    task: str
    classes: tuple[str, ...]


# What every model says of one picture; of one that cannot be read, the same failure of each.
Answers = Sequence[Result]
Headings = Sequence[Heading]


def render_answers(
    answers: Iterable[Answers], output_format: OutputFormat, headings: Headings
) -> Iterator[str]:
    """Yield the output piece by piece, each as soon as its answer is there.

    Parameters
    ----------
    answers : iterable of sequence of Prediction or FailedPrediction
        For each picture, what each task's model says.
    output_format : OutputFormat
        Not Parquet. ``text`` leaves failures out: they are reported elsewhere. The others give each
        failure a row with an ``error``, and have the palettes and warnings too.
    headings : sequence of Heading
        The tasks. Only if there are several do their names stand in the output.

    Yields
    ------
    str
        Bytes of file names that are not UTF-8 stand in it as surrogates (PEP 383); in JSON they
        are escaped, so it can be encoded strictly.

    Examples
    --------
    >>> rose = Prediction("rose.jpg", "RED", 0.75, {"RED": 0.75, "PINK": 0.25})
    >>> heading = Heading("color", ("PINK", "RED"))
    >>> print(*render_answers([[rose]], OutputFormat.TEXT, [heading]))
    RED   0.750  rose.jpg
    """
    return _RENDERERS[output_format](answers, headings)


def _render_text(answers: Iterable[Answers], headings: Headings) -> Iterator[str]:
    # A few very long names are not to push all others apart.
    widths = [min(max(map(len, heading.classes)), _WIDEST) for heading in headings]
    for results in answers:
        found = [result for result in results if isinstance(result, Prediction)]
        if found:
            cells = "  ".join(map(_text_cell, found, widths))
            yield f"{cells}  {printable(found[0].source)}{_runners_up(found)}\n"


def _text_cell(result: Prediction, width: int) -> str:
    return f"{printable(result.label or ABSTAINED):<{width}}  {result.score:.3f}"


def _runners_up(found: Sequence[Prediction]) -> str:
    """Name what answers without a label would have been, and the next ones."""
    named = (islice(result.scores.items(), RUNNERS_UP) for result in found if not result.label)
    listed = "; ".join(", ".join(f"{n} {score:.3f}" for n, score in some) for some in named)
    return f"  ({listed})" if listed else ""


def _render_jsonl(answers: Iterable[Answers], headings: Headings) -> Iterator[str]:
    for results in answers:
        yield f"{_to_json(results, headings)}\n"


def _render_json(answers: Iterable[Answers], headings: Headings) -> Iterator[str]:
    yield "["
    before = "\n"
    for results in answers:
        yield f"{before}{_to_json(results, headings)}"
        before = ",\n"
    yield "\n]\n"


def _render_csv(answers: Iterable[Answers], headings: Headings) -> Iterator[str]:
    yield _csv_line(table_columns(headings))
    for results in answers:
        yield _csv_line(table_cells(results, headings))


def table_columns(headings: Headings) -> list[str]:
    """Return the columns of the table of answers, in CSV and Parquet.

    Examples
    --------
    >>> table_columns([Heading("color", ("RED",))])
    ['source', 'label', 'score', 'RED', 'palette', 'warnings', 'error']
    >>> table_columns([Heading("color", ("RED",)), Heading("shape", ("round",))])[1:5]
    ['color', 'color score', 'color: RED', 'shape']
    """
    columns = ["source"]
    for heading in headings:
        if len(headings) == 1:
            columns += ["label", "score", *heading.classes]
        else:
            task = heading.task
            columns += [task, f"{task} score", *(f"{task}: {name}" for name in heading.classes)]
    return [*columns, "palette", "warnings", "error"]


def table_cells(results: Answers, headings: Headings) -> list[str | float]:
    """Return a row of that table; what is missing is empty."""
    first = results[0]
    if isinstance(first, FailedPrediction):
        return [first.source, *[""] * (len(table_columns(headings)) - 2), str(first.error)]
    cells: list[str | float] = [first.source]
    warnings = []
    for result, heading in zip(results, headings, strict=True):
        assert isinstance(result, Prediction)
        cells += [result.label or "", result.score]
        cells += [result.scores[name] for name in heading.classes]
        prefix = "" if len(headings) == 1 else f"{heading.task}:"
        warnings += [f"{prefix}{warning.code}" for warning in result.warnings]
    palette = " ".join(f"{color.hex}:{color.share:.3f}" for color in first.palette)
    return [*cells, palette, " ".join(warnings), ""]


_RENDERERS: Final[Mapping[OutputFormat, Callable[[Iterable[Answers], Headings], Iterator[str]]]] = {
    OutputFormat.TEXT: _render_text,
    OutputFormat.JSON: _render_json,
    OutputFormat.JSONL: _render_jsonl,
    OutputFormat.CSV: _render_csv,
}


def _to_json(results: Answers, headings: Headings) -> str:
    row = to_row(results, headings)
    text = json.dumps(row, ensure_ascii=False)
    # Readable as long as it is Unicode; a name that is not survives as an escape.
    return text if text.isprintable() else json.dumps(row)


def to_row(results: Answers, headings: Headings) -> dict[str, Any]:
    """Return what is said of a picture as JSON has it; of several tasks, by the task's name."""
    first = results[0]
    if isinstance(first, FailedPrediction):
        return {"source": first.source, "error": str(first.error)}
    said = [_said(result) for result in results if isinstance(result, Prediction)]
    palette = [_fields(color) for color in first.palette]
    if len(headings) == 1:
        warnings = said[0].pop("warnings")
        return {"source": first.source, **said[0], "palette": palette, "warnings": warnings}
    named = {heading.task: own for heading, own in zip(headings, said, strict=True)}
    return {"source": first.source, "tasks": named, "palette": palette}


def _said(result: Prediction) -> dict[str, Any]:
    return {
        "label": result.label,
        "score": result.score,
        "scores": dict(result.scores),
        "warnings": [_fields(warning) for warning in result.warnings],
    }


def _fields(record: PaletteColor | PredictionWarning) -> dict[str, Any]:
    # dataclasses.asdict takes as long as half the picture's decoding for a palette: it copies.
    return {name: getattr(record, name) for name in record.__slots__}


def _csv_line(cells: Sequence[str | float]) -> str:
    line = StringIO()
    # Told that lines end so, it quotes a carriage return within a name too.
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().removesuffix("\r\n") + "\n"


def write_parquet(answers: Iterable[Answers], headings: Headings, file: BinaryIO) -> None:
    r"""Write the table that CSV would hold; what is empty there is null.

    Bytes of file names that are not UTF-8 are escaped, as ``\xff``, for Parquet holds no others.

    Parameters
    ----------
    answers : iterable of sequence of Prediction or FailedPrediction
        They are taken as they are needed.
    headings : sequence of Heading
    file : binary file
    """
    # It takes a quarter of a second to import, which the other formats can do without.
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        (name, pa.float64() if is_number else pa.string())
        for name, is_number in zip(table_columns(headings), _numbers(headings), strict=True)
    )
    rows = (
        [None if cell == "" else _unicode(cell) for cell in table_cells(results, headings)]
        for results in answers
    )
    with pq.ParquetWriter(file, schema) as writer:
        while group := list(islice(rows, GROUP_ROWS)):
            arrays = map(pa.array, zip(*group, strict=True), schema.types)
            writer.write_table(pa.Table.from_arrays(list(arrays), schema=schema))


def _numbers(headings: Headings) -> list[bool]:
    """Tell which columns hold numbers."""
    own = [is_number for h in headings for is_number in [False, *[True] * (1 + len(h.classes))]]
    return [False, *own, False, False, False]


def _unicode(cell: str | float) -> str | float:
    if isinstance(cell, str):
        return cell.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return cell
