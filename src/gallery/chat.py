"""The stand-in for Telegram as a process of its own."""

import json
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any, cast
from urllib.request import Request, urlopen

from .chat_site import PEOPLE_PATH
from .stand_in import StandIn


class Chat(StandIn):
    """Runs the stand-in for Telegram on a free port while a ``with`` block lasts.

    Parameters
    ----------
    *options : str
        As for ``artlens gallery chat``: ``"--refuse-each", "5", "--latency-ms", "20"``.

    Examples
    --------
    >>> with Chat() as chat:
    ...     chat.send(7, "/start"), chat.see()["waiting"]
    (1, 1)
    """

    called = "the stand-in for Telegram"
    module = "serve_chat"

    def send(
        self, chat: int, text: str = "", *, photo: bytes = b"", document: bytes = b"", **more: Any
    ) -> int:
        """Let somebody write, as `People.send` does; return the message's number."""
        files = {"photo": b64encode(photo).decode(), "document": b64encode(document).decode()}
        return cast(int, self._do("send", {"chat": chat, "text": text, **files, **more}))

    def press(self, chat: int, message: int, data: str, **more: Any) -> str:
        """Let somebody press a button; return the press's id."""
        return cast(str, self._do("press", {"chat": chat, "message": message, "data": data} | more))

    def repeat(self, count: int = 1000) -> int:
        """Deliver the last updates once more; return how many."""
        return cast(int, self._do("repeat", {"count": count}))

    def see(self) -> dict[str, Any]:
        """Return all that stands in the chats, by their numbers as text, and what was counted."""
        return cast(dict[str, Any], self._do("see", {}))

    def answers(self, chat: int) -> list[dict[str, Any]]:
        """Return what the bot wrote in a chat, but for promises that were not filled."""
        said = self.see()["chats"].get(str(chat), [])
        return [message for message in said if message["from"]["is_bot"] and "edits" in message]

    def wait_for(self, chat: int, count: int, timeout_s: float = 60.0) -> list[dict[str, Any]]:
        """Wait until the bot has given so many answers in a chat, and return them.

        Raises
        ------
        TimeoutError
            If it does not.
        """
        self.wait_until(lambda: len(self.answers(chat)) >= count, timeout_s)
        return self.answers(chat)

    def wait_until(self, happened: Callable[[], bool], timeout_s: float = 60.0) -> None:
        """Wait until something has happened in the chats.

        Raises
        ------
        TimeoutError
            If it does not.
        """
        ends = time.monotonic() + timeout_s
        while not happened():
            if time.monotonic() > ends:
                raise TimeoutError(f"the bot has not answered within {timeout_s:g} s")
            time.sleep(0.05)

    def _do(self, action: str, said: dict[str, Any]) -> Any:
        request = Request(self.url + PEOPLE_PATH + action, json.dumps(said).encode())
        with urlopen(request, timeout=20) as reply:
            return json.load(reply)
