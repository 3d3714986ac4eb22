"""Two bare drivers stand in for a Selenium Grid."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from src.gallery.museum import Museum
from src.scraping.manifest import read_manifest
from src.scraping.run import RawFolder
from src.scraping.store import Store
from src.scraping.supervisor import GridSessions
from tests.scraping.conftest import QUICK, run_scrape, scrape_command
from tests.scraping.processes import workers_of


@pytest.fixture(scope="module")
def grids() -> Iterator[list[str]]:
    driver = shutil.which("chromedriver")
    assert driver is not None
    ports = [free_port(), free_port()]
    processes = [
        subprocess.Popen([driver, f"--port={port}"], stdout=subprocess.DEVNULL) for port in ports
    ]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    for url in urls:
        wait_until_ready(url)
    yield urls
    for process in processes:
        process.terminate()
        process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def wait_until_ready(url: str) -> None:
    for _ in range(100):
        try:
            if json.load(urlopen(f"{url}/status"))["value"]["ready"]:
                return
        except URLError:
            time.sleep(0.1)
    pytest.fail(f"no driver came up at {url}")


def sessions_of(folder: RawFolder) -> str:
    with Store(folder.database, read_only=True) as store:
        return store.note("grid sessions")


def test_browsers_on_a_grid_collect_as_those_here_do(
    museum: Museum, folder: RawFolder, grids: list[str]
) -> None:
    options = [option for url in grids for option in ("--grid", url)]
    done = run_scrape(museum.url, folder, "--browsers", "2", "--no-images", *options)
    assert done.returncode == 0, done.stderr
    assert "RED: complete" in done.stdout
    assert "PINK: complete" in done.stdout
    assert sessions_of(folder) == "[]"


def test_sessions_of_a_killed_run_are_ended_by_the_next(
    museum: Museum, folder: RawFolder, grids: list[str]
) -> None:
    command = scrape_command(museum.url, folder, "--grid", grids[0], "--log-json")
    with subprocess.Popen(command, env=os.environ | QUICK, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        while b'"works"' not in process.stderr.readline():
            pass
        # Stopped first, so that neither it nor a worker has time to end the session in good order.
        process.send_signal(signal.SIGSTOP)
        workers = workers_of(process.pid)
        for worker in workers:
            os.killpg(worker, signal.SIGKILL)
        process.kill()
    (session,) = json.loads(sessions_of(folder))
    assert workers
    assert is_alive(session)
    assert run_scrape(museum.url, folder, "--grid", grids[1]).returncode == 0
    assert not is_alive(session)
    assert len(list(read_manifest(folder.manifest))) == 72


def test_no_grid_there_is_told(museum: Museum, folder: RawFolder) -> None:
    failed = run_scrape(museum.url, folder, "--grid", f"http://127.0.0.1:{free_port()}")
    assert failed.returncode == 2
    assert failed.stderr.startswith("error: no browser (")


def is_alive(session: str) -> bool:
    try:
        return json.load(urlopen(f"{session}/url"))["value"] is not None
    except HTTPError:
        return False


def test_a_grid_that_has_gone_is_forgotten(store: Store) -> None:
    sessions = GridSessions(store)
    sessions.add(f"http://127.0.0.1:{free_port()}/session/x")
    GridSessions(store).end_all()
    assert store.note("grid sessions") == "[]"
