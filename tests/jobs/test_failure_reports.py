import sys

import pytest
from tqdm import tqdm

from src.jobs.failure_reports import FailureReports


def test_a_failure_has_its_own_line_above_the_bar(capsys: pytest.CaptureFixture[str]) -> None:
    report = FailureReports()
    with tqdm(total=9, file=sys.stderr, mininterval=0) as bar:
        bar.update()
        report("a.jpg is empty")
        bar.update()
    err = capsys.readouterr().err
    # What was on the line is wiped away, and the bar is drawn again below.
    assert "  \rerror: a.jpg is empty\n" in err
    assert "1/9" in err.partition("a.jpg is empty\n")[2]
    assert report.count == 1


def test_without_a_bar_there_are_lines_only(capsys: pytest.CaptureFixture[str]) -> None:
    report = FailureReports()
    with tqdm(total=9, disable=None):
        report("a.jpg is empty")
        report("b.jpg is empty")
    assert capsys.readouterr().err == "error: a.jpg is empty\nerror: b.jpg is empty\n"
    assert report.count == 2
