from typing import Any

import pytest
from telegram import CallbackQuery, Message

from src.bot.wanted import Wanted, read_message, read_press

PERSON = {"id": 5, "is_bot": False, "first_name": "Reader", "language_code": "iw"}
PHOTO = [
    {"file_id": f"p{w}", "file_unique_id": f"u{w}", "width": w, "height": w, "file_size": 10 * w}
    for w in (90, 320, 800)
]


def message(**said: Any) -> Message:
    fields = {"message_id": 3, "date": 0, "chat": {"id": 5, "type": "private"}, "from": PERSON}
    found = Message.de_json(fields | said, None)
    assert found is not None
    return found


def test_a_photo_is_wanted_in_the_size_that_is_enough() -> None:
    found = read_message(message(photo=PHOTO, media_group_id="a"), 436)
    assert found == Wanted(5, 3, "picture", "he", "p800", 8000, "a")


@pytest.mark.parametrize(
    ("mime", "kind"),
    [
        ("image/webp", "picture"),
        ("image/svg+xml", "other"),
        ("application/zip", "other"),
        (None, "other"),
    ],
)
def test_documents_are_pictures_if_they_say_so(mime: str | None, kind: str) -> None:
    document = {"file_id": "d", "file_unique_id": "d", "mime_type": mime}
    found = read_message(message(document=document), 436)
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [("/start", "start"), ("/TASKS@artlens_bot now", "tasks"), ("/", "text"), ("/no", "text")],
)
def test_commands_are_known_however_they_are_written(text: str, kind: str) -> None:
    found = read_message(message(text=text), 436)
    assert found is not None
    assert found.kind == kind


def test_nobody_is_answered_who_did_not_ask() -> None:
    assert read_message(message(text="x", **{"from": PERSON | {"is_bot": True}}), 436) is None
    assert read_message(message(new_chat_title="Another name"), 436) is None


def test_a_button_is_about_the_picture_that_was_answered() -> None:
    asked = message(photo=PHOTO)
    press = CallbackQuery("q", asked.from_user, "x", message=message(), data="why")  # type: ignore[arg-type]
    found = read_press(press, 436)
    assert found is not None
    assert found.file_id == ""
    answer = message(reply_to_message=asked.to_dict(), message_id=4)
    press = CallbackQuery("q", asked.from_user, "x", message=answer, data="why")  # type: ignore[arg-type]
    found = read_press(press, 436)
    assert found == Wanted(5, 0, "why", "he", "p800", 8000, query="q", answer=4)
    strange = CallbackQuery("q", asked.from_user, "x", message=answer, data="sudo")  # type: ignore[arg-type]
    assert read_press(strange, 436) is None
