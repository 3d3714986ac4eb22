"""Posts from Reddit's API: listings, search, posts by their ids.

PRAW finds the credentials (in the environment or ``praw.ini``), gets tokens and keeps to the rate
that Reddit names; all that it asks passes one gate, as for any other host. It is not thread-safe.
"""

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any, Final, NamedTuple

import praw
import prawcore
from praw.exceptions import MissingRequiredAttributeException, PRAWException
from prawcore.exceptions import OAuthException, PrawcoreException, ResponseException

from ..config import settings
from ..errors import ConfigError, Incomplete
from ..fetching.client import user_agent
from ..fetching.hosts import Gate
from ..fetching.refusal import read_refusal
from ..gallery.forum_site import CLIENT

ORDERS: Final = ("new", "top", "search")
# Reddit's own limits: posts a page, and ids a question.
_PAGE: Final = 100
# Of a hundred a minute that Reddit grants.
_RATE_PER_S: Final = 1.5
_REDDIT: Final = {
    "reddit_url": "https://www.reddit.com",
    "oauth_url": "https://oauth.reddit.com",
}
_REFUSED: Final = (400, 401)

# Without a handler of its own, what it warns of would go to standard error.
logging.getLogger("prawcore").addHandler(logging.NullHandler())


class Listing(NamedTuple):
    """A list of posts: of a subreddit, in an order, and with the words that are searched for."""

    subreddit: str
    order: str = "new"
    query: str = ""

    def __str__(self) -> str:
        return f"r/{self.subreddit} {self.order}" + (f" {self.query!r}" if self.query else "")


class Stopped(Exception):
    """Nothing more is to be asked for."""


class _Requestor(prawcore.Requestor):
    """Asks when the gate lets it, and waits out what it is refused with."""

    def __init__(self, gate: Gate, stop: threading.Event, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._gate, self._stop = gate, stop

    def request(self, *args: Any, timeout: float | None = None, **kwargs: Any) -> Any:
        """Return the answer."""
        while self._gate.wait(self._stop):
            # The session's timeout is a constant of its own, whatever PRAW was told.
            response = super().request(*args, timeout=settings().timeout_s, **kwargs)
            refusal = read_refusal("Reddit's API", response.status_code, response.headers)
            if refusal is None:
                self._gate.served()
                return response
            self._gate.refused(refusal)
        raise Stopped


class Api:
    """Reddit's API, or what stands in for it.

    Parameters
    ----------
    stop : threading.Event
        When set, nothing more is asked for.
    site : str
        Address of a stand-in; empty for Reddit itself.
    credentials : dict of str to str, optional
        As PRAW calls them; by default those of the environment or ``praw.ini``, of which a stand-in
        never gets any.

    Raises
    ------
    ConfigError
        There are no credentials.
    """

    def __init__(
        self,
        stop: threading.Event,
        site: str = "",
        credentials: dict[str, str] | None = None,
    ) -> None:
        place = {"reddit_url": site, "oauth_url": site} if site else _REDDIT
        own = dict(zip(("client_id", "client_secret"), CLIENT, strict=True)) if site else {}
        asked: dict[str, Any] = place | (credentials or own)
        gate = Gate(None if site else _RATE_PER_S, settings().patience_s)
        try:
            self._reddit = praw.Reddit(
                requestor_class=partial(_Requestor, gate, stop),  # type: ignore[arg-type]
                user_agent=user_agent(),
                check_for_updates=False,
                check_for_async=False,
                **asked,
            )
        except MissingRequiredAttributeException as error:
            raise ConfigError(
                "no credentials of Reddit's API; set praw_client_id and praw_client_secret, or "
                "write them into praw.ini, or give a dump in place of the API"
            ) from error

    def list_posts(self, listing: Listing) -> Iterator[Mapping[str, Any]]:
        """Yield the posts of a listing, of which Reddit gives a thousand at most.

        Raises
        ------
        Incomplete
            It ended before its end, and why.
        ConfigError
            The credentials are not accepted, or no longer.
        Blocked
            Reddit wants to be left alone.
        Stopped
        """
        params: dict[str, str | int] = {"limit": _PAGE, "t": "all", "include_over_18": "on"}
        if listing.query:
            params |= {"q": listing.query, "restrict_sr": "on", "sort": "new"}
        seen = set[str]()
        while True:
            page = self._get(f"r/{listing.subreddit}/{listing.order}", params, str(listing))
            yield from _children(page, str(listing))
            after = page["data"].get("after")
            if not after:
                return
            if after in seen:
                raise Incomplete(f"{listing} begins again behind {after}; its end is not known")
            seen.add(after)
            params["after"] = after

    def ask_again(self, ids: Iterable[str]) -> Iterator[Mapping[str, Any]]:
        """Yield the posts of some ids, without those that are not there; raises as `list_posts`."""
        left = iter(ids)
        while some := list(islice(left, _PAGE)):
            names = ",".join(f"t3_{name}" for name in some)
            page = self._get("api/info", {"id": names, "limit": _PAGE}, "posts by their ids")
            yield from _children(page, "posts by their ids")

    def _get(self, path: str, params: dict[str, str | int], what: str) -> Any:
        try:
            return self._reddit.request(method="GET", path=path, params=dict(params))
        # An answer that is none of the API lets the libraries below raise more than they say.
        except (PrawcoreException, PRAWException, ValueError, LookupError, TypeError) as error:
            # Of what went wrong only the status is told: requests and answers hold secrets.
            raise _explain(error, what) from None


def _explain(error: Exception, what: str) -> ConfigError | Incomplete:
    status = error.response.status_code if isinstance(error, ResponseException) else 0
    if isinstance(error, OAuthException) or status in _REFUSED:
        return ConfigError(
            f"Reddit does not accept the credentials ({what}: status {status or 200}); give others "
            "with praw_client_id and praw_client_secret or in praw.ini, and run the same command "
            "again to go on"
        )
    if isinstance(error, ResponseException) and status != 200:
        return Incomplete(f"{what} is not to be had ({_MEANINGS.get(status, '')}status {status})")
    if isinstance(error, prawcore.exceptions.RequestException):
        return Incomplete(f"{what} is not to be had ({type(error.original_exception).__name__})")
    return Incomplete(f"{what} is not to be had (not the JSON of a listing)")


_MEANINGS: Final = {
    403: "private, or banned: ",
    404: "there is no such subreddit: ",
    302: "there is no such subreddit: ",
}


def _children(page: Any, what: str) -> list[Mapping[str, Any]]:
    try:
        return [child["data"] for child in page["data"]["children"]]
    except (KeyError, TypeError) as error:
        raise Incomplete(f"{what} is not to be had (not the JSON of a listing)") from error
