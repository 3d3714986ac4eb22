import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import cv2
import psutil
import pytest
from joblib import Parallel, delayed

from src.errors import ArtlensError
from src.jobs import parallel_map as parallel_map_module
from src.jobs.parallel_map import (
    _kill_workers,
    local_workers,
    parallel_map,
    workers_starting,
)


def describe_process(item: int) -> tuple[int, int, int]:
    return item, os.getpid(), cv2.getNumThreads()


def refuse(item: int) -> int:
    raise ValueError(f"item {item}")


def kill_itself_once(flag: Path, item: int) -> int:
    if item == 77 and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def kill_itself_on(victim: int, item: int) -> int:
    if item == victim:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def work_slowly(item: int, pause_s: float = 0.02) -> int:
    time.sleep(pause_s)
    return item


def give_up(item: int) -> int:
    return -item


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 100])
def test_results_come_in_the_order_of_the_items(count: int) -> None:
    squares = list(parallel_map(partial(pow, 2), range(count), jobs=1, label="powers"))
    assert squares == [2**item for item in range(count)]


def test_processes_share_the_work_with_one_opencv_thread_each() -> None:
    results = list(parallel_map(describe_process, range(300), jobs=2, label="processes"))
    assert [item for item, _, _ in results] == list(range(300))
    assert os.getpid() not in {process for _, process, _ in results}
    assert {threads for _, _, threads in results} == {1}


def test_this_process_keeps_its_opencv_threads() -> None:
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    try:
        (result,) = parallel_map(describe_process, [7], jobs=2, label="alone")
        assert result == (7, os.getpid(), 1)
        assert cv2.getNumThreads() == 2
    finally:
        cv2.setNumThreads(before)


def test_what_the_work_raises_ends_the_map() -> None:
    with pytest.raises(ValueError, match="item 0"):
        list(parallel_map(refuse, range(3), jobs=1, label="refused"))


def test_a_bar_is_shown_on_a_terminal_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    list(parallel_map(abs, range(100), jobs=1, label="sizes"))
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    list(parallel_map(abs, range(100), jobs=1, label="sizes"))
    out, err = capsys.readouterr()
    assert out == ""
    assert "sizes" in err
    assert "100/100" in err


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def test_workers_start_while_this_process_goes_on_and_do_all_that_follows() -> None:
    with workers_starting(2, "wave"):
        pass
    started = children()
    some = {process for _, process, _ in parallel_map(describe_process, range(300), 2, "started")}
    with local_workers():
        others = set(Parallel(2)(delayed(os.getpid)() for _ in range(20)))
    assert children() == started >= some | others


def test_workers_import_what_they_are_to_start_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kill_workers()
    monkeypatch.syspath_prepend(tmp_path)
    code = f"import os, pathlib\npathlib.Path({str(tmp_path)!r}, 'by').write_text(str(os.getpid()))"
    (tmp_path / "slow_to_import.py").write_text(code)
    with workers_starting(2, "slow_to_import"):
        pass
    assert int((tmp_path / "by").read_text()) in children()


def test_nobody_waits_for_workers_when_something_is_refused() -> None:
    _kill_workers()
    with pytest.raises(ArtlensError, match="no"), workers_starting(2, "sklearn.svm"):
        raise ArtlensError("no")
    left = [child.cmdline() for child in psutil.Process().children()]
    assert not [command for command in left if "popen_loky" in str(command)]


def test_items_are_taken_as_they_are_needed() -> None:
    taken = itertools.count()
    results = parallel_map(abs, (next(taken) for _ in itertools.count()), jobs=1, label="endless")
    assert list(itertools.islice(results, 3000)) == list(range(3000))
    assert next(taken) < 10_000


def test_work_of_a_killed_worker_is_done_again(tmp_path: Path) -> None:
    work = partial(kill_itself_once, tmp_path / "flag")
    assert list(parallel_map(work, range(300), jobs=2, label="killed")) == list(range(300))
    assert (tmp_path / "flag").exists()


def test_item_that_kills_every_worker_is_given_up_and_no_other() -> None:
    work = partial(kill_itself_on, 20)
    results = list(parallel_map(work, range(40), jobs=2, label="poison", lost=give_up))
    assert results == [-20 if item == 20 else item for item in range(40)]


def test_item_that_kills_every_worker_ends_a_map_that_cannot_do_without() -> None:
    with pytest.raises(ArtlensError, match="nothing but 32 to do; look into"):
        list(parallel_map(partial(kill_itself_on, 32), range(33), jobs=2, label="poison"))


@pytest.mark.parametrize("pause_s", [0, 0.02])
def test_a_map_that_is_given_up_ends_without_a_word(pause_s: float) -> None:
    program = (
        "from functools import partial; from src.jobs.parallel_map import parallel_map;"
        "from tests.jobs.test_parallel_map import work_slowly;"
        f"work = partial(work_slowly, pause_s={pause_s});"
        "results = parallel_map(work, range(10**6), 2, 'slow');"
        "print([next(results) for _ in range(40)][-1]); results.close()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("39\n", "")


def test_a_program_ends_although_it_leaves_a_map_unfinished() -> None:
    program = (
        "import sys; from src.jobs.parallel_map import parallel_map;"
        "from tests.jobs.test_parallel_map import work_slowly;"
        "results = parallel_map(work_slowly, range(10**6), 2, 'slow'); print(next(results));"
        "sys.exit(3)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (3, "0\n")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_the_process_that_started_them(how: signal.Signals) -> None:
    program = (
        "from src.jobs.parallel_map import parallel_map;"
        "from tests.jobs.test_parallel_map import work_slowly;"
        "results = parallel_map(work_slowly, range(10**6), 2, 'slow'); print(next(results));"
        "print(next(results), flush=True); list(results)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        assert [parent.stdout.readline(), parent.stdout.readline()] == ["0\n", "1\n"]
        children = psutil.Process(parent.pid).children()
        workers = [child for child in children if "LokyProcess" in " ".join(child.cmdline())]
        assert len(workers) == 2
        parent.send_signal(how)
    assert psutil.wait_procs(workers, timeout=20)[1] == []


@pytest.mark.parametrize(("seconds", "items"), [(0.001, 100), (0.05, 2), (0.0, 128), (0.5, 1)])
def test_batches_take_about_a_tenth_of_a_second(
    seconds: float, items: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, sizes = 0.0, []

    def run(work: object, batches: list[list[int]], *_: object) -> Iterator[list[int]]:
        nonlocal now
        sizes.append(len(batches[0]))
        for batch in batches:
            now += len(batch) * seconds
            yield batch

    monkeypatch.setattr(parallel_map_module, "_run_batches", run)
    monkeypatch.setattr("time.monotonic", lambda: now)
    assert list(parallel_map(abs, range(1000), jobs=1, label="sizes")) == list(range(1000))
    first, second = sizes
    assert first == 32
    assert second == pytest.approx(items, rel=0.1)
