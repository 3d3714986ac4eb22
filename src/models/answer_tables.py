"""What models say of pictures as a table: CSV, TSV, Parquet, Excel."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from typing import Any, BinaryIO, Final, Self

from ..data.tag_cells import SEPARATOR
from ..edges import printable
from ..records import FailedPrediction, ModelTag, Prediction
from ..tasks import Kind, Task
from .answers import Result

# Rows of a group in Parquet: few MB in memory.
GROUP_ROWS: Final = 8192
# What a sheet of Excel holds below its heading, and what a cell does.
SHEET_ROWS: Final = 1_048_575
_CELL_CHARACTERS: Final = 32_767

Cell = str | float


@dataclass(frozen=True, slots=True)
class Heading:
    """A task whose answers are written, the classes it has, and whether a picture has many."""

    task: str
    classes: tuple[str, ...]
    many: bool = False

    @classmethod
    def of(cls, task: Task, classes: tuple[str, ...]) -> Self:
        """Return that of a model that knows these classes."""
        return cls(task.name, classes, task.kind is Kind.MANY)


# What every model says of one picture; of one that cannot be read, the same failure of each.
Answers = Sequence[Result]
Headings = Sequence[Heading]


def table_columns(headings: Headings) -> list[str]:
    """Return the columns of the table of answers.

    Examples
    --------
    >>> table_columns([Heading("color", ("RED",))])[:4]
    ['source', 'label', 'score', 'RED']
    >>> table_columns([Heading("color", ("RED",))])[4:]
    ['model', 'palette', 'stands_on', 'warnings', 'error']
    >>> table_columns([Heading("color", ("RED",)), Heading("shape", ("round",))])[1:6]
    ['color', 'color score', 'color: RED', 'color model', 'shape']
    """
    columns = ["source"]
    for heading in headings:
        if len(headings) == 1:
            columns += ["label", "score", *heading.classes, "model"]
        else:
            task = heading.task
            columns += [task, f"{task} score", *(f"{task}: {name}" for name in heading.classes)]
            columns += [f"{task} model"]
    return [*columns, "palette", "stands_on", "warnings", "error"]


def table_cells(results: Answers, headings: Headings) -> list[Cell]:
    """Return a row of that table; what is missing is empty."""
    first = results[0]
    if isinstance(first, FailedPrediction):
        return [first.source, *[""] * (len(table_columns(headings)) - 2), str(first.error)]
    cells: list[Cell] = [first.source]
    for result, heading in zip(results, headings, strict=True):
        assert isinstance(result, Prediction)
        cells += [SEPARATOR.join(result.labels) if heading.many else result.label or ""]
        cells += [result.score]
        cells += [result.scores[name] for name in heading.classes]
        cells += [_name_model(result.model)]
    palette = " ".join(f"{color.hex}:{color.share:.3f}" for color in first.palette)
    return [*cells, palette, _name_ground(results), " ".join(warning_codes(results, headings)), ""]


def warning_codes(results: Answers, headings: Headings) -> Iterator[str]:
    """Yield the codes of what answers to a picture warn of; of several tasks, with their names."""
    for result, heading in zip(results, headings, strict=True):
        prefix = "" if len(headings) == 1 else f"{heading.task}:"
        for warning in result.warnings if isinstance(result, Prediction) else ():
            yield f"{prefix}{warning.code}"


def _name_model(tag: ModelTag | None) -> str:
    return f"{tag.name}@{tag.version}" if tag else ""


def _name_ground(results: Answers) -> str:
    """Return the colour that the label of the task of colours stands on; no other has one."""
    grounds = (result.stands_on for result in results if isinstance(result, Prediction))
    return next((color.hex for color in grounds if color), "")


def separated_lines(
    answers: Iterable[Answers], headings: Headings, delimiter: str
) -> Iterator[str]:
    """Yield the table line by line, as CSV or with another sign than a comma."""
    yield _separated(table_columns(headings), delimiter)
    for results in answers:
        yield _separated(table_cells(results, headings), delimiter)


def _separated(cells: Sequence[Cell], delimiter: str) -> str:
    line = StringIO()
    # Told that lines end so, it quotes a carriage return within a name too.
    csv.writer(line, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
    return line.getvalue().removesuffix("\r\n") + "\n"


def write_parquet(answers: Iterable[Answers], headings: Headings, file: BinaryIO) -> None:
    r"""Write the table as Parquet; what is empty is null.

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


def write_workbook(answers: Iterable[Answers], headings: Headings, file: BinaryIO) -> None:
    """Write the table for Excel: one sheet, or as many as it takes; what is empty stays empty.

    Text stays text, whatever it begins with; what Excel cannot hold is escaped, or cut off.

    Parameters
    ----------
    answers : iterable of sequence of Prediction or FailedPrediction
        They are taken as they are needed, and written to a temporary file.
    headings : sequence of Heading
    file : binary file
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = _new_sheet(book, headings)
    for number, results in enumerate(answers):
        if number and number % SHEET_ROWS == 0:
            sheet = _new_sheet(book, headings)
        sheet.append([_excel_cell(sheet, cell) for cell in table_cells(results, headings)])
    book.save(file)


def _new_sheet(book: Any, headings: Headings) -> Any:
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    sheet.append([_excel_cell(sheet, name) for name in table_columns(headings)])
    return sheet


def _excel_cell(sheet: Any, cell: Cell) -> Any:
    from openpyxl.cell import WriteOnlyCell

    text = _unicode(cell)
    if not isinstance(text, str):
        return text
    if not text:
        return None
    made = WriteOnlyCell(sheet, printable(text)[:_CELL_CHARACTERS])
    # What begins with "=" would be taken for a formula, which runs where the file is opened.
    made.data_type = "s"
    return made


def _numbers(headings: Headings) -> list[bool]:
    """Tell which columns hold numbers."""
    numbers = [False]
    for heading in headings:
        numbers += [False, *[True] * (1 + len(heading.classes)), False]
    return [*numbers, False, False, False, False]


def _unicode(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return cell.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return cell
