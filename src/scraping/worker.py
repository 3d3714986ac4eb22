"""A worker process: one browser, one colour at a time, until there is nothing more to do.

It and the supervisor talk over a pipe. A worker asks before each request of its browser, and only
goes on when it may. Everything it sent before that has been committed by then, because a pipe keeps
its order.
"""

from dataclasses import dataclass
from multiprocessing.connection import Connection

from selenium.common.exceptions import WebDriverException
from urllib3.exceptions import HTTPError

from ..errors import ConfigError, Incomplete, PageChanged, ScrapeError
from ..fetching.refusal import Refusal
from .addresses import Artwork
from .browser import Browser
from .chrome import BrowserSpec, lead_own_session
from .collect import Ended, Order, collect_color


@dataclass(frozen=True, slots=True)
class Go:
    """To the worker: what was asked for may be done now."""


@dataclass(frozen=True, slots=True)
class Ready:
    """From the worker: the browser runs, on a Grid under this address, or here if it is empty."""

    session: str


@dataclass(frozen=True, slots=True)
class Broken:
    """From the worker: there will be no browser, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Ask:
    """From the worker: may the browser send so many requests? It may have been refused one."""

    requests: int
    refusal: Refusal | None


@dataclass(frozen=True, slots=True)
class Opened:
    """From the worker: the colour's page is open."""

    declared: int | None


@dataclass(frozen=True, slots=True)
class Batch:
    """From the worker: works that were not there before, and what they were recognised by."""

    artworks: tuple[Artwork, ...]
    rule: str


FromWorker = Ready | Broken | Ask | Opened | Batch | Ended
ToWorker = Order | Go | None


class _Stopped(Exception):
    """The supervisor wants no more, or has gone."""


class _Wire:
    """The worker's end of the pipe; a `collect.Desk`."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def send(self, message: FromWorker) -> None:
        try:
            self._pipe.send(message)
        except OSError as error:
            raise _Stopped from error

    def receive(self) -> Order | Go:
        try:
            message: ToWorker = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise _Stopped from error
        if message is None:
            raise _Stopped
        return message

    def ask(self, requests: int, refusal: Refusal | None = None) -> None:
        self.send(Ask(requests, refusal))
        self.receive()

    def opened(self, declared: int | None) -> None:
        self.send(Opened(declared))

    def hand_in(self, artworks: tuple[Artwork, ...], rule: str) -> None:
        self.send(Batch(artworks, rule))


def run_worker(pipe: Connection, spec: BrowserSpec, supervisor_pid: int) -> None:
    """Serve the supervisor until it says stop or goes away. The edge of the worker process.

    Parameters
    ----------
    pipe : Connection
        To the supervisor.
    spec : BrowserSpec
        How to start the browser.
    supervisor_pid : int
        Who must live for this process to live.
    """
    lead_own_session(supervisor_pid)
    wire = _Wire(pipe)
    try:
        with Browser(spec) as browser:
            wire.send(Ready(browser.session))
            while True:
                order = wire.receive()
                if isinstance(order, Order):
                    wire.send(_obey(browser, order, wire))
    except (_Stopped, WebDriverException, HTTPError):
        # Without its browser, or its driver, it is of no use; the supervisor starts another.
        return
    except ConfigError as error:
        pipe.send(Broken(str(error)))


def _obey(browser: Browser, order: Order, wire: _Wire) -> Ended:
    """Collect a colour, and turn what went wrong into how it ended."""
    try:
        return collect_color(browser, order, wire)
    except (PageChanged, Incomplete) as error:
        path = browser.keep_evidence(order.color)
        return Ended("stalled", f"{error}; the page was kept ({path})")
    except ScrapeError as error:
        return Ended("stalled", str(error))
