"""The other way in: Telegram calls an address of ours, and proves with a secret that it is it."""

import asyncio
import hmac
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Update

from .polling import WANTED_UPDATES, Take
from .telegram_api import Chat, insist

_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
# An update is a few kilobytes.
_MAX_BYTES: Final = 1_000_000
_GRACE_S: Final = 5

_log = logging.getLogger(__name__)


def webhook_app(api: Chat, secret: str, take: Take) -> Starlette:
    """Return an application that takes updates at ``/`` from who knows the secret.

    An update is answered with 200 when it is written down; Telegram sends it again otherwise.
    """

    async def receive(request: Request) -> Response:
        given = request.headers.get(_HEADER, "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            return Response(status_code=403)
        content = await _read(request)
        if content is None:
            return Response(status_code=413)
        try:
            update = Update.de_json(json.loads(content), api)
        except (ValueError, KeyError, TypeError, AttributeError):
            return Response(status_code=400)
        take([update])
        return Response(status_code=200)

    return Starlette(routes=[Route("/", receive, methods=["POST"])])


async def _read(request: Request) -> bytes | None:
    """Return the body, or nothing if it is too large or does not come to its end."""
    content = b""
    with suppress(ClientDisconnect):
        async for part in request.stream():
            content += part
            if len(content) > _MAX_BYTES:
                return None
        return content
    return None


class _Server(uvicorn.Server):
    """A server that leaves signals to the command."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def listen(  # noqa: PLR0913 - all that a webhook is made of
    api: Chat, address: str, secret: str, host: str, port: int, take: Take, stopped: asyncio.Event
) -> None:
    """Tell Telegram of the address, and take what it sends until stopped.

    Parameters
    ----------
    api : Chat
    address : str
        Where Telegram reaches this: ``https://…``, of a proxy as a rule.
    secret : str
    host, port : str, int
        Where to listen.
    take : callable
        Writes updates down for good before it returns.
    stopped : asyncio.Event
    """
    app = webhook_app(api, secret, take)
    server = _Server(
        uvicorn.Config(
            app, host, port, log_config=None, access_log=False, timeout_graceful_shutdown=_GRACE_S
        )
    )
    serving = asyncio.create_task(server.serve())
    await insist(
        lambda: api.set_webhook(address, secret_token=secret, allowed_updates=WANTED_UPDATES)
    )
    ending = asyncio.create_task(stopped.wait())
    await asyncio.wait({serving, ending}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving
    ending.cancel()
