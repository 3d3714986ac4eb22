"""Predictions as text, JSON, JSON lines or CSV: pure, from results to pieces of output.

Parquet, which is no text, is written by `src.models.prediction.parquet_output`.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from io import StringIO
from itertools import islice
from typing import Any, Final

from ...edges import printable
from ...errors import ImageError
from ...records import FailedPrediction, PaletteColor, Prediction, PredictionWarning

Result = Prediction | FailedPrediction

# Stands in text for the label of a picture that no class is probable enough for.
ABSTAINED: Final = "-"
RUNNERS_UP: Final = 3


class OutputFormat(StrEnum):
    """How results are written."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


def render_results(
    results: Iterable[Result], output_format: OutputFormat, classes: tuple[str, ...]
) -> Iterator[str]:
    """Yield the output piece by piece, each as soon as its result is there.

    Parameters
    ----------
    results : iterable of Prediction or FailedPrediction
    output_format : OutputFormat
        Not Parquet. ``text`` leaves failures out: they are reported elsewhere. The others give each
        failure a row with an ``error``, and have the palettes and warnings too.
    classes : tuple of str
        Columns of the CSV table.

    Yields
    ------
    str
        Bytes of file names that are not UTF-8 stand in it as surrogates (PEP 383); in JSON they
        are escaped, so it can be encoded strictly.

    Examples
    --------
    >>> rose = Prediction("rose.jpg", "RED", 0.75, {"RED": 0.75, "PINK": 0.25})
    >>> print(*render_results([rose], OutputFormat.TEXT, ("PINK", "RED")))
    RED   0.750  rose.jpg
    """
    return _RENDERERS[output_format](results, classes)


def _render_text(results: Iterable[Result], classes: tuple[str, ...]) -> Iterator[str]:
    width = max(map(len, classes))
    for result in results:
        if isinstance(result, Prediction):
            label = result.label or ABSTAINED
            line = f"{label:<{width}}  {result.score:.3f}  {printable(result.source)}"
            yield f"{line}\n" if result.label else f"{line}  ({_runners_up(result)})\n"


def _runners_up(result: Prediction) -> str:
    """Name what an answer would have been, and the next ones."""
    return ", ".join(
        f"{label} {score:.3f}" for label, score in islice(result.scores.items(), RUNNERS_UP)
    )


def _render_jsonl(results: Iterable[Result], classes: tuple[str, ...]) -> Iterator[str]:
    for result in results:
        yield f"{_to_json(result)}\n"


def _render_json(results: Iterable[Result], classes: tuple[str, ...]) -> Iterator[str]:
    yield "["
    before = "\n"
    for result in results:
        yield f"{before}{_to_json(result)}"
        before = ",\n"
    yield "\n]\n"


def table_columns(classes: tuple[str, ...]) -> list[str]:
    """Return the columns of the table of results, in CSV and Parquet."""
    return ["source", "label", "score", *classes, "palette", "warnings", "error"]


def table_cells(result: Result, classes: tuple[str, ...]) -> list[str | float]:
    """Return a row of that table; what is missing is empty."""
    if isinstance(result, FailedPrediction):
        return [result.source, *[""] * (len(classes) + 4), str(result.error)]
    scores = [result.scores[name] for name in classes]
    palette = " ".join(f"{color.hex}:{color.share:.3f}" for color in result.palette)
    warnings = " ".join(warning.code for warning in result.warnings)
    return [result.source, result.label or "", result.score, *scores, palette, warnings, ""]


def _render_csv(results: Iterable[Result], classes: tuple[str, ...]) -> Iterator[str]:
    yield _csv_line(table_columns(classes))
    for result in results:
        yield _csv_line(table_cells(result, classes))


_RENDERERS: Final[
    Mapping[OutputFormat, Callable[[Iterable[Result], tuple[str, ...]], Iterator[str]]]
] = {
    OutputFormat.TEXT: _render_text,
    OutputFormat.JSON: _render_json,
    OutputFormat.JSONL: _render_jsonl,
    OutputFormat.CSV: _render_csv,
}


def _to_json(result: Result) -> str:
    row = to_row(result)
    text = json.dumps(row, ensure_ascii=False)
    # Readable as long as it is Unicode; a name that is not survives as an escape.
    return text if text.isprintable() else json.dumps(row)


def to_row(result: Result) -> dict[str, Any]:
    """Return a result as JSON has it."""
    if isinstance(result, FailedPrediction):
        return {"source": result.source, "error": str(result.error)}
    return {
        "source": result.source,
        "label": result.label,
        "score": result.score,
        "scores": dict(result.scores),
        "palette": [_fields(color) for color in result.palette],
        "warnings": [_fields(warning) for warning in result.warnings],
    }


def _fields(record: PaletteColor | PredictionWarning) -> dict[str, Any]:
    # dataclasses.asdict takes as long as half the picture's decoding for a palette: it copies.
    return {name: getattr(record, name) for name in record.__slots__}


def from_row(row: dict[str, Any]) -> Result:
    """Return the result that `to_row` made this of; of an error, all but its kind.

    Examples
    --------
    >>> palette = (PaletteColor("#ff0000", 1.0, "RED"),)
    >>> rose = Prediction("rose.jpg", "RED", 1.0, {"RED": 1.0}, palette)
    >>> from_row(to_row(rose)) == rose
    True
    """
    if "error" in row:
        return FailedPrediction(row["source"], ImageError(row["error"]))
    parts = {
        "palette": tuple(PaletteColor(**color) for color in row["palette"]),
        "warnings": tuple(PredictionWarning(**warning) for warning in row["warnings"]),
    }
    return Prediction(**{**row, **parts})


def _csv_line(cells: Sequence[str | float]) -> str:
    line = StringIO()
    # Told that lines end so, it quotes a carriage return within a name too.
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().removesuffix("\r\n") + "\n"
