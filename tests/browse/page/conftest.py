"""A small site as `artlens browse` writes it, and a browser before it, one for all tests here."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from benchmarks.browse.fake_site import FakeWork, make_works, write_fake_site
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
# What is written of works, by their places, and what people type who look for it.
WRITTEN = {
    20: ("Crème brûlée à Łódź", "LODZ creme"),
    21: ("Die Straße nach İzmir", "strasse izmir"),
    22: ("Ὁ Ὀδυσσεύς", "οδυσσευς"),
    23: ("Три сестры и Алёна", "СЁСТРЫ алена"),
    24: ("静物と林檎", "林檎"),
    25: ("لَوْحَة", "لوحة"),
    26: ("The Painter\N{RIGHT SINGLE QUOTATION MARK}s Garden", "painter's"),
}
# The place of a picture of which there is a copy, and where that comes from.
COPIED = 9
LINK = "https://example.org/9"


def hostile_works() -> list[FakeWork]:
    """Return few pictures, some with names and values that a page must take for text alone."""
    works = list(make_works(40))
    for name, work in zip(HOSTILE, works, strict=False):
        work.name = name
        work.table |= {"title": name, "artist": name, "museum": "<i>Museum</i>"}
        work.table["link"] = "javascript:alert(1)"
    works[COPIED].table["link"] = LINK
    for place, (title, _) in WRITTEN.items():
        works[place].table["title"] = title
    return works


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site with 'quotes' & spaces") / "site"
    works = hostile_works()
    copies = {COPIED: works[0]}
    write_fake_site(folder, works, 'Ours & <script>"theirs"</script>', copies)
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
