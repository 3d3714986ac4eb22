"""Rows of numbers that outlast what they were measured for, in a file that processes share."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from ..errors import DataError
from .sqlite_errors import explained

# As long as others may write before it is given up: what they write at once is a few KB.
BUSY_S: Final = 10.0
# Who only looks waits for nobody: measuring anew takes no longer.
_LOOK_S: Final = 0.05
_BUSY: Final = "another program has locked it; let that finish"
# Goes up with every change of the tables below.
_VERSION: Final = 1
_TABLES: Final = (
    "specs (place INTEGER PRIMARY KEY, digest TEXT UNIQUE, label TEXT)",
    "rows (spec INTEGER, sha256 BLOB, content BLOB, UNIQUE (spec, sha256))",
    "files (stamp BLOB PRIMARY KEY, sha256 BLOB) WITHOUT ROWID",
)
_FIND: Final = """
SELECT content FROM rows JOIN specs ON spec = place WHERE digest = ? AND sha256 = ?
"""
_KEEP: Final = """
INSERT OR IGNORE INTO rows SELECT place, ?, ? FROM specs WHERE digest = ?
"""
_COUNT: Final = """
SELECT label, count(spec), coalesce(sum(length(content)), 0)
FROM specs LEFT JOIN rows ON spec = place GROUP BY place ORDER BY label
"""


class Holding(NamedTuple):
    """How much there is of one spec."""

    label: str
    rows: int
    bytes: int


class RowStore:
    """A SQLite file of rows, by what was measured and the content of the file it was measured of.

    Any number of processes may read and write it at a time. A row is there whole or not at all, and
    stays there when its process is killed in the next moment.

    Parameters
    ----------
    path : Path
        A missing folder is made.
    read_only : bool
        Whether it is only looked into; then it must be there.

    Raises
    ------
    DataError
        From every method: it is locked, damaged, or the disk is full.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._path = path
        with self._explained():
            if not read_only:
                path.parent.mkdir(parents=True, exist_ok=True)
            mode = "ro" if read_only else "rwc"
            self._db = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}",
                uri=True,
                isolation_level=None,
                timeout=_LOOK_S if read_only else BUSY_S,
                check_same_thread=False,
            )
            if not read_only:
                self._prepare()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def name_spec(self, digest: str, label: str) -> None:
        """Make a spec known, before rows of it are kept; the label says to people what it is."""
        self._ask("INSERT OR IGNORE INTO specs (digest, label) VALUES (?, ?)", digest, label)

    def find(self, digest: str, sha256: bytes) -> bytes | None:
        """Return the row of a spec and a file's content, if it is there."""
        found: bytes | None = self._ask(_FIND, digest, sha256)
        return found

    def holds(self, digest: str, sha256: bytes) -> bool:
        """Tell whether `find` would find a row."""
        return self._ask(f"SELECT 1 WHERE EXISTS ({_FIND})", digest, sha256) is not None

    def keep(self, digest: str, sha256: bytes, content: bytes) -> None:
        """Keep a row, unless it is there."""
        self._ask(_KEEP, sha256, content, digest)

    def recall(self, stamp: bytes) -> bytes | None:
        """Return the SHA-256 of a file that was read when its stamp was this one."""
        found: bytes | None = self._ask("SELECT sha256 FROM files WHERE stamp = ?", stamp)
        return found

    def note_file(self, stamp: bytes, sha256: bytes) -> None:
        """Keep in mind what a file holds, so that it need not be read to find its rows."""
        self._ask("INSERT OR REPLACE INTO files VALUES (?, ?)", stamp, sha256)

    def holdings(self) -> list[Holding]:
        """Return how much there is of each spec."""
        with self._explained():
            return [Holding(*found) for found in self._db.execute(_COUNT)]

    def empty(self) -> None:
        """Forget all rows, and give their room back."""
        with self._explained():
            with self._transaction():
                for table in ("rows", "specs", "files"):
                    self._db.execute(f"DELETE FROM {table}")
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _prepare(self) -> None:
        with closing(self._db.execute("PRAGMA user_version")) as asked:
            (version,) = asked.fetchone()
        if version > _VERSION:
            raise DataError(
                f"{self._path} is of a later artlens (form {version}, known: {_VERSION}); update "
                "artlens, or name another file with ARTLENS_MEASURED_FILE"
            )
        if version < _VERSION:
            # A kill loses nothing with it, and a power cut the last rows only.
            self._db.execute("PRAGMA journal_mode = WAL")
            with self._transaction():
                for table in _TABLES:
                    self._db.execute(f"CREATE TABLE IF NOT EXISTS {table}")
                self._db.execute(f"PRAGMA user_version = {_VERSION}")
        self._db.execute("PRAGMA synchronous = NORMAL")

    def _ask(self, statement: str, *values: Any) -> Any:
        with self._explained(), closing(self._db.execute(statement, values)) as asked:
            found = asked.fetchone()
        return None if found is None else found[0]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _explained(self) -> AbstractContextManager[None]:
        return explained(self._path, _BUSY)
