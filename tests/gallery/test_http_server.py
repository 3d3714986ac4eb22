from collections.abc import Iterator
from http.client import HTTPConnection, IncompleteRead
from itertools import pairwise
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from src.gallery.museum import Museum
from src.gallery.works import make_work

TOKENS = [make_work(0, "RED", index).token for index in range(60)]


@pytest.fixture(scope="module")
def shared_museum() -> Iterator[Museum]:
    with Museum("--works", "RED=60", "--thumbnails", "plain") as museum:
        yield museum


@pytest.fixture
def museum(shared_museum: Museum) -> Iterator[Museum]:
    yield shared_museum
    shared_museum.switch(latency_ms=0)


def picture_path(index: int = 0) -> str:
    return f"/ci/{TOKENS[index]}=w218-c-h218-rw-v1"


def connect(museum: Museum, timeout_s: float = 10) -> HTTPConnection:
    return HTTPConnection(museum.url.removeprefix("http://"), timeout=timeout_s)


def fetch(museum: Museum, path: str, timeout_s: float = 10) -> bytes:
    connection = connect(museum, timeout_s)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


def test_one_connection_serves_many_requests(museum: Museum) -> None:
    connection = connect(museum)
    sockets = set()
    for index in range(5):
        connection.request("GET", picture_path(index))
        assert connection.getresponse().read()[:4] == b"RIFF"
        sockets.add(connection.sock.getsockname() if connection.sock else None)
    connection.close()
    assert len(sockets) == 1


def test_log_tells_what_was_asked_in_the_order_of_time(museum: Museum) -> None:
    before = len(museum.visits())
    agent = {"User-Agent": "tester/1.0 (mail@example.org)"}
    urlopen(Request(museum.url + "/robots.txt", headers=agent), timeout=10).close()
    fetch(museum, picture_path(3))
    robots, image = museum.visits()[before:]
    assert (robots.kind, robots.agent, robots.status) == ("robots", agent["User-Agent"], 200)
    assert (image.kind, image.path, image.by_page) == ("image", picture_path(3), False)
    assert museum.visits("image")[-1] == image
    assert all(a.time <= b.time for a, b in pairwise(museum.visits()))


def test_log_has_the_request_before_its_latency_has_passed(museum: Museum) -> None:
    museum.switch(latency_ms=60_000)
    before = len(museum.visits("image"))
    with pytest.raises(TimeoutError):
        fetch(museum, picture_path(), timeout_s=0.3)
    assert len(museum.visits("image")) == before + 1


def test_truncated_body_is_shorter_than_announced(museum: Museum) -> None:
    museum.switch("truncated")
    with pytest.raises(IncompleteRead) as caught:
        fetch(museum, picture_path())
    assert len(caught.value.partial) == pytest.approx(caught.value.expected or 0, abs=1)


def test_reset_tears_the_connection_down(museum: Museum) -> None:
    museum.switch("reset")
    with pytest.raises(ConnectionResetError):
        fetch(museum, picture_path())


def test_hanging_reply_sends_its_head_and_no_body(museum: Museum) -> None:
    museum.switch("hang")
    connection = connect(museum, timeout_s=0.3)
    connection.request("GET", picture_path())
    response = connection.getresponse()
    assert response.status == 200
    with pytest.raises(TimeoutError):
        response.read(1)
    connection.close()


def test_endless_body_goes_on(museum: Museum) -> None:
    museum.switch("endless")
    connection = connect(museum)
    connection.request("GET", picture_path())
    response = connection.getresponse()
    assert response.getheader("Content-Length") is None
    assert len(response.read(500_000)) == 500_000
    connection.close()


def test_wrong_length_cuts_a_picture_that_was_sent_whole(museum: Museum) -> None:
    whole = fetch(museum, picture_path())
    museum.switch("wrong-length")
    assert fetch(museum, picture_path()) == whole[: len(whole) // 2]


def test_faults_are_switched_at_run_time_and_named_in_the_log(museum: Museum) -> None:
    museum.switch("error-500:first=1,on=image")
    with pytest.raises(HTTPError, match="500"):
        urlopen(museum.url + picture_path(), timeout=10)
    assert fetch(museum, picture_path())
    assert [visit.faults for visit in museum.visits()[-2:]] == [("error-500",), ()]


def test_unknown_fault_is_refused_and_leaves_the_switches_alone(museum: Museum) -> None:
    museum.switch("empty")
    with pytest.raises(HTTPError, match="400"):
        museum.switch("fire")
    assert fetch(museum, picture_path()) == b""


def test_forged_host_does_not_reach_the_page(museum: Museum) -> None:
    forged = Request(museum.url + "/color?col=RED", headers={"Host": '"><script>'})
    with urlopen(forged, timeout=10) as response:
        assert b'"><script>' not in response.read()
