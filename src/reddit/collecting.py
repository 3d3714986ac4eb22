"""A whole run: look at the posts, once; fetch the pictures of the chosen; write the tables."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from itertools import islice
from typing import Any, Final

import msgspec

from ..errors import Blocked, ConfigError, Incomplete
from ..fetching.downloads import Fetcher
from ..fetching.pauses import check_pause, note_pause
from ..fetching.reporting import Report
from .api import Api, Stopped
from .collected import Collected, summarise
from .dry_run import read_files
from .dumps import Batch, read_ids
from .gathering_pictures import Gathering
from .judging import Reason
from .looking import Looked, Tally, look_at
from .post_store import UNREADABLE, ListingRow, LookedAt, PostStore
from .post_tables import export_posts
from .posts import post_of
from .run_parts import CollectOptions, PostsFolder, Run, claimed
from .selection import Candidates

_LOOKED: Final = "looked"
_BLOCK: Final = 100
_SAME_PICTURE: Final = "a picture seen before"


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
        Takes the events.
    stop : threading.Event
        When set, what is in flight is finished and the run ends.

    Raises
    ------
    ConfigError
        Another run holds the folder, it holds another collection, or credentials are not accepted.
    DataError
        A file of posts is damaged, or none.
    Incomplete
        A listing ended before its end; nothing is taken for complete then.
    """
    with (
        claimed(folder, _identity(options)) as store,
        options.place.opened(options.recipe.posts.subreddits) as site,
    ):
        if options.effort.replace_failed:
            store.give_up_failures()
        elif options.effort.retry_failed:
            store.forget_failures()
        asks = options.sources.need_api or options.ask_again
        api = Api(stop, site) if asks else None
        return _work(options, Run(folder, store, report, stop, site, api))


def _work(options: CollectOptions, run: Run) -> Collected:
    """Do what is left of a collection, unless it was asked to wait."""
    blocked = ""
    try:
        check_pause(run.store)
        with suppress(Stopped):
            _look(options, run)
    except Blocked as error:
        blocked = _leave_alone(run, error)
    if run.store.note(_LOOKED):
        fetcher = options.effort.fetcher(run.stop, local=bool(run.site))
        blocked = _gather(options, run, fetcher, blocked)
    return summarise(run.store, blocked=blocked, stopped=run.stop.is_set())


def _leave_alone(run: Run, error: Blocked) -> str:
    note_pause(run.store, error)
    run.report.tell("blocked", why=str(error))
    return str(error)


def _look(options: CollectOptions, run: Run) -> None:
    """Judge all posts, unless that was done; what another run left half done is done anew."""
    if run.store.note(_LOOKED):
        return
    run.store.forget_posts()
    for path in run.folder.work.glob(f"{run.folder.candidates.name}*"):
        path.unlink()
    tally, seen = Tally(), set[str]()
    only = None if options.sources.ids is None else set(read_ids(options.sources.ids))
    batches = _find_batches(options, run)
    with Candidates(
        options.recipe, run.folder.candidates, keep_authors=options.keep_authors
    ) as candidates:
        for looked in look_at(batches, options.recipe, tally, only=only):
            if run.stop.is_set():
                return
            run.store.add_posts(_rows(looked, candidates, seen))
            run.report.tell("looked", posts=len(looked.judged) + len(looked.others))
    run.store.set_note(UNREADABLE, str(tally.refused[Reason.UNREADABLE]))
    run.store.set_note(_LOOKED, "yes")


def _find_batches(options: CollectOptions, run: Run) -> Iterator[Batch]:
    """Yield the posts of all sources."""
    sources, api = options.sources, run.api
    yield from read_files(sources.files, options.recipe)
    if api is None:
        return
    if sources.ids is not None and not sources.files:
        yield from _batches(api.ask_again(read_ids(sources.ids)))
    for listing in sources.listings:
        yield from _listed(api.list_posts(listing), str(listing), run.store)


def _listed(
    submissions: Iterator[Mapping[str, Any]], name: str, store: PostStore
) -> Iterator[Batch]:
    """Yield the posts of a listing, and note how it ended."""
    found = 0
    try:
        for batch in _batches(submissions):
            found += len(batch.posts)
            yield batch
    except (Incomplete, ConfigError, Blocked) as error:
        store.note_listing(ListingRow(name, found, str(error)))
        raise
    store.note_listing(ListingRow(name, found, ""))


def _batches(submissions: Iterator[Mapping[str, Any]]) -> Iterator[Batch]:
    while some := list(islice(submissions, _BLOCK)):
        yield Batch([post_of(submission) for submission in some])


def _rows(looked: Looked, candidates: Candidates, seen: set[str]) -> Iterator[LookedAt]:
    """Keep accepted posts, unless their pictures are there already; yield what became of each."""
    for post, verdict in looked.judged:
        reason = str(verdict.reason or "")
        if not reason and seen.issuperset(verdict.pictures):
            reason = _SAME_PICTURE
        if not reason:
            seen.update(verdict.pictures)
            candidates.add(post, verdict)
        yield LookedAt(post.id, "" if reason else verdict.label, reason)
    yield from (LookedAt(name, "", Reason.SUBREDDIT) for name in looked.others)


def _gather(options: CollectOptions, run: Run, fetcher: Fetcher, blocked: str) -> str:
    """Fetch, unless a host is left alone, and write the tables; return which one is."""
    with Candidates(options.recipe, run.folder.candidates) as candidates:
        gathering = Gathering(run, candidates, options.recipe, fetcher)
        try:
            if not blocked:
                gathering.gather()
                blocked = _leave_alone(run, gathering.blocked) if gathering.blocked else ""
        except Blocked as error:
            blocked = _leave_alone(run, error)
        finally:
            gathering.tidy()
            export_posts(gathering, keep_authors=options.keep_authors)
    return blocked


def _identity(options: CollectOptions) -> str:
    """Say what a folder holds: by which recipe, of which sources, from where."""
    recipe = sha256(msgspec.json.encode(options.recipe)).hexdigest()[:8]
    said = f"posts of {options.place} by {options.recipe.name} ({recipe}) out of {options.sources}"
    return f"{said}, with authors" if options.keep_authors else said
