"""Finished shards of any work in one file, each whole or not at all."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from .sqlite_errors import explained

_BUSY: Final = (
    "another run is writing the same table; let it finish, or give another place to write to"
)
_TABLES: Final = (
    "TABLE IF NOT EXISTS shards (key TEXT PRIMARY KEY) WITHOUT ROWID",
    "TABLE IF NOT EXISTS plan (place INTEGER PRIMARY KEY, pictures TEXT)",
    "TABLE IF NOT EXISTS results (shard TEXT, name TEXT, picture TEXT, content BLOB, error TEXT)",
    "INDEX IF NOT EXISTS by_shard ON results (shard)",
    # Else looking for a shard's broken pictures would mean to look at all of its pictures.
    "INDEX IF NOT EXISTS broken ON results (shard) WHERE error IS NOT NULL",
    "TEMP TABLE wanted (key TEXT PRIMARY KEY) WITHOUT ROWID",
)


class Picture(NamedTuple):
    """A picture that something is to be made of.

    Attributes
    ----------
    name : str
        What tables and answers call it.
    place : str
        Where it is: a path, ``-`` for standard input, or the name of a painting of the gallery.
    values : tuple of str
        What else is known of it, in the columns of the job it belongs to.
    fault : str
        Why there is nothing to look at; empty where there is.
    """

    name: str
    place: str
    values: tuple[str, ...] = ()
    fault: str = ""

    @classmethod
    def of(cls, parts: Sequence[Any]) -> Self:
        """Return the picture that was written as a list, for instance in JSON."""
        name, place, values, fault = parts
        return cls(name, place, tuple(values), fault)


class Row(NamedTuple):
    """A picture with what was made of it, as bytes, or with what is wrong with it."""

    picture: Picture
    content: bytes | None
    error: str | None = None


class ShardStore:
    """A SQLite file that holds finished shards, each whole or not at all, whatever happens.

    A process that is killed leaves the shards it finished; one that finds the file locked is told
    so. Closing keeps the file, `remove` does not.

    Parameters
    ----------
    path : Path
        A missing folder is made.

    Raises
    ------
    DataError
        From every method: another run has the file, the disk is full, or the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._made_folder = not path.parent.exists()
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=0)
            self._prepare()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def plan(self, place: int, pictures: Iterable[Picture]) -> None:
        """Note which pictures the shard has that comes after so many others."""
        with self._explained(), self._transaction():
            content = json.dumps(list(pictures))
            self._db.execute("INSERT OR REPLACE INTO plan VALUES (?, ?)", (place, content))

    def planned(self, place: int) -> list[Picture]:
        """Return what was noted of a shard."""
        with self._explained():
            found = self._db.execute("SELECT pictures FROM plan WHERE place = ?", (place,))
            return [Picture.of(parts) for parts in json.loads(found.fetchone()[0])]

    def finished(self) -> set[str]:
        """Return the keys of all finished shards."""
        with self._explained():
            return {key for (key,) in self._db.execute("SELECT key FROM shards")}

    def finish(self, key: str, rows: Iterable[Row]) -> None:
        """Keep a shard, unless it is there."""
        with self._explained(), self._transaction():
            if self._db.execute("INSERT OR IGNORE INTO shards VALUES (?)", (key,)).rowcount:
                self._db.executemany(
                    "INSERT INTO results VALUES (?, ?, ?, ?, ?)", (_cells(key, row) for row in rows)
                )

    def keep_only(self, keys: Sequence[str]) -> None:
        """Forget all other shards: those of another table, or of pictures that changed since."""
        with self._explained(), self._transaction():
            self._db.execute("DELETE FROM wanted")
            self._db.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", ((k,) for k in keys))
            for statement in (
                "DELETE FROM shards WHERE key NOT IN (SELECT key FROM wanted)",
                "DELETE FROM results WHERE shard NOT IN (SELECT key FROM shards)",
            ):
                self._db.execute(statement)

    def rows(self, keys: Iterable[str]) -> Iterator[Row]:
        """Yield the rows of some shards, in their order."""
        for key in keys:
            yield from self._select("WHERE shard = ? ORDER BY rowid", key)

    def broken(self, key: str) -> Iterator[Row]:
        """Yield the rows of a shard in which something is wrong, in its order."""
        yield from self._select("WHERE shard = ? AND error IS NOT NULL ORDER BY rowid", key)

    def sorted_rows(self) -> Iterator[Row]:
        """Yield all rows in which nothing is wrong, by the pictures' names."""
        yield from self._select("WHERE error IS NULL ORDER BY name")

    def remove(self) -> None:
        """Close and delete the file, and its folder if that was made for it and holds no other."""
        self._db.close()
        for suffix in ("", "-wal", "-shm", "-journal"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        if self._made_folder and not any(self._path.parent.iterdir()):
            self._path.parent.rmdir()

    def _prepare(self) -> None:
        # The lock is held until the file is closed, or its process is gone.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode = WAL")
        with self._transaction():
            for table in _TABLES:
                self._db.execute(f"CREATE {table}")

    def _select(self, condition: str, *values: str) -> Iterator[Row]:
        with self._explained():
            rows = self._db.execute(
                f"SELECT picture, content, error FROM results {condition}", values
            )
            while batch := rows.fetchmany(1024):
                for picture, content, error in batch:
                    yield Row(Picture.of(json.loads(picture)), content, error)

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


def _cells(key: str, row: Row) -> tuple[Any, ...]:
    # Names of files that are no text are kept as escapes in JSON, and sort as what can be read.
    name = row.picture.name.encode("utf-8", "replace").decode()
    return key, name, json.dumps(row.picture), row.content, row.error
