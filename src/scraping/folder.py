"""Where a scrape keeps its things below ``data/raw``, and the lock that allows one run."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import ConfigError


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
        self.parts = self.work / "parts"
        self.profiles = self.work / "profiles"
        self.evidence = self.work / "pages"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for this run; the system lets go of it when the process ends, however.

        Raises
        ------
        ConfigError
            Another run holds it.
        """
        self.work.mkdir(parents=True, exist_ok=True)
        with (self.work / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ConfigError(
                    f"another run is using this folder ({self.root}); wait for it, or give "
                    "another --data-dir"
                ) from None
            yield

    def prepare(self) -> None:
        """Make the folders and remove what a killed run left half done; needs the lock."""
        for leftover in (self.parts, self.profiles):
            shutil.rmtree(leftover, ignore_errors=True)
        for folder in (self.images, self.parts, self.profiles):
            folder.mkdir(parents=True, exist_ok=True)


def write_durably(part: Path, final: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all, even after a power cut.

    Parameters
    ----------
    part : Path
        Temporary name on the same file system.
    final : Path
        The name it gets once its bytes are on the disk.
    data : bytes
        What to write.
    """
    with part.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(final)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
