import asyncio
import logging
import time
from io import StringIO

import pytest
from telegram.error import BadRequest, NetworkError, RetryAfter

from src.bot.bot_settings import bot_settings, webhook_secret
from src.bot.telegram_api import Limiter, Redact, insist
from src.errors import ConfigError
from src.gallery.chat_site import TOKEN


def test_no_log_holds_a_secret_not_even_that_of_an_error() -> None:
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(Redact(TOKEN))
    log = logging.getLogger("tests.redact")
    log.propagate = False
    log.addHandler(handler)
    try:
        raise ValueError(f"no such address: /bot{TOKEN}/getMe")
    except ValueError:
        log.exception("cannot ask %s", TOKEN)
    said = stream.getvalue()
    assert "cannot ask ***" in said
    assert "/bot***/getMe" in said
    assert TOKEN not in said


@pytest.mark.parametrize("token", ["", "secret-but-malformed", "12:short"])
def test_a_token_that_is_none_is_told_of_without_it(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTLENS_BOT_TOKEN", token)
    with pytest.raises(ConfigError, match="ARTLENS_BOT_TOKEN") as caught:
        bot_settings()
    assert not token or token not in str(caught.value)


def test_settings_do_not_show_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTLENS_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("ARTLENS_BOT_WEBHOOK_SECRET", "guessed")
    found = bot_settings()
    assert TOKEN not in repr(found)
    with pytest.raises(ConfigError, match="7 characters") as caught:
        webhook_secret(found)
    assert "guessed" not in str(caught.value)


def test_what_fails_for_the_moment_is_called_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    errors = [NetworkError("gone"), RetryAfter(0), NetworkError("gone")]

    async def call() -> str:
        if errors:
            raise errors.pop()
        return "done"

    assert asyncio.run(insist(call, (0.0, 0.0, 0.0))) == "done"


def test_what_never_succeeds_is_called_once() -> None:
    calls = list[int]()

    async def call() -> None:
        calls.append(1)
        raise BadRequest("no such chat")

    with pytest.raises(BadRequest):
        asyncio.run(insist(call, (0.0, 0.0)))
    assert len(calls) == 1


def test_a_chat_gets_a_message_a_second_and_edits_between() -> None:
    async def send(limiter: Limiter, chat: int, endpoint: str = "sendMessage") -> float:
        async def call() -> bool:
            return True

        await limiter.process_request(call, (), {}, endpoint, {"chat_id": chat}, None)
        return time.monotonic()

    async def measure() -> tuple[float, float, float, float]:
        limiter = Limiter()
        first, other = await send(limiter, 1), await send(limiter, 2)
        edit = await send(limiter, 1, "editMessageText")
        return first, other, edit, await send(limiter, 1)

    first, other, edit, second = asyncio.run(measure())
    assert second - first >= 1
    assert other < edit < second
