"""Results on disk, shard by shard, until the file that was asked for is written."""

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TypeAlias

from ...errors import ImageError
from ...jobs.shard_file import ShardFile
from ...records import FailedPrediction
from .formats import Result, from_row, to_row

# A path, or a place in which nothing was found.
Found: TypeAlias = str | FailedPrediction


class ResultStore(ShardFile):
    """The finished shards of a bulk prediction; see `ShardFile`."""

    TABLE = "results"
    COLUMNS = "shard TEXT PRIMARY KEY, results TEXT"

    def _prepare(self) -> None:
        super()._prepare()
        self._db.execute("CREATE TABLE IF NOT EXISTS plan (place INTEGER PRIMARY KEY, found TEXT)")

    def plan(self, place: int, found: Iterable[Found]) -> None:
        """Note what was found for the shard with so many others before it."""
        content = json.dumps([item if isinstance(item, str) else to_row(item) for item in found])
        with self._explained(), self._transaction():
            self._db.execute("INSERT OR REPLACE INTO plan VALUES (?, ?)", (place, content))

    def planned(self, place: int) -> list[Found]:
        """Return what was noted of a shard."""
        with self._explained():
            query = self._db.execute("SELECT found FROM plan WHERE place = ?", (place,))
            return [_found(item) for item in json.loads(query.fetchone()[0])]

    def finish(self, key: str, results: Iterable[Result]) -> None:
        """Keep a shard."""
        # Names that are not UTF-8 are escaped in it.
        self._finish(key, [(json.dumps([to_row(result) for result in results]),)])

    def results(self, keys: Iterable[str]) -> Iterator[Result]:
        """Yield the results of some shards, in their order."""
        shards = chain.from_iterable(
            self._select("results", "WHERE shard = ?", key) for key in keys
        )
        return (from_row(row) for (text,) in shards for row in json.loads(text))


def _found(item: str | dict[str, str]) -> Found:
    return (
        item
        if isinstance(item, str)
        else FailedPrediction(item["source"], ImageError(item["error"]))
    )
