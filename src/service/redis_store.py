"""What a Redis server that many processes share knows, as long as it answers in time.

Whatever it does, it costs no answer more than `DEADLINE_S`, and nobody an error: what cannot be had
is measured. After a few failures in a row it is left alone for a while. Nothing that a server or
its client says goes into a log: it may repeat a password.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from ..errors import ConfigError
from ..extras import name_missing
from .limits import CacheSettings
from .metrics import Metrics
from .watch import log_line

if TYPE_CHECKING:
    from redis.asyncio import Redis

# How long an answer waits for Redis, its connection and the password included.
DEADLINE_S: Final = 0.1
# So long a server that failed so often in a row is left alone; then one request tries it again.
PAUSE_S: Final = 30.0
_MOST_FAILURES: Final = 3
# Answers do not age; but those of models that nobody asks any more should go.
_KEPT_S: Final = 7 * 24 * 3600
# Of a thousand classes an answer says 50 KB. No more is kept, nor read, whatever stands there.
MOST_BYTES: Final = 256 * 1024
_SCHEMES: Final = ("redis://", "rediss://")
# Enough for a process whose requests each ask once; one more waits its turn.
_CONNECTIONS: Final = 32


def connect(settings: CacheSettings) -> "Redis | None":
    """Return a client of the server that is named, if one is; nothing is asked of it yet.

    As it comes, the client tries ten times and waits for up to a minute.

    Raises
    ------
    ConfigError
        If that is no address, without repeating it: it may hold a password.
    MissingLibrary
        If the client is not installed.
    """
    if not settings.shared:
        return None
    try:
        from redis.asyncio import BlockingConnectionPool, Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
    except ModuleNotFoundError as error:
        raise (name_missing(error, "ARTLENS_CACHE_URL", extra="cache") or error) from error
    url = settings.url.get_secret_value()
    try:
        if not url.startswith(_SCHEMES):
            raise ValueError
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=DEADLINE_S,
            socket_timeout=DEADLINE_S,
            socket_connect_timeout=DEADLINE_S,
            retry=Retry(NoBackoff(), 0),
            # With the newer form a connection is ready a round trip later.
            protocol=2,
        )
        # Which options of the address there are, only a connection knows.
        pool.make_connection()  # type: ignore[no-untyped-call]
    except (ValueError, TypeError, AttributeError):
        raise ConfigError(
            "ARTLENS_CACHE_URL is no address of a Redis server (not shown, as it may hold a "
            "password); give redis://HOST:PORT/NUMBER or rediss://…, or off to keep nothing"
        ) from None
    return Redis(connection_pool=pool)


class RedisStore:
    """Short bytes under keys, in Redis.

    Parameters
    ----------
    client : Redis
        Of this process; its connections are opened when they are needed.
    metrics : Metrics
    clock : callable
    """

    def __init__(
        self, client: "Redis", metrics: Metrics, clock: Callable[[], float] = monotonic
    ) -> None:
        self._client, self._metrics = client, metrics
        self._breaker = Breaker(clock)
        self._on_their_way: set[asyncio.Task[None]] = set()

    async def get(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        """Return what is kept under each key, None where nothing is or comes in time."""
        commands = [("GETRANGE", key, 0, MOST_BYTES - 1) for key in keys]
        replies = await self._run(commands, must_succeed=True) or [None] * len(keys)
        return [reply if isinstance(reply, bytes) and reply else None for reply in replies]

    def put(self, entries: Mapping[str, bytes]) -> None:
        """Send what is to be kept under each key; nobody waits for that."""
        commands = [("SET", key, value, "EX", _KEPT_S) for key, value in entries.items()]
        if commands:
            task = asyncio.create_task(self._put(commands))
            self._on_their_way.add(task)
            task.add_done_callback(self._on_their_way.discard)

    async def settle(self) -> None:
        """Let what is on its way arrive."""
        if self._on_their_way:
            await asyncio.wait(self._on_their_way)

    async def close(self) -> None:
        """End connections, when what is on its way has arrived."""
        await self.settle()
        await self._client.connection_pool.disconnect()

    async def _put(self, commands: Sequence[tuple[Any, ...]]) -> None:
        # A full server takes nothing more, but tells what it has.
        for reply in await self._run(commands, must_succeed=False):
            if isinstance(reply, Exception):
                self._count(reply)

    async def _run(self, commands: Sequence[tuple[Any, ...]], must_succeed: bool) -> list[Any]:
        """Carry out commands in one round trip; return a reply to each, or nothing at all."""
        if not self._breaker.admits():
            return []
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        try:
            async with asyncio.timeout(DEADLINE_S):
                replies: list[Any] = await pipeline.execute(must_succeed)
        except Exception as error:
            # Who knows what the client makes of what a lying server says.
            self._fail(error)
            return []
        if self._breaker.recover():
            self._metrics.cache_paused.set(0)
            log_line(level="INFO", message="The cache's server answers again.")
        return replies

    def _fail(self, error: Exception) -> None:
        kind = self._count(error)
        if self._breaker.fail():
            self._metrics.cache_paused.set(1)
            message = f"The cache's server fails ({kind}); it is left alone for {PAUSE_S:g} s."
            log_line(level="WARNING", message=message)

    def _count(self, error: Exception) -> str:
        kind = kind_of(error)
        self._metrics.cache_errors.labels("redis", kind).inc()
        return kind


class Breaker:
    """Says whether a server is to be asked, by how it did of late.

    Examples
    --------
    >>> now = 0.0
    >>> breaker = Breaker(lambda: now)
    >>> breaker.fail(), breaker.fail(), breaker.admits(), breaker.fail(), breaker.admits()
    (False, False, True, True, False)
    >>> now = PAUSE_S
    >>> breaker.admits(), breaker.admits(), breaker.recover(), breaker.admits()
    (True, False, True, True)
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._again = 0.0

    def admits(self) -> bool:
        """Tell whether the server is to be asked; after each pause one request is told so."""
        if self._failures < _MOST_FAILURES:
            return True
        if self._clock() < self._again:
            return False
        self._again = self._clock() + PAUSE_S
        return True

    def fail(self) -> bool:
        """Count a failure; tell whether a pause begins with it that was not there before."""
        self._failures += 1
        if self._failures >= _MOST_FAILURES:
            self._again = self._clock() + PAUSE_S
        return self._failures == _MOST_FAILURES

    def recover(self) -> bool:
        """Forget failures; tell whether a pause ends with that."""
        paused = self._failures >= _MOST_FAILURES
        self._failures = 0
        return paused


def kind_of(error: Exception) -> str:
    """Return in a word what went wrong, from a short list.

    Examples
    --------
    >>> kind_of(TimeoutError()), kind_of(ConnectionRefusedError()), kind_of(ValueError("$x"))
    ('timeout', 'connection', 'protocol')
    """
    from redis import exceptions as redis

    kinds: tuple[tuple[str, tuple[type[Exception], ...]], ...] = (
        ("timeout", (TimeoutError, redis.TimeoutError)),
        ("password", (redis.AuthenticationError, redis.AuthorizationError)),
        ("password", (redis.NoPermissionError,)),
        ("full", (redis.OutOfMemoryError,)),
        ("connection", (redis.ConnectionError, OSError)),
        ("refused", (redis.ResponseError,)),
    )
    return next((kind for kind, types in kinds if isinstance(error, types)), "protocol")
