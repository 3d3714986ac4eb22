"""SIGKILLs of ``artlens bot`` amid many chats and refusals: each picture is answered once."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from benchmarks.soak.figure import Figure
from src.config import PACKAGE_ROOT
from src.gallery.chat import Chat
from src.gallery.chat_site import TOKEN

PICTURES: Final = 500
CHATS: Final = 50
KILLS: Final = 2
# Each so many-th message or edit is refused, whatever its pace.
_REFUSE_EACH: Final = 25
# What was done is told so much later: a kill meets calls of every kind on their way.
_LATENCY_MS: Final = "150"
_STALLED_S: Final = 60.0
_LOOK_S: Final = 0.03


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of pictures.

    Attributes
    ----------
    once, never, more : int
        How many were answered so often.
    promises : int
        Messages that were sent to be filled in, and were not.
    refused, too_fast : int
        Calls that were refused with 429; those among them that came too soon.
    kills : int
    seconds : float
    """

    once: int
    never: int
    more: int
    promises: int
    refused: int
    too_fast: int
    kills: int
    seconds: float


@contextmanager
def running_bot(
    chat: Chat, folder: Path, *options: str, **settings: str
) -> Iterator[subprocess.Popen[str]]:
    """Run the bot against a stand-in while a block lasts; its log is in the folder."""
    given = {"TOKEN": TOKEN, "API_URL": chat.url, "FOLDER": str(folder), **settings}
    environment = os.environ | {f"ARTLENS_BOT_{name}": value for name, value in given.items()}
    with (folder / "bot.log").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "src", "bot", *options],
            cwd=PACKAGE_ROOT.parent,
            env=environment,
            stderr=log,
            stdout=log,
            text=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)


def send_and_kill(pictures: int, chats: int, kills: int, folder: Path) -> Tally:
    """Send pictures from chats, in turn; kill the bot evenly in between; count the answers."""
    started = time.monotonic()
    with Chat("--refuse-each", str(_REFUSE_EACH), "--latency-ms", _LATENCY_MS) as chat:
        for number in range(pictures):
            chat.send(1 + number % chats, photo=_picture(number))
        done = 0
        for kill in range(kills):
            aim = pictures * (kill + 1) // (kills + 2)
            with running_bot(chat, folder, "--task", "color") as bot:
                _wait_for(chat, aim)
                # The last answers stand there, but the bot has not heard of it yet.
                bot.kill()
                done += 1
        with running_bot(chat, folder, "--task", "color"):
            _wait_for(chat, pictures)
            # What would come twice has time to.
            time.sleep(2)
        return _count(chat.see(), done, time.monotonic() - started)


def _picture(number: int) -> bytes:
    rng = np.random.default_rng(number)
    grains = rng.integers(0, 256, (6, 8, 3), np.uint8)
    _, encoded = cv2.imencode(".jpg", cv2.resize(grains, (600, 450)))
    return encoded.tobytes()


def _wait_for(chat: Chat, count: int) -> None:
    """Wait until so many messages of people are answered, or nothing more happens."""
    last, changed = -1, time.monotonic()
    while (now := sum(_answered(chat.see()).values())) < count:
        if now != last:
            last, changed = now, time.monotonic()
        if time.monotonic() - changed > _STALLED_S:
            return
        time.sleep(_LOOK_S)


def _answered(seen: dict[str, Any]) -> Counter[int]:
    """Count the answers to each message of people; an unfilled promise is none."""
    return Counter(
        message["reply_to_message"]["message_id"]
        for message in _of_bot(seen)
        if message.get("edits")
    )


def _of_bot(seen: dict[str, Any]) -> Sequence[dict[str, Any]]:
    every = [message for messages in seen["chats"].values() for message in messages]
    return [message for message in every if message["from"]["is_bot"]]


def _count(seen: dict[str, Any], kills: int, seconds: float) -> Tally:
    answered = _answered(seen)
    asked = [
        message["message_id"]
        for messages in seen["chats"].values()
        for message in messages
        if not message["from"]["is_bot"]
    ]
    times = Counter(min(answered[number], 2) for number in asked)
    promises = sum("edits" not in message for message in _of_bot(seen))
    return Tally(
        times[1],
        times[0],
        times[2],
        promises,
        seen["refused"],
        seen["too_fast"],
        kills,
        seconds,
    )


def measure_chat_kills(root: Path) -> Iterator[Figure]:
    """Hold the bot to its large figure."""
    tally = send_and_kill(PICTURES, CHATS, KILLS, root)
    yield Figure(
        f"bot: {PICTURES} pictures from {CHATS} chats, killed {tally.kills} times",
        f"{tally.once} answered once, {tally.never} never, {tally.more} more than once; "
        f"{tally.refused} calls refused with 429, {tally.too_fast} of them for the bot's pace; "
        f"{tally.promises} promises left empty by kills; {tally.seconds:.0f} s",
        f"{PICTURES} once, some refused",
        tally.once == PICTURES and not tally.more and tally.refused > 0,
    )
