"""The tables of the scraper's state, and the records that are read from and written to them."""

from dataclasses import dataclass
from typing import Final, Literal

from ..errors import DownloadError
from ..records import StoredImage

State = Literal["collecting", "complete", "capped", "stalled", "blocked"]

VERSION: Final = 1
SCHEMA: Final = """
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
CREATE TABLE image (
    asset_id TEXT PRIMARY KEY, state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL DEFAULT '', filename TEXT, sha256 TEXT, bytes INTEGER, width INTEGER,
    height INTEGER
) WITHOUT ROWID;
CREATE TABLE expected (asset_id TEXT PRIMARY KEY, sha256 TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE detail (
    asset_id TEXT PRIMARY KEY, reason TEXT NOT NULL, title TEXT NOT NULL, creator TEXT NOT NULL,
    date TEXT NOT NULL, museum TEXT NOT NULL, place TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE note (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
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


ImageOutcome = tuple[str, StoredImage | DownloadError]
"""Key of a work, and its picture or why there is none."""
