import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from src.fetching.threads import run_jobs, stop_on_interrupt


def test_no_more_jobs_are_out_than_threads_and_uncommitted_ones_count() -> None:
    given = Counter[str]()

    def jobs() -> Iterator[int]:
        for number in range(200):
            given["out"] += 1
            yield number

    taken, most = list[int](), 0
    for group in run_jobs(jobs(), lambda number: number, 7, threading.Event()):
        most = max(most, given["out"] - len(taken))
        taken += group
    assert sorted(taken) == list(range(200))
    assert most <= 7


def test_an_interrupt_asks_to_stop_while_the_block_lasts_and_is_one_again_after_it() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stop_on_interrupt() as stop:
        assert not stop.is_set()
        signal.raise_signal(signal.SIGINT)
        assert stop.is_set()
    assert signal.getsignal(signal.SIGINT) is before


def test_a_stop_does_not_wait_for_what_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("src.fetching.threads._GRACE_S", 0.3)
    stop, release = threading.Event(), threading.Event()
    threading.Timer(0.1, stop.set).start()
    assert list(run_jobs([1, 2], lambda _: release.wait(30), 2, stop)) == []
    assert not release.is_set()
    release.set()


@pytest.mark.parametrize("hangs", [True, False])
def test_a_process_leaves_with_its_results_though_a_thread_hangs(hangs: bool) -> None:
    program = (
        "import threading, time\n"
        "from src.fetching.threads import leave, run_jobs\n"
        f"work = (lambda job: time.sleep(60)) if {hangs} else abs\n"
        "stop = threading.Event()\n"
        "threading.Timer(0.2, stop.set).start()\n"
        "list(run_jobs([1], work, 1, stop))\n"
        "print('done')\n"
        "leave(3)"
    )
    command = [sys.executable, "-c", program]
    left = subprocess.run(command, capture_output=True, text=True, timeout=40, check=False)
    assert (left.returncode, left.stdout) == (3, "done\n")
