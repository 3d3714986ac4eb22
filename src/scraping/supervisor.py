"""The supervisor: hands colours to workers, commits what they find, and replaces the fallen."""

import json
import multiprocessing
import os
import shutil
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Final

from urllib3 import PoolManager
from urllib3.exceptions import HTTPError

from ..errors import Blocked, ConfigError
from ..fetching.hosts import Gate
from .chrome import BrowserSpec, end_session
from .collect import Ended, Order
from .run import Run
from .store import Store
from .worker import Ask, Batch, Broken, FromWorker, Go, Opened, Ready, ToWorker, run_worker

# A browser that keeps dying over the same colour has a reason that a fourth one will not change.
_LIVES: Final = 4
# How often a stop is looked for while no worker has anything to say.
_LOOK_S: Final = 0.2
# Twice this, for what is in flight and for going home, must fit into the five seconds of a stop.
_GOODBYE_S: Final = 2.0
# Under which the state remembers browsers on a Grid, and how long one is given to end.
_NOTE: Final = "grid sessions"
_TIMEOUT_S: Final = 3.0
_SPAWN: Final = multiprocessing.get_context("spawn")


@dataclass(slots=True)
class _Member:
    """A worker, the colour it is at, and what it waits for."""

    process: SpawnProcess
    pipe: Connection
    spec: BrowserSpec
    ready: bool = False
    order: Order | None = None
    number: int = 0
    session: str = ""
    ask: Ask | None = None

    def send(self, message: ToWorker) -> None:
        """Send; a worker that has died meanwhile is noticed when its pipe is read."""
        try:
            self.pipe.send(message)
        except OSError:
            return


class GridSessions:
    """Browsers on a Grid, which do not end with the worker that drove them.

    They are remembered in the state, so that even a killed run's are ended.

    Parameters
    ----------
    store : Store
        Where they are remembered.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._urls: set[str] = set(json.loads(store.note(_NOTE) or "[]"))

    def add(self, url: str) -> None:
        """Remember a session by its address; an empty one is that of a browser on this machine."""
        if url:
            self._urls.add(url)
            self._save()

    def end(self, url: str) -> None:
        """End a session, unless that was done."""
        if url in self._urls:
            # A Grid that has gone, or forgotten it, has ended it.
            with suppress(HTTPError):
                PoolManager(retries=False, timeout=_TIMEOUT_S).request("DELETE", url)
            self._urls.remove(url)
            self._save()

    def end_all(self) -> None:
        """End what a killed run left behind."""
        for url in sorted(self._urls):
            self.end(url)

    def _save(self) -> None:
        self._store.set_note(_NOTE, json.dumps(sorted(self._urls)))


class Crew:
    """Workers with a browser each, and the orders that they share.

    Parameters
    ----------
    run : Run
        Where everything that is found goes. When a stop is asked for, what is in flight is still
        committed, and nothing more is asked for.
    gate : Gate
        Of the host that the browsers visit.
    specs : callable
        Gives the browser of the n-th worker ever started.
    size : int
        How many work at a time.
    """

    def __init__(
        self, run: Run, gate: Gate, specs: Callable[[int], BrowserSpec], size: int
    ) -> None:
        self._store, self._report, self._stop = run.store, run.report, run.stop
        self._gate, self._specs, self._size = gate, specs, size
        self._sessions = GridSessions(run.store)
        self._orders: deque[Order] = deque()
        self._members: list[_Member] = []
        self._lives: dict[str, int] = {}
        self._started = 0

    def collect(self, orders: list[Order]) -> None:
        """Work the orders off, the first one first.

        Raises
        ------
        Blocked
            The site refuses to serve us; colours in progress are closed as such.
        ConfigError
            There is no browser.
        """
        self._sessions.end_all()
        self._orders.extend(orders)
        try:
            while self._orders or any(member.order for member in self._members):
                if self._stop.is_set():
                    self._finish_in_flight()
                    return
                self._hand_out()
                self._listen(self._answer_asks())
        except Blocked as error:
            self._close_blocked(str(error))
            raise
        finally:
            self._dismiss()

    def _hand_out(self) -> None:
        """Start workers while there is work for more, and give the idle ones an order each."""
        busy = sum(member.order is not None for member in self._members)
        while len(self._members) < min(self._size, busy + len(self._orders)):
            self._members.append(self._start())
        for member in self._members:
            if member.ready and member.order is None and self._orders:
                member.order = self._orders.popleft()
                member.number = self._store.begin_color(member.order.color)
                self._report.tell("begun", color=member.order.color)
                member.send(member.order)

    def _start(self) -> _Member:
        spec = self._specs(self._started)
        self._started += 1
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=run_worker, args=(theirs, spec, os.getpid()), daemon=True)
        process.start()
        theirs.close()
        return _Member(process, ours, spec)

    def _answer_asks(self) -> float:
        """Let those go on who may, and return the seconds until the next one may."""
        soonest = _LOOK_S
        for member in self._members:
            if member.ask is not None:
                wait_s = self._gate.try_pass(member.ask.requests)
                if wait_s:
                    soonest = min(soonest, wait_s)
                else:
                    member.ask = None
                    member.send(Go())
        return soonest

    def _listen(self, timeout_s: float) -> None:
        """Take one message of each worker that has something to say."""
        talking = wait([member.pipe for member in self._members], timeout_s)
        for member in [member for member in self._members if member.pipe in talking]:
            try:
                message: FromWorker = member.pipe.recv()
            except (EOFError, OSError):
                self._bury(member)
            else:
                self._take(member, message)

    def _take(self, member: _Member, message: FromWorker) -> None:
        """Act on a message. Everything in it is committed when this returns."""
        match message:
            case Ready(session=session):
                member.ready, member.session = True, session
                self._sessions.add(session)
            case Broken(why=why):
                raise ConfigError(why)
            case Ask(refusal=refusal):
                if refusal is not None:
                    self._report.tell("refused", why=refusal.why, wait_s=refusal.wait_s)
                    self._gate.refused(refusal)
                member.ask = message
            case Opened() | Batch() | Ended():
                self._take_find(member, message)

    def _take_find(self, member: _Member, message: Opened | Batch | Ended) -> None:
        if member.order is None:
            return
        color = member.order.color
        match message:
            case Opened(declared=declared):
                self._store.open_color(color, declared)
                self._report.tell("opened", color=color, declared=declared)
            case Batch(artworks=artworks, rule=rule):
                self._store.add_tiles(member.number, artworks, rule)
                self._gate.served()
                self._report.tell("works", color=color, new=len(artworks))
            case Ended(end=end, reason=reason):
                state = self._store.end_color(color, end, reason, member.order.cap)
                self._report.tell("ended", color=color, end=state, reason=reason)
                member.order = None

    def _bury(self, member: _Member) -> None:
        """Clear up after a worker that died, and let its colour be taken up again."""
        self._remove(member)
        order = member.order
        if order is None:
            self._lives[""] = self._lives.get("", 0) + 1
            if self._lives[""] >= _LIVES:
                raise ConfigError(f"browsers die before they work ({self._lives['']} of them)")
            return
        self._lives[order.color] = self._lives.get(order.color, 0) + 1
        if self._lives[order.color] < _LIVES:
            self._report.tell("died", color=order.color)
            self._orders.appendleft(order)
            return
        reason = f"the browser died {_LIVES} times"
        self._store.end_color(order.color, "stalled", reason)
        self._report.tell("ended", color=order.color, end="stalled", reason=reason)

    def _remove(self, member: _Member) -> None:
        self._members.remove(member)
        member.pipe.close()
        if member.process.pid is not None:
            end_session(member.process.pid)
        # It may have been too young to lead a session.
        member.process.kill()
        member.process.join()
        self._sessions.end(member.session)
        shutil.rmtree(member.spec.profile, ignore_errors=True)

    def _finish_in_flight(self) -> None:
        """Commit what the workers are at, until each of them asks for more."""
        give_up_at = time.monotonic() + _GOODBYE_S
        while time.monotonic() < give_up_at:
            if all(member.ask or member.order is None for member in self._members):
                return
            self._listen(_LOOK_S)

    def _close_blocked(self, reason: str) -> None:
        for member in self._members:
            if member.order is not None:
                self._store.end_color(member.order.color, "blocked", reason)
                self._report.tell("ended", color=member.order.color, end="blocked", reason=reason)

    def _dismiss(self) -> None:
        """Send everyone home, and end those who do not go."""
        for member in self._members:
            member.send(None)
        give_up_at = time.monotonic() + _GOODBYE_S
        for member in list(self._members):
            member.process.join(max(0.0, give_up_at - time.monotonic()))
            self._remove(member)
