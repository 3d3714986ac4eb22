"""Where a collection lies."""

from contextlib import AbstractContextManager
from pathlib import Path

from .ledger import locked


class CollectedFolder:
    """The places of one collection.

    ``pictures.csv``, ``failed.csv`` and ``images/`` are the result; ``scrape/`` is what the
    collector remembers, and can go once the result is complete.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.manifest = root / "pictures.csv"
        self.failures = root / "failed.csv"
        self.images = root / "images"
        self.work = root / "scrape"
        self.database = self.work / "state.sqlite"

    def locked(self) -> AbstractContextManager[None]:
        """Hold the folder for this run; ConfigError if another run holds it."""
        return locked(self.work)
