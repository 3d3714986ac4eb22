"""What a work's own page says of it, read from the labels on the page and not from class names."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from html.parser import HTMLParser
from typing import Final

from ..errors import Blocked, DownloadError
from ..fetching.downloads import Fetcher
from ..fetching.outside import decode_text, join_address, sound_text
from ..fetching.threads import run_jobs
from .run import Run, SiteHosts
from .store import Detail, PageJob

# Labels that the site was seen to use, and the column each stands for.
_COLUMNS: Final = {
    "title": "title",
    "creator": "creator",
    "date": "date",
    "date created": "date",
    "museum": "museum",
    "provenance": "museum",
    "place": "place",
    "location": "place",
    "location created": "place",
}


@dataclass(slots=True)
class _Row:
    label: list[str] = field(default_factory=list)
    value: list[str] = field(default_factory=list)


class _FactsParser(HTMLParser):
    """Collects ``<li><span>Label:</span> value</li>`` and the first heading."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[_Row] = []
        self.heading: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that matters."""
        if tag in ("li", "span", "h1"):
            self._open.append(tag)
        if tag == "li":
            self.rows.append(_Row())

    def handle_endtag(self, tag: str) -> None:
        """Forget the element, and those in it that were never closed."""
        while tag in self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Sort the text by where it stands."""
        if "li" in self._open:
            row = self.rows[-1]
            in_label = self._open[-1] == "span" and not row.value
            (row.label if in_label else row.value).append(data)
        elif self._open[-1:] == ["h1"]:
            self.heading.append(data)


def read_details(html: str) -> dict[str, str]:
    """Return what a work's page says, by column; columns it does not speak of are missing.

    Parameters
    ----------
    html : str
        The page.

    Examples
    --------
    >>> read_details("<h1>Hay</h1><ul><li><span>Creator:</span> A. Reaper</li></ul>")
    {'title': 'Hay', 'creator': 'A. Reaper'}
    """
    parser = _FactsParser()
    # Of declarations that are none it says so with an assertion; what stands before them is read.
    with suppress(AssertionError):
        parser.feed(html)
    heading = _clean(parser.heading)
    facts = {"title": heading} if heading else {}
    for row in parser.rows:
        column = _COLUMNS.get(_clean(row.label).rstrip(":").strip().lower())
        if column and (value := _clean(row.value)):
            facts[column] = value
    return facts


def _clean(parts: list[str]) -> str:
    return " ".join(sound_text("".join(parts)).split())


def visit_pages(run: Run, base: str, fetcher: Fetcher) -> None:
    """Visit the page of every work that was not visited, and commit what each says.

    Parameters
    ----------
    run : Run
    base : str
        The site's address.
    fetcher : Fetcher

    Raises
    ------
    Blocked
        The site is to be left alone.
    """
    jobs = (replace(job, page=join_address(base, job.page)) for job in run.store.waiting_pages())
    hosts = SiteHosts(base, run.store)
    for group in run_jobs(jobs, partial(_visit, fetcher), fetcher.connections, run.stop):
        for result in group:
            if result is not None:
                _take(run, hosts, *result)


def _take(run: Run, hosts: SiteHosts, job: PageJob, said: Detail | Blocked) -> None:
    """Commit what a page says; one on a host that is left alone says nothing."""
    if isinstance(said, Blocked):
        said = Detail(job.asset_id, hosts.failure(job.page, said).reason)
    run.store.record_details([said])
    run.report.tell("page", asset_id=said.asset_id, reason=said.reason)


def _visit(fetcher: Fetcher, job: PageJob) -> tuple[PageJob, Detail | Blocked] | None:
    try:
        body = fetcher.fetch(job.page)
        if body is None:
            return None
        facts = read_details(decode_text(body.data, body.content_type))
        if not facts:
            raise DownloadError("no-facts", f"nothing about the work on its page ({job.page})")
        return job, Detail(job.asset_id, "", **facts)
    except DownloadError as error:
        return job, Detail(job.asset_id, error.reason)
    except Blocked as error:
        return job, error
