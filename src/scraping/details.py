"""What a work's own page says of it, read from the labels on the page and not from class names."""

from dataclasses import dataclass, field, replace
from functools import partial
from html.parser import HTMLParser
from typing import Final

from ..errors import Blocked, DownloadError
from ..fetching.downloads import Fetcher
from ..fetching.threads import run_jobs
from .addresses import Site
from .run import Run
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
    parser.feed(html)
    heading = _clean(parser.heading)
    facts = {"title": heading} if heading else {}
    for row in parser.rows:
        column = _COLUMNS.get(_clean(row.label).rstrip(":").strip().lower())
        if column and (value := _clean(row.value)):
            facts[column] = value
    return facts


def _clean(parts: list[str]) -> str:
    return " ".join("".join(parts).split())


def visit_pages(run: Run, site: Site, fetcher: Fetcher) -> None:
    """Visit the page of every work that was not visited, and commit what each says.

    Raises
    ------
    Blocked
        The host is to be left alone.
    ConfigError
        A page is on another machine, and the real site was not asked for.
    """
    jobs = (replace(job, page=site.resolve(job.page)) for job in run.store.waiting_pages())
    for group in run_jobs(jobs, partial(_visit, fetcher), fetcher.connections, run.stop):
        details = [result for result in group if isinstance(result, Detail)]
        run.store.record_details(details)
        for detail in details:
            run.report.tell("page", asset_id=detail.asset_id, reason=detail.reason)
        blocked = next((result for result in group if isinstance(result, Blocked)), None)
        if blocked is not None:
            raise blocked


def _visit(fetcher: Fetcher, job: PageJob) -> Detail | Blocked | None:
    try:
        body = fetcher.fetch(job.page)
        if body is None:
            return None
        facts = read_details(body.data.decode("utf-8", errors="replace"))
        if not facts:
            raise DownloadError("no-facts", f"nothing about the work on its page ({job.page})")
        return Detail(job.asset_id, "", **facts)
    except DownloadError as error:
        return Detail(job.asset_id, error.reason)
    except Blocked as error:
        return error
