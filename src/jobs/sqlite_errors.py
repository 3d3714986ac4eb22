"""What SQLite says goes wrong, in words for who has the file."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ..errors import DataError

_DAMAGED: Final = "it is damaged; delete it and run the same again"
_UNWRITABLE: Final = "it cannot be written there; see to its folder's permissions"
_REASONS: Final = {
    sqlite3.SQLITE_FULL: "the disk is full; make room and run the same again, which goes on from "
    "here",
    sqlite3.SQLITE_IOERR: "the disk does not take it, full or faulty; see to it and run the same "
    "again, which goes on from here",
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: _UNWRITABLE,
    sqlite3.SQLITE_READONLY: _UNWRITABLE,
    sqlite3.SQLITE_PERM: _UNWRITABLE,
}
# Above it, SQLite's codes say which part of the work met the error.
_PRIMARY: Final = 0xFF


@contextmanager
def explained(path: Path, busy: str) -> Iterator[None]:
    """In this block, let errors of SQLite say what to do.

    Parameters
    ----------
    path : Path
        The database.
    busy : str
        What to say where others have it.

    Raises
    ------
    DataError
        In place of them.
    """
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
        reasons = {**_REASONS, sqlite3.SQLITE_BUSY: busy, sqlite3.SQLITE_LOCKED: busy}
        reason = reasons.get(code, str(error))
        raise DataError(f"cannot keep what was measured in {path}: {reason}") from error
