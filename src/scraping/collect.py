"""One colour's list, from its first tile to an end that is proven. Knows no browser and no pipe."""

import time
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from ..errors import Incomplete, PageChanged, ScrapeError
from ..fetching.refusal import Refusal
from .addresses import Artwork, color_url, read_tile
from .browser import Harvest

# A step that brings nothing is nudged and tried again, until the order's patience ends.
_STEP_S: Final = 2.0
_OPEN_ATTEMPTS: Final = 3
# A page loads itself, and may ask for its first batch before anybody scrolls.
_OPEN_REQUESTS: Final = 2

End = Literal["complete", "capped", "stalled"]


@dataclass(frozen=True, slots=True)
class Order:
    """Collect this colour, ``cap`` works at most."""

    base: str
    color: str
    cap: int | None
    stall_s: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The colour's list has ended, in this way."""

    end: End
    reason: str


class Page(Protocol):
    """What a colour page is asked for."""

    def open(self, url: str) -> int | None:
        """Open an address and return its declared total."""

    def next(self, wait_s: float, nudge: bool) -> Harvest:
        """Return the next tiles."""

    def answers(self) -> tuple[Refusal | None, str]:
        """Return the last refusal and the last error of the page's requests."""


class Desk(Protocol):
    """Whoever takes what is found, and says when to go on."""

    def ask(self, requests: int, refusal: Refusal | None = None) -> None:
        """Wait until so many requests may be sent."""

    def opened(self, declared: int | None) -> None:
        """Take note of a declared total."""

    def hand_in(self, artworks: tuple[Artwork, ...], rule: str) -> None:
        """Take a batch."""


@dataclass(slots=True)
class _Found:
    """Works of this pass: by key, whether they have an image address."""

    order: Order
    has_image: dict[str, bool] = field(default_factory=dict)

    def add(self, harvest: Harvest) -> tuple[Artwork, ...]:
        """Return what is new: works, or image addresses of works that had none."""
        new: dict[str, Artwork] = {}
        for tile in harvest.tiles:
            artwork = read_tile(self.order.base, self.order.color, tile)
            if artwork is not None and self._wants(artwork):
                self.has_image[artwork.asset_id] = bool(artwork.image)
                new[artwork.asset_id] = artwork
        return tuple(new.values())

    def _wants(self, artwork: Artwork) -> bool:
        if artwork.asset_id in self.has_image:
            return bool(artwork.image) and not self.has_image[artwork.asset_id]
        cap = self.order.cap
        return cap is None or len(self.has_image) < cap


def collect_color(page: Page, order: Order, desk: Desk) -> Ended:
    """Collect a colour's works, batch by batch.

    Parameters
    ----------
    page : Page
        A browser.
    order : Order
        Which colour, how many works at most, and for how long a silent page is nudged.
    desk : Desk
        Takes each batch before the next is asked for.

    Returns
    -------
    Ended
        ``complete`` when as many works were found as declared, ``capped`` at the order's limit.

    Raises
    ------
    Incomplete
        The list ended before that, or went beyond.
    PageChanged
        There is nothing on the page that looks like a work.
    ScrapeError
        The page could not be loaded.
    """
    declared = _open(page, order, desk)
    desk.opened(declared)
    found, quiet_s, nudge = _Found(order), 0.0, False
    while True:
        started, refusal = time.monotonic(), None
        harvest = page.next(_STEP_S, nudge)
        new = found.add(harvest)
        if new:
            desk.hand_in(new, harvest.rule)
            quiet_s = 0.0
        ended = _judge(len(found.has_image), declared, order)
        if ended is not None:
            return ended
        if not new:
            refusal, failure = page.answers()
            if refusal is None:
                quiet_s += _STEP_S
                if quiet_s >= order.stall_s:
                    raise _silence(len(found.has_image), declared, order, failure)
                # A page whose requests fail at once is not asked again at once.
                time.sleep(max(0.0, started + _STEP_S - time.monotonic()))
        # A refusal is passed on without delay, for all to obey.
        desk.ask(1, refusal)
        nudge = not new


def _open(page: Page, order: Order, desk: Desk) -> int | None:
    """Open the colour's page, again when it is refused or fails for a while only."""
    url, refusal, attempt = color_url(order.base, order.color), None, 1
    while True:
        desk.ask(_OPEN_REQUESTS, refusal)
        declared = page.open(url)
        refusal, failure = page.answers()
        if refusal is not None:
            continue
        if not failure:
            return declared
        if attempt == _OPEN_ATTEMPTS:
            raise ScrapeError(f"the page did not load: {failure}")
        time.sleep(_STEP_S)
        attempt += 1


def _judge(found: int, declared: int | None, order: Order) -> Ended | None:
    """Say whether the list has come to its end."""
    if declared is not None and found > declared:
        raise Incomplete(f"{found} works found, but only {declared} declared")
    if found == declared:
        return Ended("complete", "")
    if found == order.cap:
        return Ended("capped", f"stopped at the limit of {order.cap}")
    return None


def _silence(found: int, declared: int | None, order: Order, failure: str) -> ScrapeError:
    """Say what it means that the page shows nothing new."""
    after = f"nothing new for {order.stall_s:g} s"
    if failure:
        after += f", the page's own requests failing with {failure}"
    if not found:
        return PageChanged(f"no link to a work was found on the page; {after}")
    if declared is None:
        return Incomplete(f"{found} works found, but the page declares no total; {after}")
    return Incomplete(f"{found} of {declared} works found; {after}")
