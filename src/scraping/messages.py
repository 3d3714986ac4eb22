"""What the supervisor and its workers tell each other; one pipe to each worker.

A worker asks before each request of its browser, and only goes on when it may. Everything it sent
before that has been committed by then, because a pipe keeps its order.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..records import Artwork
from .refusal import Refusal

End = Literal["complete", "capped", "stalled"]


@dataclass(frozen=True, slots=True)
class BrowserSpec:
    """How a worker's browser is started.

    Attributes
    ----------
    grid : str
        Address of a Selenium Grid or a bare driver; empty for a browser on this machine.
    profile : Path
        Folder of this browser alone; removed when its worker has ended.
    evidence : Path
        Where pages that could not be read are kept.
    agent : str
        Appended to the browser's own User-Agent.
    timeout_s : float
        For a page to load.
    """

    grid: str
    profile: Path
    evidence: Path
    agent: str
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Order:
    """To the worker: collect this colour, ``cap`` works at most."""

    base: str
    color: str
    cap: int | None
    stall_s: float


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


@dataclass(frozen=True, slots=True)
class Ended:
    """From the worker: the colour's list has ended, in this way."""

    end: End
    reason: str


FromWorker = Ready | Broken | Ask | Opened | Batch | Ended
ToWorker = Order | Go | None
