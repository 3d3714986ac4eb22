import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from src.config import settings
from src.errors import ImageError, UnreachableImage, UnreadableImage
from src.features import picture_addresses
from src.features.picture_addresses import fetch_picture, path_of, read_data, scheme_of
from src.features.picture_paths import PictureSearch
from src.fetching import downloads

GIF = b"GIF89a" + bytes(20)
PAGE = b"<!DOCTYPE html><title>A picture</title>"


class Host(BaseHTTPRequestHandler):
    """Answers ``/404`` with that status, and so on; everything else has its own meaning below."""

    asked: list[str]

    def do_GET(self) -> None:
        """Answer."""
        self.asked.append(self.path)
        name = self.path.strip("/")
        known = {"loop": 302, "later": 503}
        status = int(name) if name.isdigit() else known.get(name, 200)
        body = {"page": PAGE, "large": bytes(5000), "short": GIF}.get(name, GIF)
        self.send_response(status)
        if name == "loop":
            self.send_header("Location", "/loop")
        if wait_s := {"429": "7200", "later": "40"}.get(name):
            self.send_header("Retry-After", wait_s)
        self.send_header("Content-Length", str(len(body) + (name == "short")))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the address of a host; what is known of hosts is forgotten before and after."""
    monkeypatch.setattr(downloads, "_PAUSE_S", 0.001)
    monkeypatch.setattr(Host, "asked", [], raising=False)
    monkeypatch.setenv("ARTLENS_MAX_IMAGE_BYTES", "4000")
    settings.cache_clear()
    picture_addresses._fetcher.cache_clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
    settings.cache_clear()
    picture_addresses._fetcher.cache_clear()


def test_a_picture_is_asked_for_once_and_nothing_else_is(host: str) -> None:
    assert fetch_picture(f"{host}/a.gif?size=2") == GIF
    # No robots.txt either: who names a picture is no crawler.
    assert Host.asked == ["/a.gif?size=2"]


@pytest.mark.parametrize(
    ("name", "kind", "reason", "times"),
    [
        ("404", UnreadableImage, "its host answers 404 Not Found; check the address", 1),
        ("999", UnreadableImage, "its host answers 999; check the address", 1),
        ("500", UnreachableImage, "its host answers 500 Internal Server Error", 3),
        ("429", UnreachableImage, "429 Too Many Requests", 1),
        ("page", UnreadableImage, "it is a web page; give the address of the image itself", 1),
        ("large", UnreadableImage, "raise ARTLENS_MAX_IMAGE_BYTES", 1),
        ("loop", UnreadableImage, "leads elsewhere more than 5 times", 6),
        ("short", UnreachableImage, "the answer breaks off; try again later", 3),
    ],
)
def test_what_cannot_be_had_says_why_and_whether_to_try_again(
    host: str, name: str, kind: type[ImageError], reason: str, times: int
) -> None:
    with pytest.raises(kind) as caught:
        fetch_picture(f"{host}/{name}")
    assert type(caught.value) is kind
    assert str(caught.value).startswith(f"cannot read {host}/{name}: ")
    assert reason in str(caught.value)
    assert len(Host.asked) == times


def test_nobody_there_and_no_address_are_told_apart() -> None:
    with pytest.raises(UnreachableImage, match="its host cannot be reached; check the address"):
        fetch_picture("http://127.0.0.1:1/a.gif")
    with pytest.raises(UnreadableImage, match="no address of the web"):
        fetch_picture("http://[a/b.gif")


def test_a_host_is_asked_at_a_rate(host: str) -> None:
    start = time.monotonic()
    threads = [
        threading.Thread(target=fetch_picture, args=(f"{host}/{n}.gif", 20)) for n in range(7)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Host.asked) == 7
    assert time.monotonic() - start > 6 / 20


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("data:image/gif;base64,R0lGODlh", b"GIF89a"),
        ("data:;BASE64,R0lG%4fDlhAA==", b"GIF89a\0"),
        ("data:;base64,R0lGODlhAA", b"GIF89a\0"),
        ("data:,GIF%00", b"GIF\0"),
        ("DATA:image/svg+xml,<svg>", b"<svg>"),
    ],
)
def test_a_data_address_holds_its_content(address: str, data: bytes) -> None:
    assert read_data(address) == data


@pytest.mark.parametrize("address", ["data:image/gif;base64", "data:image/gif;base64,A"])
def test_a_data_address_without_content_is_refused(address: str) -> None:
    with pytest.raises(UnreadableImage, match="copy it anew"):
        read_data(address)


@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        ("HTTPS://a", "https"),
        ("s3://bucket/a.jpg", "s3"),
        ("data:x", "data"),
        ("file:/a", "file"),
        ("rooms:blue.jpg", ""),
        ("a/http://b", ""),
        ("C:/pictures/a.jpg", ""),
    ],
)
def test_an_address_begins_with_its_scheme(text: str, scheme: str) -> None:
    assert scheme_of(text) == scheme


def test_only_files_of_this_machine_have_paths() -> None:
    assert path_of("file:///a%20b/%C3%BC.jpg?x#y") == "/a b/ü.jpg"
    assert path_of("FILE://localhost/a") == path_of("file:/a") == "/a"
    with pytest.raises(UnreadableImage, match="files of another machine"):
        path_of("file://server/share/a.jpg")


def test_a_file_address_that_no_parser_takes_is_refused() -> None:
    with pytest.raises(UnreadableImage, match="correct it"):
        path_of("file://[x/a.jpg")


@pytest.mark.parametrize("address", ["file:" * 900, "file:https://127.0.0.1/a.jpg"])
def test_what_follows_file_is_a_path_whatever_it_looks_like(address: str) -> None:
    (picture,) = PictureSearch([address])
    assert scheme_of(picture.place) == ""


def test_who_waits_for_a_host_stops_when_all_does(host: str) -> None:
    found: list[BaseException] = []

    def ask() -> None:
        try:
            fetch_picture(f"{host}/later")
        except UnreachableImage as error:
            found.append(error)

    waiting = threading.Thread(target=ask)
    waiting.start()
    deadline = time.monotonic() + 20
    while not Host.asked and time.monotonic() < deadline:
        time.sleep(0.01)
    picture_addresses.stop_fetching()
    waiting.join(20)
    assert not waiting.is_alive()
    assert "stopped before it came" in str(found)
    assert picture_addresses._stops == []
