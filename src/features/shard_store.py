"""Measured pictures on disk, shard by shard, until the table is written."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from ..jobs.shard_file import ShardFile

_COLUMNS: Final = "filename, image, page, class, features, error"


class MeasuredPicture(NamedTuple):
    """A picture of the table with its features (float64, as bytes), or what is wrong with it."""

    filename: str
    image: str
    page: str
    label: str
    features: bytes | None
    error: str | None


class ShardStore(ShardFile):
    """The finished shards of a table of pictures; see `ShardFile`."""

    TABLE = "pictures"
    COLUMNS = (
        "shard TEXT, filename TEXT, image TEXT, page TEXT, class TEXT, features BLOB, error TEXT"
    )

    def _prepare(self) -> None:
        super()._prepare()
        # Else looking for a shard's broken pictures would mean to look at all pictures.
        self._db.execute(
            "CREATE INDEX IF NOT EXISTS broken ON pictures (shard) WHERE error IS NOT NULL"
        )

    def finish(self, key: str, pictures: Iterable[MeasuredPicture]) -> None:
        """Keep a shard."""
        self._finish(key, pictures)

    def measured(self) -> Iterator[MeasuredPicture]:
        """Yield the pictures that could be read, sorted by file name."""
        rows = self._select(_COLUMNS, "WHERE error IS NULL ORDER BY filename")
        return map(MeasuredPicture._make, rows)

    def broken(self, key: str) -> Iterator[MeasuredPicture]:
        """Yield the others of a shard, in its order."""
        rows = self._select(_COLUMNS, "WHERE shard = ? AND error IS NOT NULL ORDER BY rowid", key)
        return map(MeasuredPicture._make, rows)
