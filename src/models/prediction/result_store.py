"""Results on disk, shard by shard, until the file that was asked for is written."""

import json
from collections.abc import Iterable, Iterator
from itertools import chain

from src.features.shard_file import ShardFile
from src.models.prediction.formats import Result, from_row, to_row


class ResultStore(ShardFile):
    """The finished shards of a bulk prediction; see `ShardFile`."""

    TABLE = "results"
    COLUMNS = "shard TEXT PRIMARY KEY, results TEXT"

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
