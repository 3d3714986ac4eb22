"""Predictions as a Parquet file."""

from collections.abc import Iterable
from itertools import islice
from typing import BinaryIO, Final

from .formats import Result, table_cells, table_columns

# A row group: few MB in memory.
GROUP_ROWS: Final = 8192
_NUMBERS_FROM: Final = 2


def write_parquet(results: Iterable[Result], classes: tuple[str, ...], file: BinaryIO) -> None:
    r"""Write the table that CSV would hold; what is empty there is null.

    Bytes of file names that are not UTF-8 are escaped, as ``\xff``, for Parquet holds no others.

    Parameters
    ----------
    results : iterable of Prediction or FailedPrediction
        They are taken as they are needed.
    classes : tuple of str
    file : binary file
    """
    # It takes a quarter of a second to import, which the other formats can do without.
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns, numbers = (
        table_columns(classes),
        range(_NUMBERS_FROM, _NUMBERS_FROM + 1 + len(classes)),
    )
    schema = pa.schema(
        (name, pa.float64() if place in numbers else pa.string())
        for place, name in enumerate(columns)
    )
    rows = (
        [None if cell == "" else _unicode(cell) for cell in table_cells(result, classes)]
        for result in results
    )
    with pq.ParquetWriter(file, schema) as writer:
        while group := list(islice(rows, GROUP_ROWS)):
            arrays = map(pa.array, zip(*group, strict=True), schema.types)
            writer.write_table(pa.Table.from_arrays(list(arrays), schema=schema))


def _unicode(cell: str | float) -> str | float:
    if isinstance(cell, str):
        return cell.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return cell
