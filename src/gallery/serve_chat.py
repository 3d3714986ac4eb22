"""``artlens gallery chat``: the stand-in for Telegram on a local port."""

import json
import time
from pathlib import Path
from threading import Thread
from typing import Annotated, Final
from urllib.error import URLError
from urllib.request import Request, urlopen

import cv2
import typer

from ..edges import command_edge
from .chat_site import ChatSite
from .faults import REPLY_FAULTS, Switchboard, describe_faults, parse_fault
from .http_server import SiteServer, VisitLog, serve_until
from .serve_gallery import Host, Latency, Log, Port, UntilStdinCloses

FAULT_HELP = describe_faults(REPLY_FAULTS)
_PAUSE_S: Final = 0.2


@command_edge
def serve(  # noqa: PLR0913  # one parameter per option
    host: Host = "127.0.0.1",
    port: Port = 0,
    refuse_each: Annotated[
        int, typer.Option(help="Refuse each so many-th message with 429; 0 for none.", min=0)
    ] = 0,
    latency_ms: Latency = 0.0,
    fault: Annotated[list[str] | None, typer.Option(help=FAULT_HELP)] = None,
    log: Log = Path("/dev/null"),
    until_stdin_closes: UntilStdinCloses = False,
) -> None:
    """Serve a stand-in for Telegram; its address is the first line on standard output."""
    # There is a thread for each connection already.
    cv2.setNumThreads(1)
    site = ChatSite(refuse_each)
    board = Switchboard(0, map(parse_fault, fault or ()))
    Thread(target=_call_webhook, args=(site,), daemon=True).start()
    with (
        VisitLog(log) as visits,
        SiteServer((host, port), site, board, visits.write, latency_ms / 1000) as server,
    ):
        serve_until(server, stdin_closes=until_stdin_closes)


def _call_webhook(site: ChatSite) -> None:
    """Send updates to a bot's webhook, each again and again until it is taken."""
    while True:
        webhook, updates = site.take_news(_PAUSE_S)
        for update in updates:
            headers = {
                "Content-Type": "application/json",
                "X-Telegram-Bot-Api-Secret-Token": webhook.get("secret_token", ""),
            }
            try:
                body = json.dumps(update).encode()
                urlopen(Request(webhook["url"], body, headers), timeout=10).close()
            except (URLError, OSError):
                time.sleep(_PAUSE_S)
                break
            site.confirm(update["update_id"])


if __name__ == "__main__":
    typer.run(serve)
