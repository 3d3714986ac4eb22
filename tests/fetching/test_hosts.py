import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.errors import Blocked, DownloadError
from src.fetching.client import Body, Client, Redirected
from src.fetching.hosts import Gate, Hosts, Robots
from src.fetching.refusal import Refusal


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def pass_times(gate: Gate, clock: Clock, pauses: list[float]) -> list[float]:
    """Ask after each pause, wait as told, and return when each request went out."""
    times = []
    for pause in pauses:
        clock.now += pause
        while wait_s := gate.try_pass():
            clock.now += wait_s
        times.append(clock.now)
    return times


@given(
    st.integers(1, 50),
    # Mostly in a hurry, as threads are, with rests in which a bucket would fill.
    st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.001, 0.4, 3.0]), min_size=110, max_size=150),
)
def test_no_window_of_one_second_holds_more_than_the_rate(rate: int, pauses: list[float]) -> None:
    clock = Clock()
    times = pass_times(Gate(rate, 60, clock), clock, pauses)
    assert all(sum(t <= other < t + 1 for other in times) <= rate for t in times)


def test_the_rate_is_used_not_just_kept() -> None:
    clock = Clock()
    times = pass_times(Gate(10, 60, clock), clock, [0.0] * 101)
    assert times[-1] - times[0] == pytest.approx(11)


def test_several_requests_at_once_take_their_room() -> None:
    clock = Clock()
    gate = Gate(1, 60, clock)
    assert gate.try_pass(requests=3) == 0
    assert gate.try_pass() == pytest.approx(3.3)


def test_without_a_rate_everything_passes() -> None:
    gate = Gate(None, 60, Clock())
    assert [gate.try_pass() for _ in range(100)] == [0.0] * 100


def refusal(wait_s: float, *, final: bool = False) -> Refusal:
    return Refusal("http://a/x", "429 Too Many Requests", wait_s, final)


def test_nothing_passes_before_the_site_wants_us_back() -> None:
    clock = Clock()
    gate = Gate(None, 60, clock)
    gate.refused(refusal(30))
    clock.now += 29.9
    assert gate.try_pass() == pytest.approx(0.1)
    clock.now += 0.2
    assert gate.try_pass() == 0


@pytest.mark.parametrize("answer", [refusal(61), refusal(0, final=True)])
def test_a_refusal_beyond_patience_closes_the_gate(answer: Refusal) -> None:
    gate = Gate(None, 60, Clock())
    gate.refused(answer)
    with pytest.raises(Blocked, match=r"429.*after") as caught:
        gate.try_pass()
    assert caught.value.wait_s == answer.wait_s


def test_being_refused_again_and_again_closes_the_gate_unless_served_between() -> None:
    clock = Clock()
    gate = Gate(None, 60, clock)
    for _ in range(20):
        gate.refused(refusal(0))
        assert gate.try_pass() == 0
        gate.served()
    for _ in range(20):
        gate.refused(refusal(0))
    with pytest.raises(Blocked):
        gate.try_pass()


def test_refusals_of_what_was_in_flight_count_as_one() -> None:
    clock = Clock()
    gate = Gate(None, 60, clock)
    for _ in range(16):
        gate.refused(refusal(5))
    clock.now += 5
    assert gate.try_pass() == 0


def test_errors_in_a_row_close_the_gate_unless_served_between() -> None:
    gate = Gate(None, 60, Clock())
    for number in range(100):
        gate.troubled("http://a/x", "timeout")
        if number % 10 == 0:
            gate.served()
    assert gate.try_pass() == 0
    for _ in range(30):
        gate.troubled("http://a/x", "timeout")
    with pytest.raises(Blocked, match="in a row"):
        gate.try_pass()


def test_threads_share_one_rate() -> None:
    gate, stop, times = Gate(50, 60), threading.Event(), list[bool]()
    threads = [
        threading.Thread(target=lambda: times.extend(gate.wait(stop) for _ in range(3)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert times == [True] * 12
    # The thirteenth is due only after the twelve before it, so they cannot have gone at once.
    assert gate.try_pass() > 0


def test_a_stop_ends_the_wait_without_a_request() -> None:
    gate, stop = Gate(0.001, 60), threading.Event()
    assert gate.wait(stop)
    threading.Timer(0.05, stop.set).start()
    assert not gate.wait(stop)


def test_crawl_delay_only_ever_slows_down() -> None:
    clock = Clock()
    gate = Gate(1, 60, clock)
    gate.slow_down(0.1)
    gate.try_pass()
    assert gate.try_pass() == pytest.approx(1.1)
    gate.slow_down(5)
    clock.now += 2
    gate.try_pass()
    assert gate.try_pass() == pytest.approx(5)


ROBOTS = """
User-agent: *
Disallow: /api/*
Allow: /api/public$
Crawl-delay: 2

User-agent: greedybot
Disallow: /
"""


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/color?col=RED", True), ("/api/color", False), ("/api/", False), ("/api/public", True)],
)
def test_robots_rules_are_read_as_the_standard_says(path: str, allowed: bool) -> None:
    assert Robots(ROBOTS, "artlens").allows("http://a" + path) is allowed


def test_robots_rules_for_us_outweigh_those_for_all() -> None:
    assert not Robots(ROBOTS, "greedybot").allows("http://a/color")


@pytest.mark.parametrize(
    ("said", "delay_s"), [("inf", 0), ("nan", 0), ("-3", 0), ("9" * 400, 0), ("9" * 9, 86_400)]
)
def test_crawl_delay_is_one_that_can_be_kept(said: str, delay_s: float) -> None:
    assert Robots(f"User-agent: *\nCrawl-delay: {said}", "artlens").crawl_delay_s == delay_s


class RobotsClient(Client):
    """Gives the same robots.txt for every host, or sends on to it so many times."""

    def __init__(self, data: bytes, content_type: str = "", redirects: int = 0) -> None:
        super().__init__("artlens-test", 1, 1, 1000)
        self._answer, self._left = Body(data, content_type), redirects

    def get(self, url: str) -> Body:
        if self._left:
            self._left -= 1
            raise Redirected(url, "https://a/robots.txt")
        return self._answer


FORBIDDING = ("User-agent: *\nDisallow: /", "\ufeffUser-agent: *\r\nDisallow: /\r\n# caf\xe9")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")


@pytest.mark.parametrize("text", FORBIDDING)
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("content_type", ["", "text/plain; charset=utf-16", "text/plain"])
def test_robots_file_is_obeyed_whatever_its_encoding(
    text: str, encoding: str, content_type: str
) -> None:
    client = RobotsClient(text.encode(encoding), content_type)
    assert not Hosts(client, None, 5).allows("http://a/x", threading.Event())


@pytest.mark.parametrize("redirects", [1, 5, 6])
def test_robots_file_is_followed_to_where_it_is(redirects: int) -> None:
    hosts = Hosts(RobotsClient(b"User-agent: *\nDisallow: /x", "", redirects), None, 5)
    if redirects <= 5:
        assert not hosts.allows("http://a/x", threading.Event())
        assert hosts.allows("http://a/y", threading.Event())
    else:
        with pytest.raises(Blocked, match="robots"):
            hosts.allows("http://a/y", threading.Event())


def test_crawl_delay_is_read() -> None:
    assert Robots(ROBOTS, "artlens").crawl_delay_s == 2
    assert Robots("", "artlens").crawl_delay_s == 0


class HeldClient(Client):
    """Gives no robots.txt of the slow host until it is released."""

    def __init__(self) -> None:
        super().__init__("artlens-test", 1, 1, 1000)
        self.asked, self.release = threading.Event(), threading.Event()

    def get(self, url: str) -> Body:
        if url == "http://slow/robots.txt":
            self.asked.set()
            self.release.wait(10)
        return Body(b"", "text/plain")


def test_a_slow_robots_file_delays_no_other_host() -> None:
    client, stop = HeldClient(), threading.Event()
    hosts = Hosts(client, None, patience_s=5)
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(hosts.allows, "http://slow/kiss.jpg", stop)
        assert client.asked.wait(5)
        quick = pool.submit(hosts.allows, "http://quick/kiss.jpg", stop)
        try:
            assert quick.result(timeout=3)
            assert not slow.done()
        finally:
            client.release.set()
        assert slow.result(timeout=3)


def test_a_slow_robots_file_does_not_keep_browsers_from_the_gate() -> None:
    client = HeldClient()
    hosts = Hosts(client, None, patience_s=5)
    with ThreadPoolExecutor(2) as pool:
        pool.submit(hosts.allows, "http://slow/kiss.jpg", threading.Event())
        assert client.asked.wait(5)
        try:
            gate = pool.submit(hosts.gate, "http://slow/color")
            assert gate.result(timeout=3).try_pass() == 0
        finally:
            client.release.set()


class SilentClient(Client):
    """Gets no answer, and counts how often it asked."""

    def __init__(self) -> None:
        super().__init__("artlens-test", 1, 1, 1000)
        self.asked = 0

    def get(self, url: str) -> Body:
        self.asked += 1
        raise DownloadError("unreachable", f"nobody there ({url})")


def test_a_host_without_a_robots_file_that_can_be_had_is_asked_once() -> None:
    client, stop = SilentClient(), threading.Event()
    hosts = Hosts(client, None, patience_s=5)
    for _ in range(3):
        with pytest.raises(Blocked, match=r"robots\.txt \(nobody there.*after") as caught:
            hosts.allows("http://a/x", stop)
        assert caught.value.wait_s == 60
    assert client.asked == 1
