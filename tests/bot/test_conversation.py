"""Conversations with a bot that runs as a process of its own, over HTTP."""

import signal
import time
from itertools import count
from pathlib import Path

import pytest

from benchmarks.soak.chat_kills import running_bot
from src.gallery.chat import Chat
from src.gallery.chat_site import TOKEN
from tests.bot.conftest import BLUE, RED, paint

CHATS = count(100)

pytestmark = pytest.mark.usefixtures("bot_folder")


@pytest.fixture
def number() -> int:
    return next(CHATS)


def answered(chat: Chat, number: int) -> list[int]:
    return [answer["reply_to_message"]["message_id"] for answer in chat.answers(number)]


def test_a_photo_is_answered_by_one_message_with_its_colour(chat: Chat, number: int) -> None:
    message = chat.send(number, photo=RED)
    (answer,) = chat.wait_for(number, 1)
    assert "Colour: 🟥 red" in answer["text"]
    assert answer["reply_to_message"]["message_id"] == message
    assert [button["text"] for button in answer["reply_markup"]["inline_keyboard"][0]] == ["Why?"]


@pytest.mark.parametrize(
    ("language", "said"),
    [("de", "Farbe: 🟥 Rot"), ("ru", "Цвет: 🟥 красный"), ("he", "צבע: 🟥 אדום"), ("fr", "Colour")],
)
def test_it_speaks_the_language_of_who_asks(
    chat: Chat, number: int, language: str, said: str
) -> None:
    chat.send(number, photo=RED, language=language)
    assert said in chat.wait_for(number, 1)[0]["text"]


def test_of_a_photo_the_smallest_size_that_is_enough_is_fetched(chat: Chat, number: int) -> None:
    message = chat.send(number, photo=paint((30, 25, 200), side=1280))
    chat.wait_for(number, 1)
    paths = (visit.path for visit in chat.visits("image"))
    assert [path[-4:] for path in paths if f"photo-{message}-" in path] == ["-800"]


def test_an_album_is_answered_at_once(chat: Chat, number: int) -> None:
    for content in (RED, BLUE):
        chat.send(number, photo=content, album=f"album-{number}")
    (answer,) = chat.wait_for(number, 1)
    first, second = answer["text"].split("\n2. ")
    assert first.startswith("Your 2 pictures:")
    assert "red" in first
    assert "blue" in second
    time.sleep(1)
    assert len(chat.answers(number)) == 1


def test_documents_and_forwards_are_looked_at(chat: Chat, number: int) -> None:
    chat.send(number, document=paint((190, 80, 30), suffix=".png"))
    chat.send(number, photo=BLUE, forwarded=True)
    assert all("🟦 blue" in answer["text"] for answer in chat.wait_for(number, 2))


def test_what_is_no_picture_gets_a_kind_no(chat: Chat, number: int) -> None:
    chat.send(number, thing="sticker")
    chat.send(number, thing="video")
    chat.send(number, "Hello?")
    chat.send(number, document=b"%PDF-1.7", mime="application/pdf")
    chat.send(number, document=b"no picture at all", mime="image/png")
    answers = [answer["text"] for answer in chat.wait_for(number, 5)]
    assert all("still pictures" in answers[place] for place in (0, 1, 3))
    assert "/help" in answers[2]
    assert "cannot read" in answers[4]


def test_commands_say_what_it_is_for(chat: Chat, number: int) -> None:
    for command in ("/start", "/help@artlens_bot", "/tasks"):
        chat.send(number, command)
    start, helped, tasks = (answer["text"] for answer in chat.wait_for(number, 3))
    assert start == helped
    assert "colour" in start
    assert "one of 11" in tasks


def test_a_picture_over_the_limit_is_not_even_fetched(chat: Chat, number: int) -> None:
    message = chat.send(number, document=RED, size=20_000_001)
    (answer,) = chat.wait_for(number, 1)
    assert "21 MB, at most 20 MB" in answer["text"]
    fetched = [visit.path for visit in chat.visits("image")]
    assert not any(f"document-{message}" in path for path in fetched)


def test_more_than_the_bound_share_one_refusal(chat: Chat, number: int) -> None:
    for _ in range(3):
        for _ in range(4):
            chat.send(number, photo=RED)
    # Some may have been answered before the last ones came.
    deadline = time.monotonic() + 60
    while not any("I leave out" in answer["text"] for answer in chat.answers(number)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_what_comes_again_is_not_answered_again(chat: Chat, number: int) -> None:
    message = chat.send(number, photo=RED)
    chat.wait_for(number, 1)
    chat.repeat(5)
    chat.send(number, photo=BLUE, edits=message)
    helped = chat.send(number, "/help")
    chat.wait_until(lambda: helped in answered(chat, number))
    assert answered(chat, number) == [message, helped]


def test_why_is_said_within_the_answer(chat: Chat, number: int) -> None:
    chat.send(number, photo=RED)
    (answer,) = chat.wait_for(number, 1)
    press = chat.press(number, answer["message_id"], "why")
    deadline = time.monotonic() + 30
    while "Why red" not in (found := chat.answers(number))[0]["text"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert len(found) == 1
    assert found[0]["text"].startswith(answer["text"])
    assert "reply_markup" not in found[0]
    assert press in chat.see()["alerts"]


def test_in_groups_only_pictures_and_commands_are_answered(chat: Chat, number: int) -> None:
    chat.send(-number, "just talking")
    chat.send(-number, thing="sticker")
    chat.send(-number, photo=RED)
    (answer,) = chat.wait_for(-number, 1)
    assert "red" in answer["text"]


@pytest.mark.parametrize(
    "fault",
    [
        "rate-limit:on=send,first=3,value=1",
        "error-500:on=send,first=3",
        "error-500:on=info,first=2",
        "truncated:first=2",
        "reset:first=2",
        "error-500:on=updates,first=2",
    ],
)
def test_what_fails_for_a_moment_is_done_again(chat: Chat, number: int, fault: str) -> None:
    chat.switch(fault)
    try:
        chat.send(number, photo=RED)
        (answer,) = chat.wait_for(number, 1)
    finally:
        chat.switch()
    assert "red" in answer["text"]


def test_a_file_that_never_comes_is_told_of(chat: Chat, number: int) -> None:
    chat.switch("truncated")
    try:
        chat.send(number, photo=RED)
        (answer,) = chat.wait_for(number, 1)
    finally:
        chat.switch()
    assert "would not give me" in answer["text"]


def test_its_pace_is_what_telegram_allows(chat: Chat) -> None:
    seen = chat.see()
    assert len(seen["chats"]) > 10
    assert seen["too_fast"] == 0


def test_a_second_poller_stops_the_first_and_no_log_holds_the_token(
    chat: Chat, number: int, bot_folder: Path, tmp_path: Path
) -> None:
    with running_bot(chat, tmp_path, "--task", "color") as second:
        chat.send(number, photo=RED)
        chat.wait_for(number, 1)
        log = bot_folder / "bot.log"
        deadline = time.monotonic() + 30
        while "409" not in log.read_text() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert (
            "error: another program fetches this bot's messages (409 Conflict)" in log.read_text()
        )
        second.send_signal(signal.SIGTERM)
        assert second.wait(30) == 0
    for folder in (bot_folder, tmp_path):
        assert TOKEN.partition(":")[2] not in (folder / "bot.log").read_text()
