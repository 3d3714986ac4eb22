import json
import re
from pathlib import Path

import pytest

import benchmarks
from benchmarks import __main__ as bench
from benchmarks import timing
from benchmarks.report import Ratio, exit_code, processor, render_table, write_json
from benchmarks.running import find_benchmarks, measure_benchmark
from benchmarks.timing import compare
from src.config import project_root

GOOD = Ratio("features", 15.25, 14, "1 ms against 15 ms")
SHORT = Ratio("memory", 0.5, 0.9)


@pytest.mark.parametrize(
    ("ratios", "code"),
    [
        ([GOOD], 0),
        ([Ratio("at its floor", 2, 2)], 0),
        ([GOOD, SHORT], 1),
        ([Ratio("no number", float("nan"), 1)], 1),
        ([], 1),
    ],
)
def test_one_ratio_under_its_floor_fails_the_whole(ratios: list[Ratio], code: int) -> None:
    assert exit_code(ratios) == code


def test_table_says_which_ratio_falls_short() -> None:
    lines = render_table([GOOD, SHORT]).splitlines()
    assert "| ok |" in lines[2]
    assert "| SHORT |" in lines[3]


def test_json_is_a_list_of_names_ratios_and_floors(tmp_path: Path) -> None:
    write_json([GOOD, SHORT], tmp_path / "reports" / "benchmarks.json")
    assert json.loads((tmp_path / "reports" / "benchmarks.json").read_text()) == [
        {"name": "features", "ratio": 15.25, "floor": 14},
        {"name": "memory", "ratio": 0.5, "floor": 0.9},
    ]


def test_whole_run_writes_its_file_and_a_part_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "project_root", lambda: tmp_path)
    monkeypatch.setattr(bench, "run_benchmarks", lambda names: [GOOD for _ in names])
    name = find_benchmarks()[0]
    assert bench.main([name]) == 0
    assert not (tmp_path / "reports").exists()
    assert bench.main([]) == 0
    rows = json.loads((tmp_path / "reports" / "benchmarks.json").read_text())
    assert len(rows) == len(find_benchmarks())
    assert "| features | 15.2 | 14 | ok |" in capsys.readouterr().out


def test_a_row_says_both_rates_and_the_processor() -> None:
    ways = (lambda: sum(range(2_000)), lambda: sum(range(40_000)))
    row = compare("short sum against long", 2, ways, rounds=3, count=10)
    assert row.holds
    ours, plain = re.findall(r"([\d.,e+]+)/s", row.note)
    assert float(ours.replace(",", "")) > float(plain.replace(",", ""))
    assert row.note.endswith(processor())


def test_the_row_of_five_lines_in_the_docs_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = (project_root() / "docs" / "performance.md").read_text(encoding="utf-8")
    code = told.partition("with five lines")[2].split("```")[1].removeprefix("python\n")
    assert sum(bool(line) for line in code.splitlines()) == 5
    (tmp_path / "benchmark_mine.py").write_text(code, encoding="utf-8")
    monkeypatch.setattr(benchmarks, "__path__", [str(tmp_path), *benchmarks.__path__])
    monkeypatch.setattr(timing, "_TURN_S", 0.001)
    (row,) = measure_benchmark("mine")
    assert row.name == "sum against reduce"
    assert row.holds


def test_unknown_benchmark_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["beauty"]) == 2
    assert "no such benchmark (beauty)" in capsys.readouterr().err
