"""One brake per host, shared by browsers and downloads: rate, pauses, circuit breaker, robots."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from math import isfinite
from typing import Final

from protego import Protego

from ..errors import Blocked, DownloadError
from .client import Client, Redirected, Refused
from .outside import decode_text, host_of, join_address
from .refusal import Refusal

# The name by which robots.txt may address us.
AGENT_NAME: Final = "artlens"
# Requests leave evenly spaced but arrive with some jitter; a tenth more space keeps every window
# of one second at the server within the rate.
_SLACK: Final = 1.1
# A host that answers nothing but errors this often in a row is left alone.
_TROUBLE_LIMIT: Final = 25
_TROUBLE_WAIT_S: Final = 300.0
# Being refused again after each wait means that waiting does not help.
_REFUSAL_LIMIT: Final = 5
# It may be our own network that is away.
_UNREACHABLE_WAIT_S: Final = 60.0
_LONGEST_DELAY_S: Final = 86_400.0
# Of robots.txt, as RFC 9309, 2.3.1.2 has it: it is often the way from http to https.
_REDIRECTS: Final = 5
_MARK: Final = "\ufeff"


class Gate:
    """Let requests to one host pass at a rate: a token bucket of depth one, so never a burst.

    All threads of the supervisor share it, and the browsers ask the supervisor, so that it holds
    for all processes of a run.

    Parameters
    ----------
    rate_per_s : float or None
        Requests per second; None for as many as asked.
    patience_s : float
        The longest `Retry-After` that is waited out.
    clock : callable
        Seconds, monotonic.
    """

    def __init__(
        self,
        rate_per_s: float | None,
        patience_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._interval_s = _SLACK / rate_per_s if rate_per_s else 0.0
        self._patience_s = patience_s
        self._clock = clock
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._next_at = 0.0
        self._paused_until = 0.0
        self._closed: Blocked | None = None
        self._troubles = 0
        self._refusals = 0

    def try_pass(self, requests: int = 1) -> float:
        """Ask to send now.

        Returns
        -------
        float
            0.0 when the request may be sent at once, else the seconds to wait before asking again.

        Raises
        ------
        Blocked
            The host is left alone for the rest of this run.
        """
        with self._lock:
            if self._closed is not None:
                raise Blocked(str(self._closed), self._closed.wait_s, self._closed.reason)
            now = self._clock()
            if now < self._next_at:
                return self._next_at - now
            self._next_at = now + requests * self._interval_s
            return 0.0

    def wait(self, stop: threading.Event) -> bool:
        """Wait until a request may be sent, or until ``stop`` is set.

        Returns
        -------
        bool
            Whether it may be sent.
        """
        # One thread waits for the clock and the others for it, in place of all waking together.
        with self._turn:
            while not stop.is_set():
                wait_s = self.try_pass()
                if not wait_s:
                    return True
                stop.wait(wait_s)
        return False

    def slow_down(self, interval_s: float) -> None:
        """Keep at least this many seconds between requests, as ``Crawl-delay`` asks."""
        with self._lock:
            self._interval_s = max(self._interval_s, interval_s)

    def refused(self, refusal: Refusal) -> None:
        """Obey a refusal: wait it out if it is short, else close for the rest of this run."""
        with self._lock:
            now = self._clock()
            # Refusals of what was in flight come in together, and are one.
            self._refusals += now >= self._paused_until
            self._paused_until = max(self._paused_until, now + refusal.wait_s)
            self._next_at = max(self._next_at, self._paused_until)
            hopeless = refusal.final or self._refusals > _REFUSAL_LIMIT
            if hopeless or refusal.wait_s > self._patience_s:
                self._close(f"the site answered with {refusal.why} ({refusal.url})", refusal.wait_s)

    def troubled(self, url: str, why: str) -> None:
        """Count an error that is the host's; too many in a row close the gate."""
        with self._lock:
            self._troubles += 1
            if self._troubles >= _TROUBLE_LIMIT:
                text = f"{self._troubles} errors in a row, the last one {why} ({url})"
                self._close(text, _TROUBLE_WAIT_S, why)

    def served(self) -> None:
        """Note a good answer, which ends any row of errors and refusals."""
        with self._lock:
            self._troubles = 0
            self._refusals = 0

    def close(self, why: str, wait_s: float, reason: str) -> None:
        """Let nobody pass for the rest of this run, for a `Blocked.reason`."""
        with self._lock:
            self._close(why, wait_s, reason)

    def _close(self, why: str, wait_s: float, reason: str = "refused") -> None:
        if self._closed is None:
            text = f"{why}; run the same command again after {come_back(wait_s)}"
            self._closed = Blocked(text, wait_s, reason)


def come_back(wait_s: float) -> str:
    """Return the local time at which ``wait_s`` seconds have passed, to the minute, rounded up."""
    then = datetime.now().astimezone() + timedelta(seconds=wait_s + 59)
    return then.strftime("%Y-%m-%d %H:%M")


class Robots:
    r"""What a host's robots.txt allows us, by the matching rules that the big crawlers share.

    Parameters
    ----------
    text : str
        The file; empty if there is none, which allows everything.
    agent : str
        Our name in it.

    References
    ----------
    RFC 9309. The standard library's parser takes ``*`` literally and so calls ``/api/color``
    allowed under ``Disallow: /api/*``.

    Examples
    --------
    >>> robots = Robots("User-agent: *\nDisallow: /api/*", "artlens")
    >>> robots.allows("http://a/color?col=RED"), robots.allows("http://a/api/color")
    (True, False)
    """

    def __init__(self, text: str, agent: str) -> None:
        self._rules = Protego.parse(text.lstrip(_MARK))
        self._agent = agent

    def allows(self, url: str) -> bool:
        """Say whether an address may be asked for."""
        return bool(self._rules.can_fetch(url, self._agent))

    @property
    def crawl_delay_s(self) -> float:
        """Seconds to keep between requests, a day at most; 0 if the file asks for none."""
        delay_s = float(self._rules.crawl_delay(self._agent) or 0.0)
        return min(max(delay_s, 0.0), _LONGEST_DELAY_S) if isfinite(delay_s) else 0.0


class _Host:
    """The gate of one host, and its robots.txt, which is read when it is first needed."""

    def __init__(self, client: Client, gate: Gate) -> None:
        self.gate = gate
        self._client = client
        self._reading = threading.Lock()
        self._robots: Robots | None = None

    def allows(self, url: str, stop: threading.Event) -> bool:
        # Who asks for the same host meanwhile waits here, and nobody else does.
        with self._reading:
            if self._robots is None:
                text = self._fetch_robots(join_address(url, "/robots.txt"), stop)
                self._robots = Robots(text, AGENT_NAME)
                self.gate.slow_down(self._robots.crawl_delay_s)
            return self._robots.allows(url)

    def _fetch_robots(self, url: str, stop: threading.Event) -> str:
        redirects = 0
        while self.gate.wait(stop):
            try:
                body = self._client.get(url)
                return decode_text(body.data, body.content_type)
            except Refused as error:
                self.gate.refused(error.refusal)
            except DownloadError as error:
                # RFC 9309, 2.3.1.3: a file that is not there forbids nothing; 2.3.1.4: one that
                # cannot be reached forbids everything.
                if error.reason.startswith("http-4"):
                    break
                redirects += 1
                if isinstance(error, Redirected) and redirects <= _REDIRECTS:
                    url = error.place
                    continue
                text = f"the site does not give its robots.txt ({error})"
                self.gate.close(text, _UNREACHABLE_WAIT_S, error.reason)
        # Without the file, or stopped before it came, when nothing will be asked anyway.
        return ""


class Hosts:
    """The hosts of a run, each made when it is first needed; for all threads of a process.

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
        self._hosts: dict[str, _Host] = {}

    def gate(self, url: str) -> Gate:
        """Return the gate of an address's host."""
        return self._host(url).gate

    def allows(self, url: str, stop: threading.Event) -> bool:
        """Say whether the host's robots.txt allows an address; it is read once per run.

        Raises
        ------
        Blocked
            The file cannot be had, so that nothing is allowed, or the host is to be left alone.
        """
        return self._host(url).allows(url, stop)

    def _host(self, url: str) -> _Host:
        name = host_of(url)
        with self._lock:
            if name not in self._hosts:
                gate = Gate(self._rate_per_s, self._patience_s)
                self._hosts[name] = _Host(self._client, gate)
            return self._hosts[name]


def is_server_error(reason: str) -> bool:
    """Say whether a failure's reason is a status of the 500s."""
    return reason.startswith(f"http-{HTTPStatus.INTERNAL_SERVER_ERROR // 100}")
