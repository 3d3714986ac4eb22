"""One way in: asking Telegram for news, again and again."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

from telegram import Update
from telegram.error import BadRequest, Conflict, InvalidToken, NetworkError, RetryAfter

from ..errors import ConfigError
from .bot_settings import BotSettings
from .telegram_api import Chat, insist

# Edited messages are none of these: their pictures were answered.
WANTED_UPDATES: Final = ("message", "callback_query")
# Between questions that fail.
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0

_log = logging.getLogger(__name__)

Take = Callable[[Sequence[Update]], object]


async def poll(api: Chat, settings: BotSettings, take: Take, stopped: asyncio.Event) -> None:
    """Ask for news until it is stopped; the next question tells Telegram that the last came.

    Parameters
    ----------
    api : Chat
    settings : BotSettings
    take : callable
        Writes updates down for good before it returns.
    stopped : asyncio.Event

    Raises
    ------
    ConfigError
        If another program asks with the same token.
    """
    await insist(api.delete_webhook)
    offset, pause_s = 0, _FIRST_PAUSE_S
    ending = asyncio.create_task(stopped.wait())
    while not stopped.is_set():
        asking = asyncio.create_task(_ask(api, settings, offset))
        await asyncio.wait({asking, ending}, return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            asking.cancel()
            break
        try:
            updates = asking.result()
        except (NetworkError, RetryAfter) as error:
            if isinstance(error, BadRequest):
                raise
            _log.warning("no news (%s); asking again in %g s", error.message, pause_s)
            await asyncio.wait({ending}, timeout=pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            continue
        pause_s = _FIRST_PAUSE_S
        if updates:
            take(updates)
            offset = updates[-1].update_id + 1
    ending.cancel()


async def _ask(api: Chat, settings: BotSettings, offset: int) -> Sequence[Update]:
    try:
        return await api.get_updates(
            offset=offset,
            timeout=int(settings.poll_s),
            allowed_updates=WANTED_UPDATES,
        )
    except Conflict:
        raise ConfigError(
            "another program fetches this bot's messages (409 Conflict), so this one stops; let "
            "one only run with a token"
        ) from None
    except InvalidToken:
        raise ConfigError(
            "Telegram no longer knows the bot's token (ARTLENS_BOT_TOKEN); ask @BotFather for it"
        ) from None
