"""A whole run: collect what is not proven yet, download what waits, write the tables."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..config import settings
from ..errors import Blocked
from ..records import Artwork
from .details import visit_pages
from .download import Courier, download_images
from .fetch import Client
from .folder import RawFolder
from .gate import come_back
from .hosts import Hosts
from .manifest import export_tables, read_manifest
from .messages import BrowserSpec, Order
from .options import Options, claim_folder, open_site, user_agent
from .reporting import Report
from .run import Run, Site
from .site import color_url, largest_first
from .store import Store
from .summary import Summary, summarise
from .supervisor import Crew
from .tables import ColorRow


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
    """
    return _run(options, folder, report, stop, read_manifest(manifest))


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
        store.expect(listed)
        if options.retry_failed:
            store.forget_failures()
        try:
            _check_pause(store)
            if _is_work_left(store, options):
                with open_site(options, works) as site:
                    _work(Run(folder, store, report, stop), options, site)
        except Blocked as error:
            blocked = str(error)
            _note_pause(store, error)
            report.tell("blocked", why=blocked)
        finally:
            export_tables(store, folder)
        summary = summarise(store, options.colors, blocked=blocked, stopped=stop.is_set())
        return summary if options.images else replace(summary, waiting=False)


def _work(run: Run, options: Options, site: Site) -> None:
    """Collect, then download, then visit; each step works off what the state says is left."""
    effort = options.effort
    client = make_client(effort.connections)
    hosts = Hosts(client, effort.rate_per_s, settings().patience_s)
    _collect(run, options, site, hosts)
    courier = Courier(run, site, client, hosts)
    if options.images:
        download_images(courier, effort.connections)
    if options.details:
        visit_pages(courier, effort.connections)


def make_client(connections: int) -> Client:
    """Return an HTTP client within the settings' limits."""
    return Client(user_agent(), connections, settings().timeout_s, settings().max_image_bytes)


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


def _collect(run: Run, options: Options, site: Site, hosts: Hosts) -> None:
    colors = colors_left(run.store.colors(), options.colors, options.cap)
    if not colors:
        return
    url = color_url(site.base, colors[0])
    if not hosts.allows(url, run.stop):
        raise Blocked(f"robots.txt disallows the colour pages ({url}); nothing was asked for", 0.0)
    orders = [Order(site.base, color, options.cap, settings().stall_s) for color in colors]
    crew = Crew(run, hosts.gate(url), _spec_maker(run.folder, options), options.effort.browsers)
    crew.collect(orders)


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


def _check_pause(store: Store) -> None:
    """Leave the site alone for as long as it asked an earlier run to.

    Raises
    ------
    Blocked
        That time has not come.
    """
    until = store.note("come_back")
    if not until:
        return
    wait_s = (datetime.fromisoformat(until) - datetime.now(UTC)).total_seconds()
    if wait_s > 0:
        raise Blocked(
            f"the site asked to be left alone; run the same command again after "
            f"{come_back(wait_s)}",
            wait_s,
        )


def _note_pause(store: Store, error: Blocked) -> None:
    until = datetime.now(UTC) + timedelta(seconds=error.wait_s)
    store.set_note("come_back", until.isoformat())
