"""How the report's page stands on screens of several widths, in a real browser."""

import shutil
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from src.scraping.chrome import BrowserSpec, chrome_options
from src.visualization.image_files import DrawnPlate, to_png
from src.visualization.report_page import render_page
from tests.models.example_metadata import METADATA

WIDTHS = (390, 500, 1280)
# Of the page's own margin, in pixels.
ROOM = 16

OVERHANG_JS = """
const { scrollWidth, clientWidth } = document.documentElement;
return scrollWidth - clientWidth;
"""
# What reaches into the margin at the right or left, but for what scrolls in its own box; and text
# that comes closer than half the margin to the side of a box with a ground of its own.
ASTRAY_JS = """
const room = arguments[0], width = document.documentElement.clientWidth;
const outside = [...document.querySelectorAll("body *")].filter((node) => {
  const box = node.getBoundingClientRect();
  return box.width && !node.closest(".wide table")
    && (box.right > width - room + 0.5 || box.left < room - 0.5);
});
const touching = [...document.querySelectorAll(".warn, .figures div")].filter((box) => {
  const range = document.createRange();
  range.selectNodeContents(box);
  const right = box.getBoundingClientRect().right - room / 2;
  return [...range.getClientRects()].some((line) => line.right > right);
});
return [...outside, ...touching].map((node) => node.outerHTML.slice(0, 80));
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    folder = tmp_path_factory.mktemp("browser")
    image = Image.fromarray(np.full((100, 1245, 3), 200, np.uint8))
    plate = DrawnPlate("importance", "What it goes by", "a caption", "image/png", to_png(image))
    (folder / "report.html").write_text(render_page(METADATA, [plate]), encoding="utf-8")
    options = chrome_options(BrowserSpec("", folder / "profile", folder, "", 60))
    # Unlike the scraper's, this browser shows pictures.
    options.add_experimental_option("prefs", {})
    browser = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        browser.get((folder / "report.html").as_uri())
        yield browser
    finally:
        browser.quit()


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_reaches_into_the_margins(browser: webdriver.Chrome, width: int) -> None:
    screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 1000}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    browser.execute_script("document.querySelector('details').open = true")
    assert browser.execute_script("return innerWidth") == width
    assert browser.execute_script(OVERHANG_JS) == 0
    assert browser.execute_script(ASTRAY_JS, ROOM) == []
