"""SIGKILL at awkward moments: the next run comes to the same end, byte for byte."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from src.config import PACKAGE_ROOT
from src.gallery.forum import Forum
from src.reddit.run_parts import PostsFolder
from tests.reddit.collecting import RECIPE, is_consistent, read_tree, run

# The event at which a run is killed, and how often it is told before.
MOMENTS = (("looked", 2), ("image", 20), ("comparing", 1))


def wait_for_group(group: int, within_s: float = 5) -> None:
    """Wait until all that were killed with a process have ended, and let go of its lock."""
    give_up_at = time.monotonic() + within_s
    with suppress(ProcessLookupError):
        while time.monotonic() < give_up_at:
            os.killpg(group, 0)
            time.sleep(0.02)


def kill_at(command: list[str], data: Path, event: str, times: int) -> None:
    with subprocess.Popen(
        command,
        cwd=PACKAGE_ROOT.parent,
        env=os.environ | {"ARTLENS_DATA_DIR": str(data)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            times -= f'"event": "{event}"' in line
            if not times:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                wait_for_group(process.pid)
                return
    pytest.fail(f"the run ended before its {event}")


def test_killed_runs_come_to_the_same_end(
    forum: Forum, calm: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "few.toml").write_text(RECIPE)
    words = ["reddit", "--recipe", str(tmp_path / "few.toml"), "--site", forum.url, "--log-json"]
    command = [sys.executable, "-m", "src", "collect", *words, "--connections", "4"]
    forum.switch(latency_ms=20)
    for event, times in MOMENTS:
        kill_at(command, tmp_path, event, times)
    folder = PostsFolder(tmp_path / "raw" / "medium")
    assert run(forum, folder).exit_code == 0
    assert read_tree(folder) == calm
    assert is_consistent(folder)
