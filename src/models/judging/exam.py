"""What models are judged by: labelled pictures of a source, or the rows of a processed table."""

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

import numpy as np
import pandas as pd

from ...data.gathering import Gathered, Labelled, gather_pictures
from ...data.sources import Asked
from ...data.tables import read_pieces
from ...edges import name_some
from ...errors import ConfigError, DataError
from ...features.measuring import Measured, Specs, Texture
from ...features.paths_job import PathsJob
from ...features.picture_paths import PictureSearch
from ...files import check_folder, file_sha256
from ...jobs.runner import job_done
from ...jobs.shard_store import Row, ShardStore
from ...tasks import Kind, Task
from ..kinds import rules_of
from ..training.preparation import columns_of
from ..training.rows import SPLIT_COLUMN, TEST
from ..training.table import schema_of, with_labels

# In place of a part's name.
EVERYTHING: Final = "all"
TABLE: Final = "a processed table"
MEASURED: Final = "measured"
CHANGED: Final = (
    "some pictures changed or went away while they were read; the same command reads these anew "
    "and keeps the rest, but for what was measured together with them"
)

# What was measured of a picture, or why there is nothing.
Looked: TypeAlias = Measured | str


@dataclass(frozen=True, slots=True)
class Exam:
    """Labelled pictures that models are judged by.

    Attributes
    ----------
    source : Path
        As the user named it.
    found : Gathered
        Its pictures, of those only what is judged by.
    part : str
        Which part of a given split that is; empty for all of them.
    aside : int
        Pictures of its other parts.
    table_sha256 : str
        Digest of a processed table; empty for pictures.
    """

    source: Path
    found: Gathered
    part: str = ""
    aside: int = 0
    table_sha256: str = ""


@contextmanager
def workplace(out: Path | None) -> Iterator[Path]:
    """Give a folder for what is unpacked and measured.

    Within a folder of results, what is measured survives all that ends a run before its time, for
    another one to go on from.
    """
    if out is None:
        with TemporaryDirectory(prefix="artlens-") as folder:
            yield Path(folder)
        return
    check_folder(out)
    place = out.absolute() / ".evaluation"
    is_new = not place.exists()
    place.mkdir(parents=True, exist_ok=True)
    try:
        yield place
    except (DataError, ConfigError):
        # What another run has begun, or an earlier one, is not this one's to remove.
        if is_new and not (place / MEASURED).exists():
            _clear(place, out)
        raise
    _clear(place, out)


def _clear(place: Path, out: Path) -> None:
    shutil.rmtree(place)
    with suppress(OSError):  # there are results in it
        out.rmdir()


def find_exam(source: Path, asked: Asked, specs: Specs, part: str | None, work: Path) -> Exam:
    """Find the labelled pictures of a source, or the rows of a processed table.

    Parameters
    ----------
    source : Path
    asked : Asked
        Its task names the column of labels, where nothing else does.
    specs : tuple of FeatureSpec
        A table with all of their features is one of measured pictures.
    part : str or None
        What to judge by, where the source says of its pictures in which part of a split they are;
        by default ``test``, if there is one. `EVERYTHING` is all of them.
    work : Path
        A folder for what has to be unpacked or fetched.

    Raises
    ------
    ConfigError, DataError
        If there is nothing to judge by.
    """
    names = _feature_names(specs)
    if set(names) <= set(columns_of(source)):
        exam = Exam(source, _read_labels(source, names, asked), table_sha256=file_sha256(source))
    else:
        exam = Exam(source, gather_pictures(source, asked, work))
    if not exam.found.pictures:
        raise DataError(f"no picture of {source} can be read; see that its files are there")
    return _choose_part(exam, part)


def look_at_pictures(
    exam: Exam, specs: Specs, work: Path, jobs: int | None, report: Callable[[str], None]
) -> Iterator[tuple[Labelled, Looked]]:
    """Yield each picture with what is measured of it.

    Parameters
    ----------
    exam : Exam
    specs : tuple of FeatureSpec
        What is measured.
    work : Path
        A folder, in which what is measured is kept until the last picture was yielded.
    jobs : int or None
        Number of processes; by default one per core.
    report : callable
        Is told of each picture that cannot be read.
    """
    if exam.table_sha256:
        yield from _look_at_rows(exam, specs)
        return
    pictures = defaultdict[str, list[Labelled]](list)
    for picture in exam.found.pictures:
        pictures[picture.path].append(picture)

    def explain(row: Row) -> str:
        path = row.picture.place
        return (row.error or "").replace(path, pictures[path][0].source)

    def tell(row: Row) -> None:
        report(explain(row))

    job = PathsJob(PictureSearch(list(pictures)), specs, palette=False)
    with (
        ShardStore(work / MEASURED) as store,
        job_done(job, store, tell, jobs, CHANGED) as keys,
    ):
        for row in store.rows(keys):
            looked = Measured.unpack(row.content, specs) if row.content else explain(row)
            for picture in pictures[row.picture.place]:
                yield picture, looked


def _look_at_rows(exam: Exam, specs: Specs) -> Iterator[tuple[Labelled, Looked]]:
    wanted = {picture.source: picture for picture in exam.found.pictures}
    no_colors, no_shares = np.empty((0, 3), np.uint8), np.empty(0)
    # Labels are read already; whether they stand in one column or several, they are not needed.
    task = Task("own", exam.found.target, Kind.MANY)
    for piece in _pieces(exam.source, _feature_names(specs), task):
        rows = [piece[list(spec.names)].to_numpy(np.float64) for spec in specs]
        for place, name in enumerate(piece["filename"]):
            if (picture := wanted.get(name)) is not None:
                features = tuple(each[place] for each in rows)
                # How the picture itself looks is not known: like one of which nothing is to be
                # said.
                yield picture, Measured(features, no_colors, no_shares, Texture(0.0, 0.0))


def _read_labels(path: Path, names: list[str], asked: Asked) -> Gathered:
    """Return what a table of measured pictures says of them.

    Raises
    ------
    MissingColumns
        If it has no column of labels, nor any of tags.
    """
    kind = Kind.MANY if asked.many else Kind.ONE
    task = Task("own", asked.target or asked.task or "", kind)
    told = [piece.drop(columns=names) for piece in _pieces(path, names, task)]
    rows = with_labels(pd.concat(told, ignore_index=True), task, ())
    labels = rules_of(task).encode(rows[task.column]).tolist()
    parts = rows.get(SPLIT_COLUMN, pd.Series("", rows.index)).astype(str).str.strip().str.lower()
    pictures = [
        Labelled(name, "", label, part)
        for name, label, part in zip(rows["filename"], labels, parts, strict=True)
    ]
    return Gathered(TABLE, task.column, pictures)


def _pieces(path: Path, names: list[str], task: Task) -> Iterator[pd.DataFrame]:
    return read_pieces(path, schema_of(names, task))


def _feature_names(specs: Specs) -> list[str]:
    return list(dict.fromkeys(name for spec in specs for name in spec.names))


def _choose_part(exam: Exam, part: str | None) -> Exam:
    pictures = exam.found.pictures
    there = sorted({picture.split for picture in pictures} - {""})
    if part is None:
        part = TEST if TEST in there else EVERYTHING
    if part == EVERYTHING:
        return exam
    if part not in there:
        parts = f"its pictures are in {name_some(there)}" if there else "it tells of no parts"
        raise ConfigError(f"no part {part!r} of {exam.source} ({parts}); leave out --split")
    kept = [picture for picture in pictures if picture.split == part]
    found = replace(exam.found, pictures=kept)
    return replace(exam, found=found, part=part, aside=len(pictures) - len(kept))
