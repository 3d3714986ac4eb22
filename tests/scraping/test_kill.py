"""SIGKILL at awkward moments: nothing is lost, left running, or asked for again and again."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from src.gallery.museum import Museum
from src.scraping.manifest import read_manifest
from src.scraping.run import RawFolder
from tests.scraping.conftest import QUICK, read_tree, run_scrape, scrape_command
from tests.scraping.processes import browser_in, browsers_of, members_of, workers_of

CONNECTIONS = 4


@pytest.fixture(scope="module")
def small_museum() -> Iterator[Museum]:
    options = ("--works", "RED=150,PINK=80", "--thumbnails", "plain", "--latency-ms", "60")
    with Museum(*options) as museum:
        yield museum


@contextmanager
def running(museum: Museum, folder: RawFolder) -> Iterator["subprocess.Popen[str]"]:
    command = scrape_command(museum.url, folder, "--connections", str(CONNECTIONS), "--log-json")
    process = subprocess.Popen(
        command,
        env=os.environ | QUICK,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        yield process


def wait_for(process: "subprocess.Popen[str]", event: str, times: int) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        times -= f'"event": "{event}"' in line
        if not times:
            return
    pytest.fail(f"the run ended before its {event}")


def is_empty(session: int, within_s: float = 3) -> bool:
    """Say whether a worker's session, with its driver and browser, has ended in time."""
    give_up_at = time.monotonic() + within_s
    while members_of(session) and time.monotonic() < give_up_at:
        time.sleep(0.05)
    return not members_of(session)


def kill_everywhere(museum: Museum, folder: RawFolder) -> None:
    """End a browser, a worker, the supervisor, both at once, and one that downloads."""
    with running(museum, folder) as process:
        wait_for(process, "works", 1)
        (unlucky,) = workers_of(process.pid)
        os.kill(browser_in(unlucky), signal.SIGKILL)
        wait_for(process, "works", 2)
        (first,) = workers_of(process.pid)
        os.kill(first, signal.SIGKILL)
        wait_for(process, "works", 2)
        (second,) = workers_of(process.pid)
        process.kill()
    assert is_empty(unlucky)
    assert is_empty(first)
    assert is_empty(second)
    with running(museum, folder) as process:
        wait_for(process, "works", 1)
        (worker,) = workers_of(process.pid)
        os.kill(worker, signal.SIGKILL)
        os.killpg(process.pid, signal.SIGKILL)
    assert is_empty(worker)
    with running(museum, folder) as process:
        wait_for(process, "image", 20)
        os.killpg(process.pid, signal.SIGKILL)
    assert not browsers_of(folder)


def test_killed_runs_come_to_the_same_end(
    museum: Museum, folder: RawFolder, tmp_path: Path
) -> None:
    whole = RawFolder(tmp_path / "whole" / "raw")
    assert run_scrape(museum.url, whole).returncode == 0
    before = Counter(visit.path for visit in museum.visits("image"))
    kill_everywhere(museum, folder)
    assert run_scrape(museum.url, folder).returncode == 0
    assert read_tree(folder) == read_tree(whole)
    asked = Counter(visit.path for visit in museum.visits("image")) - before
    assert len(asked) == 230
    assert sum(asked.values()) - 230 <= CONNECTIONS
    assert len(list(read_manifest(folder.manifest))) == 230
    assert not list(folder.profiles.iterdir())
