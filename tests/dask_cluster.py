"""A real dask scheduler and workers, each a process of this machine."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from src.config import project_root

_LOCAL = ("--host", "127.0.0.1", "--no-dashboard")
_DEADLINE_S = 60.0


@dataclass
class DaskCluster:
    """A scheduler's address, and its workers in the order in which they were started."""

    address: str
    scratch: Path
    scheduler: subprocess.Popen[str]
    workers: list[subprocess.Popen[str]] = field(default_factory=list)

    def start_worker(self) -> None:
        """Start a worker with one thread; return when it is registered."""
        options = ("--no-nanny", "--nthreads", "1", "--local-directory", str(self.scratch))
        process = _start("dask_worker", self.address, *_LOCAL, *options)
        self.workers.append(process)
        _wait_for("Registered to", process)

    def kill_worker(self) -> None:
        """Kill the oldest worker, as the system does for want of memory."""
        _end(self.workers.pop(0))


@contextmanager
def dask_cluster(scratch: Path, workers: int) -> Iterator[DaskCluster]:
    """Run a scheduler with so many workers."""
    scheduler = _start("dask_scheduler", *_LOCAL, "--port", "0")
    workers_started: list[subprocess.Popen[str]] = []
    try:
        line = _wait_for("Scheduler at", scheduler)
        address = re.sub(r".*(tcp://\S+).*", r"\1", line, flags=re.S)
        cluster = DaskCluster(address, scratch, scheduler, workers_started)
        for _ in range(workers):
            cluster.start_worker()
        yield cluster
    finally:
        for process in [*workers_started, scheduler]:
            _end(process)


def _start(program: str, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"distributed.cli.{program}", *options]
    # Functions of test modules have to be found by the workers, too.
    places = os.environ | {"PYTHONPATH": str(project_root())}
    return subprocess.Popen(command, env=places, stderr=subprocess.PIPE, text=True)


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    if process.stderr:
        process.stderr.close()


def _wait_for(text: str, process: subprocess.Popen[str]) -> str:
    """Return the first line of the log with that text; end the process if there is none."""
    assert process.stderr
    timer = threading.Timer(_DEADLINE_S, process.kill)
    timer.start()
    seen = []
    for line in process.stderr:
        seen.append(line)
        if text in line:
            timer.cancel()
            return line
    raise AssertionError(f"no {text!r} in the log: {''.join(seen)}")
