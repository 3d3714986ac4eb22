"""The two servers as processes of their own: ours, and the study's way."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from benchmarks.service.client import Client
from benchmarks.service.pictures import thumbnails
from benchmarks.service.reference_model import FOLDER_VARIABLE
from src.config import PACKAGE_ROOT
from src.errors import ConfigError

# Where a service keeps answers; nothing for its memory.
CACHE_VARIABLE: Final = "ARTLENS_CACHE_URL"
_START_LIMIT_S: Final = 60.0
_POLL_S: Final = 0.01
# A server that answers a thumbnail this quickly has nothing left to do.
_IDLE_S: Final = 0.25
# Where the machine has other work no server may ever be that quick.
_SETTLED_S: Final = 10.0
# Of several processes, any may answer; so often in a row, all have.
_TIMES_READY: Final = 30


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is ready.

    Attributes
    ----------
    port : int
        On 127.0.0.1.
    process : psutil.Process
        To look at its memory; it may have children.
    start_s : float
        From the start of the process to its first answer that it is ready.
    predict_path : str
        Where it takes pictures.
    """

    port: int
    process: psutil.Process
    start_s: float
    predict_path: str = "/v1/predict"

    @property
    def url(self) -> str:
        """Address of where it takes pictures."""
        return f"http://127.0.0.1:{self.port}{self.predict_path}"

    def settle(self) -> None:
        """Wait until what an earlier load left behind is done, for some seconds at most."""
        picture, quick = thumbnails(1)[0], 0
        late = time.monotonic() + _SETTLED_S
        with Client(self.port) as client:
            while quick < 3 and (start := time.monotonic()) < late:
                status, _ = client.post(picture, self.predict_path)
                soon = time.monotonic() - start < _IDLE_S and status == 200
                quick = quick + 1 if soon else 0

    def wait_until_all_answer(self) -> None:
        """Wait until a service has loaded all its models, in each of its processes.

        Raises
        ------
        ConfigError
            If one cannot be loaded, or it takes a minute.
        """
        end, ready = time.monotonic() + _START_LIMIT_S, 0
        while ready < _TIMES_READY:
            # A new connection each time, so that the system can choose the process.
            with urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=_START_LIMIT_S) as answer:
                tasks = json.load(answer)["tasks"]
            statuses = {task["status"] for task in tasks}
            if "failed" in statuses or time.monotonic() > end:
                raise ConfigError(f"not all models were loaded ({tasks}); look into the log")
            ready = ready + 1 if statuses == {"ready"} else 0
            time.sleep(_POLL_S)

    def resident_mb(self) -> float:
        """Return the memory that it and its children hold, in megabytes."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(member.memory_info().rss for member in family) / 1e6


@contextmanager
def run_service(
    *options: str, env: Mapping[str, str] | None = None, log: Path | None = None
) -> Iterator[Server]:
    """Run ``artlens serve`` while a ``with`` block lasts.

    It measures every picture, also one that was sent before, unless a setting says otherwise.

    Parameters
    ----------
    *options : str
        Options of the command.
    env : Mapping of str to str, optional
        Settings, as environment variables.
    log : Path, optional
        Where its log goes; by default nowhere.
    """
    command = [sys.executable, "-m", "src.cli", "serve", *options, "--port"]
    with _run(command, {CACHE_VARIABLE: "off", **(env or {})}, "/readyz", log) as server:
        yield server


@contextmanager
def run_reference(model_folder: Path) -> Iterator[Server]:
    """Run the study's way of serving while a ``with`` block lasts."""
    target = "benchmarks.service.reference:app"
    command = [sys.executable, "-m", "uvicorn", target, "--port"]
    with _run(command, {FOLDER_VARIABLE: str(model_folder)}, "/openapi.json", None) as server:
        yield replace(server, predict_path="/img_classify")


@contextmanager
def run_plain() -> Iterator[Server]:
    """Run a plain handler of all tasks while a ``with`` block lasts."""
    command = [sys.executable, "-m", "uvicorn", "benchmarks.service.plain_models:app", "--port"]
    with _run(command, {}, "/openapi.json", None) as server:
        yield replace(server, predict_path="/analyse")


def answer_times_ms(server: Server, path: str, seconds: float, pause_s: float) -> list[float]:
    """Ask for a path again and again over one connection; return how long each answer took.

    Raises
    ------
    ConfigError
        If an answer is anything but 200.
    """
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_START_LIMIT_S)
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        times.append((time.perf_counter() - start) * 1e3)
        if answer.status != 200:
            raise ConfigError(f"{path} answered {answer.status} under load; expected 200")
        time.sleep(pause_s)
    connection.close()
    return times


def wait_until_ready(process: subprocess.Popen[bytes], url: str) -> None:
    """Wait until a starting server answers 200.

    Raises
    ------
    ConfigError
        If it ends instead, or takes a minute.
    """
    end = time.monotonic() + _START_LIMIT_S
    while _fetch_status(url) != 200:
        if process.poll() is not None or time.monotonic() > end:
            raise ConfigError(
                f"the server did not start (exit code {process.returncode}); run "
                f"{' '.join(map(str, process.args))} to see why"  # type: ignore[arg-type]
            )
        time.sleep(_POLL_S)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def _run(
    command: Sequence[str], env: Mapping[str, str], ready_path: str, log: Path | None
) -> Iterator[Server]:
    port = free_port()
    start = time.monotonic()
    with (log or Path(os.devnull)).open("wb") as out:
        process = subprocess.Popen(
            [*command, str(port)],
            stdout=out,
            stderr=out,
            cwd=PACKAGE_ROOT.parent,
            env={**os.environ, **env},
        )
    try:
        wait_until_ready(process, f"http://127.0.0.1:{port}{ready_path}")
        yield Server(port, psutil.Process(process.pid), time.monotonic() - start)
    finally:
        process.terminate()
        process.wait()


def _fetch_status(url: str) -> int | None:
    try:
        with urlopen(url, timeout=_START_LIMIT_S) as answer:
            return int(answer.status)
    except (URLError, ConnectionError):
        return None
