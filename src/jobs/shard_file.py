"""Finished shards of any work in one file, each whole or not at all."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Final, Self

from ..errors import DataError

_EXPLAINED: Final = {
    sqlite3.SQLITE_BUSY: "another run is writing the same table; let it finish, or give another "
    "place to write to",
    sqlite3.SQLITE_FULL: "the disk is full; make room and run the same again, which goes on from "
    "here",
    sqlite3.SQLITE_IOERR: "the disk does not take it, full or faulty; see to it and run the same "
    "again, which goes on from here",
    sqlite3.SQLITE_NOTADB: "it is damaged; delete it and run the same again",
    sqlite3.SQLITE_CORRUPT: "it is damaged; delete it and run the same again",
}
# Above it, SQLite's codes say which part of the work met the error.
_PRIMARY: Final = 0xFF


class ShardFile:
    """A SQLite file that holds finished shards, each whole or not at all, whatever happens.

    A process that is killed leaves the shards it finished; one that finds the file locked is told
    so. Closing keeps the file, `remove` does not. What a shard holds, a subclass says.

    Parameters
    ----------
    path : Path
        A missing folder is made.

    Raises
    ------
    DataError
        From every method: another run has the file, the disk is full, or the file is damaged.
    """

    # Name and columns of the table with the shards' content; the first column is the shard's key.
    TABLE: ClassVar[str]
    COLUMNS: ClassVar[str]

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=0)
            self._prepare()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    def finished(self) -> set[str]:
        """Return the keys of all finished shards."""
        with self._explained():
            return {key for (key,) in self._db.execute("SELECT key FROM shards")}

    def keep_only(self, keys: Sequence[str]) -> None:
        """Forget all other shards: those of another table, or of pictures that changed since."""
        with self._explained(), self._transaction():
            self._db.execute("DELETE FROM wanted")
            self._db.executemany("INSERT INTO wanted VALUES (?)", ((key,) for key in keys))
            for statement in (
                "DELETE FROM shards WHERE key NOT IN (SELECT key FROM wanted)",
                f"DELETE FROM {self.TABLE} WHERE shard NOT IN (SELECT key FROM shards)",
            ):
                self._db.execute(statement)

    def remove(self) -> None:
        """Close and delete the file."""
        self._db.close()
        for suffix in ("", "-wal", "-shm", "-journal"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    def _prepare(self) -> None:
        # The lock is held until the file is closed, or its process is gone.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode = WAL")
        with self._transaction():
            for table in (
                "TABLE IF NOT EXISTS shards (key TEXT PRIMARY KEY) WITHOUT ROWID",
                f"TABLE IF NOT EXISTS {self.TABLE} ({self.COLUMNS})",
                "TEMP TABLE wanted (key TEXT PRIMARY KEY) WITHOUT ROWID",
            ):
                self._db.execute(f"CREATE {table}")

    def _finish(self, key: str, rows: Iterable[Sequence[Any]]) -> None:
        """Keep a shard and its content, unless it is there."""
        with self._explained(), self._transaction():
            if self._db.execute("INSERT OR IGNORE INTO shards VALUES (?)", (key,)).rowcount:
                marks = ", ".join("?" * (self.COLUMNS.count(",") + 1))
                self._db.executemany(
                    f"INSERT INTO {self.TABLE} VALUES ({marks})", ((key, *row) for row in rows)
                )

    def _select(self, columns: str, condition: str, *values: str) -> Iterator[Any]:
        with self._explained():
            rows = self._db.execute(f"SELECT {columns} FROM {self.TABLE} {condition}", values)
            while batch := rows.fetchmany(1024):
                yield from batch

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

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            reason = _EXPLAINED.get(error.sqlite_errorcode & _PRIMARY, str(error))
            raise DataError(f"cannot keep what was measured in {self._path}: {reason}") from error
