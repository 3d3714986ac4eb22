"""A whole run: collect what is not proven yet, download what waits, write the tables."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from ..config import settings
from ..errors import Blocked, ConfigError
from ..fetching.client import user_agent
from ..fetching.downloads import Fetcher, Request, download, make_fetcher
from ..fetching.outside import is_loopback, is_of_web, join_address
from ..fetching.pauses import check_pause, note_pause
from ..fetching.reporting import Report
from ..gallery.works import format_totals, parse_totals
from ..tasks.color import COLORS
from .addresses import LIVE_BASE, Artwork, color_url, largest_first
from .chrome import BrowserSpec
from .collect import Order
from .details import visit_pages
from .manifest import export_tables, read_manifest
from .options import Options
from .run import RawFolder, Run, SiteHosts
from .store import ColorRow, Store
from .summary import Summary, summarise
from .supervisor import Crew

_BUILT_IN: Final = "the built-in museum"
_DEFAULT_WORKS: Final = "60"


def scrape(options: Options, folder: RawFolder, report: Report, stop: threading.Event) -> Summary:
    """Collect, download and write the tables, going on where an earlier run stopped.

    Parameters
    ----------
    options : Options
        What to scrape.
    folder : RawFolder
        Where everything is kept.
    report : Report
        Takes the events.
    stop : threading.Event
        When set, what is in flight is finished and the run ends.

    Returns
    -------
    Summary
        How far everything has come.

    Raises
    ------
    ConfigError
        Another run holds the folder, it belongs to another site, or there is no browser.
    """
    return _run(options, folder, report, stop, ())


def rebuild(
    manifest: Path, options: Options, folder: RawFolder, report: Report, stop: threading.Event
) -> Summary:
    """Download again what a manifest lists, without a browser; parameters as for `scrape`.

    Raises
    ------
    DataError
        It is not a manifest.
    ConfigError
        Also when all its pictures are on other machines, and the real site was not asked for.
    """
    listed = list(read_manifest(manifest))
    if not options.live:
        _refuse_other_machines(manifest, [work.image for work, _ in listed])
    return _run(options, folder, report, stop, listed)


def _refuse_other_machines(manifest: Path, images: list[str]) -> None:
    """Refuse a manifest of which nothing is on this machine, while a few fail on their own."""
    if images and all(is_of_web(image) and not is_loopback(image) for image in images):
        raise ConfigError(
            f"the real site was not asked for ({manifest}: {images[0]}); add --live to contact it"
        )


def _run(
    options: Options,
    folder: RawFolder,
    report: Report,
    stop: threading.Event,
    listed: Iterable[tuple[Artwork, str]],
) -> Summary:
    blocked = ""
    with folder.locked(), Store(folder.database) as store:
        folder.prepare()
        works = claim_folder(store, options)
        options = replace(options, colors=colors_meant(store, options, works))
        store.expect(listed)
        if options.retry_failed:
            store.forget_failures()
        try:
            check_pause(store)
            if _is_work_left(store, options):
                with open_site(options, works) as base:
                    _work(Run(folder, store, report, stop), options, base)
        except Blocked as error:
            blocked = str(error)
            note_pause(store, error)
            report.tell("blocked", why=blocked)
        finally:
            export_tables(store, folder)
        summary = summarise(store, options.colors, blocked=blocked, stopped=stop.is_set())
        return summary if options.images else replace(summary, waiting=False)


def _work(run: Run, options: Options, base: str) -> None:
    """Collect, then download, then visit; each step works off what the state says is left."""
    effort = options.effort
    local = not options.live
    fetcher = make_fetcher(effort.connections, effort.rate_per_s, run.stop, local=local)
    _collect(run, options, base, fetcher)
    if options.images:
        download_images(run, base, fetcher)
    if options.details:
        visit_pages(run, base, fetcher)


def download_images(run: Run, base: str, fetcher: Fetcher) -> None:
    """Fetch every picture that waits, and commit each outcome.

    Parameters
    ----------
    run : Run
    base : str
        The site's address.
    fetcher : Fetcher

    Raises
    ------
    Blocked
        The site is to be left alone; what was fetched until then is committed.
    """
    hosts = SiteHosts(base, run.store)
    for result in download(_requests(run.store, base), run.folder.images, run.store, fetcher):
        reason = result.reason
        if isinstance(result.outcome, Blocked):
            failure = hosts.failure(result.request.url, result.outcome)
            run.store.record_images([(result.request.key, failure)])
            reason = failure.reason
        run.report.tell("image", color=result.request.tag, reason=reason)


def _requests(store: Store, base: str) -> Iterator[Request]:
    for job in store.waiting_images():
        url = join_address(base, job.address) if job.address else ""
        yield Request(job.asset_id, url, job.sha256, tag=job.color)


def colors_left(rows: list[ColorRow], colors: tuple[str, ...], cap: int | None) -> list[str]:
    """Return the colours whose list is not proven to its end, or to the cap; largest first."""
    done = {row.color for row in rows if _is_done(row, cap)}
    declared = {row.color: row.declared for row in rows if row.declared is not None}
    return largest_first((color for color in colors if color not in done), declared)


def _is_done(row: ColorRow, cap: int | None) -> bool:
    enough = row.cap is not None and cap is not None and cap <= row.cap
    return row.state == "complete" or (row.state == "capped" and enough)


def _is_work_left(store: Store, options: Options) -> bool:
    return bool(
        colors_left(store.colors(), options.colors, options.cap)
        or (options.images and next(store.waiting_images(), None))
        or (options.details and next(store.waiting_pages(), None))
    )


def _collect(run: Run, options: Options, base: str, fetcher: Fetcher) -> None:
    colors = colors_left(run.store.colors(), options.colors, options.cap)
    if not colors:
        return
    url = color_url(base, colors[0])
    if not fetcher.hosts.allows(url, run.stop):
        raise Blocked(f"robots.txt disallows the colour pages ({url}); nothing was asked for", 0.0)
    orders = [Order(base, color, options.cap, settings().stall_s) for color in colors]
    specs = _spec_maker(run.folder, options)
    Crew(run, fetcher.hosts.gate(url), specs, options.effort.browsers).collect(orders)


def _spec_maker(folder: RawFolder, options: Options) -> Callable[[int], BrowserSpec]:
    def make(number: int) -> BrowserSpec:
        return BrowserSpec(
            grid=options.grid[number % len(options.grid)] if options.grid else "",
            profile=(folder.profiles / str(number)).resolve(),
            evidence=folder.evidence,
            agent=user_agent(),
            timeout_s=settings().timeout_s,
        )

    return make


def claim_folder(store: Store, options: Options) -> str:
    """Tie a folder to one site, so that two museums never mix in it.

    The built-in museum is one, however many works it has: of each colour the first so many of an
    endless row. In one folder it only grows, so that nothing is lost that was collected there.

    Returns
    -------
    str
        Works per colour of the built-in museum, the most that was asked for here of each; empty
        for another museum.

    Raises
    ------
    ConfigError
        The folder holds a scrape of another site.
    """
    name = _site_name(options)
    known = store.note("site")
    if known and known != name:
        raise ConfigError(
            f"this folder holds a scrape of {known}, not of {name}; give another --data-dir"
        )
    store.set_note("site", name)
    return _grow_museum(store, options.works) if name == _BUILT_IN else ""


def _grow_museum(store: Store, asked: str) -> str:
    """Note how many works the built-in museum has now; what it has got more of is unproven."""
    before = store.note("works")
    totals = parse_totals(asked or before or _DEFAULT_WORKS)
    if before:
        had = parse_totals(before)
        totals = {color: max(number, had[color]) for color, number in totals.items()}
        store.reopen({color: number for color, number in totals.items() if number > had[color]})
    works = format_totals(totals)
    store.set_note("works", works)
    return works


def colors_meant(store: Store, options: Options, works: str) -> tuple[str, ...]:
    """Return the colours that a run is about.

    Who names none and wants to take up what failed means the colours that were begun; else all are
    meant of which the museum has works.

    Parameters
    ----------
    store : Store
    options : Options
    works : str
        Works per colour of the built-in museum; empty if it is another one.
    """
    if set(options.colors) != set(COLORS):
        return options.colors
    begun = {row.color for row in store.colors()}
    if options.retry_failed and begun:
        return tuple(color for color in COLORS if color in begun)
    totals = parse_totals(works) if works else dict.fromkeys(COLORS, 1)
    return tuple(color for color in COLORS if totals[color])


def _site_name(options: Options) -> str:
    if options.site:
        return "a museum on this machine" if is_loopback(options.site) else options.site
    return LIVE_BASE if options.live else _BUILT_IN


@contextmanager
def open_site(options: Options, works: str) -> Iterator[str]:
    """Yield where the museum is; the built-in one runs for as long as it is needed."""
    if options.site or options.live:
        yield options.site or LIVE_BASE
        return
    # What paints the museum's pictures takes a while to import, and is seldom needed.
    from ..gallery.museum import Museum

    with Museum("--works", works) as museum:
        yield museum.url
