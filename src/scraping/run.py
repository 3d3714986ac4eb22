"""What the parts of one run share: the folder, the state, the report and the stop."""

import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

from ..errors import Blocked, DownloadError
from ..fetching.collected_folder import CollectedFolder
from ..fetching.outside import host_of, join_address
from ..fetching.reporting import Report
from .store import Store


class RawFolder(CollectedFolder):
    """The places of one scrape: besides what all collections have, ``details.csv``."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.details = root / "details.csv"
        self.profiles = self.work / "profiles"
        self.evidence = self.work / "pages"

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


class SiteHosts:
    """Tells the hosts of the site itself from others, on which some of its works may lie.

    When one of its own is left alone, so is the site, and the run ends: that is its address's, or
    one with more than half of all pictures. Of any other, each work that is there fails, and the
    rest goes on.

    Parameters
    ----------
    base : str
        The site's address.
    store : Store
        What is known of its pictures.
    """

    def __init__(self, base: str, store: Store) -> None:
        self._base = base
        self._store = store
        self._own = {host_of(base): True}

    def failure(self, url: str, error: Blocked) -> DownloadError:
        """Return why something could not be had, whose host is left alone.

        Raises
        ------
        Blocked
            It is a host of the site itself.
        """
        host = host_of(url)
        if host not in self._own:
            hosts = [host_of(join_address(self._base, at)) for at in self._store.image_addresses()]
            self._own[host] = 2 * hosts.count(host) > len(hosts)
        if self._own[host]:
            raise error
        return DownloadError(error.reason, str(error))
