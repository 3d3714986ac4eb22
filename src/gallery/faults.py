"""Faults on demand: what goes wrong, on which requests, and how often.

Faults of a page change what it says; faults of a reply change how it is sent. Whom they strike
follows from the seed and the path alone, so a run can be repeated and its losses counted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from threading import Lock
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ..errors import ConfigError


class RequestKind(StrEnum):
    """What a request asks for."""

    COLOR = "color"
    BATCH = "batch"
    ASSET = "asset"
    IMAGE = "image"
    ROBOTS = "robots"
    SORRY = "sorry"
    TOKEN = "token"
    LISTING = "listing"
    INFO = "info"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a fault does in words, what it strikes by default, and its usual numbers."""

    on: frozenset[RequestKind]
    text: str
    value: float = 0.0
    share: float = 1.0


_API: Final = frozenset({RequestKind.TOKEN, RequestKind.LISTING, RequestKind.INFO})
_SERVED: Final = _API | {
    RequestKind.COLOR,
    RequestKind.BATCH,
    RequestKind.ASSET,
    RequestKind.IMAGE,
}
_GRIDS: Final = frozenset({RequestKind.COLOR, RequestKind.BATCH})
_PICTURES: Final = frozenset({RequestKind.IMAGE})

PAGE_FAULTS: Final[Mapping[str, Recipe]] = {
    "no-bgsrc": Recipe(_GRIDS, "leaves out the data-bgsrc attribute"),
    "dead-background": Recipe(_GRIDS, "never loads the background of SHARE of tiles", share=0.02),
    "short-list": Recipe(_GRIDS, "ends the list after VALUE of the declared total", value=0.6),
    "stuck-list": Recipe(_GRIDS, "sends only empty batches after VALUE of the total", value=0.6),
    "duplicates": Recipe(_GRIDS, "repeats the last VALUE tiles in the next batch", value=5),
    "class-rot": Recipe(_GRIDS, "renames every class of the page"),
    "no-anchors": Recipe(_GRIDS, "makes the tiles something other than links"),
    "no-total": Recipe(_GRIDS, "does not declare the total"),
    "consent": Recipe(_GRIDS, "puts a banner in front that has to be answered first"),
    "robots-closed": Recipe(frozenset({RequestKind.ROBOTS}), "disallows everything in robots.txt"),
}
FORUM_FAULTS: Final[Mapping[str, Recipe]] = {
    "deleted-since": Recipe(
        frozenset({RequestKind.INFO}), "says of SHARE of posts that they are deleted", share=0.1
    ),
    "gone": Recipe(_PICTURES, "answers as a host does whose picture was removed"),
    "placeholder": Recipe(_PICTURES, "sends the placeholder of a removed picture with status 200"),
}
REPLY_FAULTS: Final[Mapping[str, Recipe]] = {
    "error-500": Recipe(_SERVED, "answers 500"),
    "status": Recipe(_SERVED, "answers the status VALUE", value=404),
    "rate-limit-silent": Recipe(_SERVED, "answers 429 without a Retry-After"),
    "redirect-loop": Recipe(_PICTURES, "redirects to the same address, without end"),
    "rate-limit": Recipe(_SERVED, "answers 429 with Retry-After: VALUE seconds", value=2),
    "captcha": Recipe(_SERVED, "redirects to a page that asks whether one is a robot"),
    "reset": Recipe(_PICTURES, "resets the connection after half of the body"),
    "hang": Recipe(_PICTURES, "sends the header and then nothing"),
    "truncated": Recipe(_PICTURES, "closes after half of the announced body"),
    "half-image": Recipe(_PICTURES, "sends half of the picture and announces just that"),
    "wrong-length": Recipe(_PICTURES, "announces half of the length that it sends"),
    "endless": Recipe(_PICTURES, "sends a body that never ends"),
    "html": Recipe(_PICTURES, "sends a web page with status 200"),
    "empty": Recipe(_PICTURES, "sends no byte with status 200"),
    "wrong-type": Recipe(_PICTURES, "sends a PDF and calls it image/webp"),
    "wrong-size": Recipe(_PICTURES, "sends a picture of another size than asked for"),
}
FAULTS: Final[Mapping[str, Recipe]] = {**PAGE_FAULTS, **FORUM_FAULTS, **REPLY_FAULTS}
# Whose share is one of things on a page, decided where they are drawn, and not of requests.
_WITHIN: Final = {*PAGE_FAULTS, "deleted-since"}


class Fault(BaseModel):
    """One fault, and the requests it strikes.

    Attributes
    ----------
    name : str
        One of `FAULTS`.
    on : frozenset of RequestKind
        Kinds of request it strikes; the fault's usual ones when empty.
    share : float, optional
        Part of the paths (or tiles) that are struck, chosen by their hash.
    value : float, optional
        The number that `FAULTS` speaks of.
    after : int
        So many requests are spared before the first one is struck.
    first : int
        So many requests are struck in all; 0 for no end.
    each : int
        Each path is struck so many times; 0 for no end.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    on: frozenset[RequestKind] = frozenset()
    share: float | None = Field(default=None, ge=0, le=1)
    value: float | None = Field(default=None, ge=0)
    after: int = Field(default=0, ge=0)
    first: int = Field(default=0, ge=0)
    each: int = Field(default=0, ge=0)

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in FAULTS:
            raise ValueError(f"there is no {name!r}, only {', '.join(FAULTS)}")
        return name

    @field_validator("on", mode="before")
    @classmethod
    def _split(cls, on: object) -> object:
        return on.split("+") if isinstance(on, str) else on

    @property
    def amount(self) -> float:
        """Its value, or the usual one."""
        return FAULTS[self.name].value if self.value is None else self.value

    def concerns(self, kind: RequestKind) -> bool:
        """Tell whether it strikes this kind of request at all."""
        return kind in (self.on or FAULTS[self.name].on)

    def chooses(self, key: str, seed: int) -> bool:
        """Tell whether `key`, a path or an asset id, is in the share that is struck."""
        share = FAULTS[self.name].share if self.share is None else self.share
        return _position(f"{seed}/{self.name}/{key}") < share


def parse_fault(text: str) -> Fault:
    """Read a fault as the command line gives it, ``NAME[:KEY=VALUE,...]``.

    Raises
    ------
    ConfigError
        If the name or a key is unknown, or a number makes no sense.

    Examples
    --------
    >>> parse_fault("truncated:share=0.1,first=20").first
    20
    >>> parse_fault("error-500:on=image+asset").concerns(RequestKind.ASSET)
    True
    """
    name, _, rest = text.partition(":")
    pairs = [part.partition("=") for part in rest.split(",") if part]
    try:
        return Fault.model_validate({"name": name, **{key: value for key, _, value in pairs}})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigError(
            f"cannot read the fault {text!r} ({where}: {first['msg']}); "
            "give NAME[:KEY=VALUE,...] with the keys on, share, value, after, first, each"
        ) from error


class Switchboard:
    """The faults that are on; safe to use and to change from several threads.

    Parameters
    ----------
    seed : int
        Chooses the paths that a fault with a share strikes.
    faults : iterable of Fault
        On from the start.

    Examples
    --------
    >>> board = Switchboard(0, [Fault(name="error-500", first=1)])
    >>> [fault.name for fault in board.strike(RequestKind.IMAGE, "/a")]
    ['error-500']
    >>> board.strike(RequestKind.IMAGE, "/b")
    ()
    """

    def __init__(self, seed: int, faults: Iterable[Fault] = ()) -> None:
        self.seed = seed
        self._lock = Lock()
        self._faults: tuple[Fault, ...] = ()
        self._met: Counter[Fault] = Counter()
        self._met_by_path: Counter[tuple[Fault, str]] = Counter()
        self.switch(faults)

    def switch(self, faults: Iterable[Fault]) -> None:
        """Put these faults in the place of those that are on, and count from 0 again."""
        with self._lock:
            self._faults = tuple(faults)
            self._met.clear()
            self._met_by_path.clear()

    def strike(self, kind: RequestKind, path: str) -> tuple[Fault, ...]:
        """Return the faults that strike this request, and count them."""
        with self._lock:
            return tuple(fault for fault in self._faults if self._strikes(fault, kind, path))

    def _strikes(self, fault: Fault, kind: RequestKind, path: str) -> bool:
        """Decide on one fault; a page's share is one of tiles, decided where they are drawn."""
        if not fault.concerns(kind):
            return False
        if fault.name not in _WITHIN and not fault.chooses(path, self.seed):
            return False
        self._met[fault] += 1
        self._met_by_path[fault, path] += 1
        order = self._met[fault] - fault.after
        within_first = not fault.first or order <= fault.first
        within_each = not fault.each or self._met_by_path[fault, path] <= fault.each
        return order > 0 and within_first and within_each


def describe_faults(faults: Mapping[str, Recipe]) -> str:
    """Say on the command line how faults are given, and what each of some does."""
    return "NAME[:KEY=VALUE,...], may be repeated; keys: on, share, value, after, first, each. " + (
        "; ".join(f"{name}: {recipe.text}" for name, recipe in faults.items())
    )


def _position(text: str) -> float:
    """Place a text in [0, 1), evenly and always at the same point."""
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest()) / 2**48
