"""The pictures of a table, measured, and the processed table that they become."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray

from ..data.tables import PIECE_ROWS, open_table, read_pieces
from ..data.vectors import VECTORS
from ..errors import ArtlensError, ConfigError
from ..images import default_limits
from ..jobs.runner import SHARD_PICTURES, Work, digest, stamp_file
from ..jobs.shard_store import Picture, Row, ShardStore
from .extract_features import FEATURES_V1, FeatureSpec
from .measuring import killed_by, measure_features

# Columns of the interim table that say where a picture was found and what its file is. Of what is
# trained on they are no part; all others go along, unless the processed table has such a column.
_LEFT_BEHIND: Final = frozenset(
    {"asset_id", "title", "creator", "filename", "sha256", "bytes", "width", "height"}
)
_ORIGINS: Final = ("image", "page")


@dataclass(slots=True)
class TableJob:
    """A `Job`: to measure the picture files that a table names.

    Attributes
    ----------
    interim : Path
        A table with the columns ``filename`` and `target`; maybe with ``image``, ``page``, others.
    schema : pandera.DataFrameSchema
        The form of that table.
    folder : Path
        Where the picture files are.
    target : str
        The column that holds the class.
    spec : FeatureSpec
        Which features are measured.
    columns : tuple of str
        What `Picture.values` holds; known once the table is read.
    """

    interim: Path
    schema: pa.DataFrameSchema
    folder: Path
    target: str
    spec: FeatureSpec
    columns: tuple[str, ...] = field(default=(), init=False)

    @property
    def work(self) -> Work[object, NDArray[np.float64] | ArtlensError]:
        """What is done with a path."""
        measure = partial(measure_features, self.spec, default_limits())
        return Work("features", measure, killed_by)

    def shards(self) -> Iterator[list[Picture]]:
        """Read the table, hold it against its schema, and yield its pictures in its order.

        Raises
        ------
        DataError
            If the table does not keep its schema.
        ConfigError
            If there is no such folder.
        """
        if not self.folder.is_dir():
            # What is wrong with the table is told first.
            for _ in read_pieces(self.interim, self.schema):
                pass
            raise ConfigError(
                f"there is no folder of pictures at {self.folder}; name it with --images"
            )
        for piece in read_pieces(self.interim, self.schema):
            self._find_columns(piece)
            pictures = self._pictures(piece)
            for start in range(0, len(pictures), SHARD_PICTURES):
                yield pictures[start : start + SHARD_PICTURES]

    def items(self, pictures: Sequence[Picture]) -> list[str]:
        """Return the paths of the files."""
        return [picture.place for picture in pictures]

    def key(self, pictures: Sequence[Picture]) -> str:
        """Return a digest of rows and options, and of the sizes and times of the files."""
        asked = (self.spec, default_limits(), self.columns, str(self.folder.resolve()))
        return digest(asked, pictures, [stamp_file(picture.place) for picture in pictures])

    def row(self, picture: Picture, result: NDArray[np.float64] | ArtlensError) -> Row:
        """Return the features, or what is wrong with the file."""
        if isinstance(result, ArtlensError):
            return Row(picture, None, str(result))
        return Row(picture, result.tobytes())

    def _find_columns(self, piece: pd.DataFrame) -> None:
        first = (*_ORIGINS, self.target)
        # What is measured here goes before what a table says under the same name.
        taken = _LEFT_BEHIND.union(first, self.spec.names, ["index", VECTORS])
        self.columns = (*first, *(str(name) for name in piece if name not in taken))

    def _pictures(self, piece: pd.DataFrame) -> list[Picture]:
        names = piece["filename"].tolist()
        absent = [""] * len(piece)
        values = [piece[name].tolist() if name in piece else absent for name in self.columns]
        folder, join = str(self.folder), os.path.join  # several times as fast as pathlib
        return [
            Picture(name, join(folder, name), cells)
            for name, cells in zip(names, zip(*values, strict=True), strict=True)
        ]


def write_measured(
    store: ShardStore,
    columns: Sequence[str],
    spec: FeatureSpec,
    path: Path,
    schema: pa.DataFrameSchema,
) -> int:
    """Write the processed table, sorted by file name, in CSV or Parquet.

    Parameters
    ----------
    store : ShardStore
        After `run_job`.
    columns : sequence of str
        What the pictures' values are; the third holds the class.
    spec : FeatureSpec
        What their features are.
    path : Path
        Where to; its suffix decides about the format.
    schema : pandera.DataFrameSchema
        Form of the processed table.

    Returns
    -------
    int
        Number of rows; without any, nothing is written.
    """
    measured, rows = store.sorted_rows(), 0
    seen: dict[str, int] = {}
    piece = list(islice(measured, PIECE_ROWS))
    if not piece:
        return 0
    with open_table(path, schema) as write:
        while piece:
            write(_frame(piece, columns, spec, seen))
            rows += len(piece)
            piece = list(islice(measured, PIECE_ROWS))
    return rows


def _frame(
    rows: list[Row], columns: Sequence[str], spec: FeatureSpec, seen: dict[str, int]
) -> pd.DataFrame:
    """Return rows of the processed table; ``seen`` counts those of each class so far."""
    vectors = np.frombuffer(b"".join(row.content or b"" for row in rows)).reshape(len(rows), -1)
    known = zip(*(row.picture.values for row in rows), strict=True)
    values: dict[str, Sequence[str]] = dict(zip(columns, known, strict=True))
    target = columns[len(_ORIGINS)]
    index = []
    for label in values[target]:
        index.append(seen.get(label, 0))
        seen[label] = index[-1] + 1
    names = [row.picture.name for row in rows]
    numbers = pd.DataFrame(vectors, columns=list(spec.names))
    told = pd.DataFrame({"filename": names, **values, "index": index})
    return _in_order(pd.concat([numbers, told], axis=1), spec, target)


def _in_order(table: pd.DataFrame, spec: FeatureSpec, target: str) -> pd.DataFrame:
    """Return the columns in the order of the published study, others after them."""
    first = ["filename", *spec.names, *_ORIGINS, target, "index"]
    return table[[*first, *(name for name in table if name not in first)]]


def processed_table(
    pictures: Sequence[Picture],
    features: Sequence[Any],
    columns: Sequence[str],
    spec: FeatureSpec = FEATURES_V1,
) -> pd.DataFrame:
    """Return the processed table of a few pictures, sorted by file name.

    Parameters
    ----------
    pictures : sequence of Picture
    features : sequence of ndarray of float64, shape (n,)
        One vector for each picture.
    columns : sequence of str
        What the pictures' values are; the third holds the class.
    spec : FeatureSpec
        Names the ``n`` features.

    Returns
    -------
    pandas.DataFrame
        ``filename``, the features, ``image``, ``page``, the target and ``index``: the place of
        the row among those of its class, from 0, in the order of the table.
    """
    rows = [Row(p, np.asarray(f).tobytes()) for p, f in zip(pictures, features, strict=True)]
    rows.sort(key=lambda row: row.picture.name)
    return _frame(rows, columns, spec, {})
