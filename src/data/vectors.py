"""Tables whose rows carry a vector each: Parquet, and in its metadata what the vectors are.

The other columns are read as those of any table, by `tables`, which do not see the vectors.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..files import whole_file

VECTORS: Final = "embedding"
_FACTS: Final = b"artlens"
# Each is a row group: what is held in memory at a time, here and by who reads it.
GROUP_ROWS: Final = 1024

Vectors = NDArray[np.float16]
Append = Callable[[Mapping[str, Sequence[str]], Vectors], None]


@contextmanager
def open_vectors(
    path: Path, columns: Sequence[str], width: int, facts: Mapping[str, str]
) -> Iterator[Append]:
    """Give a function that appends rows to a new table, which is there whole or not at all.

    Parameters
    ----------
    path : Path
        Missing folders are made, a table that is there already is replaced.
    columns : sequence of str
        Those of text; the vectors come behind them.
    width : int
        Numbers of a vector.
    facts : Mapping of str to str
        What the vectors are.

    Raises
    ------
    DataError
        If it cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = [pa.field(name, pa.string(), nullable=False) for name in columns]
    vectors = pa.field(VECTORS, pa.list_(pa.float16(), width), nullable=False)
    schema = pa.schema([*texts, vectors], {_FACTS: json.dumps(facts)})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with (
            whole_file(path) as file,
            # A dictionary of the numbers would take three times as long, for nothing.
            pq.ParquetWriter(
                file, schema, compression="zstd", use_dictionary=list(columns)
            ) as writer,
        ):

            def append(cells: Mapping[str, Sequence[str]], rows: Vectors) -> None:
                flat = pa.array(np.ascontiguousarray(rows).reshape(-1))
                arrays = [pa.array(cells[name], pa.string()) for name in columns]
                arrays.append(pa.FixedSizeListArray.from_arrays(flat, type=vectors.type))
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))

            yield append
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"{path} cannot be written ({reason}); make room for it there") from error


def has_vectors(path: Path) -> bool:
    """Tell whether there is a table of such rows."""
    import pyarrow as pa

    schema = _schema(path)
    return (
        schema is not None
        and VECTORS in schema.names
        and pa.types.is_fixed_size_list(schema.field(VECTORS).type)
    )


def read_facts(path: Path) -> dict[str, str]:
    """Return what the vectors of a table are; nothing where it does not say so."""
    schema = _schema(path)
    try:
        return dict(json.loads((schema.metadata or {})[_FACTS]))
    except (AttributeError, KeyError, ValueError, TypeError):
        return {}


def read_vectors(path: Path) -> Vectors:
    """Return the vectors of a table, shape (n, width), as `open_vectors` wrote them.

    Raises
    ------
    DataError
        If they cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        width = file.schema_arrow.field(VECTORS).type.list_size
        vectors = np.empty((file.metadata.num_rows, width), np.float16)
        start = 0
        for piece in file.iter_batches(GROUP_ROWS, columns=[VECTORS]):
            vectors[start : start + len(piece)] = _matrix(piece.column(0), width)
            start += len(piece)
    except (pa.ArrowException, OSError, KeyError, AttributeError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error}); make the table anew") from error
    return vectors


def _matrix(column: Any, width: int) -> NDArray[Any]:
    """Return vectors as a matrix; a missing one is of missing numbers."""
    flat = column.values if not column.null_count else column.fill_null([np.nan] * width).values
    numbers = flat.slice(column.offset * width, len(column) * width)
    return np.asarray(numbers.to_numpy(zero_copy_only=False)).reshape(-1, width)


def _schema(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_schema(path)
    except (pa.ArrowException, OSError):
        return None
