"""``artlens bot``: the chat, until it is stopped."""

import asyncio
import logging
import os
import signal
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from telegram import Update

from ..edges import command_edge, note
from ..errors import ConfigError
from ..fetching.ledger import locked
from ..models.classifier import introductions
from ..models.comparing.similar import Collection
from ..service.limits import service_limits
from .answering import Answering
from .bot_settings import BotSettings, bot_settings, webhook_secret
from .inbox import Inbox
from .looking import Looker, load_all
from .polling import poll
from .telegram_api import Chat, Redact, open_api, say_hello
from .wanted import Wanted, read_message, read_press
from .webhook import listen

_STATE_FILE: Final = "inbox.sqlite"

Tasks = Annotated[
    list[str] | None,
    typer.Option("--task", help="What is said of a picture, in this order; by default all."),
]
Similar = Annotated[
    Path | None,
    typer.Option("--similar-in", metavar="FOLDER", help="Offer the nearest works of a folder."),
]
Webhook = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Be called there by Telegram, instead of asking it."),
]
Listen = Annotated[str, typer.Option(help="Where a webhook's calls arrive, as HOST:PORT.")]


@command_edge
def run_bot(
    task: Tasks = None,
    similar_in: Similar = None,
    webhook: Webhook = None,
    listen_at: Listen = "127.0.0.1:8443",
) -> None:
    """Answer pictures in a chat of Telegram, over the Bot API; goes on where it stopped.

    The token comes from ARTLENS_BOT_TOKEN.
    """
    settings = bot_settings()
    secret = webhook_secret(settings) if webhook else ""
    host, port = _split(listen_at)
    _log_without(settings, secret)
    # Else the library warns of what its next version will do.
    os.environ.setdefault("PTB_TIMEDELTA", "1")
    with locked(settings.folder):
        looker = _make_looker(task or [], similar_in)
        bot = _Bot(settings, looker)
        asyncio.run(bot.run(webhook, secret, host, port))


class _Bot:
    """One bot from its start to its end."""

    def __init__(self, settings: BotSettings, looker: Looker) -> None:
        self._settings, self._looker = settings, looker

    async def run(self, webhook: str | None, secret: str, host: str, port: int) -> None:
        settings = self._settings
        path = settings.folder / _STATE_FILE
        api, stopped = open_api(settings), _stop_on_signals()
        with Inbox(path, settings.max_waiting, settings.album_s) as inbox:
            try:
                note(f"@{await say_hello(api)} answers; Ctrl-C ends it")
                answering = Answering(api, inbox, self._looker, settings.chats_at_once)

                def take(updates: Sequence[Update]) -> None:
                    inbox.take(list(filter(None, map(self._read, updates))))
                    answering.wake()

                way_in = (
                    listen(api, webhook, secret, host, port, take, stopped)
                    if webhook
                    else poll(api, settings, take, stopped)
                )
                await _together(way_in, answering, stopped)
            finally:
                self._looker.close()
                await _close(api)

    def _read(self, update: Update) -> Wanted | None:
        if update.callback_query is not None:
            return read_press(update.callback_query, self._looker.least_side)
        if update.message is not None:
            return read_message(update.message, self._looker.least_side)
        return None


async def _together(
    way_in: Coroutine[Any, Any, None], answering: Answering, stopped: asyncio.Event
) -> None:
    """Take and answer; the end of one is that of both."""

    async def enter() -> None:
        try:
            await way_in
        finally:
            stopped.set()
            answering.wake()

    async def answer() -> None:
        try:
            await answering.run(stopped)
        finally:
            stopped.set()

    found = await asyncio.gather(enter(), answer(), return_exceptions=True)
    for error in found:
        if error is not None:
            raise error


def _stop_on_signals() -> asyncio.Event:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    return stopped


async def _close(api: Chat) -> None:
    with suppress(RuntimeError):
        await api.shutdown()


def _make_looker(tasks: list[str], folder: Path | None) -> Looker:
    models = load_all(tasks)
    for line in introductions(models):
        note(line)
    limits = service_limits().image_limits
    if folder is None:
        return Looker(models, limits)
    # Which other ways to name files than a folder there are, only this needs.
    from ..visualization.duplicates import find_files

    collection = Collection.measure(find_files([str(folder)]).paths)
    return Looker(models, limits, collection, folder)


def _split(address: str) -> tuple[str, int]:
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdecimal():
        raise ConfigError(f"no address to listen on ({address}); give HOST:PORT, as 0.0.0.0:8443")
    return host.strip("[]"), int(port)


def _log_without(settings: BotSettings, secret: str) -> None:
    """Log to standard error, without the token; what is asked at which address is nobody's."""
    handler = logging.StreamHandler()
    handler.addFilter(Redact(settings.token.get_secret_value(), secret))
    form = "%(asctime)s %(levelname)s %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, handlers=[handler], force=True)
    for library in ("httpx", "httpcore", "telegram", "uvicorn", "PIL"):
        logging.getLogger(library).setLevel(logging.WARNING)


if __name__ == "__main__":
    typer.run(run_bot)
