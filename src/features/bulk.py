"""Any number of pictures -> the processed table: in shards, which are done only once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

import numpy as np
import pandas as pd
import pandera.pandas as pa

from ..data.tables import PIECE_ROWS, open_table
from ..errors import ImageError
from ..jobs.shard_map import Shard, Work, key_to_keep, map_shards
from .extract_features import FeatureSpec
from .measuring import Measured
from .shard_store import MeasuredPicture, ShardStore

Item = TypeVar("Item")


class Picture(NamedTuple):
    """What the processed table says of a picture beside its features."""

    filename: str
    image: str
    page: str
    label: str


@dataclass(slots=True)
class PictureShard(Shard[Item]):
    """Items for worker processes, with the pictures that they stand for."""

    pictures: Sequence[Picture]


class Job(Protocol[Item]):
    """Which pictures are to be measured, and how."""

    @property
    def target(self) -> str:
        """The column that holds the class."""

    @property
    def spec(self) -> FeatureSpec:
        """Which features are measured."""

    @property
    def work(self) -> Work[Item, Measured]:
        """What gives the features of an item, or what is wrong with it."""

    def check(self) -> None:
        """Raise an `ArtlensError` if the job cannot be done."""

    def batches(self) -> Iterator[tuple[Sequence[Item], Sequence[Picture]]]:
        """Yield all pictures, the same each time, in parts that each make a shard."""

    def key(self, pictures: Sequence[Picture]) -> str:
        """Return the key of a shard of these pictures, as their files are now."""


def survey_job(job: Job[Item]) -> dict[str, int]:
    """Check a job and look at its pictures.

    Returns
    -------
    dict
        Number of pictures of each shard, by its key: a digest of all that decides about what will
        be measured, so that a change of a row or of a file makes it another shard.

    Raises
    ------
    ArtlensError
        If the job cannot be done.
    """
    job.check()
    return {job.key(pictures): len(pictures) for _, pictures in job.batches()}


def measure_job(
    job: Job[Item],
    sizes: Mapping[str, int],
    store: ShardStore,
    report: Callable[[MeasuredPicture], None],
    jobs: int | None = None,
) -> None:
    """Measure every picture of a job that is not in the store yet.

    Parameters
    ----------
    job : Job
    sizes : mapping
        From `survey_job`.
    store : ShardStore
        Gets each shard when it is finished. A shard of which a file changed or went away in the
        meantime is there under a key that is not among those of ``sizes``.
    report : callable
        Is given each picture that cannot be read when its shard is finished, or found finished.
    jobs : int, optional
        Number of processes; by default one per core.
    """
    finished, keys = store.finished(), list[str]()
    left = sum(size for key, size in sizes.items() if key not in finished)

    def unfinished() -> Iterator[PictureShard[Item]]:
        for key, (items, pictures) in zip(sizes, job.batches(), strict=True):
            if key in finished and key == job.key(pictures):
                keys.append(key)
                _report_broken(store, key, report)
            else:
                yield PictureShard(key, items, pictures)

    for shard, results in map_shards(job.work, unfinished(), left, jobs):
        key = key_to_keep(shard.key, job.key(shard.pictures))
        store.finish(key, map(_measured, shard.pictures, results))
        keys.append(key)
        _report_broken(store, key, report)
    if set(keys) != set(sizes):
        store.keep_only(keys)  # not what was finished before and has changed since the survey


def write_measured(
    job: Job[Item], store: ShardStore, path: Path, schema: pa.DataFrameSchema
) -> int:
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
            write(_frame(job, first, seen))
            rows += len(first)
            first = list(islice(measured, PIECE_ROWS))
    return rows


def _report_broken(store: ShardStore, key: str, report: Callable[[MeasuredPicture], None]) -> None:
    for picture in store.broken(key):
        report(picture)


def _measured(picture: Picture, result: Measured) -> MeasuredPicture:
    if isinstance(result, ImageError):
        return MeasuredPicture(*picture, None, str(result))
    return MeasuredPicture(*picture, result.tobytes(), None)


def _frame(job: Job[Item], pictures: list[MeasuredPicture], seen: dict[str, int]) -> pd.DataFrame:
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
