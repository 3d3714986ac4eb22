"""A server of answers that works, and all the ways in which one does not."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from benchmarks.service.redis_servers import RedisServer, StandIn, refusing_url, standing_in
from src.errors import ConfigError
from src.service.limits import CacheSettings
from src.service.metrics import Metrics
from src.service.redis_store import MOST_BYTES, PAUSE_S, RedisStore, connect


class Tried:
    """A store on a clock of its own, and what its metrics say."""

    def __init__(self, url: str) -> None:
        client = connect(CacheSettings(url=SecretStr(url)))
        assert isinstance(client, Redis)
        self.now, self.metrics = 0.0, Metrics()
        self.store = RedisStore(client, self.metrics, lambda: self.now)

    def says(self, name: str) -> float:
        lines = dict(line.rsplit(" ", 1) for line in self.metrics.render().decode().splitlines())
        return float(lines.get(name, "0"))

    def errors(self, kind: str) -> float:
        return self.says(f'artlens_cache_errors_total{{kind="{kind}",store="redis"}}')

    @property
    def paused(self) -> bool:
        return bool(self.says("artlens_cache_paused"))


def tried(url: str, use: Callable[[Tried], Awaitable[None]]) -> Tried:
    """Use a store, which is closed then, in less time than anybody would wait."""

    async def run() -> Tried:
        it = Tried(url)
        try:
            async with asyncio.timeout(30):
                await use(it)
        finally:
            await it.store.close()
        return it

    return asyncio.run(run())


async def put(it: Tried, entries: dict[str, bytes]) -> None:
    it.store.put(entries)
    await it.store.settle()


def test_it_gives_what_was_put_and_lets_redis_forget_it(redis_server: RedisServer) -> None:
    async def use(it: Tried) -> None:
        assert await it.store.get(["a", "b"]) == [None, None]
        await put(it, {"a": b"1", "c": b"\x00\xff"})
        assert await it.store.get(["a", "b", "c"]) == [b"1", None, b"\x00\xff"]

    tried(redis_server.url, use)
    assert 0 < int(redis_server.client.ttl("a")) <= 7 * 24 * 3600


def test_it_reads_no_more_than_an_answer_can_be(redis_server: RedisServer) -> None:
    redis_server.client.set("huge", b"x" * (4 * MOST_BYTES))

    async def use(it: Tried) -> None:
        (found,) = await it.store.get(["huge"])
        assert found == b"x" * MOST_BYTES

    tried(redis_server.url, use)


@contextmanager
def nobody() -> Iterator[str]:
    yield refusing_url()


@contextmanager
def somebody(says: bytes = b"", after_s: float = 0.0) -> Iterator[str]:
    with standing_in(says, after_s) as server:
        yield server.url


@pytest.mark.parametrize(
    ("server", "kind"),
    [
        (nobody(), "connection"),
        (somebody(), "timeout"),
        (somebody(b"+OK\r\n", after_s=0.5), "timeout"),
        # Each step within the limit, but not all together.
        (somebody(b"+OK\r\n" * 2, after_s=0.07), "timeout"),
        (somebody(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "protocol"),
        (somebody(b"$9999999999\r\n" + b"x" * 9000), "timeout"),
        (somebody(b":" + b"9" * 20 + b"x\r\n"), "protocol"),
        (somebody(b"-WRONGPASS hunter2 is wrong\r\n"), "password"),
        (somebody(b"-LOADING the dataset in memory\r\n"), "connection"),
    ],
    ids=[
        "none",
        "mute",
        "slow",
        "slow steps",
        "web",
        "endless",
        "senseless",
        "password",
        "loading",
    ],
)
def test_a_server_that_fails_costs_little_and_is_left_alone(
    server: AbstractContextManager[str], kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def use(it: Tried) -> None:
        for failures in range(1, 4):
            assert not it.paused
            assert await it.store.get(["a", "b"]) == [None, None]
            assert it.errors(kind) == failures
        assert it.paused
        await put(it, {"a": b"1"})
        assert await it.store.get(["a", "b"]) == [None, None]
        it.now += PAUSE_S
        assert await it.store.get(["a", "b"]) == [None, None]
        assert it.errors(kind) == 4
        assert await it.store.get(["a", "b"]) == [None, None]

    with server as url:
        it = tried(url, use)
    assert it.errors(kind) == 4
    assert it.paused
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["level"] == "WARNING"
    assert f"({kind})" in line
    assert "hunter2" not in line


def test_while_it_is_left_alone_nobody_connects() -> None:
    async def use(it: Tried) -> None:
        await asyncio.gather(*(it.store.get(["a"]) for _ in range(20)))
        assert it.errors("timeout") == 20
        before = server.connections
        await asyncio.gather(*(it.store.get(["a"]) for _ in range(20)))
        assert server.connections == before
        it.now += PAUSE_S
        await asyncio.gather(*(it.store.get(["a"]) for _ in range(20)))
        assert it.errors("timeout") == 21

    server: StandIn
    with standing_in() as server:
        tried(server.url, use)


def test_a_server_that_was_gone_is_used_again(
    redis_server: RedisServer, capsys: pytest.CaptureFixture[str]
) -> None:
    async def use(it: Tried) -> None:
        await put(it, {"here": b"1"})
        redis_server.stop()
        try:
            for _ in range(5):
                assert await it.store.get(["here"]) == [None]
            assert it.paused
        finally:
            redis_server.start()
        assert await it.store.get(["here"]) == [None]
        it.now += PAUSE_S
        await put(it, {"here": b"2"})
        assert not it.paused
        assert await it.store.get(["here"]) == [b"2"]
        assert it.errors("connection") == 3

    tried(redis_server.url, use)
    assert "answers again" in capsys.readouterr().err


def test_one_that_was_restarted_between_two_requests_is_connected_to_again(
    redis_server: RedisServer,
) -> None:
    async def use(it: Tried) -> None:
        await put(it, {"a": b"1"})
        redis_server.restart()
        # The end of the old connection is there, and will be seen.
        await asyncio.sleep(0.01)
        await put(it, {"a": b"2"})
        assert await it.store.get(["a"]) == [b"2"]

    tried(redis_server.url, use)


def test_one_that_is_full_still_tells_what_it_has(redis_server: RedisServer) -> None:
    async def use(it: Tried) -> None:
        await put(it, {"kept": b"1"})
        with redis_server.set_to("maxmemory", "1"):
            for count in range(1, 6):
                await put(it, {"new": b"1"})
                assert it.errors("full") == count
                assert await it.store.get(["kept", "new"]) == [b"1", None]
        assert not it.paused

    tried(redis_server.url, use)


def test_one_that_wants_a_password_is_left_alone(redis_server: RedisServer) -> None:
    async def use(it: Tried) -> None:
        for _ in range(3):
            assert await it.store.get(["a"]) == [None]
            await put(it, {"a": b"1"})
        assert it.errors("password") == 3
        assert it.paused

    with redis_server.set_to("requirepass", "secret"):
        tried(redis_server.url, use)


def test_late_replies_are_not_taken_for_those_of_another_key() -> None:
    """What a slow server says at last belongs to a connection that is gone."""

    async def use(it: Tried) -> None:
        assert await it.store.get(["a"]) == [None]
        await asyncio.sleep(0.2)
        assert await it.store.get(["b"]) == [None]

    with standing_in(b"$4\r\nlate\r\n", after_s=0.15) as server:
        tried(server.url, use)


@pytest.mark.parametrize(
    "url",
    [
        "localhost:6379",
        "http://:hunter2@127.0.0.1",
        "redis://:hunter2@127.0.0.1:port",
        "redis://:hunter2@127.0.0.1:99999",
        "redis://:hunter2@127.0.0.1?socket_timeout=hunter2",
        "redis://:hunter2@127.0.0.1?colour=red",
        "memcached://127.0.0.1",
        "OFF",
        "redis://:hunter2@[::1",
    ],
)
def test_what_is_no_address_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ConfigError, match="ARTLENS_CACHE_URL is no address") as refusal:
        connect(CacheSettings(url=SecretStr(url)))
    shown: list[Any] = [refusal.value, refusal.value.__cause__, CacheSettings(url=SecretStr(url))]
    assert "hunter2" not in repr(shown)
