"""A conversation with the bot, printed: the other side is the stand-in, on this machine.

``python -m src.bot.demonstrate`` needs no token, no network and nothing that was made before.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ..config import PACKAGE_ROOT
from ..edges import command_edge
from ..gallery.chat import Chat
from ..gallery.chat_site import TOKEN
from ..gallery.paint_gallery import paint_gallery

_PAINTINGS: Final = 11
_SEED: Final = 90
_INDENT: Final = "             "


@contextmanager
def _bot_at(chat: Chat, folder: Path, works: Path) -> Iterator[None]:
    """Run the bot while a block lasts; what it says of itself is left out, unless it fails."""
    settings = {
        "ARTLENS_BOT_TOKEN": TOKEN,
        "ARTLENS_BOT_API_URL": chat.url,
        "ARTLENS_BOT_FOLDER": str(folder / "bot"),
        "ARTLENS_MEASURED_FILE": str(folder / "measured.sqlite"),
    }
    with (folder / "bot.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", PACKAGE_ROOT.name, "bot", "--similar-in", str(works)],
            cwd=PACKAGE_ROOT.parent,
            env=os.environ | settings,
            stdout=log,
            stderr=log,
        )
        try:
            yield
        except TimeoutError:
            print((folder / "bot.log").read_text("utf-8"), file=sys.stderr)
            raise
        finally:
            process.terminate()
            process.wait()


@command_edge
def demonstrate() -> None:
    """Talk with the bot, and print what both say."""
    with tempfile.TemporaryDirectory(prefix="artlens-demo-") as name, Chat() as chat:
        folder, works = Path(name), Path(name) / "works"
        paint_gallery(works, count=_PAINTINGS, seed=_SEED)
        pictures = sorted(works.glob("*.png"))
        with _bot_at(chat, folder, works):
            _talk(chat, pictures)


def _talk(chat: Chat, pictures: list[Path]) -> None:
    reader, writer, album, scholar, visitor = range(1, 6)
    _say(chat, reader, "/start")
    _say(chat, reader, "/tasks")
    answer = _show(chat, reader, pictures[1:2])
    _press(chat, reader, answer, "why")
    _press(chat, reader, answer, "similar")
    _show(chat, writer, pictures[4:5], language="de")
    _show(chat, scholar, pictures[7:8], language="ru")
    _show(chat, visitor, pictures[2:3], language="he")
    _show(chat, album, pictures[8:11])
    _say(chat, writer, "Guten Tag!", language="de")
    _tell(chat, writer, "(a sticker)", chat.send(writer, thing="sticker", language="de"))
    huge = chat.send(reader, document=pictures[0].read_bytes(), size=31_000_000)
    _tell(chat, reader, "(a file of 31 MB)", huge)


def _say(chat: Chat, who: int, text: str, language: str = "en") -> None:
    _tell(chat, who, text, chat.send(who, text, language=language))


def _show(chat: Chat, who: int, pictures: list[Path], language: str = "en") -> int:
    album = f"album-{who}" if len(pictures) > 1 else ""
    sent = [
        chat.send(who, photo=picture.read_bytes(), album=album, language=language)
        for picture in pictures
    ]
    names = ", ".join(picture.name for picture in pictures)
    return _tell(chat, who, f"({names})", sent[0])


def _tell(chat: Chat, who: int, said: str, message: int) -> int:
    """Print what somebody said, and the answer to it; return that one's number."""
    print(f"reader {who} >   {said}")
    chat.wait_for(who, _answered(chat, who, message), timeout_s=120)
    answer = next(found for found in chat.answers(who) if _asked(found) == message)
    _print_answer(answer)
    return int(answer["message_id"])


def _answered(chat: Chat, who: int, message: int) -> int:
    """Return how many answers there are once this message has its own."""
    return sum(_asked(found) != message for found in chat.answers(who)) + 1


def _press(chat: Chat, who: int, answer: int, data: str) -> None:
    buttons = _message(chat, who, answer)["reply_markup"]["inline_keyboard"][0]
    (name,) = (button["text"] for button in buttons if button["callback_data"] == data)
    edits = _message(chat, who, answer)["edits"]
    chat.press(who, answer, data)
    print(f"reader {who} >   [presses {name}]")
    chat.wait_until(lambda: _message(chat, who, answer)["edits"] > edits, timeout_s=120)
    _print_answer(_message(chat, who, answer), edited=True)


def _message(chat: Chat, who: int, number: int) -> dict[str, Any]:
    return next(found for found in chat.answers(who) if found["message_id"] == number)


def _asked(answer: dict[str, Any]) -> int:
    return int(answer["reply_to_message"]["message_id"])


def _print_answer(answer: dict[str, Any], *, edited: bool = False) -> None:
    lines = answer["text"].split("\n")
    rows = answer.get("reply_markup", {}).get("inline_keyboard", [])
    lines += ["  ".join(f"[{button['text']}]" for button in row) for row in rows]
    print(f"artlens  <   {lines[0]}{'  (edited)' if edited else ''}")
    print(*(_INDENT + line if line else "" for line in lines[1:]), "", sep="\n", flush=True)


if __name__ == "__main__":
    demonstrate()
