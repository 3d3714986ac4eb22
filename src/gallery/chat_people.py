"""The people who write to a bot in the stand-in for Telegram, and what they see."""

import time
from base64 import b64decode
from html import unescape
from itertools import count
from re import sub
from typing import Any, Final

import cv2
import numpy as np

Json = dict[str, Any]

# The longer sides in which Telegram keeps a photo.
_SIDES: Final = (90, 320, 800, 1280)
_NAMES: Final = {"en": "Reader", "de": "Leserin", "ru": "Читатель", "he": "קורא"}
# What an attachment that is no picture is, as far as a bot has to tell it apart.
_FILE: Final = {"file_id": "other", "file_unique_id": "other"}
_THINGS: Final[Json] = {
    "sticker": _FILE
    | {"width": 512, "height": 512, "is_animated": False, "is_video": False, "type": "regular"},
    "video": _FILE | {"width": 640, "height": 360, "duration": 3},
    "voice": _FILE | {"duration": 3},
}


class People:
    """Chats with one bot, message by message; not safe in several threads.

    Attributes
    ----------
    files : dict of str to bytes
        What a bot can fetch.
    alerts : dict of str to str
        The presses of buttons that the bot acknowledged, with what it said then.
    """

    def __init__(self) -> None:
        self._chats = dict[int, dict[int, Json]]()
        self._updates = dict[int, Json]()
        self._history, self._again = list[Json](), list[Json]()
        self._numbers, self._update_numbers, self._presses = count(1), count(501), count(1)
        self.files = dict[str, bytes]()
        self.alerts = dict[str, str]()

    def send(  # noqa: PLR0913 - all that a message can be
        self,
        chat: int,
        text: str = "",
        *,
        photo: str = "",
        document: str = "",
        mime: str = "image/png",
        size: int = 0,
        thing: str = "",
        album: str = "",
        language: str = "en",
        forwarded: bool = False,
        edits: int = 0,
    ) -> int:
        """Let somebody write; return the message's number.

        Parameters
        ----------
        chat : int
            Negative for a group.
        text : str
            Of a picture, what is written under it.
        photo, document : str
            A file, in base64.
        mime : str
            What the document calls itself.
        size : int
            What Telegram says of its bytes; by default how many it has.
        thing : str
            ``sticker``, ``video`` or ``voice``.
        album : str
            The same for pictures that are sent together.
        language : str
        forwarded : bool
        edits : int
            The message that this one is put in place of; 0 for a new one.
        """
        number = edits or next(self._numbers)
        message = self._blank(chat, number, _person(chat, language))
        if photo:
            message["photo"] = self._keep_photo(number, b64decode(photo))
        if document:
            message["document"] = self._keep_document(number, b64decode(document), mime, size)
        if thing:
            message[thing] = _THINGS[thing]
        if text:
            message["caption" if photo or document else "text"] = text
        if album:
            message["media_group_id"] = album
        if forwarded:
            message["forward_origin"] = {
                "type": "hidden_user",
                "date": message["date"],
                "sender_user_name": "somebody",
            }
        self._of(chat)[number] = message
        self._tell({"edited_message" if edits else "message": message})
        return number

    def press(self, chat: int, message: int, data: str, language: str = "en") -> str:
        """Let somebody press a button under a message of the bot; return the press's id."""
        answer = self._of(chat)[message]
        number = f"press-{next(self._presses)}"
        self._tell(
            {
                "callback_query": {
                    "id": number,
                    "from": _person(chat, language),
                    "chat_instance": str(chat),
                    "message": answer,
                    "data": data,
                }
            }
        )
        return number

    def repeat(self, count: int = 1000) -> int:
        """Deliver the last updates once more, although they were confirmed; return how many."""
        self._again = self._history[-count:]
        return len(self._again)

    def hear(self, chat: int, bot: Json, text: str, reply_to: int | None, markup: Json) -> Json:
        """Take a message of the bot; return it as the Bot API does."""
        message = self._blank(chat, next(self._numbers), bot) | {"text": _plain(text), "html": text}
        if reply_to in self._of(chat):
            message["reply_to_message"] = self._of(chat)[reply_to]
        if markup:
            message["reply_markup"] = markup
        self._of(chat)[message["message_id"]] = message
        return message

    def see_edited(self, chat: int, number: int, text: str, markup: Json) -> Json:
        """Take an edit of the bot's.

        Raises
        ------
        LookupError
            There is no such message, or nothing changes.
        """
        message = self._of(chat).get(number)
        if message is None:
            raise LookupError("message to edit not found")
        if message["html"] == text and message.get("reply_markup", {}) == markup:
            raise LookupError(
                "message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message"
            )
        message |= {"text": _plain(text), "html": text, "edits": message.get("edits", 0) + 1}
        message.pop("reply_markup", None)
        message |= {"reply_markup": markup} if markup else {}
        return message

    def see(self) -> Json:
        """Return all that stands in the chats, and how many updates wait to be fetched."""
        chats = {chat: list(messages.values()) for chat, messages in self._chats.items()}
        return {"chats": chats, "waiting": len(self._updates), "alerts": self.alerts}

    def news(self) -> list[Json]:
        """Return up to a hundred updates that were not confirmed, and once those to be repeated."""
        found, self._again = [*self._again, *self._updates.values()][:100], []
        return found

    def confirm(self, before: int) -> None:
        """Forget the updates with lower numbers."""
        self._updates = {n: update for n, update in self._updates.items() if n >= before}

    def _tell(self, update: Json) -> None:
        number = next(self._update_numbers)
        self._updates[number] = {"update_id": number, **update}
        self._history.append(self._updates[number])

    def _of(self, chat: int) -> dict[int, Json]:
        return self._chats.setdefault(chat, {})

    def _blank(self, chat: int, number: int, who: Json) -> Json:
        place: Json = {"id": chat, "type": "group" if chat < 0 else "private"}
        place |= {"title": "A group"} if chat < 0 else {"first_name": "Reader"}
        return {"message_id": number, "date": int(time.time()), "chat": place, "from": who}

    def _keep_photo(self, number: int, content: bytes) -> list[Json]:
        """Keep a photo in the sizes that Telegram makes of it, and say which."""
        bgr = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        if bgr is None:
            return [self._keep(f"photo-{number}", content) | {"width": 640, "height": 480}]
        longest = max(bgr.shape[:2])
        found = []
        for side in [*(side for side in _SIDES if side < longest), min(longest, _SIDES[-1])]:
            small = cv2.resize(bgr, None, fx=side / longest, fy=side / longest)
            _, encoded = cv2.imencode(".jpg", small)
            kept = self._keep(f"photo-{number}-{side}", encoded.tobytes())
            found.append(kept | {"width": small.shape[1], "height": small.shape[0]})
        return found

    def _keep_document(self, number: int, content: bytes, mime: str, size: int) -> Json:
        kept = self._keep(f"document-{number}", content)
        return kept | {"mime_type": mime, "file_size": size or len(content)}

    def _keep(self, name: str, content: bytes) -> Json:
        self.files[name] = content
        return {"file_id": name, "file_unique_id": name, "file_size": len(content)}


def _person(chat: int, language: str) -> Json:
    name = _NAMES.get(language, "Reader")
    return {"id": abs(chat), "is_bot": False, "first_name": name, "language_code": language}


def _plain(html: str) -> str:
    return unescape(sub(r"</?(b|i|code|pre)>", "", html))
