"""The chats themselves: a request in, a reply out, spoilt where a fault strikes. Knows no socket.

A local stand-in for Telegram's Bot API and for the people who write to a bot. What the bot calls is
under ``/bot<token>/``; what people do is under ``/__chat__/`` and meets no fault.
"""

import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from http import HTTPStatus
from threading import Condition
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from .chat_people import Json, People
from .faults import Fault, RequestKind
from .replies import Reply, Request, refuse, spoil

# What the stand-in asks to be known by; nothing secret.
TOKEN: Final = "1234567890:stand-in-for-a-token-of-a-bot-000"
PEOPLE_PATH: Final = "/__chat__/"
BOT: Final = {"id": 1234567890, "is_bot": True, "first_name": "artlens", "username": "artlens_bot"}
_JSON: Final = "application/json"
_A_SECOND: Final = 30
_LONGEST_WAIT_S: Final = 50.0
_ROUNDING_S: Final = 0.01

Form = Mapping[str, str]


class ChatSite:
    """Answers what a bot calls, and what people do.

    Parameters
    ----------
    refuse_each : int
        Each so many-th message or edit is refused with 429, whatever its pace; 0 for none.
    """

    def __init__(self, refuse_each: int = 0) -> None:
        self._news = Condition()
        self._people = People()
        self._refuse_each = refuse_each
        self._calls, self._poller = 0, 0
        self._sent_at: deque[float] = deque(maxlen=_A_SECOND)
        self._chat_at = dict[int, float]()
        self._counts = {"refused": 0, "too_fast": 0, "conflicts": 0}
        self.webhook: Json = {}
        self._methods: Mapping[str, Callable[[Form], Any]] = {
            "getMe": lambda form: BOT,
            "deleteWebhook": self._set_webhook,
            "setWebhook": self._set_webhook,
            "sendMessage": self._send,
            "sendPhoto": self._send,
            "editMessageText": self._edit,
            "answerCallbackQuery": self._acknowledge,
            "getFile": self._tell_file,
        }

    def kind(self, request: Request) -> RequestKind:
        """Say what a request asks for, by its path."""
        path = urlsplit(request.path).path
        if path.startswith("/file/bot"):
            return RequestKind.IMAGE
        if not path.startswith("/bot"):
            return RequestKind.OTHER
        return _KINDS.get(path.rpartition("/")[2], RequestKind.SEND)

    def answer(self, request: Request, struck: tuple[Fault, ...]) -> Reply:
        """Answer a request under the faults that strike it.

        A spoilt reply does not undo what was done: a message may have been sent all the same.

        Examples
        --------
        >>> site = ChatSite()
        >>> site.answer(Request(f"/bot{TOKEN}/getMe", "chat.test"), ()).body[:10]
        b'{"ok": tru'
        >>> site.answer(Request("/bot1:x/getMe", "chat.test"), ()).status.name
        'UNAUTHORIZED'
        """
        path = unquote(urlsplit(request.path).path)
        if path.startswith(PEOPLE_PATH):
            return self._let_people(path.removeprefix(PEOPLE_PATH), request.form)
        _, _, rest = path.partition("/bot")
        token, _, wanted = rest.partition("/")
        if token != TOKEN:
            return _fail(HTTPStatus.UNAUTHORIZED, "Unauthorized")
        for fault in struck:
            if fault.name == "rate-limit":
                return self._slow_down(int(fault.amount))
        if self.kind(request) is RequestKind.IMAGE:
            return spoil(self._give_file(wanted), struck)
        return spoil(self._call(wanted, _read_form(request)), struck)

    def _call(self, method: str, form: Form) -> Reply:
        if method == "getUpdates":
            return self._give_updates(form)
        if method not in self._methods:
            return _fail(HTTPStatus.NOT_FOUND, "Not Found: method not found")
        with self._news:
            if "chat_id" in form and (wait_s := self._too_fast(method, form)):
                return self._slow_down(wait_s)
            try:
                return _give(self._methods[method](form))
            except LookupError as error:
                return _fail(HTTPStatus.BAD_REQUEST, f"Bad Request: {error.args[0]}")

    def _too_fast(self, method: str, form: Form) -> int:
        """Count a message or an edit; return how long to wait if it comes too soon, in seconds."""
        self._calls += 1
        if self._refuse_each and self._calls % self._refuse_each == 0:
            return 1
        now, chat = time.monotonic(), int(form["chat_id"])
        many = len(self._sent_at) == _A_SECOND and now - self._sent_at[0] < 1 - _ROUNDING_S
        is_new = method.startswith("send")
        soon = is_new and now - self._chat_at.get(chat, 0.0) < 1 - _ROUNDING_S
        if many or soon:
            self._counts["too_fast"] += 1
            return 1
        self._sent_at.append(now)
        if is_new:
            self._chat_at[chat] = now
        return 0

    def _slow_down(self, wait_s: int) -> Reply:
        self._counts["refused"] += 1
        said = f"Too Many Requests: retry after {wait_s}"
        return _fail(HTTPStatus.TOO_MANY_REQUESTS, said, {"retry_after": wait_s})

    def _give_updates(self, form: Form) -> Reply:
        """Wait for news; who asks later ends the question of who asked before."""
        ends = time.monotonic() + min(float(form.get("timeout", 0)), _LONGEST_WAIT_S)
        with self._news:
            self._poller += 1
            me = self._poller
            self._news.notify_all()
            self._people.confirm(int(form.get("offset", 0)))
            while not (news := self._people.news()) and me == self._poller:
                if not self._news.wait(ends - time.monotonic()):
                    break
            if me != self._poller:
                self._counts["conflicts"] += 1
                return _fail(
                    HTTPStatus.CONFLICT, "Conflict: terminated by other getUpdates request"
                )
            return _give(news)

    def _set_webhook(self, form: Form) -> bool:
        self.webhook = dict(form)
        self._news.notify_all()
        return True

    def _send(self, form: Form) -> Json:
        reply = json.loads(form.get("reply_parameters", "{}"))
        said = form.get("text") or form.get("caption", "")
        markup = json.loads(form.get("reply_markup", "{}"))
        return self._people.hear(int(form["chat_id"]), BOT, said, reply.get("message_id"), markup)

    def _edit(self, form: Form) -> Json:
        markup = json.loads(form.get("reply_markup", "{}"))
        chat, message = int(form["chat_id"]), int(form["message_id"])
        return self._people.see_edited(chat, message, form["text"], markup)

    def _acknowledge(self, form: Form) -> bool:
        self._people.alerts[form["callback_query_id"]] = form.get("text", "")
        return True

    def _tell_file(self, form: Form) -> Json:
        name = form["file_id"]
        content = self._people.files.get(name)
        if content is None:
            raise LookupError("invalid file_id")
        return {
            "file_id": name,
            "file_unique_id": name,
            "file_size": len(content),
            "file_path": f"photos/{name}",
        }

    def _give_file(self, path: str) -> Reply:
        content = self._people.files.get(path.rpartition("/")[2])
        if content is None:
            return refuse(HTTPStatus.NOT_FOUND)
        return Reply(content_type="application/octet-stream", body=content)

    def _let_people(self, action: str, form: str) -> Reply:
        with self._news:
            done = self._act(action, json.loads(form or "{}"))
            self._news.notify_all()
        return Reply(content_type=_JSON, body=json.dumps(done).encode())

    def _act(self, action: str, said: Json) -> Any:
        if action == "see":
            return self._people.see() | self._counts
        actions: Mapping[str, Callable[..., Any]] = {
            "send": self._people.send,
            "press": self._people.press,
            "repeat": self._people.repeat,
        }
        return actions[action](**said)

    def take_news(self, timeout_s: float) -> tuple[Json, list[Json]]:
        """Wait for news for a webhook; return where it is, and what is to be sent there."""
        with self._news:
            if not (self.webhook.get("url") and self._people.news()):
                self._news.wait(timeout_s)
            found = self._people.news() if self.webhook.get("url") else []
            return self.webhook, found

    def confirm(self, update: int) -> None:
        """Forget an update that a webhook took."""
        with self._news:
            self._people.confirm(update + 1)


_KINDS: Final = {
    "getMe": RequestKind.TOKEN,
    "getUpdates": RequestKind.UPDATES,
    "getFile": RequestKind.INFO,
    "setWebhook": RequestKind.OTHER,
    "deleteWebhook": RequestKind.OTHER,
}


def _read_form(request: Request) -> Form:
    """Read the fields of a form; of one with files in it, the fields that are text."""
    if request.form.startswith("--"):
        return dict(_read_parts(request.form))
    fields = parse_qs(urlsplit(request.path).query) | parse_qs(request.form)
    return {name: values[0] for name, values in fields.items()}


def _read_parts(form: str) -> list[tuple[str, str]]:
    boundary = form.partition("\r\n")[0]
    found = []
    for part in form.split(boundary)[1:-1]:
        head, _, value = part.partition("\r\n\r\n")
        name = head.partition('name="')[2].partition('"')[0]
        if "filename=" not in head:
            found.append((name, value.removesuffix("\r\n")))
    return found


def _give(result: Any) -> Reply:
    return Reply(content_type=_JSON, body=json.dumps({"ok": True, "result": result}).encode())


def _fail(status: HTTPStatus, said: str, parameters: Json | None = None) -> Reply:
    body: Json = {"ok": False, "error_code": status.value, "description": said}
    if parameters:
        body["parameters"] = parameters
    return Reply(status, content_type=_JSON, body=json.dumps(body).encode())
