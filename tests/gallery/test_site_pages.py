"""The colour page's own script, in a real browser."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from src.gallery.museum import Museum
from src.scraping.chrome import BrowserSpec, chrome_options

TILES = """[...document.querySelectorAll('.DuHQbc a[href*="/asset/"]')]"""
# Calls `then` with the tiles that came, in the same turn in which they were inserted.
SCROLL = """
const done = arguments[0];
const before = TILES.length;
new MutationObserver((_, observer) => {
  if (TILES.length === before) return;
  observer.disconnect();
  THEN
}).observe(document, {childList: true, subtree: true});
scrollTo(0, document.body.scrollHeight);
""".replace("TILES", TILES)
SETTLE = "requestAnimationFrame(() => requestAnimationFrame(() => { THEN }));"


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    folder: Path = tmp_path_factory.mktemp("chrome")
    spec = BrowserSpec(grid="", profile=folder, evidence=folder, agent="", timeout_s=15)
    service = Service(executable_path=shutil.which("chromedriver"))
    with webdriver.Chrome(options=chrome_options(spec), service=service) as chrome:
        chrome.set_script_timeout(5)
        yield chrome


@pytest.fixture(scope="module")
def museum() -> Iterator[Museum]:
    with Museum("--works", "RED=135", "--thumbnails", "plain") as museum:
        yield museum


def open_red(driver: webdriver.Chrome, museum: Museum, *faults: str) -> None:
    museum.switch(*faults)
    driver.delete_all_cookies()
    driver.get(museum.url + "/color?col=RED")


def scroll(driver: webdriver.Chrome, then: str, *, settled: bool = True) -> Any:
    body = SETTLE.replace("THEN", then) if settled else then
    return driver.execute_async_script(SCROLL.replace("THEN", body))


def count(driver: webdriver.Chrome, condition: str = "true") -> int:
    number: int = driver.execute_script(f"return {TILES}.filter((tile) => {condition}).length")
    return number


def test_list_grows_to_its_end_when_each_batch_is_drawn_first(
    driver: webdriver.Chrome, museum: Museum
) -> None:
    open_red(driver, museum)
    sizes = [scroll(driver, f"done({TILES}.length)") for _ in range(3)]
    assert sizes == [75, 105, 135]
    assert count(driver, "tile.hasAttribute('data-bgsrc')") == 135
    assert len(museum.visits("batch")) == 3
    assert all(visit.by_page for visit in museum.visits("batch"))


def test_scrolling_on_before_a_frame_was_drawn_goes_unnoticed(
    driver: webdriver.Chrome, museum: Museum
) -> None:
    open_red(driver, museum)
    again = "scrollTo(0, document.body.scrollHeight); setTimeout(done, 500);"
    scroll(driver, again, settled=False)
    assert count(driver) == 75


def test_addresses_follow_their_tiles_with_the_next_frame(
    driver: webdriver.Chrome, museum: Museum
) -> None:
    open_red(driver, museum)
    read = f"done({TILES}.at(-1).getAttribute('data-bgsrc'))"
    assert scroll(driver, read, settled=False) is None
    open_red(driver, museum)
    assert scroll(driver, read).startswith("//127.0.0.1:")


def test_backgrounds_load_near_the_viewport_only(driver: webdriver.Chrome, museum: Museum) -> None:
    open_red(driver, museum, "no-bgsrc")
    is_bare = "getComputedStyle(tile).backgroundImage === 'none'"
    WebDriverWait(driver, 5).until(lambda _: count(driver, is_bare) < 45)
    last = f"getComputedStyle({TILES}.at(-1)).backgroundImage"
    assert driver.execute_script(f"return {last}") == "none"


def test_dead_backgrounds_stay_bare_in_view(driver: webdriver.Chrome, museum: Museum) -> None:
    open_red(driver, museum, "dead-background:share=1")
    driver.execute_async_script("const done = arguments[0];" + SETTLE.replace("THEN", "done()"))
    assert count(driver, "tile.style.backgroundImage") == 0


def test_nothing_scrolls_in_before_consent_was_answered(
    driver: webdriver.Chrome, museum: Museum
) -> None:
    before = len(museum.visits("batch"))
    open_red(driver, museum, "consent")
    # Long enough for a page that did ask to be answered.
    late = "scrollTo(0, document.body.scrollHeight); setTimeout(arguments[0], 500);"
    driver.execute_async_script(late)
    assert len(museum.visits("batch")) == before
    driver.find_element(By.CSS_SELECTOR, "#consent button").click()
    WebDriverWait(driver, 5).until(lambda _: count(driver) > 45)
    driver.refresh()
    assert driver.find_elements(By.ID, "consent") == []


def test_page_whose_batch_meets_a_captcha_goes_there(
    driver: webdriver.Chrome, museum: Museum
) -> None:
    open_red(driver, museum, "captcha:on=batch")
    driver.execute_script("scrollTo(0, document.body.scrollHeight)")
    WebDriverWait(driver, 5).until(lambda chrome: chrome.current_url.endswith("/sorry/index"))
