"""The tables that a scrape leaves behind: a pure, sorted export of the state."""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from ..errors import DataError
from ..files import write_whole
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
    _export(store, folder.manifest, MANIFEST_COLUMNS, _MANIFEST_QUERY)
    for path, columns, query in (
        (folder.failures, FAILURE_COLUMNS, _FAILURE_QUERY),
        (folder.details, DETAIL_COLUMNS, _DETAIL_QUERY),
    ):
        if store.db.execute(query).fetchone() is None:
            path.unlink(missing_ok=True)
        else:
            _export(store, path, columns, query)


def _export(store: Store, path: Path, columns: tuple[str, ...], query: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(store.db.execute(query))
    data = text.getvalue().encode()
    # Left alone when nothing changed, so that whoever watches its date does not work in vain.
    if not path.is_file() or path.read_bytes() != data:
        write_whole(path, data)


def read_manifest(path: Path) -> Iterator[tuple[Artwork, str]]:
    """Yield the works of a manifest, each with the sha256 of its picture.

    Raises
    ------
    DataError
        A column is missing, or a row has none of what is needed to fetch its picture again.
    """
    with path.open(newline="", encoding="utf-8") as stream:
        rows = csv.DictReader(stream)
        _require_columns(path, rows.fieldnames or ())
        for number, row in enumerate(rows, start=2):
            # The key becomes a file name: one with a slash in it would leave the folder.
            if not (
                is_asset_id(row["asset_id"]) and row["image"] and row["color"] and row["sha256"]
            ):
                raise DataError(
                    f"a row without a sound asset_id, image, color or sha256 ({path}:{number}); "
                    "give a manifest that `artlens scrape` wrote"
                )
            yield _artwork(row), row["sha256"]


def _require_columns(path: Path, columns: Iterable[str]) -> None:
    missing = set(MANIFEST_COLUMNS) - set(columns)
    if missing:
        raise DataError(
            f"not a manifest of pictures ({path} lacks {', '.join(sorted(missing))}); "
            "give a pictures.csv that `artlens scrape` wrote"
        )


def _artwork(row: dict[str, str]) -> Artwork:
    return Artwork(
        row["asset_id"], row["page"], row["image"], row["color"], row["title"], row["creator"]
    )
