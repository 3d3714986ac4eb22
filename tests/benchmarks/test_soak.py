from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.soak import __main__ as soak
from benchmarks.soak.figure import Figure
from benchmarks.soak.manners import most_in_window


def measure_as(*holds: bool) -> soak.Measurement:
    def measure(folder: Path) -> Iterator[Figure]:
        assert list(folder.iterdir()) == []
        yield from (Figure("works", "7", "8", hold) for hold in holds)

    return measure


@given(st.lists(st.integers(0, 300)))
def test_fullest_window_is_that_of_a_plain_count(ticks: list[int]) -> None:
    times = sorted(tick / 100 for tick in ticks)
    plain = max((sum(0 <= t - start < 1.0 for t in times) for start in times), default=0)
    assert most_in_window(times) == plain


@pytest.mark.parametrize(("holds", "code"), [((True, True), 0), ((True, False), 1), ((False,), 1)])
def test_one_short_figure_fails_the_whole(
    monkeypatch: pytest.MonkeyPatch, holds: tuple[bool, ...], code: int
) -> None:
    monkeypatch.setattr(soak, "MEASUREMENTS", {"one": measure_as(*holds), "two": measure_as(True)})
    assert soak.main([]) == code
    assert soak.main(["two"]) == 0


def test_each_figure_is_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(soak, "MEASUREMENTS", {"one": measure_as(True, False)})
    soak.main(["one"])
    assert capsys.readouterr().out.splitlines() == [
        "ok    works: 7 (required: 8)",
        "SHORT works: 7 (required: 8)",
        "1 figure falls short",
    ]


def test_unknown_figure_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert soak.main(["beauty"]) == 2
    assert "no such figure (beauty)" in capsys.readouterr().err
