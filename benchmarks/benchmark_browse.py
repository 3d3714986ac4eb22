"""How quick the page of a collection is in a browser, against what people notice.

Run with ``python -m benchmarks.benchmark_browse``, or with a number of pictures after it. The
pictures are made up; the browser is a new one each time, without a window and without a graphics
card. Whatever else the machine does counts too.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

from selenium.webdriver import Chrome
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

from benchmarks.browse.fake_site import make_works, write_fake_site
from benchmarks.report import Ratio, run_alone
from src.scraping.chrome import BrowserSpec, chrome_options

COUNT: Final = 10_000
ROUNDS: Final = 5
WIDTH: Final = 1280
HEIGHT: Final = 900
FIRST_WALL_LIMIT_MS: Final = 1500.0
FILTER_LIMIT_MS: Final = 100.0
LONG_FRAMES_LIMIT: Final = 0.05
WEIGHT_LIMIT_KB: Final = 1500.0
PATIENCE_S: Final = 120
LONG_FRAME_MS: Final = 50
# What the page loads before anybody asks for more.
BEFORE_PICTURES: Final = ("index.html", "browse.*", "icon.svg", "data/site.js")
BEFORE_PICTURES_DATA: Final = ("data/wall-*.js", "data/column-*.js")

# Note when all pictures within the window are there.
WATCH_JS: Final = """
window.shownAt = null;
(function look() {
  const inside = [...document.querySelectorAll("#wall img")].filter((image) => {
    const { top, bottom } = image.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });
  const there = inside.every((image) => image.complete && image.naturalWidth);
  if (inside.length && there) window.shownAt = performance.now();
  else requestAnimationFrame(look);
})();
"""
# Choose and leave out values; each time until the browser has drawn what it leaves.
FILTERS_JS: Final = """
const done = arguments[0];
const drawn = () => new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
(async () => {
  const boxes = [...document.querySelectorAll("#choice input[type=checkbox]")].slice(0, 24);
  const times = [];
  for (const box of [...boxes, ...boxes]) {
    await drawn();
    const start = performance.now();
    box.click();
    await drawn();
    times.push(performance.now() - start);
  }
  done(times);
})();
"""
# Type words letter by letter, and take them back; each time until the browser has drawn what it
# leaves. The first letter, for which all texts are loaded, by itself.
FIND_JS: Final = """
const done = arguments[0];
const drawn = () => new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
(async () => {
  const field = document.querySelector("#find");
  const type = (text) => {
    field.value = text;
    field.dispatchEvent(new Event("input"));
  };
  const start = performance.now();
  field.focus();
  type("u");
  while (!document.querySelector("#status").textContent.includes(" of ")) await drawn();
  const times = [performance.now() - start];
  for (const word of ["artist 012 museum", "public", "7 work 99"]) {
    for (const text of [...[...word].map((_, k) => word.slice(0, k + 1)), ""]) {
      await drawn();
      const start = performance.now();
      type(text);
      await drawn();
      times.push(performance.now() - start);
    }
  }
  done(times);
})();
"""
# Scroll as a wheel does for some seconds, and note how long frames take.
SCROLL_JS: Final = """
const done = arguments[0];
const frames = [];
const start = performance.now();
let last = start;
scrollTo(0, 0);
requestAnimationFrame(function step(now) {
  frames.push(now - last);
  last = now;
  scrollBy({ top: 45, behavior: "instant" });
  if (now - start < 6000) requestAnimationFrame(step);
  else done(frames.slice(2));
});
"""


def measure(count: int = COUNT) -> list[Ratio]:
    """Make a site, open it and use it as people do."""
    with tempfile.TemporaryDirectory() as name:
        site = Path(name) / "site"
        write_fake_site(site, list(make_works(count)))
        first = [_first_wall_ms(site) for _ in range(ROUNDS)]
        with _open(site) as browser:
            filters = browser.execute_async_script(FILTERS_JS)
            browser.get(f"{site.as_uri()}/index.html")
            _wait(browser)
            opened, *letters = browser.execute_async_script(FIND_JS)
            browser.get(f"{site.as_uri()}/index.html")
            _wait(browser)
            frames = browser.execute_async_script(SCROLL_JS)
        weight = _weight_kb(site)
    long = sum(frame > LONG_FRAME_MS for frame in frames) / len(frames)
    load = f"load {os.getloadavg()[0]:.1f}"
    of = f"{count:,} pictures"
    return [
        _limit(f"first wall of {of}", median(first), FIRST_WALL_LIMIT_MS, f"ms, {load}"),
        _limit(f"changing a filter of {of}", median(filters), FILTER_LIMIT_MS, f"ms, {load}"),
        _limit(
            f"slowest of {len(filters)} filters", max(filters), 3 * FILTER_LIMIT_MS, f"ms, {load}"
        ),
        _limit(f"first letter of a search in {of}", opened, FIRST_WALL_LIMIT_MS, f"ms, {load}"),
        _limit(f"next letters in {of}", median(letters), FILTER_LIMIT_MS, f"ms, {load}"),
        _limit(
            f"slowest of {len(letters)} letters", max(letters), 3 * FILTER_LIMIT_MS, f"ms, {load}"
        ),
        _limit(
            f"frames over {LONG_FRAME_MS} ms of {len(frames)}",
            100 * max(long, 1e-4),
            100 * LONG_FRAMES_LIMIT,
            f"%, median frame {median(frames):.0f} ms, {load}",
        ),
        _limit(f"page of {of} before pictures", weight, WEIGHT_LIMIT_KB * count / COUNT, "KB"),
    ]


def _limit(name: str, found: float, most: float, unit: str) -> Ratio:
    return Ratio(name, most / found, 1.0, f"{found:.3g} of at most {most:.4g} {unit}")


def _first_wall_ms(site: Path) -> float:
    with _open(site) as browser:
        return float(browser.execute_script("return window.shownAt"))


@contextmanager
def _open(site: Path) -> Iterator[Chrome]:
    """Open a site in a browser that has never seen it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options = chrome_options(BrowserSpec("", folder / "profile", folder, "", PATIENCE_S))
        # Unlike the scraper's, this browser shows pictures.
        options.add_experimental_option("prefs", {})
        service = Service(executable_path=shutil.which("chromedriver"))
        browser = Chrome(options=options, service=service)
        try:
            browser.set_script_timeout(PATIENCE_S)
            screen = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
            watch: dict[str, Any] = {"source": WATCH_JS}
            browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", watch)
            browser.get(f"{site.as_uri()}/index.html")
            _wait(browser)
            yield browser
        finally:
            browser.quit()


def _wait(browser: Chrome) -> None:
    shown = "return window.shownAt !== null"
    WebDriverWait(browser, PATIENCE_S, 0.02).until(lambda _: browser.execute_script(shown))


def _weight_kb(site: Path) -> float:
    patterns = (*BEFORE_PICTURES, *BEFORE_PICTURES_DATA)
    files = (file for pattern in patterns for file in site.glob(pattern))
    return sum(file.stat().st_size for file in files) / 1000


if __name__ == "__main__":
    run_alone(lambda: measure(*map(int, sys.argv[1:])))
