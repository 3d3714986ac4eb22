"""Measured pictures on disk, shard by shard, until the table is written."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from src.features.shard_file import ShardFile

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

    def finish(self, key: str, pictures: Iterable[MeasuredPicture]) -> None:
        """Keep a shard."""
        self._finish(key, pictures)

    def measured(self) -> Iterator[MeasuredPicture]:
        """Yield the pictures that could be read, sorted by file name."""
        rows = self._select(_COLUMNS, "WHERE error IS NULL ORDER BY filename")
        return map(MeasuredPicture._make, rows)

    def broken(self) -> Iterator[MeasuredPicture]:
        """Yield the others, in the order in which they were measured."""
        rows = self._select(_COLUMNS, "WHERE error IS NOT NULL ORDER BY rowid")
        return map(MeasuredPicture._make, rows)
