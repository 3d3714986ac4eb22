"""Pictures behind links, which the browser fetches from where they are."""

import base64
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.service.page.visit import Visit

# Too much for the service, and far too much to be on its way unread.
HUGE = 100_000_000


@dataclass
class Elsewhere:
    """Another site, what it was asked for, and whether all of the last answer was taken."""

    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    sent_whole: bool = False


@pytest.fixture(scope="module")
def museum(pictures: Path) -> Iterator[Elsewhere]:
    """A site that lets pages of others fetch some of its pictures."""
    found = Elsewhere()
    hill = (pictures / "hill.jpg").read_bytes()
    replies = {
        "/open/my%20hill.jpg": (200, "image/jpeg", hill),
        "/closed.jpg": (200, "image/jpeg", hill),
        "/open/gone.jpg": (404, "image/jpeg", b""),
        "/open/page": (200, "text/html; charset=utf-8", b"<p>A hill.</p>"),
        "/open/huge.jpg": (200, "image/jpeg", bytes(HUGE)),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            status, kind, content = replies[self.path]
            self.send_response(status)
            self.send_header("Content-Type", kind)
            if self.path.startswith("/open"):
                self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()
            with suppress(ConnectionError):
                found.sent_whole = False
                self.wfile.write(content)
                found.sent_whole = True

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def fresh(museum: Elsewhere) -> None:
    museum.asked.clear()


def settle(visit: Visit, *fetched: str) -> None:
    """See that nothing but these was fetched from elsewhere; the console may say why it failed."""
    assert visit.strangers() == list(fetched)
    visit.log("browser")


@pytest.mark.parametrize("way", ["paste", "drop", "uri-list", "picture", "field"])
def test_a_link_is_fetched_by_the_browser(visit: Visit, museum: Elsewhere, way: str) -> None:
    address = f"{museum.url}/open/my%20hill.jpg"
    if way == "paste":
        visit.paste(text=f" {address}\n")
    elif way == "drop":
        visit.drop(text=address)
    elif way == "uri-list":
        visit.drop(text="A hill", **{"uri-list": f"# A hill\r\n{address}\r\n"})
    elif way == "picture":
        around = f"<a href='{museum.url}/open/page'><img src='{address}'></a>"
        visit.drop(html=around, **{"uri-list": f"{museum.url}/open/page"})
    else:
        visit.find("#link").send_keys(address, Keys.ENTER)
    visit.exhibits(1)
    assert visit.find(".filename").text == "my hill.jpg"
    assert visit.find(".label").text
    assert visit.wait_for(".view img").get_property("naturalWidth") == 218
    assert visit.find("#link").get_property("value") == ""
    ((path, headers),) = museum.asked
    assert path == "/open/my%20hill.jpg"
    assert "Chrom" in headers["user-agent"]
    assert not {"referer", "cookie"} & set(headers)
    settle(visit, address)


@pytest.mark.parametrize(
    ("path", "sentence", "fetched"),
    [
        ("/closed.jpg", "does not let other pages fetch this picture, or does not answer", True),
        ("/open/gone.jpg", "does not give this picture (404)", True),
        ("/open/page", "leads to a web page, not to a picture", True),
        ("/open/huge.jpg", "too large. The server takes up to 20 MB", False),
    ],
)
def test_what_a_link_does_not_give_is_told(
    visit: Visit, museum: Elsewhere, path: str, sentence: str, fetched: bool
) -> None:
    visit.paste(text=museum.url + path)
    visit.exhibits(1)
    assert sentence in visit.find(".problem").text
    assert sentence in " ".join(visit.announced())
    assert [asked for asked, _ in museum.asked] == [path]
    assert bool(visit.find_all(".retry")) is museum.sent_whole is fetched
    settle(visit, museum.url + path)


def test_links_and_failures_stand_beside_each_other(visit: Visit, museum: Elsewhere) -> None:
    addresses = [f"{museum.url}/closed.jpg", f"{museum.url}/open/my%20hill.jpg"]
    visit.paste(text="\n".join(addresses))
    closed, hill = visit.exhibits(2)
    assert closed.find_elements("css selector", ".problem")
    assert "the link gave no picture" in closed.find_element("css selector", ".no-preview").text
    assert hill.find_elements("css selector", ".label")
    assert visit.find("#progress").text == "2 pictures, 1 without an answer"
    assert sorted(visit.strangers()) == sorted(addresses)
    visit.log("browser")


def test_a_picture_within_its_address_needs_no_fetching(visit: Visit, pictures: Path) -> None:
    content = base64.b64encode((pictures / "hill.jpg").read_bytes()).decode()
    visit.paste(text=f"data:image/jpeg;base64,{content}")
    visit.exhibits(1)
    assert visit.find(".filename").text == "picture"
    assert visit.find(".label").text


def test_what_is_no_link_is_answered_in_words(visit: Visit) -> None:
    for text in ("hill", "javascript:alert(1)", "file:///etc/passwd", "https://", "https://[x"):
        visit.find("#link").clear()
        visit.find("#link").send_keys(text, Keys.ENTER)
        assert "That is no link." in visit.wait_for("#notices li").text
    assert not visit.find_all(".exhibit")


def test_what_is_pasted_into_the_field_stays_there(visit: Visit) -> None:
    visit.find("#link").click()
    visit.hand_over_text("paste", "https://museum.example/hill.jpg")
    visit.hand_over_text("paste", "just words")
    assert not visit.find_all(".exhibit, #notices li")
