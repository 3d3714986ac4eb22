"""The page before a site as the command writes it."""

import pytest
from selenium.webdriver import Chrome

from tests.browse.made_site import COPY, Made
from tests.browse.page.site_visit import SiteVisit


@pytest.fixture
def visit(browser: Chrome, made: Made) -> SiteVisit:
    visit = SiteVisit(browser, made.folder.as_uri())
    visit.open()
    return visit


def test_all_of_a_made_site_can_be_visited(visit: SiteVisit, made: Made) -> None:
    assert visit.count() == len(made.pictures)
    visit.until(lambda: len(visit.find_all("#wall img[src]")) == len(made.pictures))
    loaded = "return [...document.images].every((img) => !img.src || img.naturalWidth > 0)"
    visit.until(lambda: bool(visit.run(loaded)))
    for view, selector in (("map", "#map canvas"), ("wall", "#wall")):
        visit.ask(f"#view={view}")
        visit.wait_for(selector)
    place = next(k for k, picture in enumerate(made.pictures) if "copies" in picture)
    visit.find_all("#wall a")[place].click()
    assert COPY in visit.wait_for("#detail[open] .copies").text
    assert len(visit.find_all("#detail .likes")) == 2
    visit.find("#detail .palette a").click()
    visit.until(lambda: "most of it first" in visit.find("#status").text)
    visit.run("document.querySelector('#broken').open = true")
    assert "broken.jpg" in visit.wait_for("#broken li").text
    assert visit.strangers() == []
    assert visit.complaints() == []


def test_plain_pages_of_a_made_site_lead_to_each_other(visit: SiteVisit, made: Made) -> None:
    visit.command("Emulation.setScriptExecutionDisabled", value=True)
    try:
        visit.browser.get(f"{visit.url}/index.html")
        links = [node.text for node in visit.find_all("noscript a")]
        visit.find_all("noscript a")[0].click()
        shown = visit.wait_for("h1").text
        pictures = visit.find_all(".plain-wall img")
    finally:
        visit.command("Emulation.setScriptExecutionDisabled", value=False)
    assert shown in links
    assert 0 < len(pictures) <= len(made.pictures)
    assert visit.complaints() == []
