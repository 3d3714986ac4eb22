"""Fetch again what a ``pictures.csv`` of a collection lists."""

import threading
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from ..errors import Blocked
from ..fetching.downloads import Fetcher, Request, download
from ..fetching.outside import stand_in_address
from ..fetching.pauses import check_pause, note_pause
from ..fetching.reporting import Report
from .collected import Collected, summarise
from .post_tables import export_rebuilt, read_collected
from .run_parts import Effort, Place, PostsFolder, Run, claimed

_LISTED: Final = "listed"


def rebuild(  # noqa: PLR0913 - what a run is made of
    manifest: Path,
    place: Place,
    effort: Effort,
    folder: PostsFolder,
    report: Report,
    stop: threading.Event,
) -> Collected:
    """Fetch what a table lists; each picture has to be the very same, byte for byte.

    Raises
    ------
    DataError
        It is no such table.
    ConfigError
        Another run holds the folder, or it holds another collection.
    """
    rows = list(read_collected(manifest))
    digest = sha256(manifest.read_bytes()).hexdigest()[:8]
    with claimed(folder, f"what {manifest.name} ({digest}) lists") as store, place.opened() as site:
        store.expect(rows)
        store.note_wanted({_LISTED: [key for key, _, _ in rows]})
        if effort.retry_failed:
            store.forget_failures()
        run = Run(folder, store, report, stop, site)
        try:
            blocked = _fetch(run, effort.fetcher(stop, local=bool(site)))
        finally:
            export_rebuilt(store, folder.manifest, folder.failures)
        return summarise(store, blocked=blocked, stopped=stop.is_set())


def _fetch(run: Run, fetcher: Fetcher) -> str:
    """Fetch what waits; return which host is left alone, if one is."""
    blocked: Blocked | None = None
    try:
        check_pause(run.store)
    except Blocked as error:
        return str(error)
    requests = (_request(run.site, *row) for row in run.store.expected())
    for result in download(requests, run.folder.images, run.store, fetcher):
        blocked = result.outcome if isinstance(result.outcome, Blocked) else blocked
        run.report.tell("image", label=_LISTED, reason=result.reason)
    if blocked is None:
        return ""
    note_pause(run.store, blocked)
    return str(blocked)


def _request(site: str, key: str, digest: str, row: str) -> Request:
    address = msgspec.json.decode(row)["image"]
    return Request(key, stand_in_address(site, address), digest)
