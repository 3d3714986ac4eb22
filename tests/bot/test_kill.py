"""SIGKILL amid work: nothing is lost, nothing is answered twice."""

from pathlib import Path

from benchmarks.soak.chat_kills import send_and_kill


def test_killed_twice_it_answers_each_picture_once(tmp_path: Path) -> None:
    tally = send_and_kill(40, 8, 2, tmp_path)
    assert (tally.once, tally.never, tally.more, tally.kills) == (40, 0, 0, 2)
    assert tally.refused > 0
