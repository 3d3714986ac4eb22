"""A small site as `artlens browse` writes it, and a browser before it, one for all tests here."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from benchmarks.browse.fake_site import Work, make_works, write_site
from tests.browse.page.site_visit import SiteVisit
from tests.service.page.conftest import browser

__all__ = ["browser"]

# What people, and those who mean them no good, call their files.
HOSTILE = (
    '<script>document.title="taken"</script>.jpg',
    'it\'s "quoted" & <b>bold</b>.jpg',
    "two\nlines\r\nand\ttabs.jpg",
    "لوحة زيتية ١٢.jpg",
    "long_" * 60 + ".jpg",
    "=1+1.jpg",
    "a,b;c|d.jpg",
    "\u202eexe.jpg",
)


def hostile_works() -> list[Work]:
    """Return few pictures, some with names and values that a page must take for text alone."""
    works = list(make_works(40))
    for name, work in zip(HOSTILE, works, strict=False):
        work.details |= {"name": name, "title": name, "link": "javascript:alert(1)"}
        work.said |= {"artist": name, "museum": "<i>Museum</i>"}
    works[9].details |= {"link": "https://example.org/9"}
    works[9].details |= {
        "copies": [{"name": HOSTILE[0], "relation": "a copy", "thumb": works[1].thumb}]
    }
    return works


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site with 'quotes' & spaces")
    write_site(folder, hostile_works(), title='Ours & <script>"theirs"</script>')
    return folder


@pytest.fixture
def visit(browser: Chrome, site: Path) -> Iterator[SiteVisit]:
    """The site, freshly opened from the disk; at the end, nothing went astray."""
    visit = SiteVisit(browser, site.as_uri())
    visit.open()
    yield visit
    visit.run("localStorage.clear()")
    assert visit.strangers() == []
    assert visit.complaints() == []
