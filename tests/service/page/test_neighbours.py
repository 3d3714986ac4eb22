"""The works of a folder that are like a picture, where the service searches one."""

from pathlib import Path

import pytest
from selenium import webdriver

from tests.service.apps import Running
from tests.service.page.visit import Visit


@pytest.fixture
def beside(browser: webdriver.Chrome, full_service: Running, home: Path) -> Visit:
    """The page with a picture, and the button pressed."""
    visit = Visit(browser, str(full_service.client.base_url).rstrip("/"))
    visit.open()
    visit.choose(next((home / "rooms").rglob("*.png")))
    visit.exhibits(1)
    visit.click(visit.find(".similar"))
    return visit


def test_the_nearest_works_are_shown_small_and_hidden_again(beside: Visit, home: Path) -> None:
    assert beside.wait_for(".neighbours h4").text.startswith("Nearest by hand, of ")
    images = beside.find_all(".rail img")
    assert len(images) == len(beside.find_all(".rail .path"))
    beside.until(lambda: all(img.get_property("naturalWidth") for img in images))
    works = {path.name for path in (home / "rooms").rglob("*.png")}
    assert {Path(node.text).name for node in beside.find_all(".rail .path")} <= works
    assert beside.find(".rail .level").text == "the same picture"
    assert " works are shown. The nearest is " in beside.announced()[-1]
    button = beside.find(".similar")
    assert button.get_attribute("aria-expanded") == "true"
    beside.click(button)
    assert not beside.find(".neighbours").is_displayed()
    beside.click(button)
    assert beside.find(".neighbours h4").is_displayed()
    assert beside.complaints() == beside.strangers() == []
