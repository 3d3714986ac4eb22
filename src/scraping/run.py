"""What the parts of one run share: the site, the folder, the state, the report and the stop."""

import threading
from dataclasses import dataclass
from urllib.parse import urljoin

from ..errors import ConfigError
from .folder import RawFolder
from .reporting import Report
from .site import is_loopback
from .store import Store


@dataclass(frozen=True, slots=True)
class Site:
    """Where the museum is.

    Attributes
    ----------
    base : str
        Its address, which portable addresses refer to.
    live : bool
        Whether machines other than this one may be contacted.
    """

    base: str
    live: bool

    def resolve(self, address: str) -> str:
        """Return a whole address.

        Raises
        ------
        ConfigError
            It leads away from this machine, and the real site was not asked for.
        """
        url = urljoin(self.base, address)
        if not (self.live or is_loopback(url)):
            raise ConfigError(f"the real site was not asked for ({url}); add --live to contact it")
        return url


@dataclass(frozen=True, slots=True)
class Run:
    """One run over one data folder. ``stop`` is set when the user wants no more."""

    folder: RawFolder
    store: Store
    report: Report
    stop: threading.Event
