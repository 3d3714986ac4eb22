"""One answer over HTTP, asked for on a kept connection; and whether it is a picture."""

import time
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from typing import Final

from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import (
    HTTPError,
    IncompleteRead,
    InvalidChunkLength,
    LocationValueError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    TimeoutError,
)

from .. import __version__
from ..config import settings
from ..decoding.file_kinds import image_suffix, is_web_page
from ..errors import DownloadError, ImageError, ImageTooLarge
from ..images import decode_image
from .outside import is_loopback, is_of_web, join_address
from .refusal import Refusal, read_refusal

_CHUNK_BYTES: Final = 1 << 16
# So many hosts keep their connections open while others are asked.
_HOSTS_KEPT: Final = 16
_REDIRECTS: Final = range(300, 400)


def user_agent() -> str:
    """Return who we are, for the log of whoever is asked."""
    contact = settings().contact
    return f"artlens/{__version__}" + (f" (+{contact})" if contact else "")


class Refused(Exception):
    """The host refused; carries how, for its gate."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.why)
        self.refusal = refusal


class Redirected(DownloadError):
    """The host sent us elsewhere; carries where to."""

    def __init__(self, url: str, place: str) -> None:
        super().__init__("redirect", f"sent elsewhere ({url} to {place})")
        self.place = join_address(url, place)


@dataclass(frozen=True, slots=True)
class Body:
    """A whole answer with status 200, and where it came from, after any redirect."""

    data: bytes
    content_type: str
    url: str = ""


class Client:
    """A pooled HTTP client that asks once and says exactly what went wrong.

    Parameters
    ----------
    agent : str
        User-Agent, with a contact in it.
    connections : int
        How many are kept open to a host; as many threads may share the client.
    timeout_s : float
        For connecting, for each wait for bytes, and four times that for a whole answer.
    max_bytes : int
        A longer answer is given up.
    local : bool
        Whether no other machine than this one may be asked.
    """

    def __init__(
        self,
        agent: str,
        connections: int,
        timeout_s: float,
        max_bytes: int,
        *,
        local: bool = False,
    ) -> None:
        self._local = local
        self._deadline_s = 4 * timeout_s
        self._max_bytes = max_bytes
        self._pool = PoolManager(
            num_pools=max(connections, _HOSTS_KEPT),
            maxsize=connections,
            retries=False,
            timeout=Timeout(connect=timeout_s, read=timeout_s),
            headers={"User-Agent": agent, "Accept-Encoding": "identity"},
        )

    def get(self, url: str) -> Body:
        """Fetch an address.

        Raises
        ------
        Refused
            The host answered 429, a captcha, or 503 with a time to come back.
        DownloadError
            With the reason ``timeout``, ``reset``, ``truncated``, ``too-large``, ``unreachable``,
            ``redirect`` or ``http-<status>``, or as of `check`.
        """
        self.check(url)
        try:
            response = self._pool.request("GET", url, preload_content=False, redirect=False)
            try:
                return self._read(url, response)
            finally:
                # A body that was not read to its end would be taken for the next answer.
                response.close()
        # Foreign addresses and headers let the libraries below raise more than they say.
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            raise _download_error(url, error) from error

    def check(self, url: str) -> None:
        """Refuse what cannot be asked for at all.

        Raises
        ------
        DownloadError
            With the reason ``bad-address``, or ``needs-live`` when it is on another machine.
        """
        if not is_of_web(url):
            raise DownloadError("bad-address", f"not an address of the web ({url!r:.200})")
        if self._local and not is_loopback(url):
            text = f"the real site was not asked for ({url}); add --live to contact it"
            raise DownloadError("needs-live", text)

    def _read(self, url: str, response: BaseHTTPResponse) -> Body:
        place = response.headers.get("Location", "") if response.status in _REDIRECTS else url
        refusal = read_refusal(place, response.status, response.headers)
        if refusal is not None:
            raise Refused(refusal)
        if place != url:
            raise Redirected(url, place)
        if response.status != HTTPStatus.OK:
            raise DownloadError(f"http-{response.status}", f"status {response.status} ({url})")
        data = self._read_body(url, response)
        return Body(data, response.headers.get("Content-Type", ""), url)

    def _read_body(self, url: str, response: BaseHTTPResponse) -> bytes:
        give_up_at = time.monotonic() + self._deadline_s
        data = bytearray()
        while chunk := response.read(_CHUNK_BYTES):
            data += chunk
            if len(data) > self._max_bytes:
                text = f"more than {self._max_bytes} bytes ({url})"
                raise DownloadError("too-large", text)
            if time.monotonic() > give_up_at:
                text = f"not whole after {self._deadline_s:g} s ({url})"
                raise DownloadError("timeout", text)
        return bytes(data)


def _download_error(url: str, error: Exception) -> DownloadError:
    cause = error.reason if isinstance(error, MaxRetryError) else error
    text = f"{error} ({url})"
    if isinstance(cause, LocationValueError | UnicodeError):
        return DownloadError("bad-address", text)
    if isinstance(cause, NewConnectionError):
        return DownloadError("unreachable", text)
    if isinstance(cause, TimeoutError):
        return DownloadError("timeout", text)
    if isinstance(cause, IncompleteRead | InvalidChunkLength):
        return DownloadError("truncated", text)
    if isinstance(cause, ProtocolError):
        short = any(isinstance(part, IncompleteRead) for part in cause.args)
        return DownloadError("truncated" if short else "reset", text)
    return DownloadError("reset", text)


def check_image(body: Body) -> tuple[str, int, int]:
    """Make sure that an answer is a picture, whole and of a type that is read here.

    Returns
    -------
    tuple
        Suffix of its true type, width and height in pixels.

    Raises
    ------
    DownloadError
        With the reason ``empty``, ``html``, ``wrong-type``, ``undecodable`` or ``too-large``.
    """
    if not body.data:
        raise DownloadError("empty", "an answer without a body")
    suffix = image_suffix(body.data)
    if suffix is None:
        reason = "html" if is_web_page(body.data) else "wrong-type"
        raise DownloadError(
            reason, f"not a picture (Content-Type {body.content_type or 'missing'})"
        )
    try:
        height, width = decode_image(body.data).shape[:2]
    except ImageTooLarge as error:
        raise DownloadError("too-large", str(error)) from error
    except ImageError as error:
        raise DownloadError("undecodable", str(error)) from error
    return suffix, width, height
