import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from src.errors import Blocked, DownloadError
from src.fetching.downloads import ATTEMPTS, Fetcher, Request, Result, download, make_fetcher
from src.fetching.hosts import Hosts
from src.fetching.ledger import Ledger, StoredImage
from src.gallery.museum import Museum
from tests.fetching.conftest import names_in

WORKS = 12
# Nobody listens there.
DEAD_URL = "http://127.0.0.1:9/x.jpg"


@pytest.fixture
def requests(addresses: list[str]) -> list[Request]:
    return [Request(f"key{n}", address) for n, address in enumerate(addresses)]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("src.fetching.downloads._PAUSE_S", 0.01)


class Downloads:
    """Downloads the museum's pictures, with what a test changes."""

    def __init__(
        self, requests: list[Request], folder: Path, ledger: Ledger, fetcher: Fetcher
    ) -> None:
        self.requests, self.folder, self.ledger, self.fetcher = requests, folder, ledger, fetcher

    def run(self, connections: int = 4) -> list[Result]:
        fetcher = replace(self.fetcher, connections=connections)
        return list(download(self.requests, self.folder, self.ledger, fetcher))

    def run_one(self, **changes: str) -> Result:
        self.requests = [replace(self.requests[0], **changes)]
        (result,) = self.run()
        return result

    @property
    def names(self) -> list[str]:
        return names_in(self.folder)


@pytest.fixture
def downloads(
    museum: Museum, requests: list[Request], folder: Path, ledger: Ledger, fetcher: Fetcher
) -> Downloads:
    return Downloads(requests, folder, ledger, fetcher)


def test_pictures_are_stored_under_their_key_and_true_type(downloads: Downloads) -> None:
    results = downloads.run()
    assert downloads.names == sorted(f"key{n}.webp" for n in range(WORKS))
    assert downloads.ledger.failures() == {}
    assert {result.request.key for result in results} == {f"key{n}" for n in range(WORKS)}
    for result in results:
        assert downloads.ledger.outcome(result.request.key) == result.outcome


def test_a_picture_gets_the_name_that_is_wanted(downloads: Downloads) -> None:
    result = downloads.run_one(stem="the kiss", tag="love")
    assert downloads.names == ["the kiss.webp"]
    assert (result.request.tag, result.reason) == ("love", "")


def test_file_has_its_name_only_when_it_is_whole(
    downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    monkeypatch.setattr("os.fsync", lambda _: seen.append(downloads.names))
    result = downloads.run_one()
    assert isinstance(result.outcome, StoredImage)
    assert result.outcome.bytes == (downloads.folder / "key0.webp").stat().st_size
    assert seen == [[".key0.webp.unfinished"], ["key0.webp"]]


def test_what_is_finished_is_not_asked_for_again(downloads: Downloads, museum: Museum) -> None:
    downloads.run()
    before = len(museum.visits())
    assert downloads.run() == []
    assert len(museum.visits()) == before


def test_what_is_under_way_is_not_asked_for_twice(downloads: Downloads, museum: Museum) -> None:
    before = len(museum.visits("image"))
    downloads.requests = [request for request in downloads.requests for _ in range(4)]
    assert len(downloads.run()) == WORKS
    assert len(museum.visits("image")) - before == WORKS


def test_what_a_killed_run_left_half_written_is_removed(downloads: Downloads) -> None:
    (downloads.folder / ".other.webp.unfinished").write_bytes(b"RIFF")
    downloads.run()
    assert downloads.names == sorted(f"key{n}.webp" for n in range(WORKS))


# What the museum does to a picture, and the reason under which that is counted.
FAULTS = {
    "truncated": "truncated",
    "html": "html",
    "empty": "empty",
    "wrong-type": "wrong-type",
    "half-image": "undecodable",
    "reset": "reset",
    "hang": "timeout",
    "endless": "too-large",
    "error-500": "http-500",
}


@pytest.mark.parametrize(("fault", "reason"), FAULTS.items())
def test_a_bad_answer_gets_no_name_and_is_counted_by_its_reason(
    downloads: Downloads, museum: Museum, fault: str, reason: str
) -> None:
    museum.switch(f"{fault}:on=image")
    downloads.run(connections=WORKS)
    assert downloads.names == []
    assert downloads.ledger.failures() == {reason: WORKS}
    museum.switch()
    downloads.ledger.forget_failures()
    downloads.run()
    assert len(downloads.names) == WORKS


def test_a_wrong_length_gets_no_name(downloads: Downloads, museum: Museum) -> None:
    museum.switch("wrong-length:on=image")
    downloads.run(connections=WORKS)
    assert downloads.names == []
    assert sum(downloads.ledger.failures().values()) == WORKS


def test_what_fails_once_only_is_asked_for_again(downloads: Downloads, museum: Museum) -> None:
    before = len(museum.visits("image"))
    museum.switch("reset:on=image,each=1")
    downloads.run()
    assert len(downloads.names) == WORKS
    assert len(museum.visits("image")) - before == 2 * WORKS


def test_what_fails_for_good_is_asked_for_once(downloads: Downloads, museum: Museum) -> None:
    before = len(museum.visits("image"))
    museum.switch("html:on=image")
    downloads.run()
    assert len(museum.visits("image")) - before == WORKS


def test_a_broken_host_is_not_asked_forever(
    museum: Museum, fetcher: Fetcher, addresses: list[str]
) -> None:
    museum.switch("error-500:on=image")
    before = len(museum.visits("image"))
    for _ in range(25):
        with pytest.raises(DownloadError, match="500"):
            fetcher.fetch(addresses[0])
    with pytest.raises(Blocked, match="25 errors in a row"):
        fetcher.fetch(addresses[0])
    assert len(museum.visits("image")) - before == 25 * ATTEMPTS


def test_retry_after_is_obeyed_by_all_threads(downloads: Downloads, museum: Museum) -> None:
    before = len(museum.visits("image"))
    museum.switch("rate-limit:on=image,value=1,first=1")
    downloads.run(connections=1)
    refused, *others = museum.visits("image")[before:]
    assert refused.status == 429
    assert len(others) == WORKS
    assert all(visit.time >= refused.time + 1 for visit in others)


def test_refusals_that_come_together_are_waited_out_once(
    downloads: Downloads, museum: Museum
) -> None:
    museum.switch(f"rate-limit:on=image,value=1,first={WORKS}")
    downloads.run(connections=WORKS)
    assert len(downloads.names) == WORKS


def test_robots_file_may_be_refused_for_a_while(downloads: Downloads, museum: Museum) -> None:
    museum.switch("rate-limit:on=robots,value=1,first=1")
    downloads.run(connections=2)
    assert len(downloads.names) == WORKS


def test_without_a_robots_file_that_can_be_had_nothing_is_asked(
    downloads: Downloads, museum: Museum
) -> None:
    museum.switch("error-500:on=robots")
    before = len(museum.visits())
    results = downloads.run(connections=2)
    assert len(results) == WORKS
    assert all(
        isinstance(result.outcome, Blocked) and "robots" in str(result.outcome)
        for result in results
    )
    assert [visit.kind for visit in museum.visits()[before:]] == ["robots"]


def test_a_captcha_stops_everything_of_its_host(downloads: Downloads, museum: Museum) -> None:
    before = len(museum.visits("image"))
    museum.switch("captcha:on=image")
    results = downloads.run(connections=2)
    assert len(results) == WORKS
    assert all(
        isinstance(result.outcome, Blocked) and "captcha" in str(result.outcome)
        for result in results
    )
    assert len(museum.visits("image")) - before <= 2
    assert downloads.ledger.failures() == {}
    museum.switch()
    hosts = Hosts(downloads.fetcher.client, None, patience_s=5)
    downloads.fetcher = replace(downloads.fetcher, hosts=hosts)
    assert len(downloads.run()) == WORKS


def test_whoever_leaves_at_a_refusal_has_seen_what_came_with_it(
    downloads: Downloads, museum: Museum
) -> None:
    downloads.requests.append(Request("dead", DEAD_URL))
    downloads.requests.reverse()
    for result in downloads.run(connections=WORKS):
        if result.request.key == "dead":
            assert isinstance(result.outcome, Blocked)
        else:
            assert isinstance(result.outcome, StoredImage)


def test_hosts_that_fail_do_not_end_the_run_for_others(downloads: Downloads) -> None:
    dead = [Request(f"dead{n}", DEAD_URL) for n in range(30)]
    downloads.requests = [*dead, *downloads.requests]
    downloads.run()
    assert len(downloads.names) == WORKS
    # They wait for another run.
    assert downloads.ledger.failures() == {}
    assert all(downloads.ledger.outcome(request.key) is None for request in dead)


def test_rate_holds_at_the_server(downloads: Downloads, museum: Museum) -> None:
    before = len(museum.visits())
    hosts = Hosts(downloads.fetcher.client, 8, patience_s=5)
    downloads.fetcher = replace(downloads.fetcher, hosts=hosts)
    downloads.run(connections=8)
    times = [visit.time for visit in museum.visits()[before:]]
    assert len(times) == WORKS + 1  # and robots.txt
    assert max(sum(t <= other < t + 1 for other in times) for t in times) <= 8


def test_robots_closes_the_door_to_pictures(downloads: Downloads, museum: Museum) -> None:
    before = len(museum.visits("image"))
    museum.switch("robots-closed")
    downloads.run(connections=2)
    assert downloads.ledger.failures() == {"robots": WORKS}
    assert len(museum.visits("image")) == before


def test_another_content_than_expected_is_refused(downloads: Downloads) -> None:
    assert downloads.run_one(sha256="0" * 64).reason == "other-content"
    assert downloads.names == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"url": ""}, "no-address"),
        ({"url": "kiss.jpg"}, "bad-address"),
        ({"url": "file:///etc/passwd"}, "bad-address"),
        ({"url": "http://[kiss"}, "bad-address"),
        ({"url": "http:///kiss.jpg"}, "bad-address"),
        ({"url": "http://127.0.0.1:99999/kiss.jpg"}, "bad-address"),
        ({"url": "http://127.0.0.1/\ud83d"}, "bad-address"),
        ({"stem": "k" * 300}, "bad-name"),
        ({"stem": "../kiss"}, "bad-name"),
        ({"stem": "/tmp/kiss"}, "bad-name"),
    ],
)
def test_what_makes_no_sense_is_a_failure_of_its_own(
    downloads: Downloads, changes: dict[str, str], reason: str
) -> None:
    assert downloads.run_one(**changes).reason == reason
    assert downloads.names == []


def test_a_stop_leaves_the_rest_waiting(downloads: Downloads) -> None:
    downloads.fetcher.stop.set()
    assert downloads.run() == []
    assert downloads.ledger.outcome("key0") is None


class Signpost(BaseHTTPRequestHandler):
    """Sends ``/n?place`` on to ``/n-1?place``, and ``/0?place`` to the place."""

    def do_GET(self) -> None:
        number, _, place = self.path[1:].partition("?")
        if not number.isdigit():
            self.send_error(404)
            return
        self.send_response(302)
        self.send_header("Location", f"/{int(number) - 1}?{place}" if int(number) else place)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def signpost() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Signpost) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(("redirects", "reason"), [(0, "redirect"), (2, "redirect"), (3, "")])
def test_so_many_redirects_are_followed_as_are_allowed(
    downloads: Downloads, signpost: str, redirects: int, reason: str
) -> None:
    downloads.fetcher = replace(downloads.fetcher, redirects=redirects)
    place = downloads.requests[0].url
    assert downloads.run_one(url=f"{signpost}/2?{place}").reason == reason


def test_a_redirect_needs_the_leave_of_the_host_it_leads_to(
    downloads: Downloads, museum: Museum, signpost: str
) -> None:
    museum.switch("robots-closed")
    downloads.fetcher = replace(downloads.fetcher, redirects=1)
    place = downloads.requests[0].url
    assert downloads.run_one(url=f"{signpost}/0?{place}").reason == "robots"


@pytest.mark.parametrize("place", ["http://[::1", "http://a:99999/", "data:,x", "//", "\xb2:/"])
@pytest.mark.parametrize("redirects", [0, 1])
def test_a_redirect_to_nonsense_fails_alone(
    downloads: Downloads, signpost: str, place: str, redirects: int
) -> None:
    downloads.fetcher = replace(downloads.fetcher, redirects=redirects)
    downloads.requests.append(Request("astray", f"{signpost}/0?{place}"))
    downloads.run()
    assert len(downloads.names) == WORKS
    assert sum(downloads.ledger.failures().values()) == 1


@pytest.mark.usefixtures("museum")
def test_fetcher_has_the_limits_of_the_settings(requests: list[Request]) -> None:
    fetcher = make_fetcher(2, None, threading.Event(), redirects=5)
    assert (fetcher.connections, fetcher.redirects) == (2, 5)
    body = fetcher.fetch(requests[0].url)
    assert body is not None
    assert body.data.startswith(b"RIFF")
