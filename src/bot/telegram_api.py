"""The Bot API as the bot uses it: its limits kept, failures waited out, no token in any log."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

from aiolimiter import AsyncLimiter
from telegram import Bot, Message
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from ..errors import ArtlensError, ConfigError
from .bot_settings import BotSettings

Given = TypeVar("Given")
Chat = ExtBot[int]

# Telegram takes 30 a second, counted at its end: what is sent evenly may arrive closer together.
_A_SECOND: Final = 27
# One a second of each chat, for the same reason a little less.
_CHAT_S: Final = 1.05
# A limit that is met all the same is waited out by the library so often.
_RETRIES: Final = 3
# Beyond that, and where the network fails; then the answer waits its turn again.
_PAUSES_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
_TIMEOUT_S: Final = 20.0
_MANY: Final = 512
# What editing says where the same stands there already: it was done before a kill.
_DONE_BEFORE: Final = "message is not modified"
# What was fetched is shorter than Telegram said.
_CUT: Final = "the file was cut short"

_log = logging.getLogger(__name__)


class Limiter(AIORateLimiter):
    """The library's limits, and one message a second to each chat.

    Edits are not messages; they count among all that is sent.
    """

    def __init__(self) -> None:
        super().__init__(
            overall_max_rate=1, overall_time_period=1 / _A_SECOND, max_retries=_RETRIES
        )
        self._paces = dict[int, AsyncLimiter]()

    async def process_request(  # noqa: PLR0913 - as the library calls it
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        """Wait until a request may be made, then make it."""
        chat = data.get("chat_id")
        if isinstance(chat, int) and endpoint.startswith("send"):
            await self._pace(chat).acquire()
        return await super().process_request(
            callback, args, kwargs, endpoint, data, rate_limit_args
        )

    def _pace(self, chat: int) -> AsyncLimiter:
        if len(self._paces) > _MANY:
            self._paces = {n: pace for n, pace in self._paces.items() if not pace.has_capacity()}
        return self._paces.setdefault(chat, AsyncLimiter(1, _CHAT_S))


class Redact(logging.Filter):
    """Takes secrets out of whatever is logged, errors and their traces too."""

    def __init__(self, *secrets: str) -> None:
        super().__init__()
        self._secrets = [secret for secret in secrets if secret]

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record pass, without the secrets."""
        text = record.getMessage()
        if record.exc_info:
            trace = logging.Formatter().formatException(record.exc_info)
            text, record.exc_info, record.exc_text = f"{text}\n{trace}", None, None
        record.msg, record.args = self.clean(text), ()
        return True

    def clean(self, text: str) -> str:
        """Return a text without the secrets."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def open_api(settings: BotSettings) -> Chat:
    """Return the Bot API, not yet spoken to."""
    base, files = settings.base_urls
    patient = settings.poll_s + _TIMEOUT_S
    return ExtBot(
        settings.token.get_secret_value(),
        base_url=base,
        base_file_url=files,
        request=HTTPXRequest(4 * settings.chats_at_once, _TIMEOUT_S, _TIMEOUT_S),
        get_updates_request=HTTPXRequest(1, patient, _TIMEOUT_S),
        rate_limiter=Limiter(),
    )


async def say_hello(bot: Bot) -> str:
    """Return what the bot is called, which shows that its token is good.

    Raises
    ------
    ConfigError
        If it is not.
    """
    try:
        await insist(bot.initialize)
    except InvalidToken:
        # The library's own text holds the token.
        raise ConfigError(
            "Telegram does not know the bot's token (ARTLENS_BOT_TOKEN); compare it with what "
            "@BotFather says"
        ) from None
    except NetworkError as error:
        raise ConfigError(
            f"the Bot API cannot be reached ({error.message}); see to the network, or to "
            "ARTLENS_BOT_API_URL"
        ) from None
    return bot.username


async def insist(
    call: Callable[[], Awaitable[Given]], pauses_s: tuple[float, ...] = _PAUSES_S
) -> Given:
    """Make a call again where the network or the other side fails for the moment.

    Raises
    ------
    TelegramError
        If it still fails after all pauses, or never will succeed.
    """
    for pause_s in pauses_s:
        try:
            return await call()
        except RetryAfter as error:
            await asyncio.sleep(_seconds(error))
        except BadRequest:
            raise
        except NetworkError as error:
            _log.warning("a call failed (%s); again in %g s", error.message, pause_s)
            await asyncio.sleep(pause_s)
    return await call()


def _seconds(error: RetryAfter) -> float:
    wait = error.retry_after
    return float(wait if isinstance(wait, int) else wait.total_seconds())


async def send(bot: Bot, chat: int, text: str, reply_to: int) -> int | None:
    """Send a message in answer to one; return its number, or None if nobody is there any more."""
    try:
        sent: Message = await insist(
            lambda: bot.send_message(
                chat, text, reply_to_message_id=reply_to, allow_sending_without_reply=True
            )
        )
    except (BadRequest, Forbidden) as error:
        _log.info("nobody to answer: %s", error.message)
        return None
    return sent.message_id


async def settle(call: Callable[[], Awaitable[object]]) -> None:
    """Change a message; whether it had been changed before, or is gone, makes no difference."""
    try:
        await insist(call)
    except (BadRequest, Forbidden) as error:
        if _DONE_BEFORE not in error.message.lower():
            _log.info("nothing to change: %s", error.message)


class Unfetched(ArtlensError):
    """A file that Telegram does not give."""


async def fetch(bot: Bot, file_id: str, max_bytes: int) -> bytes:
    """Fetch a file, which is cut or refused at times.

    Raises
    ------
    Unfetched
        If it is gone, longer than allowed, or does not come whole.
    """
    try:
        return await insist(lambda: _fetch(bot, file_id, max_bytes), _PAUSES_S[:3])
    except (NetworkError, Forbidden, InvalidToken) as error:
        raise Unfetched(error.message) from None


async def _fetch(bot: Bot, file_id: str, max_bytes: int) -> bytes:
    file = await bot.get_file(file_id)
    if (file.file_size or 0) > max_bytes:
        raise BadRequest("the file is too large")
    content = bytes(await file.download_as_bytearray())
    if file.file_size and len(content) != file.file_size:
        raise NetworkError(f"{_CUT} ({len(content)} of {file.file_size} bytes)")
    return content
