"""What a collection of posts knows, in SQLite: posts that were looked at, listings, losses."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Final, NamedTuple

from ..errors import DownloadError
from ..fetching import ledger
from ..fetching.downloads import is_transient
from ..fetching.ledger import Ledger, StoredImage

# Of a picture whose place another post took: why.
DUPLICATE: Final = "duplicate"
DELETED: Final = "deleted"
# The note of what is collected: posts of which place, by which recipe, out of which sources.
HOLDS: Final = "what it holds"
# The note of how many lines of the sources were no posts.
UNREADABLE: Final = "unreadable"
# The note of how many pictures the chosen galleries do not have any more.
LACKING: Final = "lacking"
# What is damaged can be fetched again, as well as what a host failed to give.
_DAMAGED: Final = ("missing", "changed")
_WANTED: Final = "wanted"
_SCHEMA: Final = """
CREATE TABLE post (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL, label TEXT NOT NULL, reason TEXT NOT NULL
);
CREATE INDEX accepted ON post (id) WHERE reason = '';
CREATE TABLE listing (
    name TEXT PRIMARY KEY, found INTEGER NOT NULL, reason TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE asked_again (id TEXT PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE expected (asset_id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, row TEXT NOT NULL);
"""
_APPLICATION_ID: Final = int.from_bytes(b"post")


class LookedAt(NamedTuple):
    """A post that was looked at: its class, or why it was refused."""

    id: str
    label: str
    reason: str


class ListingRow(NamedTuple):
    """How many posts a listing gave, and why it ended before its end; empty if it did not."""

    name: str
    found: int
    reason: str


class PostStore(Ledger):
    """The state of one data folder: the outcomes of downloads, and the posts they are of."""

    schema = ledger.SCHEMA + _SCHEMA
    called = "the collector's state"
    application_id = _APPLICATION_ID

    def forget_posts(self) -> None:
        """Let all posts be looked at again."""
        with self.db:
            self.db.execute("DELETE FROM post")
            self.db.execute("DELETE FROM listing")

    def add_posts(self, posts: Iterable[LookedAt]) -> None:
        """Commit some posts that were looked at, in their order."""
        with self.db:
            query = "INSERT INTO post (id, label, reason) VALUES (?, ?, ?)"
            self.db.executemany(query, posts)

    def posts(self) -> Iterator[LookedAt]:
        """Yield all posts that were looked at, in their order."""
        query = "SELECT id, label, reason FROM post ORDER BY place"
        with closing(self.db.execute(query)) as rows:
            yield from (LookedAt(*row) for row in rows)

    def is_accepted(self, name: str) -> bool:
        """Say whether a post of this id was accepted."""
        return self._count("post WHERE reason = '' AND id = ?", name) > 0

    def refusals(self) -> dict[str, int]:
        """Count the posts that were refused by reason, the most frequent first."""
        return dict(
            self.db.execute(
                "SELECT reason, count(*) FROM post WHERE reason <> '' "
                "GROUP BY reason ORDER BY count(*) DESC, reason"
            ).fetchall()
        )

    def count_posts(self) -> int:
        """Count the posts that were looked at."""
        return self._count("post")

    def note_listing(self, row: ListingRow) -> None:
        """Commit how a listing ended."""
        with self.db:
            self.db.execute("INSERT OR REPLACE INTO listing VALUES (?, ?, ?)", row)

    def listings(self) -> list[ListingRow]:
        """Return how each listing ended."""
        return [ListingRow(*row) for row in self.db.execute("SELECT * FROM listing ORDER BY name")]

    def note_asked(self, reasons: Mapping[str, str]) -> None:
        """Commit what the API said of posts when it was asked again; empty if they are there."""
        with self.db:
            self.db.executemany("INSERT OR REPLACE INTO asked_again VALUES (?, ?)", reasons.items())

    def asked_again(self) -> dict[str, str]:
        """Return by id what the API said of posts when it was asked again."""
        return dict(self.db.execute("SELECT id, reason FROM asked_again").fetchall())

    def stored(self) -> dict[str, StoredImage]:
        """Return the pictures on the disk by key."""
        query = "SELECT asset_id, filename, sha256, bytes, width, height FROM image "
        rows = self.db.execute(query + "WHERE state = 'stored'")
        return {key: StoredImage(*facts) for key, *facts in rows}

    def states(self) -> dict[str, str]:
        """Return by key why each picture failed; empty for those that are stored."""
        return dict(self.db.execute("SELECT asset_id, reason FROM image").fetchall())

    def forget_failures(self) -> int:
        """Let what may be had another time wait again; what is gone stays so."""
        reasons = [reason for reason in self.failures() if may_be_had(reason)]
        with self.db:
            query = "DELETE FROM image WHERE state = 'failed' AND reason = ?"
            return sum(self.db.execute(query, (reason,)).rowcount for reason in reasons)

    def give_up_failures(self) -> None:
        """Take for gone what may be had another time, so that other posts take its place."""
        reasons = [reason for reason in self.failures() if may_be_had(reason)]
        with self.db:
            query = "UPDATE image SET reason = ? WHERE state = 'failed' AND reason = ?"
            self.db.executemany(query, [(f"given up ({reason})", reason) for reason in reasons])

    def forget_images(self, keys: Iterable[str]) -> None:
        """Forget pictures that are no longer wanted."""
        with self.db:
            query = "DELETE FROM image WHERE asset_id = ?"
            self.db.executemany(query, ((key,) for key in keys))

    def note_duplicates(self, shown_by: Mapping[str, str]) -> None:
        """Commit which pictures another one shows as well, by key."""
        self.record_images(
            (key, DownloadError(DUPLICATE, other)) for key, other in shown_by.items()
        )

    def failure_texts(self) -> dict[str, tuple[str, str]]:
        """Return reason and text of each failed picture by key."""
        query = "SELECT asset_id, reason, text FROM image WHERE state = 'failed'"
        return {key: (reason, text) for key, reason, text in self.db.execute(query)}

    def note_wanted(self, keys: Mapping[str, Sequence[str]]) -> None:
        """Remember the keys of the pictures of each class that are wanted by now."""
        self.set_note(_WANTED, json.dumps(keys))

    def wanted(self) -> dict[str, list[str]]:
        """Return the keys of the pictures of each class that are wanted by now."""
        keys: dict[str, list[str]] = json.loads(self.note(_WANTED) or "{}")
        return keys

    def expect(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """Take over the rows of a manifest: key, sha256, and all cells as JSON."""
        with self.db:
            self.db.executemany("INSERT OR REPLACE INTO expected VALUES (?, ?, ?)", rows)

    def expected(self) -> list[tuple[str, str, str]]:
        """Return the rows of the manifest that is rebuilt; none if posts are collected."""
        query = "SELECT asset_id, sha256, row FROM expected ORDER BY rowid"
        return self.db.execute(query).fetchall()


def may_be_had(reason: str) -> bool:
    """Say whether a picture that failed for a reason may be had another time.

    Examples
    --------
    >>> may_be_had("timeout"), may_be_had("http-503"), may_be_had("missing"), may_be_had("http-404")
    (True, True, True, False)
    """
    return is_transient(reason) or reason in _DAMAGED
