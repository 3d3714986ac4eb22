"""What the scraper knows, in SQLite: colours, tiles, pictures, pages. One writer, many readers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Final, Literal

from ..fetching import ledger
from ..fetching.ledger import Ledger
from .addresses import Artwork

State = Literal["collecting", "complete", "capped", "stalled", "blocked"]

_SCHEMA: Final = """
CREATE TABLE color (
    color TEXT PRIMARY KEY, pass INTEGER NOT NULL, declared INTEGER, state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '', cap INTEGER, rule TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE tile (
    color TEXT NOT NULL, asset_id TEXT NOT NULL, pass INTEGER NOT NULL, page TEXT NOT NULL,
    image TEXT NOT NULL, title TEXT NOT NULL, creator TEXT NOT NULL,
    PRIMARY KEY (color, asset_id)
) WITHOUT ROWID;
CREATE INDEX tile_by_asset ON tile (asset_id);
CREATE TABLE expected (asset_id TEXT PRIMARY KEY, sha256 TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE detail (
    asset_id TEXT PRIMARY KEY, reason TEXT NOT NULL, title TEXT NOT NULL, creator TEXT NOT NULL,
    date TEXT NOT NULL, museum TEXT NOT NULL, place TEXT NOT NULL
) WITHOUT ROWID;
"""
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


@dataclass(frozen=True, slots=True)
class ColorRow:
    """How far a colour has come; ``stored`` and ``failed`` count its images."""

    color: str
    state: State
    reason: str
    declared: int | None
    cap: int | None
    rule: str
    found: int
    stored: int
    failed: int


@dataclass(frozen=True, slots=True)
class ImageJob:
    """A picture to fetch, for a colour; ``sha256`` is what a manifest expects, or empty."""

    asset_id: str
    color: str
    address: str
    sha256: str


@dataclass(frozen=True, slots=True)
class PageJob:
    """A work's own page to visit."""

    asset_id: str
    page: str


@dataclass(frozen=True, slots=True)
class Detail:
    """What a work's own page says; ``reason`` is why it could not be read, or empty."""

    asset_id: str
    reason: str
    title: str = ""
    creator: str = ""
    date: str = ""
    museum: str = ""
    place: str = ""


class Store(Ledger):
    """The state of one data folder: the outcomes of downloads, and where they came from."""

    schema = ledger.SCHEMA + _SCHEMA
    called = "the scraper's state"

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

    def reopen(self, declared: Mapping[str, int]) -> None:
        """Take colours as unfinished again, of which more works are declared than were found."""
        with self.db:
            self.db.executemany(
                "UPDATE color SET state = 'collecting', declared = ?2 "
                "WHERE color = ?1 AND state = 'complete'",
                declared.items(),
            )

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

    def image_addresses(self) -> list[str]:
        """Return where the picture of each work is, or was."""
        rows = self.db.execute("SELECT max(image) FROM tile GROUP BY asset_id")
        return [address for (address,) in rows]

    def waiting_pages(self) -> Iterator[PageJob]:
        """Yield the works whose own page was not visited, by asset id."""
        return (PageJob(*row) for row in self._pages(_WAITING_PAGES))

    def _pages(self, query: str) -> Iterator[tuple[str, ...]]:
        """Yield rows a page at a time, so that no query stays open while outcomes are written."""
        after = ""
        while rows := self.db.execute(query, (after, _PAGE_ROWS)).fetchall():
            yield from rows
            after = rows[-1][0]

    def record_details(self, details: Iterable[Detail]) -> None:
        """Commit what some works' own pages said."""
        with self.db:
            self.db.executemany(
                "INSERT OR REPLACE INTO detail VALUES (?, ?, ?, ?, ?, ?, ?)", map(astuple, details)
            )

    def failed_pages(self) -> int:
        """Count the works whose own page could not be read."""
        return self._count("detail WHERE reason <> ''")

    def forget_failures(self) -> int:
        """Let failed pictures and pages wait again, and return how many there were."""
        images = super().forget_failures()
        with self.db:
            return images + self.db.execute("DELETE FROM detail WHERE reason <> ''").rowcount

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
