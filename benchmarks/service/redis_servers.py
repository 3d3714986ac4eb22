"""A real Redis server on loopback, and servers that only look like one."""

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as NotThere

from src.errors import ConfigError
from src.scraping.chrome import die_with_parent

_POLL_S = 0.01
_POLLS = 1000


class RedisServer:
    """A server that can be ended and started again at the same place; nothing lasts.

    Parameters
    ----------
    home : Path
        A folder where it may write.
    """

    def __init__(self, home: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client: Any = Redis.from_url(self.url)
        self._home = home

    def start(self) -> None:
        """Start it, and wait until it answers.

        Raises
        ------
        ConfigError
            If it does not.
        """
        options = f"--port {self.port} --bind 127.0.0.1 --appendonly no --dir {self._home}"
        self._process = subprocess.Popen(
            ["redis-server", *options.split(), "--save", ""],
            stdout=subprocess.DEVNULL,
            preexec_fn=die_with_parent,  # noqa: PLW1509
        )
        for _ in range(_POLLS):
            try:
                self.client.ping()
                return
            except NotThere:
                time.sleep(_POLL_S)
        raise ConfigError(f"redis-server does not answer (port {self.port}); run it to see why")

    def stop(self) -> None:
        """End it at once, also while it is frozen."""
        self.client.close()
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        """End it, if it still runs, and start it without what it knew."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Let it keep its connections and say nothing more."""
        self._process.send_signal(signal.SIGSTOP)

    def spoil(self) -> None:
        """Put what is no answer under every key."""
        for key in self.client.scan_iter():
            self.client.set(key, b"\xff garbage")

    @contextmanager
    def set_to(self, name: str, value: str) -> Iterator[None]:
        """Let a setting be another for a while."""
        before = self.client.config_get(name)[name]
        self.client.config_set(name, value)
        try:
            yield
        finally:
            self.client.config_set(name, before)


@contextmanager
def running_redis(home: Path) -> Iterator[RedisServer]:
    """Run a server while a ``with`` block lasts."""
    server = RedisServer(home)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class StandIn:
    """Takes connections, and says the same to whatever is asked, after a while or never."""

    def __init__(self, says: bytes, after_s: float) -> None:
        self._says, self._after_s = says, after_s
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://:hunter2@127.0.0.1:{self._listener.getsockname()[1]}"
        self._taken: list[socket.socket] = []
        self._thread = Thread(target=self._take)
        self._thread.start()

    @property
    def connections(self) -> int:
        """How many were taken."""
        return len(self._taken)

    def close(self) -> None:
        """Take no more, and end those that are there."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for taken in self._taken:
            taken.close()
        self._thread.join()

    def _take(self) -> None:
        while True:
            try:
                taken, _ = self._listener.accept()
            except OSError:
                return
            self._taken.append(taken)
            if self._says:
                Thread(target=self._answer, args=(taken,), daemon=True).start()

    def _answer(self, taken: socket.socket) -> None:
        try:
            while taken.recv(65536):
                time.sleep(self._after_s)
                taken.sendall(self._says)
        except OSError:
            return


@contextmanager
def standing_in(says: bytes = b"", after_s: float = 0.0) -> Iterator[StandIn]:
    """Run a server while a ``with`` block lasts; one that says nothing is mute."""
    server = StandIn(says, after_s)
    try:
        yield server
    finally:
        server.close()


def refusing_url() -> str:
    """Return the address of a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"redis://127.0.0.1:{free.getsockname()[1]}/0"
