"""The tables that a scrape leaves behind: a pure, sorted export of the state."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from ..dialects import find_dialect, read_rows
from ..errors import DataError
from ..fetching.exports import write_or_remove, write_rows
from ..tasks.color import COLORS
from .addresses import Artwork, is_asset_id
from .run import RawFolder
from .store import Store

MANIFEST_COLUMNS: Final = (
    "asset_id",
    "page",
    "image",
    "color",
    "title",
    "creator",
    "filename",
    "sha256",
    "bytes",
    "width",
    "height",
)
FAILURE_COLUMNS: Final = ("asset_id", "color", "page", "image", "reason")
DETAIL_COLUMNS: Final = ("asset_id", "title", "creator", "date", "museum", "place")
_SHA256: Final = re.compile(r"[0-9A-Fa-f]{64}")

_MANIFEST_QUERY: Final = """
SELECT tile.asset_id, page, tile.image, color,
    coalesce(nullif(detail.title, ''), tile.title),
    coalesce(nullif(detail.creator, ''), tile.creator), filename, sha256, bytes, width, height
FROM tile JOIN image USING (asset_id) LEFT JOIN detail USING (asset_id)
WHERE image.state = 'stored' ORDER BY color, tile.asset_id
"""
_FAILURE_QUERY: Final = """
SELECT tile.asset_id, color, page, tile.image, image.reason
FROM tile JOIN image USING (asset_id) WHERE image.state = 'failed' ORDER BY color, tile.asset_id
"""
_DETAIL_QUERY: Final = """
SELECT asset_id, title, creator, date, museum, place FROM detail WHERE reason = '' ORDER BY asset_id
"""


def export_tables(store: Store, folder: RawFolder) -> None:
    """Write ``pictures.csv``, and ``failed.csv`` and ``details.csv`` if there is anything to tell.

    The same state gives the same bytes. A table whose rows have gone is removed.
    """
    write_rows(folder.manifest, MANIFEST_COLUMNS, store.db.execute(_MANIFEST_QUERY))
    write_or_remove(folder.failures, FAILURE_COLUMNS, store.db.execute(_FAILURE_QUERY))
    write_or_remove(folder.details, DETAIL_COLUMNS, store.db.execute(_DETAIL_QUERY))


def read_manifest(path: Path) -> Iterator[tuple[Artwork, str]]:
    """Yield the works of a manifest, each with the sha256 of its picture.

    It may have been through a spreadsheet: in any dialect that `find_dialect` knows, colours and
    digests in either case.

    Raises
    ------
    DataError
        A column is missing, or a row has none of what is needed to fetch its picture again.
    """
    rows = read_rows(path, find_dialect(path, MANIFEST_COLUMNS))
    columns = [name.strip() for name in next(rows).cells]
    _require_columns(path, columns)
    for row in rows:
        cells = dict(zip(columns, row.cells, strict=True))
        fault = _fault(cells)
        if fault:
            raise DataError(
                f"a row that cannot be used ({path}:{row.line}: {fault}); "
                "give a manifest that `artlens scrape` wrote"
            )
        yield _artwork(cells), cells["sha256"].strip().lower()


def _require_columns(path: Path, columns: Iterable[str]) -> None:
    missing = set(MANIFEST_COLUMNS) - set(columns)
    if missing:
        raise DataError(
            f"not a manifest of pictures ({path} lacks {', '.join(sorted(missing))}); "
            "give a pictures.csv that `artlens scrape` wrote"
        )


def _fault(row: Mapping[str, str]) -> str:
    """Say what keeps a row's picture from being fetched again; empty if nothing does."""
    # The key becomes a file name: one with a slash in it would leave the folder.
    if not is_asset_id(row["asset_id"]):
        return f"the asset_id is {row['asset_id']!r:.60}, expected letters, digits, - and _"
    if _color(row) not in COLORS:
        return f"the color is {row['color']!r:.60}, expected one of {', '.join(COLORS)}"
    if not _SHA256.fullmatch(row["sha256"].strip()):
        return f"the sha256 is {row['sha256']!r:.80}, expected 64 hexadecimal digits"
    return "" if row["image"] else "the image is empty, expected an address"


def _color(row: Mapping[str, str]) -> str:
    return row["color"].strip().upper()


def _artwork(row: Mapping[str, str]) -> Artwork:
    return Artwork(
        row["asset_id"], row["page"], row["image"], _color(row), row["title"], row["creator"]
    )
