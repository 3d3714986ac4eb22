import os
import sys
from functools import partial

import cv2
import pytest

from src.features.parallel_map import parallel_map


def describe_process(item: int) -> tuple[int, int, int]:
    return item, os.getpid(), cv2.getNumThreads()


def refuse(item: int) -> int:
    raise ValueError(f"item {item}")


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 100])
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


def test_progress_is_shown_on_a_terminal_only(
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
