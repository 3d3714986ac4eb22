"""What a visitor does on the page and sees there."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.request import urlopen

from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

PATIENCE_S = 60
POLL_S = 0.05
# Statuses of 400 and above stand in the console whatever a page does about them.
REFUSED = "Failed to load resource"

# Files as a drop or the clipboard would bring them; Selenium can make neither happen.
HAND_OVER_JS = """
const [kind, parcels, texts] = arguments;
const transfer = new DataTransfer();
for (const { name, type, base64, size } of parcels) {
  const bytes = base64 === null
    ? new Uint8Array(size)
    : Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  transfer.items.add(new File([bytes], name, { type }));
}
for (const [type, text] of Object.entries(texts)) transfer.setData(type, text);
const options = { bubbles: true, cancelable: true };
const event = kind === "paste"
  ? new ClipboardEvent("paste", { ...options, clipboardData: transfer })
  : new DragEvent(kind, { ...options, dataTransfer: transfer });
document.activeElement.dispatchEvent(event);
"""

# Answers with other fields than the service's own, for what a model hardly ever says.
ALTER_JS = """
const [path, task, changes] = arguments;
const real = window.fetch;
window.fetch = async (...request) => {
  const reply = await real(...request);
  if (request[0] !== path || !reply.ok) return reply;
  const told = await reply.json();
  const answer = told.answers?.find((each) => each.task === task);
  Object.assign(answer ?? told, changes);
  return new Response(JSON.stringify(told));
};
"""


class Visit:
    """One visit to the page."""

    def __init__(self, browser: Chrome, url: str) -> None:
        self.browser = browser
        self.url = url

    def open(self, width: int = 1280, height: int = 900, *, touch: bool = False) -> None:
        """Open the page afresh on a screen of this size."""
        self.take_screen(width, height, touch=touch)
        self.browser.get(self.url + "/")
        WebDriverWait(self.browser, PATIENCE_S, POLL_S).until(lambda _: self.find_all("#names li"))

    def take_screen(self, width: int, height: int, *, touch: bool) -> None:
        """Sit down at a light screen of this size, with nothing left of earlier visits."""
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": touch}
        self.command("Emulation.setDeviceMetricsOverride", **screen)
        self.command("Emulation.setTouchEmulationEnabled", enabled=touch)
        self.prefer()
        self.log("performance")
        self.log("browser")

    def prefer(self, scheme: str = "light", motion: str = "no-preference") -> None:
        """Set what the visitor prefers: light or dark, moving or still."""
        wishes = {"prefers-color-scheme": scheme, "prefers-reduced-motion": motion}
        features = [{"name": name, "value": value} for name, value in wishes.items()]
        self.command("Emulation.setEmulatedMedia", features=features)

    def command(self, name: str, **arguments: Any) -> Any:
        """Give the browser a command of its DevTools."""
        return self.browser.execute_cdp_cmd(name, arguments)

    def choose(self, *paths: Path) -> None:
        """Choose files by the button's dialogue."""
        self.find("#files").send_keys("\n".join(map(str, paths)))

    def drop(self, *paths: Path, text: str = "", **texts: str) -> None:
        """Drop files, or a text, where the focus is; further texts are named by their kind."""
        kinds = {f"text/{kind}": said for kind, said in texts.items()}
        kinds |= {"text/plain": text} if text else {}
        self._hand_over("drop", [_parcel(path) for path in paths], kinds)

    def paste(self, *paths: Path, text: str = "") -> None:
        """Paste files, or a text, with nothing focused."""
        assert self.run("return document.activeElement === document.body")
        self._hand_over("paste", [_parcel(path) for path in paths], {"text/plain": text})

    def hand_over_text(self, kind: str, text: str) -> None:
        """Paste or drop a text where the focus is."""
        self._hand_over(kind, [], {"text/plain": text})

    def alter_answers(self, task: str = "color", /, **changes: Any) -> None:
        """Change fields of every answer of a task from now on; without a task, of all around."""
        self.run(ALTER_JS, "v1/analyse", task, changes)

    def alter_comparisons(self, **changes: Any) -> None:
        """Change fields of every comparison from now on."""
        self.run(ALTER_JS, "v1/compare", "", changes)

    def drop_zeros(self, *names: str, size: int = 10) -> None:
        """Drop files of zeros."""
        parcels = [{"name": name, "type": "", "base64": None, "size": size} for name in names]
        self._hand_over("drop", parcels)

    def hover_with(self, path: Path) -> None:
        """Move over the page with a file under the pointer."""
        self._hand_over("dragover", [_parcel(path)])

    def _hand_over(
        self, kind: str, parcels: list[dict[str, Any]], texts: Mapping[str, str] | None = None
    ) -> None:
        self.browser.execute_script(HAND_OVER_JS, kind, parcels, texts or {})

    def click(self, button: WebElement) -> None:
        """Scroll there, beside whatever sticks to the edges of the screen, and click."""
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", button)
        button.click()

    def tab_to(self, selector: str) -> None:
        """Press Tab until what is focused matches, and see each time that the focus is visible."""
        for _ in range(30):
            self.press(Keys.TAB)
            focused = self.focus
            assert float(focused.value_of_css_property("outline-width").removesuffix("px")) >= 2
            if self.run("return arguments[0].matches(arguments[1])", focused, selector):
                return
        raise AssertionError(f"Tab does not lead to {selector}")

    def press(self, *keys: str) -> None:
        ActionChains(self.browser).send_keys(*keys).perform()

    @property
    def focus(self) -> WebElement:
        return self.browser.switch_to.active_element

    def exhibits(self, count: int) -> list[WebElement]:
        """Return what hangs on the wall once so many pictures do, and all have been looked at."""

        def all_looked_at(_: Chrome) -> bool:
            hung = len(self.find_all(".exhibit"))
            return hung == count and not self.find_all(".working")

        WebDriverWait(self.browser, PATIENCE_S, POLL_S).until(all_looked_at)
        return self.find_all(".exhibit")

    def wait_for(self, selector: str, text: str = "") -> WebElement:
        """Return the first such element once there is one that is shown and holds the text."""

        def found(_: Chrome) -> WebElement | Literal[False]:
            there = (node for node in self.find_all(selector) if text in node.text)
            return next((node for node in there if node.is_displayed()), False)

        return WebDriverWait(self.browser, PATIENCE_S, POLL_S).until(found)

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to come about."""
        WebDriverWait(self.browser, PATIENCE_S, POLL_S).until(lambda _: condition())

    def find(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def find_all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def run(self, script: str, *arguments: object) -> Any:
        return self.browser.execute_script(script, *arguments)

    def announced(self) -> list[str]:
        """Return what a screen reader has been given to say."""
        lines = "return [...document.querySelectorAll('#announcer p')].map(p => p.textContent)"
        return list(self.run(lines))

    def facts(self, path: str) -> Any:
        """Ask the service itself."""
        with urlopen(self.url + path, timeout=PATIENCE_S) as reply:
            return json.load(reply)

    def clipboard(self) -> Any:
        """Return what was copied, parsed."""
        permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"]
        self.command("Browser.grantPermissions", permissions=permissions, origin=self.url)
        read = "navigator.clipboard.readText().then(arguments[0])"
        return json.loads(self.browser.execute_async_script(read))

    def strangers(self) -> list[str]:
        """Return the addresses outside the service that the page has asked for anything."""
        ours = (self.url + "/", f"blob:{self.url}/", "about:blank", "data:")
        return [url for url in self._asked_for() if not url.startswith(ours)]

    def _asked_for(self) -> Iterable[str]:
        for entry in self.log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                yield message["params"]["request"]["url"]

    def log(self, kind: str) -> list[dict[str, Any]]:
        """Return what the browser has noted since it was last asked."""
        entries: list[dict[str, Any]] = self.browser.execute("getLog", {"type": kind})["value"]
        return entries

    def complaints(self) -> list[str]:
        """Return what the console says, but for answers of the service that are refusals."""
        said = [entry["message"] for entry in self.log("browser")]
        return [message for message in said if REFUSED not in message]


def _parcel(path: Path) -> dict[str, Any]:
    content = base64.b64encode(path.read_bytes()).decode()
    return {"name": path.name, "type": "", "base64": content, "size": 0}
