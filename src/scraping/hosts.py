"""The hosts of a run: a gate and the robots.txt of each, made when it is first needed."""

import threading
from http import HTTPStatus
from typing import Final
from urllib.parse import urljoin, urlsplit

from ..errors import Blocked, DownloadError
from .fetch import Client, Refused
from .gate import Gate, Robots, come_back

# The name by which robots.txt may address us.
AGENT_NAME: Final = "artlens"
# It may be our own network that is away.
_UNREACHABLE_WAIT_S: Final = 60.0


class Hosts:
    """Gates and robots rules by host, for all threads of the supervisor.

    Parameters
    ----------
    client : Client
        Fetches the robots.txt files.
    rate_per_s : float or None
        Requests per second to each host, over all processes; None for no limit.
    patience_s : float
        The longest ``Retry-After`` that is waited out.
    """

    def __init__(self, client: Client, rate_per_s: float | None, patience_s: float) -> None:
        self._client = client
        self._rate_per_s = rate_per_s
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._gates: dict[str, Gate] = {}
        self._robots: dict[str, Robots] = {}

    def gate(self, url: str) -> Gate:
        """Return the gate of an address's host."""
        host = urlsplit(url).netloc
        with self._lock:
            if host not in self._gates:
                self._gates[host] = Gate(self._rate_per_s, self._patience_s)
            return self._gates[host]

    def allows(self, url: str, stop: threading.Event) -> bool:
        """Say whether the host's robots.txt allows an address; it is read once per run.

        Raises
        ------
        Blocked
            The file cannot be had, so that nothing is allowed.
        """
        host, gate = urlsplit(url).netloc, self.gate(url)
        with self._lock:
            if host not in self._robots:
                text = self._fetch_robots(urljoin(url, "/robots.txt"), gate, stop)
                self._robots[host] = Robots(text, AGENT_NAME)
                gate.slow_down(self._robots[host].crawl_delay_s)
            return self._robots[host].allows(url)

    def _fetch_robots(self, url: str, gate: Gate, stop: threading.Event) -> str:
        while gate.wait(stop):
            try:
                return self._client.get(url).data.decode("utf-8", errors="replace")
            except Refused as error:
                gate.refused(error.refusal)
            except DownloadError as error:
                # RFC 9309, 2.3.1.3: a file that is not there forbids nothing; 2.3.1.4: one that
                # cannot be reached forbids everything.
                if error.reason.startswith("http-4"):
                    break
                raise Blocked(
                    f"the site does not give its robots.txt ({error}); run the same command again "
                    f"after {come_back(_UNREACHABLE_WAIT_S)}",
                    _UNREACHABLE_WAIT_S,
                ) from error
        # Without the file, or stopped before it came, when nothing will be asked anyway.
        return ""


def is_server_error(reason: str) -> bool:
    """Say whether a failure's reason is a status of the 500s."""
    return reason.startswith(f"http-{HTTPStatus.INTERNAL_SERVER_ERROR // 100}")
