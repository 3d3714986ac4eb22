"""The button for the nearest works, which is there if the bot was started with a folder."""

from pathlib import Path

from benchmarks.soak.chat_kills import running_bot
from src.gallery.chat import Chat
from tests.bot.conftest import BLUE, RED


def test_the_nearest_works_are_named_within_the_answer(chat: Chat, tmp_path: Path) -> None:
    works = tmp_path / "works"
    (works / "room").mkdir(parents=True)
    (works / "room" / "blue.jpg").write_bytes(BLUE)
    (works / "red.jpg").write_bytes(RED)
    with running_bot(chat, tmp_path, "--task", "color", "--similar-in", str(works)):
        chat.send(1, photo=RED)
        (answer,) = chat.wait_for(1, 1)
        names = [button["text"] for button in answer["reply_markup"]["inline_keyboard"][0]]
        assert names == ["Why?", "Similar works"]
        chat.press(1, answer["message_id"], "similar")
        chat.wait_until(lambda: "Nearest by hand, of 2 works" in chat.answers(1)[0]["text"])
    (found,) = chat.answers(1)
    first, second = found["text"].splitlines()[-2:]
    assert first.startswith("1. red (")
    assert second.startswith("2. room/blue (")


def test_a_button_whose_picture_is_gone_says_so(chat: Chat, tmp_path: Path) -> None:
    with running_bot(chat, tmp_path, "--task", "color"):
        message = chat.send(2, photo=RED)
        (answer,) = chat.wait_for(2, 1)
        chat.switch("status:on=image,value=404")
        press = chat.press(2, answer["message_id"], "why")
        chat.wait_until(lambda: press in chat.see()["alerts"])
        chat.switch()
    assert chat.see()["alerts"][press].startswith("I no longer reach the picture")
    assert chat.answers(2)[0]["text"] == answer["text"]
    assert answer["reply_to_message"]["message_id"] == message
