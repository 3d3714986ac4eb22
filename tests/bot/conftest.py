"""A stand-in for Telegram with a bot at it, and pictures to send."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.soak.chat_kills import running_bot
from src.gallery.chat import Chat


def paint(bgr: tuple[int, int, int], side: int = 640, suffix: str = ".jpg") -> bytes:
    """A picture mostly of one colour, with strokes in it."""
    rng = np.random.default_rng(0)
    pixels = rng.normal(np.array(bgr, float), 12, (side, side, 3)).clip(0, 255)
    _, encoded = cv2.imencode(suffix, pixels.astype(np.uint8))
    return encoded.tobytes()


RED = paint((30, 25, 200))
BLUE = paint((190, 80, 30))


@pytest.fixture(scope="module")
def chat() -> Iterator[Chat]:
    """A stand-in without faults."""
    with Chat() as started:
        yield started


@pytest.fixture(scope="module")
def bot_folder(chat: Chat, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a bot that answers at the stand-in."""
    folder = tmp_path_factory.mktemp("bot")
    with running_bot(chat, folder, "--task", "color", MAX_WAITING="4", ALBUM_S="0.5"):
        yield folder
