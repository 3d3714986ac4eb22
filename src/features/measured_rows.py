"""Rows of picture files, measured once: what is known already comes from a file that lasts.

Worker processes import this file, so it imports little.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ..decoding.file_bytes import read_source
from ..errors import ArtlensError, DataError, ImageError
from ..images import ImageLimits, default_limits, describe_source
from ..jobs.row_store import RowStore
from .extract_features import FeatureSpec
from .measuring import killed_by, measure_features, name_source

# What the spec of a network's rows is called, whatever the network.
EMBEDDING: Final = "embedding"
# As much of a network's sum as tells it from others.
_DIGITS: Final = 12
# Half the room of float32, and no answer depends on what that takes away.
_SHORT: Final = np.dtype("<f2")
_LONG: Final = np.dtype("<f8")


class Wanted(NamedTuple):
    """A file of which a row is wanted, and what tells whether it changed."""

    path: str
    stamp: bytes


class Known(NamedTuple):
    """A file whose row is there already."""

    wanted: Wanted
    sha256: bytes


class FileRow(NamedTuple):
    """The row of a file: its numbers as bytes, of `row_type`."""

    wanted: Wanted
    sha256: bytes
    content: bytes


@dataclass(frozen=True, slots=True)
class MeasuredRows:
    """The rows of some files, in their order.

    Attributes
    ----------
    rows : ndarray of float32, shape (n, width)
        NaN where a file could not be measured.
    failed : dict of int to ArtlensError
        By the place of the file, why not.
    sha256 : list of str
        Of each file's bytes; empty where it could not be read.
    """

    rows: NDArray[np.float32]
    failed: dict[int, ArtlensError] = field(default_factory=dict)
    sha256: list[str] = field(default_factory=list)


def measure_rows(
    paths: Sequence[str],
    spec: FeatureSpec,
    *,
    jobs: int | None = None,
    label: str = "measuring",
    mirrored: bool = False,
) -> MeasuredRows:
    """Return the rows of picture files; those that were ever measured are not measured again.

    What is measured is kept at once: interrupted, the same call goes on where this one was.

    Parameters
    ----------
    paths : sequence of str
    spec : FeatureSpec
        What is measured.
    jobs : int, optional
        Number of processes; by default one per core.
    label : str
        Stands before the progress, on a terminal.
    mirrored : bool
        Whether the pictures are mirrored before.

    Raises
    ------
    ArtlensError
        If nothing can be measured, as without the network that does it.
    """
    # Who predicts imports this file, and starts without joblib.
    from ..jobs.parallel_map import parallel_map

    found = MeasuredRows(
        np.full((len(paths), len(spec.names)), np.nan, np.float32), sha256=[""] * len(paths)
    )
    wanted = list[tuple[int, Wanted]]()
    with LastingRows(spec, mirrored=mirrored) as lasting:
        for place, path in enumerate(paths):
            asked = lasting.look_up(path)
            row = lasting.fetch(asked) if isinstance(asked, Known) else None
            if row is None:
                wanted.append((place, asked if isinstance(asked, Wanted) else asked.wanted))
            else:
                _take(found, place, row, spec)
        missing = [file for _, file in wanted]
        results = parallel_map(lasting.measure, missing, jobs, label, killed_file)
        for (place, _), result in zip(wanted, results, strict=True):
            _take(found, place, lasting.keep(result), spec)
    return found


def _take(found: MeasuredRows, place: int, row: FileRow | ArtlensError, spec: FeatureSpec) -> None:
    if isinstance(row, ArtlensError):
        found.failed[place] = row
    else:
        found.rows[place] = np.frombuffer(row.content, row_type(spec))
        found.sha256[place] = row.sha256.hex()


class LastingRows:
    """All rows of a spec that were ever measured here.

    It is never in the way: where its file is locked, damaged or cannot be written, that is said
    once, and all is measured as if it were empty.

    Parameters
    ----------
    spec : FeatureSpec
    mirrored : bool
        Whether of mirrored pictures.
    """

    def __init__(self, spec: FeatureSpec, *, mirrored: bool = False) -> None:
        # Workers are told where it is; the settings would take a third of their start.
        from ..config import settings

        self._digest, path = spec_digest(spec, mirrored=mirrored), settings().measured_file
        self._store: RowStore | None = None
        # Where workers look for rows; empty for nowhere.
        self.place = ""
        with self._unless_broken():
            self._store = RowStore(path)
            self._store.name_spec(self._digest, describe_spec(spec) + ", mirrored" * mirrored)
            self.place = str(path)
        self.measure = partial(measure_file, spec, default_limits(), self.place, mirrored=mirrored)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._store is not None:
            self._store.close()

    def look_up(self, path: str) -> Wanted | Known:
        """Tell without reading a file whether its row is here."""
        wanted = Wanted(path, stamp_of(path))
        with self._unless_broken():
            if self._store and wanted.stamp and (digest := self._store.recall(wanted.stamp)):
                return Known(wanted, digest) if self._store.holds(self._digest, digest) else wanted
        return wanted

    def fetch(self, known: Known) -> FileRow | None:
        """Return the row of such a file, unless it went away."""
        with self._unless_broken():
            if self._store and (content := self._store.find(self._digest, known.sha256)):
                return FileRow(*known, content)
        return None

    def keep(self, result: FileRow | ArtlensError) -> FileRow | ArtlensError:
        """Return what was measured, and keep it if it is a row."""
        with self._unless_broken():
            if self._store and isinstance(result, FileRow):
                self._store.keep(self._digest, result.sha256, result.content)
                if result.wanted.stamp:
                    self._store.note_file(result.wanted.stamp, result.sha256)
        return result

    @contextmanager
    def _unless_broken(self) -> Iterator[None]:
        try:
            yield
        except DataError as error:
            self._store = None
            print(f"{error}; meanwhile it goes on without", file=sys.stderr)


def measure_file(
    spec: FeatureSpec, limits: ImageLimits, store: str, wanted: Wanted, *, mirrored: bool = False
) -> FileRow | ArtlensError:
    """Do a worker process's part: read a file once, and decode it if its row is not there.

    Parameters
    ----------
    spec : FeatureSpec
    limits : ImageLimits
    store : str
        Path of a `RowStore`, which may be missing, since a worker may be on another machine; empty
        for none.
    wanted : Wanted
    mirrored : bool
    """
    name = describe_source(wanted.path)
    try:
        data = read_source(wanted.path, limits.max_bytes, name)
    except ImageError as error:
        return error.with_traceback(None)
    digest = sha256(data).digest()
    content = find_row(store, spec, digest, mirrored=mirrored)
    if content is None:
        numbers = measure_features(spec, limits, data, mirrored=mirrored)
        if isinstance(numbers, ArtlensError):
            return name_source(numbers, name)
        content = numbers.astype(row_type(spec)).tobytes()
    return FileRow(wanted, digest, content)


def row_type(spec: FeatureSpec) -> np.dtype[Any]:
    """Return of which type the numbers of stored rows are."""
    return _SHORT if spec.name == EMBEDDING else _LONG


def killed_file(wanted: Wanted) -> ImageError:
    """Say of a file that the process that had nothing but it to do was killed."""
    return killed_by(wanted.path)


def stamp_of(path: str) -> bytes:
    """Return what no two files share, nor one file before and after a change; nothing without one.

    The time of its last change of any sort is set by the system alone, unlike the other one, which
    copies and archives hand on.
    """
    try:
        status = os.stat(path)  # noqa: PTH116 - several times as fast, and there may be millions
    except (OSError, ValueError):
        return b""
    parts = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return repr(parts).encode()


@cache
def spec_digest(spec: FeatureSpec, *, mirrored: bool = False) -> str:
    """Return what tells rows of one spec from those of any other."""
    return sha256((repr(spec) + ", mirrored" * mirrored).encode()).hexdigest()


def describe_spec(spec: FeatureSpec) -> str:
    """Say in a line what a spec measures."""
    name, _, digest = spec.network.partition(" ")
    by = f" of {name} ({digest[:_DIGITS]})" if name else ""
    return f"{spec.name} {spec.version}, {len(spec.names):,} numbers{by}"


@cache
def _reader(store: str, process: int) -> RowStore | None:
    """Return a store to look into, for this process: a connection does not outlive a fork."""
    try:
        return RowStore(Path(store), read_only=True)
    except DataError:
        return None


def find_row(
    store: str, spec: FeatureSpec, content_sha256: bytes, *, mirrored: bool = False
) -> bytes | None:
    """Do a worker process's part: look for the row of a file's content, if there is a store."""
    try:
        reader = _reader(store, os.getpid()) if store else None
        return reader.find(spec_digest(spec, mirrored=mirrored), content_sha256) if reader else None
    except DataError:
        return None  # who writes it says so
