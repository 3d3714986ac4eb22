"""Pictures from many hosts to one folder, several at a time; goes on where an earlier run stopped.

::

    with locked(work), Ledger(work / "state.sqlite") as ledger, stop_on_interrupt() as stop:
        fetcher = make_fetcher(connections=16, rate_per_s=5, stop=stop)
        for result in download(requests, folder, ledger, fetcher):
            progress.tell(result.reason)
"""

import errno
import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from ..config import settings
from ..errors import Blocked, DownloadError
from ..files import remove_unfinished, sync_folder, write_whole
from .client import Body, Client, Redirected, Refused, check_image, user_agent
from .hosts import Hosts, is_server_error
from .ledger import Ledger, Outcome, StoredImage
from .threads import run_jobs

ATTEMPTS: Final = 3
# Doubled after each attempt: long enough for a hiccup, short enough not to hold up the others.
_PAUSE_S: Final = 0.25
_TROUBLES: Final = frozenset({"timeout", "reset", "unreachable"})
_TRANSIENT: Final = _TROUBLES | {"truncated"}
_OF_THE_NAME: Final = frozenset({errno.ENAMETOOLONG, errno.EISDIR, errno.EINVAL, errno.EILSEQ})


@dataclass(frozen=True, slots=True)
class Request:
    """A picture that is wanted.

    Attributes
    ----------
    key : str
        By which the ledger knows it. Another address under the same key is not asked for again.
    url : str
        A whole address; an empty one is a failure of its own.
    sha256 : str
        What the bytes must sum up to; empty for anything.
    stem : str
        Name of the file without the suffix, which is that of the picture's true type; the key if
        empty. Two requests never have the same.
    tag : str
        The caller's own word on it, such as what it is counted under.
    """

    key: str
    url: str
    sha256: str = ""
    stem: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a request; ``Blocked`` if its host is left alone, and it waits on."""

    request: Request
    outcome: Outcome | Blocked

    @property
    def reason(self) -> str:
        """Why it failed; empty if it did not."""
        return self.outcome.reason if isinstance(self.outcome, DownloadError) else ""


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Asks for one thing at a time, politely; shared by all threads.

    Attributes
    ----------
    client : Client
    hosts : Hosts
        Robots, rate and brake of each.
    stop : threading.Event
        When set, nothing more is asked for.
    connections : int
        How many threads ask at a time.
    redirects : int
        How many are followed, each with the leave of the host that it leads to.
    robots : bool
        Whether robots.txt is asked, which is for crawlers: not for what a person asks for.
    """

    client: Client
    hosts: Hosts
    stop: threading.Event
    connections: int
    redirects: int = 0
    robots: bool = True

    def fetch(self, url: str) -> Body | None:
        """Ask for an address, and again if it failed for a while only.

        Returns
        -------
        Body or None
            None if a stop was asked for.

        Raises
        ------
        DownloadError
            It failed for good.
        Blocked
            The host is to be left alone.
        """
        for _ in range(self.redirects):
            try:
                return self._fetch_here(url)
            except Redirected as error:
                url = error.place
        return self._fetch_here(url)

    def _fetch_here(self, url: str) -> Body | None:
        self.client.check(url)
        if self.robots and not self.hosts.allows(url, self.stop):
            raise DownloadError("robots", f"robots.txt disallows it ({url})")
        gate, attempt = self.hosts.gate(url), 1
        while gate.wait(self.stop):
            try:
                body = self.client.get(url)
            except Refused as error:
                gate.refused(error.refusal)
            except DownloadError as error:
                if attempt >= ATTEMPTS or not is_transient(error.reason):
                    self._note_trouble(url, error)
                    raise
                self.stop.wait(_PAUSE_S * 2**attempt)
                attempt += 1
            else:
                gate.served()
                return body
        return None

    def _note_trouble(self, url: str, error: DownloadError) -> None:
        if error.reason in _TROUBLES or is_server_error(error.reason):
            self.hosts.gate(url).troubled(url, error.reason)


def make_fetcher(  # noqa: PLR0913  # one parameter per option
    connections: int,
    rate_per_s: float | None,
    stop: threading.Event,
    *,
    redirects: int = 0,
    robots: bool = True,
    local: bool = False,
) -> Fetcher:
    """Return a fetcher within the settings' limits.

    Parameters
    ----------
    connections : int
        How many pictures are fetched at a time.
    rate_per_s : float or None
        Requests per second to each host; None for no limit.
    stop : threading.Event
        When set, nothing more is asked for.
    redirects : int
        How many are followed.
    robots : bool
        Whether robots.txt is asked.
    local : bool
        Whether no other machine than this one may be asked.
    """
    limits = settings()
    client = Client(
        user_agent(), connections, limits.timeout_s, limits.max_image_bytes, local=local
    )
    hosts = Hosts(client, rate_per_s, limits.patience_s)
    return Fetcher(client, hosts, stop, connections, redirects, robots)


# An answer that is a picture, its width and height; DownloadError if it will not do.
Accept = Callable[[Body, int, int], None]


def take_any(_body: Body, _width: int, _height: int) -> None:
    """Be content with any picture."""


def download(
    requests: Iterable[Request],
    folder: Path,
    ledger: Ledger,
    fetcher: Fetcher,
    accept: Accept = take_any,
) -> Iterator[Result]:
    """Fetch, check and store pictures, and yield each outcome once it is committed.

    A host that fails ends nothing but its own requests: they come back as ``Blocked``, are not
    committed, and are asked for again by the next run. Who needs no more of them stops iterating.

    Parameters
    ----------
    requests : iterable of Request
        Those whose key has an outcome in the ledger are passed over.
    folder : Path
        Where pictures are kept. Nobody else may be writing there.
    ledger : Ledger
        What is known from earlier runs.
    fetcher : Fetcher
        When its stop is set, what is in flight gets a few seconds, and the rest waits on.
    accept : callable
        Raises DownloadError for a picture that is not the one that is meant.
    """
    folder.mkdir(parents=True, exist_ok=True)
    remove_unfinished(folder)
    under_way: set[str] = set()
    jobs = _waiting(requests, ledger, under_way)
    bring = partial(_bring, fetcher, folder, accept)
    for group in run_jobs(jobs, bring, fetcher.connections, fetcher.stop):
        results = [result for result in group if result is not None]
        ledger.record_images(
            (result.request.key, result.outcome)
            for result in results
            if not isinstance(result.outcome, Blocked)
        )
        under_way.difference_update(result.request.key for result in results)
        # Whoever leaves at the first refusal has seen everything else by then.
        yield from sorted(results, key=lambda result: isinstance(result.outcome, Blocked))
    sync_folder(folder)


def _waiting(requests: Iterable[Request], ledger: Ledger, under_way: set[str]) -> Iterator[Request]:
    for request in requests:
        if request.key not in under_way and ledger.outcome(request.key) is None:
            under_way.add(request.key)
            yield request


def _bring(fetcher: Fetcher, folder: Path, accept: Accept, request: Request) -> Result | None:
    """Fetch, check and store one picture; None if it was given up because of a stop."""
    try:
        if not request.url:
            raise DownloadError("no-address", "no address is known of its picture")
        body = fetcher.fetch(request.url)
        if body is None:
            return None
        return Result(request, store_image(folder, request, body, accept))
    except (DownloadError, Blocked) as error:
        return Result(request, error)


def store_image(
    folder: Path, request: Request, body: Body, accept: Accept = take_any
) -> StoredImage:
    """Check a picture and give it its name: the request's stem and its true type.

    Raises
    ------
    DownloadError
        As `check_image`, or ``other-content`` when the sum differs from the expected one, or
        ``bad-name`` when the stem would lead out of the folder; and what `accept` raises.
    """
    suffix, width, height = check_image(body)
    accept(body, width, height)
    digest = hashlib.sha256(body.data).hexdigest()
    if request.sha256 and digest != request.sha256:
        raise DownloadError("other-content", f"sha256 {digest}, but expected {request.sha256}")
    filename = f"{request.stem or request.key}.{suffix}"
    if Path(filename).name != filename:
        raise DownloadError("bad-name", f"not the name of a file ({filename!r})")
    try:
        write_whole(folder / filename, body.data)
    except OSError as error:
        # What else the disk refuses, it would refuse to all that come after.
        if error.errno not in _OF_THE_NAME:
            raise
        text = f"not the name of a file here ({filename!r:.200}: {error.strerror})"
        raise DownloadError("bad-name", text) from error
    return StoredImage(filename, digest, len(body.data), width, height)


def is_transient(reason: str) -> bool:
    """Say whether what failed for a reason may be had another time."""
    return reason in _TRANSIENT or is_server_error(reason)
