"""What the scraper knows, in SQLite: colours, tiles, images. One writer, many readers."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import astuple
from pathlib import Path
from typing import Final, Self

from ..errors import DataError, DownloadError
from ..records import Artwork, StoredImage
from .tables import (
    SCHEMA,
    VERSION,
    ColorRow,
    Detail,
    ImageJob,
    ImageOutcome,
    PageJob,
    State,
)

_PAGE_ROWS: Final = 500
_WAITING_IMAGES: Final = """
SELECT asset_id, min(color), max(tile.image), coalesce(max(expected.sha256), '') FROM tile
LEFT JOIN image USING (asset_id) LEFT JOIN expected USING (asset_id)
WHERE image.asset_id IS NULL AND tile.asset_id > ?
GROUP BY tile.asset_id ORDER BY tile.asset_id LIMIT ?
"""
_WAITING_PAGES: Final = """
SELECT asset_id, min(tile.page) FROM tile LEFT JOIN detail USING (asset_id)
WHERE detail.asset_id IS NULL AND tile.asset_id > ?
GROUP BY tile.asset_id ORDER BY tile.asset_id LIMIT ?
"""


class Store:
    """The state of one data folder.

    Every method that changes something is one transaction. A killed process loses at most the one
    it was in; ``synchronous=NORMAL`` keeps the file whole after a power cut as well.
    """

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
                f"the scraper's state cannot be read ({path}: {error}); give another --data-dir, "
                "or remove that file to start again"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()

    def _check_version(self, path: Path, read_only: bool) -> None:
        (version,) = self.db.execute("PRAGMA user_version").fetchone()
        if version == 0 and not read_only:
            script = f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT"
            self.db.executescript(script)
        elif version != VERSION:
            self.db.close()
            raise DataError(
                f"the scraper's state is of another version ({path}: {version}, expected "
                f"{VERSION}); give another --data-dir, or remove that file to start again"
            )

    def begin_color(self, color: str) -> int:
        """Start a pass over a colour's list and return its number."""
        with self.db:
            self.db.execute(
                "INSERT INTO color (color, pass, state) VALUES (?, 1, 'collecting') ON CONFLICT "
                "(color) DO UPDATE SET pass = pass + 1, state = 'collecting', reason = ''",
                (color,),
            )
        number: int = self.db.execute(
            "SELECT pass FROM color WHERE color = ?", (color,)
        ).fetchone()[0]
        return number

    def open_color(self, color: str, declared: int | None) -> None:
        """Note what a colour's page says of itself."""
        with self.db:
            self.db.execute("UPDATE color SET declared = ? WHERE color = ?", (declared, color))

    def add_tiles(self, number: int, artworks: Sequence[Artwork], rule: str) -> None:
        """Commit a batch of the pass ``number``; tiles known from an earlier one are refreshed."""
        with self.db:
            self.db.execute("UPDATE color SET rule = ? WHERE color = ?", (rule, artworks[0].color))
            self.db.executemany(
                "INSERT INTO tile VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "pass = excluded.pass, page = excluded.page, title = excluded.title, "
                "creator = excluded.creator, "
                "image = CASE excluded.image WHEN '' THEN image ELSE excluded.image END",
                (
                    (a.color, a.asset_id, number, a.page, a.image, a.title, a.creator)
                    for a in artworks
                ),
            )

    def end_color(self, color: str, state: State, reason: str, cap: int | None = None) -> State:
        """Close a colour's pass and return the state that stands.

        ``complete`` stands only if as many tiles are on disk as the page declared. A pass that
        saw the whole list, or all of its first ``cap`` works, also drops those that have left it.
        """
        found, declared = self.db.execute(
            "SELECT (SELECT count(*) FROM tile WHERE tile.color = color.color AND "
            "tile.pass = color.pass), declared FROM color WHERE color = ?",
            (color,),
        ).fetchone()
        if state == "complete" and found != declared:
            state, reason = "stalled", f"{found} works on disk, but {declared} declared"
        with self.db:
            self.db.execute(
                "UPDATE color SET state = ?, reason = ?, cap = ? WHERE color = ?",
                (state, reason, cap, color),
            )
            if state in ("complete", "capped"):
                self.db.execute(
                    "DELETE FROM tile WHERE color = ?1 AND pass < "
                    "(SELECT pass FROM color WHERE color = ?1)",
                    (color,),
                )
        return state

    def colors(self) -> list[ColorRow]:
        """Return every colour that was begun, with its counts."""
        rows = self.db.execute(
            "SELECT color.color, color.state, color.reason, declared, cap, rule, "
            "count(tile.asset_id), coalesce(sum(image.state = 'stored'), 0), "
            "coalesce(sum(image.state = 'failed'), 0) FROM color LEFT JOIN tile USING (color) "
            "LEFT JOIN image USING (asset_id) GROUP BY color.color ORDER BY color.color"
        )
        return [ColorRow(*row) for row in rows]

    def waiting_images(self) -> Iterator[ImageJob]:
        """Yield the pictures without an outcome, by asset id."""
        return (ImageJob(*row) for row in self._pages(_WAITING_IMAGES))

    def waiting_pages(self) -> Iterator[PageJob]:
        """Yield the works whose own page was not visited, by asset id."""
        return (PageJob(*row) for row in self._pages(_WAITING_PAGES))

    def _pages(self, query: str) -> Iterator[tuple[str, ...]]:
        """Yield rows a page at a time, so that no query stays open while outcomes are written."""
        after = ""
        while rows := self.db.execute(query, (after, _PAGE_ROWS)).fetchall():
            yield from rows
            after = rows[-1][0]

    def record_images(self, outcomes: Iterable[ImageOutcome]) -> None:
        """Commit what became of some pictures."""
        with self.db:
            self.db.executemany(
                "INSERT OR REPLACE INTO image VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (_image_row(asset_id, outcome) for asset_id, outcome in outcomes),
            )

    def record_details(self, details: Iterable[Detail]) -> None:
        """Commit what some works' own pages said."""
        with self.db:
            self.db.executemany(
                "INSERT OR REPLACE INTO detail VALUES (?, ?, ?, ?, ?, ?, ?)", map(astuple, details)
            )

    def count_stored(self) -> int:
        """Count the pictures on the disk."""
        return self._count("image WHERE state = 'stored'")

    def failed_pages(self) -> int:
        """Count the works whose own page could not be read."""
        return self._count("detail WHERE reason <> ''")

    def _count(self, rows: str) -> int:
        number: int = self.db.execute(f"SELECT count(*) FROM {rows}").fetchone()[0]
        return number

    def forget_failures(self) -> int:
        """Let failed pictures and pages wait again, and return how many there were."""
        with self.db:
            images = self.db.execute("DELETE FROM image WHERE state = 'failed'").rowcount
            return images + self.db.execute("DELETE FROM detail WHERE reason <> ''").rowcount

    def failures(self) -> dict[str, int]:
        """Count failed pictures by reason, the most frequent first."""
        return dict(
            self.db.execute(
                "SELECT reason, count(*) FROM image WHERE state = 'failed' "
                "GROUP BY reason ORDER BY count(*) DESC, reason"
            ).fetchall()
        )

    def stored_images(self) -> Iterator[tuple[str, str, str]]:
        """Yield asset id, file name and sha256 of every stored picture."""
        query = "SELECT asset_id, filename, sha256 FROM image WHERE state = 'stored' ORDER BY 1"
        with closing(self.db.execute(query)) as rows:
            yield from rows

    def expect(self, artworks: Iterable[tuple[Artwork, str]]) -> None:
        """Take over works, and the sha256 that their pictures must have, from a manifest."""
        with self.db:
            for artwork, sha256 in artworks:
                self.db.execute(
                    "INSERT OR REPLACE INTO tile VALUES (?, ?, 1, ?, ?, ?, ?)",
                    (artwork.color, artwork.asset_id, artwork.page, artwork.image, artwork.title,
                     artwork.creator),
                )  # fmt: skip
                self.db.execute(
                    "INSERT OR REPLACE INTO expected VALUES (?, ?)", (artwork.asset_id, sha256)
                )

    def note(self, key: str) -> str:
        """Return a note, empty if there is none."""
        row = self.db.execute("SELECT value FROM note WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def set_note(self, key: str, value: str) -> None:
        """Keep a note for the next run."""
        with self.db:
            self.db.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (key, value))


def _image_row(asset_id: str, outcome: StoredImage | DownloadError) -> tuple[object, ...]:
    if isinstance(outcome, DownloadError):
        return (asset_id, "failed", outcome.reason, str(outcome), *[None] * 5)
    o = outcome
    return (asset_id, "stored", "", "", o.filename, o.sha256, o.bytes, o.width, o.height)
