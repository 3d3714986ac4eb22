"""What waits to be answered and what was answered, in a SQLite file that survives a kill.

A message is written down before Telegram is told that it came, and so none is lost. Whatever comes
twice is known by its chat and number. To answer, a bot first sends an empty promise, notes its
number, and then edits the answer into it: killed in between it edits once more, which changes
nothing. Killed while a promise is on its way, it makes another; an answer is never there twice.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Final

from ..fetching.ledger import StateFile
from .wanted import Wanted

SCHEMA: Final = """
CREATE TABLE job (
    number INTEGER PRIMARY KEY, chat INTEGER NOT NULL, kind TEXT NOT NULL, album TEXT NOT NULL,
    due REAL NOT NULL, promise INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0,
    answered REAL
);
CREATE INDEX waiting ON job (chat, number) WHERE answered IS NULL;
CREATE TABLE message (
    key TEXT PRIMARY KEY, job INTEGER NOT NULL REFERENCES job, wanted TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX parts ON message (job);
"""
# "artb": whose file it is.
_APPLICATION_ID: Final = 0x61727462
# Telegram forgets what nobody fetched within a day.
_REMEMBERED_S: Final = 3 * 86_400.0
BUSY: Final = "busy"


@dataclass(frozen=True, slots=True)
class Job:
    """What is answered by one message.

    Attributes
    ----------
    number : int
    chat : int
    kind : str
        As in `Wanted`, or ``busy``: its pictures were too many.
    promise : int
        Number of the message that was sent to be filled in; 0 if there is none yet.
    tries : int
        How often it was begun before.
    parts : tuple of Wanted
        The messages; several if they are an album, or too many.
    """

    number: int
    chat: int
    kind: str
    promise: int
    tries: int
    parts: tuple[Wanted, ...]


class Inbox(StateFile):
    """The messages of one bot; one process writes it.

    Parameters
    ----------
    path : Path
    max_waiting : int
        Pictures of a chat that may wait; what comes on top becomes one job of the kind ``busy``.
    album_s : float
        So long after its last picture an album is taken for complete.
    now : callable
        Seconds since 1970.
    """

    schema: ClassVar[str] = SCHEMA
    called: ClassVar[str] = "what the bot has to answer"
    elsewhere: ClassVar[str] = "ARTLENS_BOT_FOLDER"
    application_id: ClassVar[int] = _APPLICATION_ID

    def __init__(
        self,
        path: Path,
        max_waiting: int,
        album_s: float,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(path)
        self._max_waiting, self._album_s, self._now = max_waiting, album_s, now

    def take(self, wanted: Sequence[Wanted]) -> int:
        """Write down what came, all of it or nothing; return how much of it is new."""
        with self.db:
            return sum(self._take(one) for one in wanted)

    def _take(self, one: Wanted) -> bool:
        key = f"press/{one.query}" if one.query else f"{one.chat}/{one.message}"
        if self._ask("SELECT 1 FROM message WHERE key = ?", key) is not None:
            return False
        job = self._job_for(one)
        row = (key, job, json.dumps(asdict(one)))
        self.db.execute("INSERT INTO message VALUES (?, ?, ?)", row)
        return True

    def _job_for(self, one: Wanted) -> int:
        """Return the job that a message belongs to, which may be there already."""
        kind, album, due = one.kind, one.album, self._now()
        if kind == "picture" and self._waiting(one.chat) >= self._max_waiting:
            kind, album = BUSY, BUSY
        if not album:
            return self._new_job(one.chat, kind, "", due)
        found = self._ask(
            "SELECT number FROM job WHERE chat = ? AND album = ? AND answered IS NULL "
            "AND promise = 0",
            one.chat,
            album,
        )
        due += self._album_s
        if found is None:
            return self._new_job(one.chat, kind, album, due)
        self.db.execute("UPDATE job SET due = ? WHERE number = ?", (due, found))
        return int(found)

    def _new_job(self, chat: int, kind: str, album: str, due: float) -> int:
        made = self.db.execute(
            "INSERT INTO job (chat, kind, album, due) VALUES (?, ?, ?, ?)", (chat, kind, album, due)
        )
        return int(made.lastrowid or 0)

    def _waiting(self, chat: int) -> int:
        query = (
            "SELECT count(*) FROM job JOIN message ON job = number "
            "WHERE chat = ? AND answered IS NULL AND kind = 'picture'"
        )
        return int(self._ask(query, chat) or 0)

    def next_job(self, busy_chats: Sequence[int]) -> Job | None:
        """Return the oldest job that is due, of a chat that none is answered of at the moment.

        Of each chat, jobs are done in the order in which they came.
        """
        marks = ",".join("?" * len(busy_chats))
        row = self.db.execute(
            "SELECT number, chat, kind, promise, tries FROM job AS this WHERE answered IS NULL "
            f"AND due <= ? AND chat NOT IN ({marks}) AND NOT EXISTS (SELECT 1 FROM job AS other "
            "WHERE other.chat = this.chat AND other.answered IS NULL "
            "AND other.number < this.number) ORDER BY number LIMIT 1",
            (self._now(), *busy_chats),
        ).fetchone()
        if row is None:
            return None
        number, chat, kind, promise, tries = row
        return Job(number, chat, kind, promise, tries, self._parts(number))

    def _parts(self, job: int) -> tuple[Wanted, ...]:
        rows = self.db.execute("SELECT wanted FROM message WHERE job = ?", (job,)).fetchall()
        parts = (Wanted(**json.loads(text)) for (text,) in rows)
        return tuple(sorted(parts, key=lambda part: part.message))

    def promise(self, job: int, message: int) -> None:
        """Note the message that a job's answer is filled into."""
        with self.db:
            self.db.execute("UPDATE job SET promise = ? WHERE number = ?", (message, job))

    def begin(self, job: int) -> None:
        """Count a try, which may be ended by a kill."""
        with self.db:
            self.db.execute("UPDATE job SET tries = tries + 1 WHERE number = ?", (job,))

    def postpone(self, job: int, seconds: float) -> None:
        """Let a job wait some more."""
        with self.db:
            due = self._now() + seconds
            self.db.execute("UPDATE job SET due = ? WHERE number = ?", (due, job))

    def finish(self, job: int) -> None:
        """Note that a job is answered, and forget all that is no longer needed."""
        now = self._now()
        with self.db:
            self.db.execute("UPDATE job SET answered = ? WHERE number = ?", (now, job))
            self.db.execute("UPDATE message SET wanted = '' WHERE job = ?", (job,))
            old = "SELECT number FROM job WHERE answered < ?"
            self.db.execute(f"DELETE FROM message WHERE job IN ({old})", (now - _REMEMBERED_S,))
            self.db.execute("DELETE FROM job WHERE answered < ?", (now - _REMEMBERED_S,))

    def count_waiting(self) -> int:
        """Count the jobs that wait."""
        return int(self._ask("SELECT count(*) FROM job WHERE answered IS NULL") or 0)

    def _ask(self, query: str, *values: object) -> float | None:
        row = self.db.execute(query, values).fetchone()
        return None if row is None else row[0]
