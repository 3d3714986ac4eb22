"""A table of pictures of any length -> the processed table: in shards, which are done only once."""

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import pandera.pandas as pa

from src import __version__
from src.data.table_streams import PIECE_ROWS, check_in_pieces, open_table, read_in_pieces
from src.errors import ImageError
from src.features.extract_features import FeatureSpec
from src.features.measuring import Measured, killed_by, measure_file
from src.features.parallel_map import parallel_map
from src.features.shard_store import MeasuredPicture, ShardStore
from src.images import default_limits

# Half a second of work on thumbnails: as much as an interrupt can cost.
SHARD_ROWS: Final = 1024


class Picture(NamedTuple):
    """A row of the interim table."""

    filename: str
    image: str
    page: str
    label: str


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be measured, and how.

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


@dataclass(slots=True)
class _Shard:
    key: str
    pictures: list[Picture]
    results: list[Measured] = field(default_factory=list)


@dataclass(slots=True)
class _Unfinished:
    """The paths of all pictures still to be measured; what they belong to waits for the results."""

    job: Job
    keys: Sequence[str]
    finished: set[str]
    pictures: int
    waiting: deque[_Shard] = field(default_factory=deque)

    def __len__(self) -> int:
        return self.pictures

    def __iter__(self) -> Iterator[str]:
        pieces = map(partial(_pictures, self.job), read_in_pieces(self.job.interim))
        for key, pictures in zip(self.keys, chain.from_iterable(map(_shards, pieces)), strict=True):
            if key not in self.finished:
                self.waiting.append(_Shard(key, pictures))
                yield from (_path(self.job, picture) for picture in pictures)


def survey_job(job: Job) -> dict[str, int]:
    """Check the table and look at the files.

    Returns
    -------
    dict
        Number of pictures of each shard, by its key: a digest of all that decides about what will
        be measured, so that a change of a row or of a file makes it another shard.

    Raises
    ------
    DataError
        If the table does not keep its schema.
    """
    return {
        _key(job, pictures): len(pictures)
        for piece in check_in_pieces(job.interim, job.schema)
        for pictures in _shards(_pictures(job, piece))
    }


def measure_job(
    job: Job, sizes: Mapping[str, int], store: ShardStore, jobs: int | None = None
) -> None:
    """Measure every picture of a table that is not in the store yet.

    Parameters
    ----------
    job : Job
    sizes : mapping
        From `survey_job`.
    store : ShardStore
        Gets each shard when it is finished.
    jobs : int, optional
        Number of processes; by default one per core.
    """
    finished = store.finished()
    left = sum(size for key, size in sizes.items() if key not in finished)
    todo = _Unfinished(job, list(sizes), finished, left)
    work = partial(measure_file, job.spec, default_limits())
    for result in parallel_map(work, todo, jobs, "features", lost=killed_by):
        shard = todo.waiting[0]
        shard.results.append(result)
        if len(shard.results) == len(shard.pictures):
            store.finish(shard.key, map(_measured, shard.pictures, shard.results))
            todo.waiting.popleft()


def write_measured(job: Job, store: ShardStore, path: Path, schema: pa.DataFrameSchema) -> int:
    """Write the processed table, sorted by file name, in CSV or Parquet.

    Parameters
    ----------
    job : Job
    store : ShardStore
        After `measure_job`.
    path : Path
        Where to; its suffix decides about the format.
    schema : pandera.DataFrameSchema
        Form of the processed table.

    Returns
    -------
    int
        Number of rows; without any, nothing is written.
    """
    measured, rows = store.measured(), 0
    seen: dict[str, int] = {}
    first = list(islice(measured, PIECE_ROWS))
    if not first:
        return 0
    with open_table(path, schema) as write:
        while first:
            write(_frame(job, first, seen)[list(schema.columns)])
            rows += len(first)
            first = list(islice(measured, PIECE_ROWS))
    return rows


def _pictures(job: Job, piece: pd.DataFrame) -> list[Picture]:
    columns = [
        piece[name].tolist() if name in piece else [""] * len(piece)
        for name in ("filename", "image", "page", job.target)
    ]
    return list(map(Picture, *columns))


def _shards(pictures: list[Picture]) -> Iterator[list[Picture]]:
    for start in range(0, len(pictures), SHARD_ROWS):
        yield pictures[start : start + SHARD_ROWS]


def _key(job: Job, pictures: list[Picture]) -> str:
    stamps = [_stamp(_path(job, picture)) for picture in pictures]
    asked = (__version__, job.spec, default_limits(), job.target, str(job.folder.resolve()))
    return sha256(repr((asked, pictures, stamps)).encode("utf-8", "surrogatepass")).hexdigest()


def _stamp(path: str) -> tuple[int, ...]:
    try:
        status = os.stat(path)  # noqa: PTH116 - several times as fast, and there may be millions
    except (OSError, ValueError):
        return ()
    return status.st_size, status.st_mtime_ns


def _path(job: Job, picture: Picture) -> str:
    return os.path.join(job.folder, picture.filename)  # noqa: PTH118 - the same


def _measured(picture: Picture, result: Measured) -> MeasuredPicture:
    if isinstance(result, ImageError):
        return MeasuredPicture(*picture, None, str(result))
    return MeasuredPicture(*picture, result.tobytes(), None)


def _frame(job: Job, pictures: list[MeasuredPicture], seen: dict[str, int]) -> pd.DataFrame:
    """Return rows of the processed table; ``seen`` counts those of each class so far."""
    vectors = np.frombuffer(b"".join(picture.features or b"" for picture in pictures))
    filenames, images, pages, labels, *_ = zip(*pictures, strict=True)
    index = []
    for label in labels:
        index.append(seen.get(label, 0))
        seen[label] = index[-1] + 1
    numbers = pd.DataFrame(vectors.reshape(len(pictures), -1), columns=list(job.spec.names))
    return numbers.assign(
        filename=filenames, image=images, page=pages, index=index, **{job.target: labels}
    )
