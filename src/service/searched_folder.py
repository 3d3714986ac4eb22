"""A folder whose works are looked through for those like a picture, measured in the background.

What is measured is kept where all rows are, so that a service that starts again, or another process
of it, goes on where this one was. What comes into the folder later is not looked at.
"""

import os
import traceback
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread
from typing import Final, Literal, TextIO, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ..config import settings
from ..errors import ArtlensError, ConfigError
from ..features.measured_rows import measure_rows
from ..features.picture_addresses import scheme_of
from ..features.picture_paths import PictureSearch
from ..images import ImageLimits, Shown, load_uncut
from ..models.comparing.comparer import Comparer
from ..models.comparing.neighbours import Neighbours
from ..models.comparing.similar import By, Collection, SimilarWork, sought
from .watch import log_line

Progress: TypeAlias = Literal["waiting", "measuring", "ready", "failed"]

# Measured at a time: the service can stop after some seconds, and they are found at once.
_BLOCK: Final = 64
# How often a process looks whether another one has measured all.
_POLL_S: Final = 0.5
# Side of a thumbnail, as a page shows it on a fine screen, and how many are kept: some 8 MB.
_SIDE: Final = 360
_QUALITY: Final = 85
_THUMBNAILS: Final = 256
_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Work:
    """A picture of the folder.

    Attributes
    ----------
    id : str
        By which its thumbnail is asked for.
    name : str
        Its path within the folder.
    """

    id: str
    name: str


@dataclass(slots=True)
class _Places:
    """Where the works lie, for either sense of near; those to come are missing numbers."""

    by: Mapping[By, Collection] = field(default_factory=dict)

    @classmethod
    def make(cls, paths: list[str], comparer: Comparer) -> "_Places":
        width = len(comparer.metadata.feature_spec.names)
        blank = comparer.place(np.zeros((1, width)))
        looks = _missing(len(paths), blank.looks.shape[1])
        failed = dict[int, ArtlensError]()

        def collect(by: By) -> Collection:
            vectors = looks
            if by is By.HAND:
                vectors = _missing(len(paths), blank.vectors.shape[1])
            neighbours = Neighbours(vectors, _missing(len(paths)))
            return Collection(paths, neighbours, by, comparer, failed, looks)

        return cls({by: collect(by) for by in By})

    def fill(self, start: int, rows: NDArray[np.float32], comparer: Comparer) -> None:
        """Take some works; one is near to none until its bias is there, which is the last."""
        placed, block = comparer.place(rows), slice(start, start + len(rows))
        for by, collection in self.by.items():
            vectors, biases = sought(placed, by)
            collection.neighbours.vectors[block] = vectors
            collection.neighbours.biases[block] = biases


class SearchedFolder:
    """The works of a folder, of one process.

    Parameters
    ----------
    folder : Path
    limits : ImageLimits
        How large a picture may be of which a thumbnail is made.
    """

    def __init__(self, folder: Path, limits: ImageLimits) -> None:
        self._folder, self._limits = folder, limits
        self._stopping = Event()
        self._thread: Thread | None = None
        self._places = _Places()
        self._paths: list[str] = []
        self._by_id: dict[str, str] = {}
        self.progress: Progress = "waiting"
        self.measured = 0
        # Makes each thumbnail once, as long as the file stays the same.
        self._thumbnail = lru_cache(_THUMBNAILS)(self._make_thumbnail)

    @property
    def pictures(self) -> int:
        """How many works there are, broken ones too."""
        return len(self._paths)

    @property
    def failed(self) -> dict[str, ArtlensError]:
        """Why works cannot be used, by their paths within the folder."""
        first = next(iter(self._places.by.values()), None)
        failed = {} if first is None else dict(first.failed)
        return {self._name(self._paths[place]): failed[place] for place in sorted(failed)}

    def start(self, comparer: Comparer) -> None:
        """Begin to look for works, and to measure those that never were."""
        self._thread = Thread(target=self._run, args=(comparer,), name="artlens-measure")
        self._thread.start()

    def stop(self) -> None:
        """Measure no more."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def find(self, shown: Shown, most: int, by: By) -> list[tuple[Work, SimilarWork]]:
        """Return the nearest of the works that were measured, nearest first."""
        if not self._places.by:
            return []
        found = self._places.by[by].find_shown(shown, most)
        return [(self._work(work.path), work) for work in found]

    def thumbnail(self, name: str) -> bytes | None:
        """Return a small JPEG of a work, by its id; None if there is none, or it went away.

        Raises
        ------
        ImageError
            If it cannot be read.
        """
        path = self._by_id.get(name)
        try:
            return self._thumbnail(path, os.stat(path).st_mtime_ns) if path else None  # noqa: PTH116
        except OSError:
            return None

    def _make_thumbnail(self, path: str, _changed_ns: int) -> bytes:
        bgr = load_uncut(path, limits=self._limits).bgr
        scale = min(1.0, _SIDE / max(bgr.shape[:2]))
        size = [max(1, round(side * scale)) for side in bgr.shape[1::-1]]
        small = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA) if scale < 1 else bgr
        return cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()

    def _run(self, comparer: Comparer) -> None:
        try:
            self._look_for_works(comparer)
            with self._alone():
                self._measure(comparer)
        except Exception as error:
            foreseen = isinstance(error, ArtlensError | OSError)
            details = {} if foreseen else {"traceback": traceback.format_exc()}
            log_line(level="ERROR", message=f"{self._folder} is not searched: {error}", **details)
            self.progress = "failed"

    def _look_for_works(self, comparer: Comparer) -> None:
        if not self._folder.is_dir():
            raise ConfigError("there is no such folder; give another with --similar")
        search = PictureSearch([str(self._folder)])
        self._paths = [picture.place for picture in search if not scheme_of(picture.place)]
        self._by_id = {self._work(path).id: path for path in self._paths}
        self._places = _Places.make(self._paths, comparer)
        self.progress = "measuring"

    def _measure(self, comparer: Comparer) -> None:
        spec = comparer.metadata.feature_spec
        failed = self._places.by[By.LOOK].failed
        for start in range(0, len(self._paths), _BLOCK):
            if self._stopping.is_set():
                return
            found = measure_rows(self._paths[start : start + _BLOCK], spec, jobs=1)
            for place, error in found.failed.items():
                failed[start + place] = error
                log_line(level="WARNING", message=f"left out: {error}")
            self._places.fill(start, found.rows, comparer)
            self.measured += len(found.rows) - len(found.failed)
        self.progress = "ready"
        log_line(level="INFO", message=f"{self.measured:,} works in {self._folder} are measured")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process measure at a time: the others find then what it has measured.

        Where nothing can be kept, or the system has no such locks, each measures for itself.
        """
        store = settings().measured_file
        with ExitStack() as held:
            with suppress(OSError, ImportError):
                store.parent.mkdir(parents=True, exist_ok=True)
                lock = held.enter_context(store.with_name(f"{store.name}.lock").open("w"))
                while not (self._stopping.is_set() or _take(lock)):
                    self._stopping.wait(_POLL_S)
            yield

    def _work(self, path: str) -> Work:
        name = self._name(path)
        digest = sha256(os.fsencode(name)).hexdigest()
        return Work(digest[:_DIGITS], name)

    def _name(self, path: str) -> str:
        return Path(os.path.relpath(path, self._folder)).as_posix()


def _take(lock: TextIO) -> bool:
    """Take a lock, which the system lets go of when the file is closed; tell if it was free."""
    # Windows has no such module.
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _missing(*shape: int) -> NDArray[np.float32]:
    return np.full(shape, np.nan, np.float32)
