"""How much sooner a known answer comes than a measured one, and what a bad cache costs.

Run with ``python -m benchmarks.benchmark_cache``. One client sends pictures, one after the other,
to be looked at by all models: to a service that measures each, to one that keeps answers in its
memory, and to one that finds in Redis what another has measured. Then to services whose Redis does
what it should not, half-way or from the start. Needs Debian's redis-server.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.report import Ratio, run_alone
from benchmarks.service.client import Client
from benchmarks.service.pictures import photographs, thumbnails
from benchmarks.service.redis_servers import RedisServer, refusing_url, running_redis, standing_in
from benchmarks.service.servers import CACHE_VARIABLE, Server, run_service
from src.errors import ConfigError

# Redis is a round trip away, and what it says is checked.
SHARED_FLOOR: Final = 3.0
MOST_ADDED_S: Final = 0.2
ROUNDS: Final = 5
# Each is new to the service, so that Redis is asked for each.
PICTURES: Final = 40
PATH: Final = "/v1/analyse"
# Pictures and floors. However soon a photograph is known, its 1.4 MB are received and summed.
SIZES: Final = (
    ("218 x 218", thumbnails(16), 10.0),
    ("1000 x 750", photographs(8, (1000, 750)), 10.0),
    ("3000 x 2250", photographs(3), 7.0),
)
# What servers say that are none, and after how many seconds.
FALSE: Final[Mapping[str, tuple[bytes, float]]] = {
    "mute": (b"", 0.0),
    "slow": (b"+OK\r\n", 0.5),
    "no Redis": (b"HTTP/1.1 400 Bad Request\r\n\r\n", 0.0),
    "endless": (b"$900000000\r\n" + bytes(1_000_000), 0.0),
}
# What happens to a real one half-way; each is started anew before the next.
TROUBLES: Final[Mapping[str, Callable[[RedisServer], object]]] = {
    "full of garbage": RedisServer.spoil,
    "full": lambda redis: redis.client.config_set("maxmemory", "1"),
    "frozen": RedisServer.freeze,
    "restarted": RedisServer.restart,
    "gone": RedisServer.stop,
}


def measure() -> list[Ratio]:
    """Compare known answers with measured ones, then look at caches that fail."""
    with _serving("off") as measuring:
        with _serving("") as keeping:
            known = [_compare_known(*row, measuring, keeping) for row in SIZES]
        with tempfile.TemporaryDirectory() as name, running_redis(Path(name)) as redis:
            shared = _compare_shared(redis, measuring)
            added_s = dict(_added_times(redis, measuring))
    return [*known, shared, _added_ratio(added_s)]


@contextmanager
def _serving(cache: str) -> Iterator[Server]:
    with run_service(env={CACHE_VARIABLE: cache}) as server:
        server.wait_until_all_answer()
        yield server


def _compare_known(
    size: str, pictures: Sequence[bytes], floor: float, measuring: Server, keeping: Server
) -> Ratio:
    _times(keeping, pictures)
    rounds = [(_times(measuring, pictures), _times(keeping, pictures)) for _ in range(ROUNDS)]
    measured_s, known_s = (median(map(median, column)) for column in zip(*rounds, strict=True))
    name = f"service, all answers known, {size}, one client"
    return _ratio(name, measured_s, known_s, floor)


def _compare_shared(redis: RedisServer, measuring: Server) -> Ratio:
    """Ask for what another process has measured, each picture once."""
    pictures = thumbnails(PICTURES)
    with _serving(redis.url) as first, _serving(redis.url) as second:
        _times(first, pictures)
        measured_s, known_s = (median(_times(each, pictures)) for each in (measuring, second))
    name = "service, all answers known to another process, 218 x 218, one client"
    return _ratio(name, measured_s, known_s, SHARED_FLOOR)


def _ratio(name: str, measured_s: float, known_s: float, floor: float) -> Ratio:
    note = f"{known_s * 1e3:.2f} ms against {measured_s * 1e3:.2f} ms measured"
    return Ratio(name, measured_s / known_s, floor, note)


def _added_times(redis: RedisServer, measuring: Server) -> Iterator[tuple[str, float]]:
    """Yield by how much the slowest are slower than without a cache, for each bad server."""
    yield "not there", _added(refusing_url(), measuring)
    for what, (says, after_s) in FALSE.items():
        with standing_in(says, after_s) as server:
            yield what, _added(server.url, measuring)
    for what, happens in TROUBLES.items():
        yield what, _added(redis.url, measuring, lambda: happens(redis))  # noqa: B023 - called at once
        redis.restart()


def _added(url: str, measuring: Server, midway: Callable[[], object] = lambda: None) -> float:
    """Send each picture to both services in turn.

    The slowest may have met other work of the machine; a bad server holds up two at least.
    """
    pictures, ours, usual = thumbnails(PICTURES), list[float](), list[float]()
    with _serving(url) as server:
        for place, picture in enumerate(pictures):
            if place == len(pictures) // 2:
                midway()
            ours += _times(server, [picture])
            usual += _times(measuring, [picture])
    return sorted(ours)[-2] - sorted(usual)[-2]


def _added_ratio(added_s: Mapping[str, float]) -> Ratio:
    told = ", ".join(f"{what} {added * 1e3:.0f}" for what, added in added_s.items())
    return Ratio(
        f"service, a bad Redis adds at most {MOST_ADDED_S:g} s to the slowest of {PICTURES}",
        # One that cost nothing at all would be that of a lucky moment.
        MOST_ADDED_S / max(1e-3, *added_s.values()),
        1,
        f"in ms: {told}",
    )


def _times(server: Server, pictures: Sequence[bytes]) -> list[float]:
    """Return how long each picture took, in seconds."""
    times = []
    with Client(server.port) as client:
        for picture in pictures:
            start = time.perf_counter()
            status, answer = client.post(picture, PATH)
            times.append(time.perf_counter() - start)
            if status != 200 or answer["unanswered"]:
                raise ConfigError(f"{PATH} answered {status} ({answer}); expected all answers")
    return times


if __name__ == "__main__":
    run_alone(measure)
