"""Telegram calls: a bot that listens, and who may call it."""

import asyncio
import socket
from pathlib import Path

import httpx
import pytest
from telegram import Update

from benchmarks.soak.chat_kills import running_bot
from src.bot.bot_settings import BotSettings
from src.bot.telegram_api import open_api
from src.bot.webhook import webhook_app
from src.gallery.chat import Chat
from src.gallery.chat_site import TOKEN
from tests.bot.conftest import RED

SECRET = "a-secret-of-some-length"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


def test_it_answers_what_is_sent_to_its_webhook(chat: Chat, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    options = ("--task", "color", "--webhook", f"http://{place}/", "--listen-at", place)
    with running_bot(chat, tmp_path, *options, WEBHOOK_SECRET=SECRET):
        chat.send(1, photo=RED)
        (answer,) = chat.wait_for(1, 1)
        assert "red" in answer["text"]
    assert SECRET not in (tmp_path / "bot.log").read_text()


@pytest.mark.parametrize(
    ("secret", "body", "status"),
    [
        (SECRET, b'{"update_id": 1}', 200),
        ("another", b'{"update_id": 1}', 403),
        ("", b'{"update_id": 1}', 403),
        (SECRET, b"no json", 400),
        (SECRET, b"[]", 400),
        (SECRET, b"{}", 400),
        (SECRET, b" " * 1_000_001, 413),
    ],
)
def test_only_who_knows_the_secret_is_heard(secret: str, body: bytes, status: int) -> None:
    taken = list[Update]()

    async def call() -> int:
        api = open_api(BotSettings.model_validate({"token": TOKEN}))
        app = httpx.ASGITransport(webhook_app(api, SECRET, taken.extend))
        async with httpx.AsyncClient(transport=app, base_url="http://bot.test") as client:
            answer = await client.post("/", content=body, headers={HEADER: secret})
        return answer.status_code

    assert asyncio.run(call()) == status
    assert len(taken) == (status == 200)
