"""What a log and a terminal are told of a long work."""

import sys

import pytest

from src.jobs.progress import LogLines, show_progress


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_log_has_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    lines = LogLines("painting", 12_000, clock=clock)
    for seconds, count in ((10, 500), (16, 1500), (40, 1000), (77, 3000), (90, 6000)):
        clock.now = 100.0 + seconds
        lines.update(count)
    assert capsys.readouterr() == (
        "",
        "painting: 2,000 of 12,000 pictures, about 80 s left\n"
        "painting: 6,000 of 12,000 pictures, about 77 s left\n",
    )


def test_what_has_no_known_end_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    lines = LogLines("predict", None, clock=clock)
    clock.now += 20
    lines.update(64)
    assert capsys.readouterr().err == "predict: 64 pictures after 20 s\n"


def test_what_is_soon_done_needs_no_word(capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress("sizes", 100) as update:
        for _ in range(100):
            update(1)
    assert capsys.readouterr() == ("", "")


def test_a_terminal_has_a_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with show_progress("sizes", 100) as update:
        update(100)
    assert "100/100" in capsys.readouterr().err
