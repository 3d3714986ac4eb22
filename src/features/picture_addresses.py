"""Pictures that stand elsewhere than in files: on the web, or in the address itself."""

import base64
import os
import re
import threading
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes, urlsplit

from ..decoding.file_kinds import is_web_page
from ..edges import shorten
from ..errors import Blocked, DownloadError, ImageError, UnreachableImage, UnreadableImage

if TYPE_CHECKING:
    from ..fetching.downloads import Fetcher

WEB: Final = ("http", "https")
READABLE_SCHEMES: Final = (*WEB, "data", "file")
_SCHEME: Final = re.compile(r"(data|file):|([a-z][a-z0-9+.-]+)://", re.IGNORECASE)

# To a host, from all processes together: no slower than a page that shows many pictures asks.
RATE_PER_S: Final = 10.0
_CONNECTIONS: Final = 8
_REDIRECTS: Final = 5

_FOR_NOW: Final = {
    "timeout": "its host does not answer in time; try again later",
    "unreachable": "its host cannot be reached; check the address and the network",
    "reset": "its host cannot be talked to; check the address, or try again later",
    "truncated": "the answer breaks off; try again later",
}
_FOR_GOOD: Final = {
    "redirect": f"it leads elsewhere more than {_REDIRECTS} times; check the address",
    "too-large": "too many bytes; scale it down or raise ARTLENS_MAX_IMAGE_BYTES",
    "bad-address": "it is no address of the web; correct it",
}
_MAKING: Final = threading.Lock()
# Of the fetchers that are in use.
_stops: Final[list[threading.Event]] = []


def scheme_of(text: str) -> str:
    r"""Return what an address begins with, in lower case; empty for all that is no address.

    Examples
    --------
    >>> scheme_of("HTTPS://a.org/b.jpg"), scheme_of("data:,x"), scheme_of(r"c:\b.jpg")
    ('https', 'data', '')
    """
    found = _SCHEME.match(text)
    return (found[1] or found[2]).lower() if found else ""


def path_of(address: str) -> str:
    """Return the path that a ``file:`` address means.

    Raises
    ------
    UnreadableImage
        If it names another machine, or is no address.

    Examples
    --------
    >>> path_of("file:///rooms/blue%20room.jpg")
    '/rooms/blue room.jpg'
    """
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise UnreadableImage(f"cannot read {shorten(address)}: {error}; correct it") from error
    if parts.netloc not in ("", "localhost"):
        raise UnreadableImage(
            f"cannot read {shorten(address)}: files of another machine ({parts.netloc}) are not "
            "read; give file:///PATH"
        )
    return os.fsdecode(unquote_to_bytes(parts.path))


def read_data(address: str) -> bytes:
    """Return what a ``data:`` address holds.

    Raises
    ------
    UnreadableImage
        If it is none.

    References
    ----------
    RFC 2397.

    Examples
    --------
    >>> read_data("data:image/gif;base64,R0lGODlh"), read_data("data:,GIF%3889a")
    (b'GIF89a', b'GIF889a')
    """
    head, comma, body = address.partition(",")
    data = unquote_to_bytes(body)
    try:
        if not comma:
            raise ValueError("no comma before its content")
        # Padding at the end is left out as often as not.
        return base64.b64decode(data + b"==") if head.lower().endswith(";base64") else data
    except ValueError as error:
        raise UnreadableImage(f"cannot read {shorten(address)}: {error}; copy it anew") from error


def fetch_picture(address: str, rate_per_s: float = RATE_PER_S) -> bytes:
    """Ask a host for a picture that somebody named; shared by threads.

    Who names an address is no crawler, so robots.txt is not asked for. All else holds that holds
    for collectors: the limits of the settings, one rate per host, and ``Retry-After``.

    Raises
    ------
    UnreachableImage
        The host does not give it this time.
    UnreadableImage
        There is none.
    """
    name = shorten(address)
    with _MAKING:
        fetcher = _fetcher(rate_per_s)
    try:
        body = fetcher.fetch(address)
    except Blocked as error:
        raise UnreachableImage(f"cannot read {name}: {error}") from error
    except DownloadError as error:
        raise _explain(name, error.reason) from error
    if body is None:
        raise UnreachableImage(f"cannot read {name}: stopped before it came; try again")
    if is_web_page(body.data):
        raise UnreadableImage(
            f"cannot read {name}: it is a web page; give the address of the image itself"
        )
    return body.data


def stop_fetching() -> None:
    """Let nobody wait any longer for a host that asks for patience."""
    with _MAKING:
        for stop in _stops:
            stop.set()
        _stops.clear()
        _fetcher.cache_clear()


@cache
def _fetcher(rate_per_s: float) -> "Fetcher":
    # Few need it, and it brings along all that collectors do.
    from ..fetching.downloads import make_fetcher

    stop = threading.Event()
    _stops.append(stop)
    return make_fetcher(_CONNECTIONS, rate_per_s, stop, redirects=_REDIRECTS, robots=False)


def _explain(name: str, reason: str) -> ImageError:
    if why := _FOR_NOW.get(reason):
        return UnreachableImage(f"cannot read {name}: {why}")
    if why := _FOR_GOOD.get(reason):
        return UnreadableImage(f"cannot read {name}: {why}")
    from http import HTTPStatus

    from ..fetching.hosts import is_server_error

    status = int(reason.removeprefix("http-"))
    phrase = {known.value: f" {known.phrase}" for known in HTTPStatus}.get(status, "")
    kind = UnreachableImage if is_server_error(reason) else UnreadableImage
    return kind(f"cannot read {name}: its host answers {status}{phrase}; check the address")
