"""The page's script and the browser, in a real Chrome, one for the whole file."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from src.errors import Incomplete, PageChanged, ScrapeError
from src.fetching.refusal import Refusal
from src.gallery.museum import Museum
from src.scraping.addresses import Artwork
from src.scraping.browser import Browser
from src.scraping.chrome import BrowserSpec
from src.scraping.collect import Ended, Order, collect_color


class Pile:
    """Takes what is handed in; keeps the rules and the refusals."""

    def __init__(self) -> None:
        self.works: dict[str, Artwork] = {}
        self.rules: set[str] = set()
        self.refusals: list[Refusal] = []

    def ask(self, requests: int, refusal: Refusal | None = None) -> None:
        if refusal is not None:
            self.refusals.append(refusal)
            raise ConnectionAbortedError

    def opened(self, declared: int | None) -> None:
        self.declared = declared

    def hand_in(self, artworks: tuple[Artwork, ...], rule: str) -> None:
        self.works |= {artwork.asset_id: artwork for artwork in artworks}
        self.rules.add(rule)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    folder = tmp_path_factory.mktemp("browser")
    spec = BrowserSpec("", folder / "profile", folder / "pages", "artlens-test (+me@test)", 10)
    with Browser(spec) as browser:
        yield browser


@pytest.fixture(scope="module")
def small_museum() -> Iterator[Museum]:
    with Museum("--works", "RED=200,PINK=12", "--latency-ms", "20", "--thumbnails", "plain") as m:
        yield m


def collect(browser: Browser, museum: Museum, stall_s: float = 2) -> tuple[Ended, Pile]:
    pile = Pile()
    return collect_color(browser, Order(museum.url, "RED", None, stall_s), pile), pile


def test_whole_list_is_found_with_every_address(browser: Browser, museum: Museum) -> None:
    ended, pile = collect(browser, museum)
    assert ended.end == "complete"
    assert len(pile.works) == pile.declared == 200
    assert all(work.image.startswith("/ci/") for work in pile.works.values())
    assert all(work.title and work.creator for work in pile.works.values())
    assert pile.rules == {"link and class; address from data-bgsrc"}


def test_browser_asks_for_no_picture_and_says_who_it_is(browser: Browser, museum: Museum) -> None:
    before = len(museum.visits())
    collect(browser, museum)
    visits = museum.visits()[before:]
    assert not [visit for visit in visits if visit.kind == "image"]
    assert all(visit.agent.endswith("artlens-test (+me@test)") for visit in visits)


def test_without_the_attribute_the_background_is_read(browser: Browser, museum: Museum) -> None:
    museum.switch("no-bgsrc")
    ended, pile = collect(browser, museum)
    assert ended.end == "complete"
    assert all(work.image for work in pile.works.values())
    assert pile.rules == {"link and class; address from computed style"}


def test_backgrounds_that_never_load_do_not_matter(browser: Browser, museum: Museum) -> None:
    museum.switch("dead-background:share=0.2")
    ended, pile = collect(browser, museum)
    assert ended.end == "complete"
    assert all(work.image for work in pile.works.values())


def test_work_with_neither_is_found_and_has_no_address(browser: Browser, museum: Museum) -> None:
    museum.switch("no-bgsrc", "dead-background:share=0.05")
    ended, pile = collect(browser, museum)
    assert ended.end == "complete"
    assert 0 < sum(not work.image for work in pile.works.values()) < 30


def test_other_class_names_do_not_matter_but_are_reported(browser: Browser, museum: Museum) -> None:
    museum.switch("class-rot")
    ended, pile = collect(browser, museum)
    assert ended.end == "complete"
    assert pile.rules == {"link alone; address from data-bgsrc"}


def test_tiles_that_come_twice_count_once(browser: Browser, museum: Museum) -> None:
    museum.switch("duplicates")
    assert collect(browser, museum)[0].end == "complete"


def test_consent_banner_is_refused(browser: Browser, museum: Museum) -> None:
    museum.switch("consent")
    assert collect(browser, museum)[0].end == "complete"


def page_of(script: str) -> str:
    tile = '<a href="/asset/a/KEY" data-bgsrc="/ci/T=w218"><h3>A title</h3></a>'
    return f"data:text/html,{tile}<script>{script}</script>"


@pytest.mark.parametrize(
    ("code", "title"),
    [("'Cut ' + String.fromCharCode(0xd83d)", "Cut \ufffd"), ("'\\ud83d\\ude00'", "\U0001f600")],
)
def test_a_title_cut_in_half_a_character_is_mended(browser: Browser, code: str, title: str) -> None:
    browser.open(page_of(f"document.querySelector('h3').textContent = {code}"))
    ((_, _, found, _),) = browser.next(1, nudge=False).tiles
    assert found == title


@pytest.mark.parametrize(
    ("said", "total"), [("7", 7), ("-1", None), ("1e30", None), ("1.5", None), ("NaN", None)]
)
def test_a_total_is_one_only_if_it_can_be(browser: Browser, said: str, total: int | None) -> None:
    assert browser.open(page_of(f"window.INIT_data = {{total: {said}}}")) == total


class ConsentSite(BaseHTTPRequestHandler):
    """Sends everyone to a banner on a page of its own, which leads back once it is answered."""

    def do_GET(self) -> None:
        answered = "consent=no" in self.headers.get("Cookie", "")
        if self.path.startswith("/color") and not answered:
            self.reply(302, Location="/consent")
        elif self.path == "/consent":
            self.reply(200, '<form action="/save"><button>Reject all</button></form>')
        elif self.path.startswith("/save"):
            self.reply(302, Location="/color?col=RED", **{"Set-Cookie": "consent=no; Path=/"})
        else:
            tile = '<a href="/asset/a/KEY" data-bgsrc="/ci/T=w218">x</a>'
            self.reply(200, f"<script>window.INIT_data = {{total: 1}}</script>{tile}")

    def reply(self, status: int, html: str = "", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(html.encode())

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def test_consent_page_of_its_own_is_refused_too(browser: Browser) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), ConsentSite) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        pile = Pile()
        order = Order(f"http://127.0.0.1:{server.server_port}", "RED", None, 2)
        assert collect_color(browser, order, pile).end == "complete"
        server.shutdown()
    assert list(pile.works) == ["KEY"]


@pytest.mark.parametrize("fault", ["short-list", "stuck-list", "no-total"])
def test_end_that_is_not_proven_is_not_complete(
    browser: Browser, museum: Museum, fault: str
) -> None:
    museum.switch(fault)
    with pytest.raises(Incomplete, match="works found"):
        collect(browser, museum)


def test_changed_page_is_an_error_and_kept(browser: Browser, museum: Museum) -> None:
    museum.switch("no-anchors")
    with pytest.raises(PageChanged, match="no link to a work"):
        collect(browser, museum)
    page = Path(browser.keep_evidence("RED"))
    assert "data-tile" in page.read_text("utf-8")
    assert page.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("on", ["color", "batch"])
def test_refusal_is_noticed_with_its_time(browser: Browser, museum: Museum, on: str) -> None:
    museum.switch(f"rate-limit:on={on},value=7")
    pile = Pile()
    with pytest.raises(ConnectionAbortedError):
        collect_color(browser, Order(museum.url, "RED", None, 6), pile)
    assert [refusal.wait_s for refusal in pile.refusals] == [7]


@pytest.mark.parametrize("on", ["color", "batch"])
def test_captcha_is_noticed(browser: Browser, museum: Museum, on: str) -> None:
    museum.switch(f"captcha:on={on}")
    pile = Pile()
    with pytest.raises(ConnectionAbortedError):
        collect_color(browser, Order(museum.url, "RED", None, 6), pile)
    assert [refusal.final for refusal in pile.refusals] == [True]


def test_batch_that_fails_once_is_asked_for_again(browser: Browser, museum: Museum) -> None:
    museum.switch("error-500:on=batch,first=1")
    assert collect(browser, museum, stall_s=6)[0].end == "complete"


def test_page_that_is_not_there_is_an_error(browser: Browser) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(ScrapeError, match="did not load"):
        browser.open(f"http://127.0.0.1:{port}/color?col=RED")
