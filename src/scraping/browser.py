"""One Chrome with one colour page in it, driven by Selenium, on this machine or on a Grid."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from typing import Any, Final, Self

from selenium.common.exceptions import (
    JavascriptException,
    TimeoutException,
    WebDriverException,
)
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.wait import WebDriverWait
from urllib3.exceptions import HTTPError

from ..errors import ConfigError, ScrapeError
from ..fetching.outside import sound_text, split_address
from ..fetching.refusal import Refusal, is_captcha, read_refusal
from .addresses import RawTile
from .chrome import BrowserSpec, start_chrome

# A missing icon is nobody's failure.
_OF_INTEREST: Final = frozenset({"Document", "XHR", "Fetch"})
_GRID_JS: Final = (files(__package__) / "grid.js").read_text("utf-8")
_NEXT_JS: Final = (
    "const done = arguments[2];"
    "window.artlensGrid.next(arguments[0], arguments[1]).then(done,"
    " (error) => done({error: String(error)}));"
)
# Beyond the wait for growth: settling, and looking at tiles whose pictures load late.
_SCRIPT_SLACK_S: Final = 30.0
# No museum has more works, and no list that is said to be longer could be proven whole.
_LARGEST_TOTAL: Final = 10**9


@dataclass(frozen=True, slots=True)
class Harvest:
    """What one step brought.

    Attributes
    ----------
    tiles : tuple
        Tiles that were not there before, in the order of the page.
    rule : str
        What they were recognised by, and where their image addresses stood.
    """

    tiles: tuple[RawTile, ...]
    rule: str


class Browser:
    """A browser that lasts as long as a ``with`` block.

    When it dies, what Selenium raises comes through: there is nothing left to ask.

    Raises
    ------
    ConfigError
        There is no browser, or no driver that fits it.
    """

    def __init__(self, spec: BrowserSpec) -> None:
        self._spec = spec
        self._lost = False

    def __enter__(self) -> Self:
        try:
            self._driver = start_chrome(self._spec)
        except (WebDriverException, HTTPError) as error:
            text = " ".join(str(error).split())
            raise ConfigError(
                f"no browser ({text}); install Chrome or Chromium, or give another --grid"
            ) from error
        self._driver.set_page_load_timeout(self._spec.timeout_s)
        own = self._driver.execute_script("return navigator.userAgent")
        agent = {"userAgent": f"{own} {self._spec.agent}"}
        command = {"cmd": "Network.setUserAgentOverride", "params": agent}
        self._driver.execute("executeCdpCommand", command)
        return self

    def __exit__(self, *_: object) -> None:
        self._driver.quit()

    @property
    def session(self) -> str:
        """Its address on a Grid; empty for a browser on this machine."""
        grid = self._spec.grid.rstrip("/")
        return f"{grid}/session/{self._driver.session_id}" if grid else ""

    def open(self, url: str) -> int | None:
        """Open a page, say no to its consent banner, and return its declared total.

        Raises
        ------
        ScrapeError
            It could not be loaded.
        """
        try:
            self._driver.get(url)
            self._lost = False
            self._arm()
            if self._ask_page("dismissConsent"):
                self._await_return(url)
                self._arm()
            total = self._ask_page("total")
        except WebDriverException as error:
            if _is_about_page(error):
                raise ScrapeError(f"the page did not load ({url}: {_first_line(error)})") from error
            raise
        # The page may say anything.
        return total if isinstance(total, int) and 0 <= total <= _LARGEST_TOTAL else None

    def next(self, wait_s: float, nudge: bool) -> Harvest:
        """Return the next tiles: those that are there, or else those that scrolling brings.

        Parameters
        ----------
        wait_s : float
            How long to wait for growth.
        nudge : bool
            Whether to shake the page first, because the last step brought nothing.

        Raises
        ------
        ScrapeError
            The page is not the one that was opened any more.
        """
        try:
            if nudge:
                self._ask_page("dismissConsent")
            self._driver.set_script_timeout(wait_s + _SCRIPT_SLACK_S)
            found = self._driver.execute_async_script(_NEXT_JS, int(wait_s * 1000), nudge)
        except (JavascriptException, TimeoutException) as error:
            if self._lost:
                text = f"{self._driver.current_url}: {_first_line(error)}"
                raise ScrapeError(f"the page went away or hangs ({text})") from error
            # It may have gone to a captcha, of which both can come: `answers` will tell.
            self._lost = True
            return Harvest((), "")
        self._lost = False
        if "error" in found:
            text = sound_text(str(found["error"]))
            raise ScrapeError(f"the page's tiles cannot be read ({text})")
        return Harvest(tuple((h, i, t, c) for h, i, t, c in found["tiles"]), _rule(found))

    def answers(self) -> tuple[Refusal | None, str]:
        """Return the last refusal, and the last error, among the answers since the last look."""
        if is_captcha(self._driver.current_url):
            return read_refusal(self._driver.current_url, HTTPStatus.TOO_MANY_REQUESTS, {}), ""
        refusal, failure = None, ""
        for url, status, headers in _responses(self._driver):
            refusal = read_refusal(url, status, headers) or refusal
            if status >= HTTPStatus.BAD_REQUEST:
                failure = f"status {status} ({url})"
        return refusal, failure

    def keep_evidence(self, name: str) -> str:
        """Save the page as it stands, as HTML and as a picture, and return the HTML's path."""
        self._spec.evidence.mkdir(parents=True, exist_ok=True)
        path = self._spec.evidence / f"{name}.html"
        path.write_text(sound_text(self._driver.page_source), "utf-8")
        self._driver.save_screenshot(str(path.with_suffix(".png")))
        return str(path)

    def _arm(self) -> None:
        """Bring our script into the page, unless it is there."""
        if not self._driver.execute_script("return Boolean(window.artlensGrid)"):
            self._driver.execute_script(_GRID_JS)

    def _await_return(self, url: str) -> None:
        """Wait until we are on the page itself; a banner may be a page of its own that leads on."""
        path = _path(url)
        wait = WebDriverWait(self._driver, self._spec.timeout_s)
        wait.until(lambda driver: _path(driver.current_url) == path)

    def _ask_page(self, name: str) -> Any:
        return self._driver.execute_script(f"return window.artlensGrid.{name}()")


def _responses(driver: WebDriver) -> list[tuple[str, int, dict[str, str]]]:
    """Return address, status and headers of what the page was answered since the last look."""
    entries = driver.execute("getLog", {"type": "performance"})["value"]
    events = (json.loads(entry["message"])["message"] for entry in entries)
    answers = (
        event["params"]["response"]
        for event in events
        if event["method"] == "Network.responseReceived" and event["params"]["type"] in _OF_INTEREST
    )
    return [(answer["url"], answer["status"], answer["headers"]) for answer in answers]


def _path(url: str) -> str:
    parts = split_address(url)
    return parts.path if parts else ""


def _rule(found: dict[str, Any]) -> str:
    """Say in words what the tiles of a step were recognised by."""
    number = len(found["tiles"])
    shape = "link and class" if found["known"] == number else "link alone"
    sources = {
        "data-bgsrc": found["attribute"],
        "computed style": found["style"],
        "none": number - found["attribute"] - found["style"],
    }
    return f"{shape}; address from {', '.join(name for name, n in sources.items() if n)}"


def _is_about_page(error: WebDriverException) -> bool:
    """Tell a page that does not load from a browser that has died."""
    return isinstance(error, TimeoutException) or "net::ERR_" in str(error.msg)


def _first_line(error: WebDriverException) -> str:
    return sound_text(str(error.msg)).partition("\n")[0]
