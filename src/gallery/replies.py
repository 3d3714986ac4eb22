"""The museum itself: a request in, a reply out, spoilt where a fault strikes. Knows no socket.

A local replica of the colour pages of a museum site, with the structure that a scraper meets
there, and with faults on demand.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, urlsplit

from .faults import Fault, RequestKind
from .site_pages import (
    BATCH,
    ROBOTS,
    ROBOTS_CLOSED,
    SERVER_RENDERED,
    SORRY,
    Grid,
    Style,
    asset_page,
    batch_json,
    color_page,
)
from .thumbnails import Crop, Thumbnail, parse_crop
from .works import Catalogue

_HTML: Final = "text/html; charset=utf-8"
_PDF: Final = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
_NOTICE: Final = b"<!doctype html><title>Notice</title><p>This is no picture, but a web page.</p>"
_PREFIXES: Final = {
    "/color": RequestKind.COLOR,
    "/api/works": RequestKind.BATCH,
    "/asset/": RequestKind.ASSET,
    "/ci/": RequestKind.IMAGE,
    "/robots.txt": RequestKind.ROBOTS,
    "/sorry/": RequestKind.SORRY,
}
_SPOILT_CROP: Final = Crop(64, 48, webp=True)


class Ending(Enum):
    """What becomes of the connection once the body was sent."""

    KEEP = auto()
    CLOSE = auto()
    RESET = auto()
    HANG = auto()
    ENDLESS = auto()


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, as it will stand on the wire.

    Attributes
    ----------
    status : int
        HTTP status.
    content_type : str
        As the header says it, true or not.
    body : bytes
        What is sent.
    length : int, optional
        What the header announces: the body's true length when None, except that an endless body
        announces nothing.
    ending : Ending
        What follows the body.
    headers : Mapping of str to str
        Further headers.
    """

    status: int = HTTPStatus.OK
    content_type: str = _HTML
    body: bytes = b""
    length: int | None = None
    ending: Ending = Ending.KEEP
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, by whom, and under which name of the host; ``form`` is what was posted."""

    path: str
    host: str
    cookie: str = ""
    authorization: str = ""
    form: str = ""

    @property
    def kind(self) -> RequestKind:
        """What the request asks for, by its path."""
        return next(
            (k for start, k in _PREFIXES.items() if self.path.startswith(start)), RequestKind.OTHER
        )

    def query(self, name: str) -> str:
        """Return a field of the query string, empty when it is not there."""
        return parse_qs(urlsplit(self.path).query).get(name, [""])[0]


class Site:
    """Answers requests out of a catalogue.

    Parameters
    ----------
    catalogue : Catalogue
        The works.
    seed : int
        Chooses the tiles that a fault with a share strikes.
    thumbnail : callable
        Gives the picture of a work as bytes.
    """

    def __init__(self, catalogue: Catalogue, seed: int, thumbnail: Thumbnail) -> None:
        self._catalogue = catalogue
        self._seed = seed
        self._thumbnail = thumbnail
        self._routes: Mapping[RequestKind, Callable[[Request, Mapping[str, Fault]], Reply]] = {
            RequestKind.COLOR: self._color,
            RequestKind.BATCH: self._batch,
            RequestKind.ASSET: self._asset,
            RequestKind.IMAGE: self._image,
            RequestKind.ROBOTS: self._robots,
            RequestKind.SORRY: lambda request, faults: Reply(
                HTTPStatus.TOO_MANY_REQUESTS, body=SORRY.encode()
            ),
            RequestKind.OTHER: lambda request, faults: refuse(HTTPStatus.NOT_FOUND),
        }

    def answer(self, request: Request, struck: tuple[Fault, ...]) -> Reply:
        """Answer a request under the faults that strike it.

        Examples
        --------
        >>> site = Site(Catalogue({"RED": 60}, seed=0), 0, lambda work, crop: b"")
        >>> page = site.answer(Request("/color?col=RED", "museum.test"), ()).body.decode()
        >>> page.count('href="/asset/')
        45
        """
        faults = {fault.name: fault for fault in struck}
        return spoil(self._routes[request.kind](request, faults), struck)

    def kind(self, request: Request) -> RequestKind:
        """Say what a request asks for."""
        return request.kind

    def _color(self, request: Request, faults: Mapping[str, Fault]) -> Reply:
        color = request.query("col")
        if color not in self._catalogue.by_color:
            return refuse(HTTPStatus.NOT_FOUND)
        grid = self._grid(color, 0, SERVER_RENDERED, faults)
        asks = "consent" in faults and "consent=" not in request.cookie
        return Reply(body=color_page(grid, self._style(request, grid, faults), asks).encode())

    def _batch(self, request: Request, faults: Mapping[str, Fault]) -> Reply:
        color, offset = request.query("col"), request.query("offset")
        if color not in self._catalogue.by_color or not offset.isdecimal():
            return refuse(HTTPStatus.BAD_REQUEST)
        grid = self._grid(color, int(offset), BATCH, faults)
        body = batch_json(grid, self._style(request, grid, faults)).encode()
        return Reply(content_type="application/json", body=body)

    def _asset(self, request: Request, faults: Mapping[str, Fault]) -> Reply:
        work = self._catalogue.by_asset.get(urlsplit(request.path).path.rpartition("/")[2])
        if work is None:
            return refuse(HTTPStatus.NOT_FOUND)
        return Reply(body=asset_page(work, request.host).encode())

    def _image(self, request: Request, faults: Mapping[str, Fault]) -> Reply:
        token, equals, suffix = request.path.removeprefix("/ci/").partition("=")
        work, crop = self._catalogue.by_token.get(token), parse_crop(equals + suffix)
        if work is None or crop is None:
            return refuse(HTTPStatus.NOT_FOUND)
        if "wrong-size" in faults:
            crop = replace(_SPOILT_CROP, webp=crop.webp)
        return Reply(content_type=crop.mime_type, body=self._thumbnail(work, crop))

    def _robots(self, request: Request, faults: Mapping[str, Fault]) -> Reply:
        text = ROBOTS_CLOSED if "robots-closed" in faults else ROBOTS
        return Reply(content_type="text/plain", body=text.encode())

    def _grid(self, color: str, start: int, count: int, faults: Mapping[str, Fault]) -> Grid:
        """Cut the stretch of a colour's list that is shown next."""
        works = self._catalogue.by_color[color]
        stop = min(start + count, _reach(len(works), faults))
        repeated = int(faults["duplicates"].amount) if "duplicates" in faults else 0
        shown = works[max(0, start - repeated) : max(start, stop)]
        total = None if "no-total" in faults else len(works)
        return Grid(color, shown, _next(stop, len(works), faults), total)

    def _style(self, request: Request, grid: Grid, faults: Mapping[str, Fault]) -> Style:
        dying = faults.get("dead-background")
        rotten = "class-rot" in faults
        return Style(
            host=request.host,
            grid_class="kQ3xVb" if rotten else "DuHQbc",
            tile_class="zR8mTc" if rotten else "PJLMUc",
            with_bgsrc="no-bgsrc" not in faults,
            as_links="no-anchors" not in faults,
            dead=frozenset() if dying is None else self._dead(grid, dying),
        )

    def _dead(self, grid: Grid, fault: Fault) -> frozenset[str]:
        return frozenset(w.asset_id for w in grid.works if fault.chooses(w.asset_id, self._seed))


def _reach(total: int, faults: Mapping[str, Fault]) -> int:
    """Return how many works the list really shows."""
    cut = faults.get("short-list") or faults.get("stuck-list")
    return total if cut is None else int(total * cut.amount)


def _next(stop: int, total: int, faults: Mapping[str, Fault]) -> int | None:
    """Return where the next batch begins; a stuck list never says that it is at its end."""
    if "short-list" in faults:
        return None if stop >= _reach(total, faults) else stop
    return None if stop >= total else stop


def refuse(status: HTTPStatus, text: str = "", **headers: str) -> Reply:
    """Return a short page that says why nothing else is served."""
    title = f"{status.value} {status.phrase}"
    body = f"<!doctype html><title>{title}</title><p>{text or status.description}"
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return Reply(status, body=body.encode(), headers=named)


def spoil(reply: Reply, struck: Iterable[Fault]) -> Reply:
    """Return a good reply as the faults that strike it leave it."""
    for fault in struck:
        if fault.name in _SPOILERS and reply.status == HTTPStatus.OK:
            reply = _SPOILERS[fault.name](reply, fault)
    return reply


def _half(reply: Reply) -> bytes:
    return reply.body[: len(reply.body) // 2]


_SPOILERS: Final[Mapping[str, Callable[[Reply, Fault], Reply]]] = {
    "error-500": lambda reply, fault: refuse(HTTPStatus.INTERNAL_SERVER_ERROR),
    "status": lambda reply, fault: refuse(HTTPStatus(int(fault.amount))),
    "rate-limit-silent": lambda reply, fault: refuse(HTTPStatus.TOO_MANY_REQUESTS),
    "redirect-loop": lambda reply, fault: refuse(HTTPStatus.FOUND, location="?again"),
    "rate-limit": lambda reply, fault: refuse(
        HTTPStatus.TOO_MANY_REQUESTS, retry_after=f"{fault.amount:g}"
    ),
    "captcha": lambda reply, fault: refuse(HTTPStatus.FOUND, location="/sorry/index"),
    "reset": lambda reply, fault: replace(
        reply, body=_half(reply), length=len(reply.body), ending=Ending.RESET
    ),
    "hang": lambda reply, fault: replace(
        reply, body=b"", length=len(reply.body), ending=Ending.HANG
    ),
    "truncated": lambda reply, fault: replace(
        reply, body=_half(reply), length=len(reply.body), ending=Ending.CLOSE
    ),
    "half-image": lambda reply, fault: replace(reply, body=_half(reply)),
    "wrong-length": lambda reply, fault: replace(
        reply, length=len(_half(reply)), ending=Ending.CLOSE
    ),
    "endless": lambda reply, fault: replace(reply, ending=Ending.ENDLESS),
    "html": lambda reply, fault: Reply(body=_NOTICE),
    "empty": lambda reply, fault: replace(reply, body=b""),
    "wrong-type": lambda reply, fault: replace(reply, body=_PDF),
}
