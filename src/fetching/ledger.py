"""What became of every picture that was asked for, in a SQLite file that survives a kill."""

import fcntl
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Self

from ..errors import ConfigError, DataError, DownloadError

SCHEMA: Final = """
CREATE TABLE image (
    asset_id TEXT PRIMARY KEY, state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL DEFAULT '', filename TEXT, sha256 TEXT, bytes INTEGER, width INTEGER,
    height INTEGER
) WITHOUT ROWID;
CREATE TABLE note (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A picture on disk that was checked before it got its name."""

    filename: str
    sha256: str
    bytes: int
    width: int
    height: int


Outcome = StoredImage | DownloadError
"""A picture on the disk, or why there is none."""


@contextmanager
def locked(work: Path) -> Iterator[None]:
    """Hold a collector's work folder for this run; the system lets go when the process ends.

    Raises
    ------
    ConfigError
        Another run holds it.
    """
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(
                f"another run is using this folder ({work.parent}); wait for it, or give "
                "another --data-dir"
            ) from None
        yield


class Ledger:
    """The outcomes of downloads by key, and notes for the next run. One writer, many readers.

    Every method that changes something is one transaction. A killed process loses at most the one
    it was in; ``synchronous=NORMAL`` keeps the file whole after a power cut as well. A collector
    that has more to remember derives a class with more tables.

    Raises
    ------
    DataError
        The file is not a ledger, or one of another version.
    """

    schema: ClassVar[str] = SCHEMA
    called: ClassVar[str] = "the state of the downloads"
    # Which collector's a file is, in SQLite's own place for that.
    application_id: ClassVar[int] = 0

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        uri = f"{path.resolve().as_uri()}?mode={'ro' if read_only else 'rwc'}"
        self.db = sqlite3.connect(uri, uri=True, timeout=10)
        try:
            if not read_only:
                self.db.execute("PRAGMA journal_mode = WAL")
                self.db.execute("PRAGMA synchronous = NORMAL")
            self._check_version(path, read_only)
        except sqlite3.DatabaseError as error:
            self.db.close()
            raise DataError(
                f"{self.called} cannot be read ({path}: {error}); give another --data-dir, "
                "or remove that file to start again"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()

    def _check_version(self, path: Path, read_only: bool) -> None:
        (version,) = self.db.execute("PRAGMA user_version").fetchone()
        if version == 0 and not read_only:
            own = f"PRAGMA application_id = {self.application_id}; PRAGMA user_version = {_VERSION}"
            self.db.executescript(f"BEGIN; {self.schema} {own}; COMMIT")
            return
        (application_id,) = self.db.execute("PRAGMA application_id").fetchone()
        if application_id != self.application_id:
            self.db.close()
            raise DataError(
                f"{self.called} would stand where another collector's does ({path}); give another "
                "folder: --data-dir, or --dataset"
            )
        if version != _VERSION:
            self.db.close()
            raise DataError(
                f"{self.called} is of another version ({path}: {version}, expected "
                f"{_VERSION}); give another --data-dir, or remove that file to start again"
            )

    def outcome(self, key: str) -> Outcome | None:
        """Return what became of a picture; None if it still waits."""
        row = self.db.execute(
            "SELECT state, reason, text, filename, sha256, bytes, width, height FROM image "
            "WHERE asset_id = ?",
            (key,),
        ).fetchone()
        if row is None:
            return None
        state, reason, text, *stored = row
        return StoredImage(*stored) if state == "stored" else DownloadError(reason, text)

    def record_images(self, outcomes: Iterable[tuple[str, Outcome]]) -> None:
        """Commit what became of some pictures."""
        with self.db:
            self.db.executemany(
                "INSERT OR REPLACE INTO image VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (_image_row(key, outcome) for key, outcome in outcomes),
            )

    def stored_images(self) -> Iterator[tuple[str, str, str]]:
        """Yield key, file name and sha256 of every stored picture."""
        query = "SELECT asset_id, filename, sha256 FROM image WHERE state = 'stored' ORDER BY 1"
        with closing(self.db.execute(query)) as rows:
            yield from rows

    def count_stored(self) -> int:
        """Count the pictures on the disk."""
        return self._count("image WHERE state = 'stored'")

    def failures(self) -> dict[str, int]:
        """Count failed pictures by reason, the most frequent first."""
        return dict(
            self.db.execute(
                "SELECT reason, count(*) FROM image WHERE state = 'failed' "
                "GROUP BY reason ORDER BY count(*) DESC, reason"
            ).fetchall()
        )

    def forget_failures(self) -> int:
        """Let failed pictures wait again, and return how many there were."""
        with self.db:
            return self.db.execute("DELETE FROM image WHERE state = 'failed'").rowcount

    def note(self, key: str) -> str:
        """Return a note, empty if there is none."""
        row = self.db.execute("SELECT value FROM note WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def set_note(self, key: str, value: str) -> None:
        """Keep a note for the next run."""
        with self.db:
            self.db.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (key, value))

    def _count(self, rows: str, *values: object) -> int:
        number: int = self.db.execute(f"SELECT count(*) FROM {rows}", values).fetchone()[0]
        return number


def _image_row(key: str, outcome: Outcome) -> tuple[object, ...]:
    if isinstance(outcome, DownloadError):
        return (key, "failed", outcome.reason, str(outcome), *[None] * 5)
    o = outcome
    return (key, "stored", "", "", o.filename, o.sha256, o.bytes, o.width, o.height)
