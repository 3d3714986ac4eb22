"""A network's rows of a table's pictures, and the processed table that they become.

A row is one cell of float16 numbers: in columns of their own, thousands of them would take minutes
to write and to check. The file says what measured them, and is refused where another was asked for.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray

from ..data.tables import read_table
from ..data.vectors import GROUP_ROWS, has_vectors, open_vectors, read_facts, read_vectors
from ..edges import name_some
from ..errors import ArtlensError, DataError
from ..jobs.runner import Work
from ..jobs.shard_store import Picture, Row, ShardStore
from .extract_features import FeatureSpec
from .measured_rows import (
    FileRow,
    Known,
    LastingRows,
    Wanted,
    describe_spec,
    killed_file,
    row_type,
    spec_digest,
)
from .measured_table import TableJob

_SHA256_BYTES: Final = 32
# About a second of work, and as much as an interrupt can cost.
_SHARD_ROWS: Final = 64
_MAKE: Final = "measure its pictures with `artlens build-features --features embedding`"


@dataclass(frozen=True, slots=True)
class RowsJob:
    """A `Job`: to measure those files of a table that were never measured before.

    Attributes
    ----------
    table : TableJob
        Which pictures.
    lasting : LastingRows
        Of that job's spec.
    """

    table: TableJob
    lasting: LastingRows

    @property
    def columns(self) -> tuple[str, ...]:
        """What `Picture.values` holds; known once the table is read."""
        return self.table.columns

    @property
    def work(self) -> Work[Wanted | Known, FileRow | Known | ArtlensError]:
        """What is done with a file."""
        return Work("measuring", partial(_unless_known, self.lasting.measure), _killed)

    def shards(self) -> Iterator[list[Picture]]:
        """Yield the pictures of the table in its order."""
        for shard in self.table.shards():
            for start in range(0, len(shard), _SHARD_ROWS):
                yield shard[start : start + _SHARD_ROWS]

    def key(self, pictures: Sequence[Picture]) -> str:
        """Return a digest of rows and options, and of the sizes and times of the files."""
        return self.table.key(pictures)

    def items(self, pictures: Sequence[Picture]) -> list[Wanted | Known]:
        """Return the files, and of which of them there are rows."""
        return [self.lasting.look_up(picture.place) for picture in pictures]

    def row(self, picture: Picture, result: FileRow | Known | ArtlensError) -> Row:
        """Return digest and row of the file, or what is wrong with it."""
        if isinstance(result, Known):
            # It may have been emptied in between.
            found = self.lasting.fetch(result) or self.lasting.measure(result.wanted)
        else:
            found = self.lasting.keep(result)
        if isinstance(found, ArtlensError):
            return Row(picture, None, str(found))
        return Row(picture, found.sha256 + found.content)


def _unless_known(
    measure: Callable[[Wanted], FileRow | ArtlensError], asked: Wanted | Known
) -> FileRow | Known | ArtlensError:
    return asked if isinstance(asked, Known) else measure(asked)


def _killed(asked: Wanted | Known) -> ArtlensError:
    return killed_file(asked if isinstance(asked, Wanted) else asked.wanted)


def write_rows(store: ShardStore, columns: Sequence[str], spec: FeatureSpec, path: Path) -> int:
    """Write the processed table, sorted by file name, and return its number of rows.

    Parameters
    ----------
    store : ShardStore
        After `run_job` of a `RowsJob`.
    columns : sequence of str
        What the pictures' values are.
    spec : FeatureSpec
    path : Path
        Where to, in Parquet; without any row, nothing is written.
    """
    measured, count = store.sorted_rows(), 0
    piece = list(islice(measured, GROUP_ROWS))
    if not piece:
        return 0
    names = ["filename", "sha256", *columns]
    with open_vectors(path, names, len(spec.names), facts_of(spec)) as append:
        while piece:
            append(_cells(piece, names), _numbers(piece, spec))
            count += len(piece)
            piece = list(islice(measured, GROUP_ROWS))
    return count


def _cells(rows: Sequence[Row], names: Sequence[str]) -> dict[str, Sequence[str]]:
    told = (
        (row.picture.name, (row.content or b"")[:_SHA256_BYTES].hex(), *row.picture.values)
        for row in rows
    )
    return dict(zip(names, zip(*told, strict=True), strict=True))


def _numbers(rows: Sequence[Row], spec: FeatureSpec) -> NDArray[np.float16]:
    content = b"".join((row.content or b"")[_SHA256_BYTES:] for row in rows)
    return np.frombuffer(content, row_type(spec)).reshape(len(rows), -1)


def facts_of(spec: FeatureSpec) -> dict[str, str]:
    """Return what a table says of its rows: what they are, and a digest that tells."""
    return {"measured": describe_spec(spec), "spec": spec_digest(spec)}


def read_rows_table(path: Path, spec: FeatureSpec, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Read a table of a network's rows, and hold it against its schema and spec.

    Parameters
    ----------
    path : Path
        In Parquet, as from `write_rows`.
    spec : FeatureSpec
        What the rows have to be.
    schema : pandera.DataFrameSchema
        Form of the other columns.

    Returns
    -------
    pandas.DataFrame
        The numbers, in float32, under the names of the spec, then all other columns.

    Raises
    ------
    DataError
        If it is not of that form, the rows are those of another network, or some are no numbers.
    """
    told = read_table(path, schema)
    _require_spec(path, spec)
    rows = read_vectors(path)
    _require_numbers(path, told["filename"], rows)
    numbers = pd.DataFrame(rows.astype(np.float32), columns=list(spec.names))
    return pd.concat([numbers, told.drop(columns=spec.names, errors="ignore")], axis=1)


def _require_spec(path: Path, spec: FeatureSpec) -> None:
    if not has_vectors(path):
        raise DataError(f"{path} lacks the column embedding, of a network's rows; {_MAKE}")
    asked, found = facts_of(spec), read_facts(path)
    if not found:
        raise DataError(
            f"{path} does not say which network its rows are of, as a copy by another program may "
            f"not; {_MAKE}"
        )
    if found["spec"] != asked["spec"]:
        raise DataError(
            f"{path} has rows of another network ({found['measured']}), and those asked for are "
            f"{asked['measured']}; {_MAKE}, or name the other with --backbone"
        )


def _require_numbers(path: Path, names: "pd.Series[str]", rows: NDArray[np.float16]) -> None:
    bad = names.to_numpy()[~np.isfinite(rows).all(axis=1)].tolist()
    if bad:
        raise DataError(
            f"{path} has {len(bad)} rows that are no numbers ({name_some(bad)}); leave these "
            f"pictures out, or {_MAKE}"
        )
