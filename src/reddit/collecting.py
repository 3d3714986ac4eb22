"""A whole run: look at the posts, once; fetch the pictures of the chosen; write the tables."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from ..errors import Blocked, ConfigError, Incomplete
from ..fetching.collected_folder import CollectedFolder
from ..fetching.downloads import Request, download, make_fetcher
from ..fetching.pauses import check_pause, note_pause
from ..fetching.reporting import Report
from .api import Api, Listing, Stopped
from .choosing import pictures_of
from .collected import Collected, summarise
from .dumps import read_ids, read_posts
from .gathering_pictures import Gathering, stand_in_address
from .judging import Reason, Verdict, judge_by
from .post_store import ListingRow, Looked, PostStore
from .post_tables import export_posts, export_rebuilt, read_collected
from .posts import Post, post_of
from .recipe import Recipe
from .selection import Candidates

_OWN: Final = "what it holds"
_LOOKED: Final = "looked"
_BLOCK: Final = 1000
_REDIRECTS: Final = 5
_SAME_PICTURE: Final = "a picture seen before"


@dataclass(frozen=True, slots=True)
class Sources:
    """Where posts come from.

    Attributes
    ----------
    files : tuple of Path
        Dumps, and lists of posts.
    ids : Path, optional
        A text with an id a line, of posts that the API is asked for.
    listings : tuple of Listing
        Lists of the API.
    """

    files: tuple[Path, ...] = ()
    ids: Path | None = None
    listings: tuple[Listing, ...] = ()

    @property
    def need_api(self) -> bool:
        """Whether the API is asked."""
        return bool(self.ids or self.listings)

    def __str__(self) -> str:
        names = [path.name for path in (*self.files, *([self.ids] if self.ids else []))]
        return ", ".join([*names, *map(str, self.listings)])


@dataclass(frozen=True, slots=True)
class CollectOptions:
    """What to collect, and how.

    Attributes
    ----------
    recipe : Recipe
    sources : Sources
    site : str
        Address of a stand-in for Reddit and all hosts of pictures; empty for themselves.
    connections : int
        How many pictures are fetched at a time.
    rate_per_s : float or None
        Requests per second to each host; None for no limit.
    keep_authors : bool
        Whether tables name the authors of posts.
    retry_failed : bool
        Whether pictures that may be had another time are asked for again.
    """

    recipe: Recipe
    sources: Sources
    site: str
    connections: int
    rate_per_s: float | None
    keep_authors: bool = False
    retry_failed: bool = False


class PostsFolder(CollectedFolder):
    """The places of one collection of posts: besides what all collections have, ``posts.csv``."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.posts = root / "posts.csv"
        self.candidates = self.work / "candidates.sqlite"


def collect(
    options: CollectOptions, folder: PostsFolder, report: Report, stop: threading.Event
) -> Collected:
    """Look, fetch and write the tables, going on where an earlier run stopped.

    Parameters
    ----------
    options : CollectOptions
    folder : PostsFolder
        Where everything is kept.
    report : Report
        Takes the events ``looked``, ``image``, ``comparing`` and ``blocked``.
    stop : threading.Event
        When set, what is in flight is finished and the run ends.

    Raises
    ------
    ConfigError
        Another run holds the folder, it holds another collection, or credentials are wrong.
    Incomplete
        A listing ended before its end.
    Blocked
        Reddit's API wants to be left alone; what was listed until then is not taken for complete.
    """
    with folder.locked(), PostStore(folder.database) as store:
        folder.images.mkdir(parents=True, exist_ok=True)
        _claim(store, _identity(options))
        if options.retry_failed:
            store.forget_failures()
        api = Api(stop, options.site) if options.sources.need_api else None
        with _pausing(store):
            if not store.note(_LOOKED):
                _look(options, api, folder, store, report, stop)
        if stop.is_set() and not store.note(_LOOKED):
            return summarise(store, {}, stopped=True)
        return _gather(options, api, folder, store, report, stop)


@contextmanager
def _pausing(store: PostStore) -> Iterator[None]:
    """Keep to the pauses that were asked for."""
    check_pause(store)
    try:
        yield
    except Blocked as error:
        note_pause(store, error)
        raise


def _look(  # noqa: PLR0913 - what a run is made of
    options: CollectOptions,
    api: Api | None,
    folder: PostsFolder,
    store: PostStore,
    report: Report,
    stop: threading.Event,
) -> None:
    """Judge all posts; what a run left that was ended meanwhile is looked at anew."""
    store.forget_posts()
    for path in folder.work.glob(f"{folder.candidates.name}*"):
        path.unlink()
    posts = find_posts(options.sources, api, store)
    with Candidates(options.recipe, folder.candidates) as candidates:
        looked = judge_all(posts, options.recipe, candidates)
        while some := list(islice(looked, _BLOCK)):
            if stop.is_set():
                return
            store.add_posts(some)
            report.tell("looked", posts=len(some))
    store.set_note(_LOOKED, "yes")


def find_posts(sources: Sources, api: Api | None, store: PostStore) -> Iterator[Post]:
    """Yield the posts of all sources, and note how each listing ended."""
    yield from read_posts(sources.files)
    if api is None:
        return
    if sources.ids is not None:
        yield from map(post_of, api.ask_again(read_ids(sources.ids)))
    for listing in sources.listings:
        found = 0
        try:
            for submission in api.list_posts(listing):
                found += 1
                yield post_of(submission)
        except (Incomplete, ConfigError, Blocked) as error:
            store.note_listing(ListingRow(str(listing), found, str(error)))
            raise
        except Stopped:
            return
        store.note_listing(ListingRow(str(listing), found, ""))


def judge_all(posts: Iterable[Post], recipe: Recipe, candidates: Candidates) -> Iterator[Looked]:
    """Judge posts, keep the accepted, and yield what became of each."""
    judge, seen = judge_by(recipe), set[str]()
    for post in posts:
        verdict = judge(post)
        reason = str(verdict.reason or _repeats(post, verdict, candidates, seen))
        yield Looked(post.id, "" if reason else verdict.label, reason)


def _repeats(post: Post, verdict: Verdict, candidates: Candidates, seen: set[str]) -> str:
    """Keep an accepted post, unless it or its pictures are there already; say which."""
    if seen.issuperset(verdict.pictures):
        return _SAME_PICTURE
    seen.update(verdict.pictures)
    return "" if candidates.add(post, verdict) else Reason.SEEN


def _gather(  # noqa: PLR0913 - what a run is made of
    options: CollectOptions,
    api: Api | None,
    folder: PostsFolder,
    store: PostStore,
    report: Report,
    stop: threading.Event,
) -> Collected:
    fetcher = make_fetcher(
        options.connections,
        options.rate_per_s,
        stop,
        redirects=_REDIRECTS,
        local=bool(options.site),
    )
    with Candidates(options.recipe, folder.candidates) as candidates:
        gathering = Gathering(
            folder, store, candidates, options.recipe, fetcher, report, stop, options.site, api
        )
        blocked = _gather_politely(gathering)
        export_posts(gathering, folder.posts, keep_authors=options.keep_authors)
        wanted = {
            label: [picture.key for post in posts for picture in pictures_of(post)]
            for label, posts in gathering.chosen().items()
        }
        return summarise(store, wanted, blocked=blocked, stopped=stop.is_set())


def _gather_politely(gathering: Gathering) -> str:
    """Gather, unless a host wants to be left alone; return which one does."""
    try:
        check_pause(gathering.store)
        gathering.gather()
    except Blocked as error:
        gathering.blocked = error
    except Stopped:
        return ""
    finally:
        gathering.tidy()
    if gathering.blocked is None:
        return ""
    note_pause(gathering.store, gathering.blocked)
    gathering.report.tell("blocked", why=str(gathering.blocked))
    return str(gathering.blocked)


def rebuild(
    manifest: Path, options: "RebuildOptions", folder: PostsFolder, report: Report,
    stop: threading.Event,
) -> Collected:  # fmt: skip
    """Download again what a ``pictures.csv`` lists; parameters and errors as for `collect`."""
    rows = list(read_collected(manifest))
    with folder.locked(), PostStore(folder.database) as store:
        folder.images.mkdir(parents=True, exist_ok=True)
        _claim(store, f"what {sha256(manifest.read_bytes()).hexdigest()[:12]} lists")
        store.expect(rows)
        if options.retry_failed:
            store.forget_failures()
        blocked = _fetch_listed(options, folder, store, report, stop)
        export_rebuilt(store, folder.manifest, folder.failures)
        return summarise(
            store, {"listed": [key for key, _, _ in rows]}, blocked=blocked, stopped=stop.is_set()
        )


@dataclass(frozen=True, slots=True)
class RebuildOptions:
    """How to download again; attributes as of `CollectOptions`."""

    site: str
    connections: int
    rate_per_s: float | None
    retry_failed: bool = False


def _fetch_listed(
    options: RebuildOptions,
    folder: PostsFolder,
    store: PostStore,
    report: Report,
    stop: threading.Event,
) -> str:
    fetcher = make_fetcher(
        options.connections,
        options.rate_per_s,
        stop,
        redirects=_REDIRECTS,
        local=bool(options.site),
    )
    blocked: Blocked | None = None
    try:
        check_pause(store)
        requests = (_listed(options.site, *row) for row in store.expected())
        for result in download(requests, folder.images, store, fetcher):
            if isinstance(result.outcome, Blocked):
                blocked = result.outcome
            report.tell("image", label="listed", reason=result.reason)
    except Blocked as error:
        return str(error)
    if blocked is not None:
        note_pause(store, blocked)
    return str(blocked or "")


def _listed(site: str, key: str, digest: str, row: str) -> Request:
    address = msgspec.json.decode(row)["image"]
    return Request(key, stand_in_address(site, address) if site else address, digest)


def _identity(options: CollectOptions) -> str:
    """Say what a folder holds: by which recipe, of which sources, from where."""
    recipe = sha256(msgspec.json.encode(options.recipe)).hexdigest()[:8]
    place = "a stand-in for Reddit" if options.site else "Reddit"
    return f"posts of {place} by {options.recipe.name} ({recipe}) out of {options.sources}"


def _claim(store: PostStore, what: str) -> None:
    """Tie a folder to one collection, so that two never mix in it.

    Raises
    ------
    ConfigError
        It holds another one.
    """
    known = store.note(_OWN)
    if known and known != what:
        raise ConfigError(f"this folder holds {known}, not {what}; give another --dataset")
    store.set_note(_OWN, what)
