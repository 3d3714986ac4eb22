from pathlib import Path

import pytest

from src.bot.inbox import BUSY, Inbox
from src.bot.wanted import Wanted
from src.errors import DataError
from src.fetching.ledger import Ledger


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def open_inbox(folder: Path, clock: Clock) -> Inbox:
    return Inbox(folder / "inbox.sqlite", max_waiting=3, album_s=1.0, now=clock)


def picture(message: int, chat: int = 1, album: str = "") -> Wanted:
    return Wanted(chat, message, "picture", "de", f"file-{message}", 9, album)


def test_what_comes_twice_is_taken_once_even_after_its_answer(tmp_path: Path, clock: Clock) -> None:
    with open_inbox(tmp_path, clock) as inbox:
        assert inbox.take([picture(1), picture(1)]) == 1
        job = inbox.next_job([])
        assert job is not None
        inbox.finish(job.number)
    with open_inbox(tmp_path, clock) as inbox:
        assert inbox.take([picture(1)]) == 0
        assert inbox.next_job([]) is None


def test_a_chat_is_answered_in_order_and_one_at_a_time(tmp_path: Path, clock: Clock) -> None:
    with open_inbox(tmp_path, clock) as inbox:
        inbox.take([picture(1), picture(2), picture(1, chat=2)])
        first = inbox.next_job([])
        assert first is not None
        assert (first.chat, first.parts) == (1, (picture(1),))
        other = inbox.next_job([1])
        assert other is not None
        assert other.chat == 2
        assert inbox.next_job([1, 2]) is None


def test_an_album_is_one_job_when_it_is_complete(tmp_path: Path, clock: Clock) -> None:
    with open_inbox(tmp_path, clock) as inbox:
        inbox.take([picture(2, album="a")])
        clock.now += 0.9
        inbox.take([picture(1, album="a")])
        clock.now += 0.9
        assert inbox.next_job([]) is None
        clock.now += 0.2
        job = inbox.next_job([])
        assert job is not None
        assert [part.message for part in job.parts] == [1, 2]


def test_a_late_part_of_an_album_gets_an_answer_of_its_own(tmp_path: Path, clock: Clock) -> None:
    with open_inbox(tmp_path, clock) as inbox:
        inbox.take([picture(1, album="a")])
        clock.now += 2
        job = inbox.next_job([])
        assert job is not None
        inbox.promise(job.number, 77)
        inbox.take([picture(2, album="a")])
        inbox.finish(job.number)
        clock.now += 2
        late = inbox.next_job([])
        assert late is not None
        assert late.parts == (picture(2, album="a"),)


def test_pictures_beyond_the_bound_share_one_answer(tmp_path: Path, clock: Clock) -> None:
    with open_inbox(tmp_path, clock) as inbox:
        inbox.take([picture(number) for number in range(1, 7)])
        inbox.take([Wanted(1, 8, "help")])
        kinds = list[tuple[str, int]]()
        clock.now += 2
        while job := inbox.next_job([]):
            kinds.append((job.kind, len(job.parts)))
            inbox.finish(job.number)
        assert kinds == [("picture", 1)] * 3 + [(BUSY, 3), ("help", 1)]
        assert inbox.take([picture(9)])
        job = inbox.next_job([])
        assert job is not None
        assert job.kind == "picture"


def test_a_promise_and_tries_outlast_a_kill(tmp_path: Path, clock: Clock) -> None:
    with open_inbox(tmp_path, clock) as inbox:
        inbox.take([picture(1)])
        inbox.begin(1)
        inbox.promise(1, 55)
    with open_inbox(tmp_path, clock) as inbox:
        job = inbox.next_job([])
        assert job is not None
        assert (job.promise, job.tries) == (55, 1)


def test_nothing_of_a_picture_is_kept_once_it_is_answered(tmp_path: Path, clock: Clock) -> None:
    with open_inbox(tmp_path, clock) as inbox:
        inbox.take([picture(1)])
        assert inbox.count_waiting() == 1
        inbox.finish(1)
        rows = inbox.db.execute("SELECT key, wanted FROM message").fetchall()
        assert rows == [("1/1", "")]
        clock.now += 4 * 86_400
        inbox.take([picture(2)])
        inbox.finish(2)
        assert inbox.db.execute("SELECT key FROM message").fetchall() == [("1/2",)]


def test_a_postponed_job_waits_and_holds_up_its_chat_only(tmp_path: Path, clock: Clock) -> None:
    with open_inbox(tmp_path, clock) as inbox:
        inbox.take([picture(1), picture(2), picture(1, chat=2)])
        inbox.postpone(1, 30)
        job = inbox.next_job([])
        assert job is not None
        assert job.chat == 2
        clock.now += 31
        job = inbox.next_job([])
        assert job is not None
        assert job.parts == (picture(1),)


def test_the_file_of_another_program_is_left_alone(tmp_path: Path, clock: Clock) -> None:
    Ledger(tmp_path / "inbox.sqlite").db.close()
    with pytest.raises(DataError, match="ARTLENS_BOT_FOLDER"):
        open_inbox(tmp_path, clock)
