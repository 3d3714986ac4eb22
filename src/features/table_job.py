"""The pictures of a table, read from files."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import pandas as pd
import pandera.pandas as pa

from .. import __version__
from ..data.tables import read_pieces
from ..errors import ConfigError
from ..images import default_limits
from ..jobs.shard_map import Work, digest
from .bulk import Picture
from .extract_features import FeatureSpec
from .measuring import Measured, killed_by, measure_file

# Half a second of work on thumbnails: as much as an interrupt can cost.
SHARD_ROWS: Final = 1024


@dataclass(frozen=True, slots=True)
class TableJob:
    """A `Job`: to measure the picture files that a table names.

    Attributes
    ----------
    interim : Path
        A CSV table with the columns ``filename`` and `target`; maybe with ``image`` and ``page``.
    schema : pandera.DataFrameSchema
        The form of that table.
    folder : Path
        Where the picture files are.
    target : str
        The column that holds the class.
    spec : FeatureSpec
        Which features are measured.
    """

    interim: Path
    schema: pa.DataFrameSchema
    folder: Path
    target: str
    spec: FeatureSpec

    @property
    def work(self) -> Work[str, Measured]:
        """What is done with a path."""
        return Work("features", partial(measure_file, self.spec, default_limits()), killed_by)

    def check(self) -> None:
        """Hold the table against its schema, and look for the folder.

        Raises
        ------
        DataError
            If the table does not keep its schema.
        ConfigError
            If there is no such folder.
        """
        for _ in read_pieces(self.interim, self.schema):
            pass
        if not self.folder.is_dir():
            raise ConfigError(
                f"there is no folder of pictures at {self.folder}; name it with --images"
            )

    def batches(self) -> Iterator[tuple[list[str], list[Picture]]]:
        """Yield the pictures in the order of the table, with their paths."""
        for piece in read_pieces(self.interim, self.schema):
            pictures = self._pictures(piece)
            for start in range(0, len(pictures), SHARD_ROWS):
                some = pictures[start : start + SHARD_ROWS]
                yield self._paths(some), some

    def key(self, pictures: Sequence[Picture]) -> str:
        """Return a digest of rows and options, and of the sizes and times of the files."""
        asked = (__version__, self.spec, default_limits(), self.target, str(self.folder.resolve()))
        return digest(asked, pictures, list(map(_stamp, self._paths(pictures))))

    def _pictures(self, piece: pd.DataFrame) -> list[Picture]:
        columns = [
            piece[name].tolist() if name in piece else [""] * len(piece)
            for name in ("filename", "image", "page", self.target)
        ]
        return list(map(Picture, *columns))

    def _paths(self, pictures: Sequence[Picture]) -> list[str]:
        folder = str(self.folder)
        join = os.path.join  # several times as fast as pathlib, and there may be millions
        return [join(folder, picture.filename) for picture in pictures]


def _stamp(path: str) -> tuple[int, ...]:
    try:
        status = os.stat(path)  # noqa: PTH116 - the same
    except (OSError, ValueError):
        return ()
    return status.st_size, status.st_mtime_ns
