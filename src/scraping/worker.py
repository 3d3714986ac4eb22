"""A worker process: one browser, one colour at a time, until there is nothing more to do."""

from multiprocessing.connection import Connection

from selenium.common.exceptions import WebDriverException
from urllib3.exceptions import HTTPError

from ..errors import ConfigError, Incomplete, PageChanged, ScrapeError
from ..records import Artwork
from .browser import Browser
from .collect import collect_color
from .messages import (
    Ask,
    Batch,
    Broken,
    BrowserSpec,
    Ended,
    FromWorker,
    Go,
    Opened,
    Order,
    Ready,
    ToWorker,
)
from .processes import lead_own_session
from .refusal import Refusal


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
