"""What the parts of one run share: what is wanted, from where, and where it is kept."""

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import ConfigError, DataError
from ..fetching.collected_folder import CollectedFolder
from ..fetching.downloads import Fetcher, make_fetcher
from ..fetching.reporting import Report
from .api import Api, Listing
from .post_store import HOLDS, PostStore
from .recipe import Recipe

_REDIRECTS: Final = 5


@dataclass(frozen=True, slots=True)
class Sources:
    """Where posts come from.

    Attributes
    ----------
    files : tuple of Path
        Dumps, and lists of posts.
    ids : Path, optional
        A text with the ids of the only posts that are wanted; the API is asked for them where there
        are no files.
    listings : tuple of Listing
        Lists of the API.
    """

    files: tuple[Path, ...] = ()
    ids: Path | None = None
    listings: tuple[Listing, ...] = ()

    @property
    def need_api(self) -> bool:
        """Whether the API is asked."""
        return bool(self.listings or (self.ids and not self.files))

    def __str__(self) -> str:
        names = [path.name for path in (*self.files, *([self.ids] if self.ids else []))]
        return ", ".join([*names, *map(str, self.listings)])


@dataclass(frozen=True, slots=True)
class Place:
    """Where posts and pictures are asked for.

    Attributes
    ----------
    live : bool
        Whether Reddit and hosts of pictures may be contacted.
    site : str
        Address of a stand-in for all of them; empty for the built-in one, or themselves if live.
    posts : int
        How many posts of each subreddit the built-in one has.
    """

    live: bool = False
    site: str = ""
    posts: int = 1000

    def __str__(self) -> str:
        if self.live:
            return "Reddit"
        return "a stand-in for Reddit" if self.site else f"the stand-in of {self.posts:,} posts"

    @contextmanager
    def opened(self, subreddits: Iterable[str] = ()) -> Iterator[str]:
        """Yield the address of a stand-in, which runs while it is needed; empty if live."""
        if self.live or self.site:
            yield self.site.rstrip("/")
            return
        # What paints the pictures takes a while to import.
        from ..gallery.forum import Forum

        names = [option for name in subreddits for option in ("--subreddit", name)]
        with Forum("--posts", str(self.posts), *names) as forum:
            yield forum.url


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard hosts are asked, and for what.

    Attributes
    ----------
    connections : int
        How many pictures are fetched at a time.
    rate_per_s : float or None
        Requests per second to each host; None for no limit.
    retry_failed : bool
        Whether pictures that may be had another time are asked for again.
    replace_failed : bool
        Whether others take their place instead.
    """

    connections: int
    rate_per_s: float | None = None
    retry_failed: bool = False
    replace_failed: bool = False

    def fetcher(self, stop: threading.Event, *, local: bool) -> Fetcher:
        """Return who fetches pictures; from this machine alone if asked to."""
        return make_fetcher(
            self.connections, self.rate_per_s, stop, redirects=_REDIRECTS, local=local
        )


@dataclass(frozen=True, slots=True)
class CollectOptions:
    """What to collect, and how.

    Attributes
    ----------
    recipe : Recipe
    sources : Sources
    place : Place
    effort : Effort
    keep_authors : bool
        Whether tables name the authors of posts.
    ask_again : bool
        Whether the API is asked which posts were deleted since, also where it gave none of them.
    """

    recipe: Recipe
    sources: Sources
    place: Place
    effort: Effort
    keep_authors: bool = False
    ask_again: bool = False


class PostsFolder(CollectedFolder):
    """The places of one collection of posts: besides what all collections have, ``posts.csv``."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.posts = root / "posts.csv"
        self.candidates = self.work / "candidates.sqlite"


@dataclass(frozen=True, slots=True)
class Run:
    """One run over one data folder.

    Attributes
    ----------
    folder : PostsFolder
    store : PostStore
    report : Report
        Takes the events ``looked``, ``image``, ``comparing`` and ``blocked``.
    stop : threading.Event
        Set when the user wants no more.
    site : str
        What stands in for Reddit and all hosts of pictures; empty for themselves.
    api : Api, optional
        Where posts come from, and what says which were deleted since.
    """

    folder: PostsFolder
    store: PostStore
    report: Report
    stop: threading.Event
    site: str = ""
    api: Api | None = None


@contextmanager
def claimed(folder: PostsFolder, what: str) -> Iterator[PostStore]:
    """Yield the state of a folder that nobody else uses, and that is tied to one collection.

    Raises
    ------
    ConfigError
        Another run holds it, or it holds another collection: two never mix.
    DataError
        The state cannot be written, as when the disk is full; what was committed stays.
    """
    with folder.locked(), PostStore(folder.database) as store:
        try:
            _claim(store, what)
            folder.images.mkdir(parents=True, exist_ok=True)
            yield store
        except sqlite3.OperationalError as error:
            raise DataError(
                f"the collector's state cannot be written ({folder.database}: {error}); make room, "
                "and run the same command again to go on"
            ) from error


def _claim(store: PostStore, what: str) -> None:
    known = store.note(HOLDS)
    if known and known != what:
        raise ConfigError(f"this folder holds {known}, not {what}; give another --dataset")
    store.set_note(HOLDS, what)
