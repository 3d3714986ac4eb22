import io
import json

import pytest

from src.scraping.store import ColorRow, State
from src.scraping.summary import (
    Summary,
    TerminalProgress,
    describe_color,
)


def row(state: State = "complete", reason: str = "", stored: int = 5) -> ColorRow:
    return ColorRow("RED", state, reason, 5, None, "link", 5, stored, 5 - stored)


def summary(**changes: object) -> Summary:
    whole: dict[str, object] = {
        "colors": (row(),),
        "missing": (),
        "stored": 5,
        "failures": {},
        "waiting": False,
        "failed_pages": 0,
        "blocked": "",
        "stopped": False,
    }
    return Summary(**(whole | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"colors": (row("capped"),)}, 0),
        ({"colors": (row("stalled"),)}, 1),
        ({"colors": (row("collecting"),)}, 1),
        ({"missing": ("PINK",)}, 1),
        ({"failures": {"html": 1}}, 1),
        ({"waiting": True}, 1),
        ({"failed_pages": 1}, 1),
        ({"blocked": "captcha", "failures": {"html": 1}}, 75),
        ({"stopped": True, "colors": (row("collecting"),)}, 130),
    ],
)
def test_only_what_is_whole_ends_with_zero(changes: dict[str, object], code: int) -> None:
    assert summary(**changes).exit_code == code


@pytest.mark.parametrize("state", ["complete", "capped", "stalled", "blocked", "collecting"])
def test_each_end_is_told_in_words_of_its_own(state: State) -> None:
    others = {describe_color(row(other)) for other in ("complete", "stalled") if other != state}
    text = describe_color(row(state, "because", stored=4))
    assert text not in others
    assert text.startswith("RED: ")
    assert text.endswith("; 4 pictures stored, 1 failed")


def test_reason_of_a_stall_is_told() -> None:
    assert "nothing new for 20 s" in describe_color(row("stalled", "nothing new for 20 s"))


def test_failures_are_told_by_reason_with_what_to_do() -> None:
    text = summary(failures={"html": 2, "timeout": 1}).text()
    assert "5 stored, failed: 2 html, 1 timeout; take them up again with --retry-failed" in text


def test_json_says_the_same() -> None:
    told = json.loads(json.dumps(summary(failures={"html": 2}).as_dict()))
    assert told["exit_code"] == 1
    assert told["colors"][0]["found"] == 5
    assert told["failures"] == {"html": 2}


def test_progress_has_one_line_for_each_colour_with_its_numbers() -> None:
    stream, now = io.StringIO(), [0.0]
    progress = TerminalProgress(stream, clock=lambda: now[0])
    progress.tell("begun", color="RED")
    progress.tell("opened", color="RED", declared=1942)
    progress.tell("begun", color="PINK")
    now[0] = 10.0
    progress.tell("works", color="RED", new=1200)
    assert last_drawing(stream)[0].split()[-1] == "120/s"
    progress.tell("image", color="RED", reason="")
    now[0] = 11.0
    progress.tell("image", color="RED", reason="html")
    progress.tell("ended", color="PINK", end="stalled", reason="x")
    red, pink = last_drawing(stream)
    assert " ".join(red.split()) == "RED 1,200/1,942 works 1 images 1 failed 2/s"
    assert pink.split()[-1] == "stalled"


def last_drawing(stream: io.StringIO) -> list[str]:
    return stream.getvalue().split("\x1b[J")[-1].splitlines()


def test_progress_is_drawn_over_itself_and_not_too_often() -> None:
    stream, now = io.StringIO(), [0.0]
    progress = TerminalProgress(stream, clock=lambda: now[0])
    for _ in range(100):
        now[0] += 0.05
        progress.tell("works", color="RED", new=1)
    assert stream.getvalue().count("works") <= 26
    assert stream.getvalue().count("\x1b[1F") == stream.getvalue().count("works") - 1
