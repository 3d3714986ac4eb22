"""What the parts of one run share: the folder, the state, the report and the stop."""

import shutil
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from ..fetching.ledger import locked
from .store import Store
from .summary import Report


class RawFolder:
    """The places of one scrape.

    ``pictures.csv``, ``failed.csv``, ``details.csv`` and ``images/`` are the result; ``scrape/``
    is what the scraper remembers, and can go once the result is complete.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.manifest = root / "pictures.csv"
        self.failures = root / "failed.csv"
        self.details = root / "details.csv"
        self.images = root / "images"
        self.work = root / "scrape"
        self.database = self.work / "state.sqlite"
        self.profiles = self.work / "profiles"
        self.evidence = self.work / "pages"

    def locked(self) -> AbstractContextManager[None]:
        """Hold the folder for this run; ConfigError if another run holds it."""
        return locked(self.work)

    def prepare(self) -> None:
        """Make the folders and remove what a killed run's browsers left; needs the lock."""
        shutil.rmtree(self.profiles, ignore_errors=True)
        for folder in (self.images, self.profiles):
            folder.mkdir(parents=True, exist_ok=True)


def raw_folder(data_dir: Path | None) -> RawFolder:
    """Return where raw data is kept."""
    from ..config import settings

    return RawFolder((data_dir or settings().data_dir) / "raw")


@dataclass(frozen=True, slots=True)
class Run:
    """One run over one data folder. ``stop`` is set when the user wants no more."""

    folder: RawFolder
    store: Store
    report: Report
    stop: threading.Event
