"""From a message to what it asks for: a picture, a command, or something that is not read here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from telegram import CallbackQuery, Document, Message, PhotoSize, User

# What a document calls itself; what it is, its content says.
_PICTURE_TYPE: Final = "image/"
# Drawings that scale, and what holds many pictures.
_NOT_READ: Final = ("image/svg+xml", "image/vnd.djvu", "image/vnd.adobe.photoshop")
COMMANDS: Final = ("start", "help", "tasks")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one message asks for, as far as it has to be remembered until it is answered.

    Attributes
    ----------
    chat, message : int
        Where it stands.
    kind : str
        ``picture``, ``start``, ``help``, ``tasks``, ``text``, ``other``: of the last a kind no; or
        ``why`` and ``similar``, buttons under an answer.
    language : str
        Of who sent it, as ``de``; empty if that is not known.
    file_id : str
        By which the picture can be fetched; empty if there is none.
    size : int
        Its bytes, as Telegram says; 0 if it does not.
    album : str
        The same for all pictures that were sent together.
    query : str
        Of a button: by which the press is acknowledged.
    answer : int
        Of a button: the message that it stands under.
    """

    chat: int
    message: int
    kind: str
    language: str = ""
    file_id: str = ""
    size: int = 0
    album: str = ""
    query: str = ""
    answer: int = 0


def read_message(message: Message, least_side: int) -> Wanted | None:
    """Return what a message asks for, or None where nobody asks: a bot, or that somebody came.

    Parameters
    ----------
    message : Message
    least_side : int
        Short side of a picture that is large enough, in pixels.
    """
    if message.from_user is not None and message.from_user.is_bot:
        return None
    chat, number, said = message.chat_id, message.message_id, language_of(message.from_user)
    if picture := picture_of(message, least_side):
        album = message.media_group_id or ""
        return Wanted(chat, number, "picture", said, picture.file_id, picture.file_size or 0, album)
    kind = _kind_of(message)
    return Wanted(chat, number, kind, said) if kind else None


def read_press(press: CallbackQuery, least_side: int) -> Wanted | None:
    """Return what a button asks for; nothing if its message is out of reach."""
    answer = press.message
    if not isinstance(answer, Message) or press.data not in ("why", "similar"):
        return None
    asked = answer.reply_to_message
    picture = picture_of(asked, least_side) if asked else None
    return Wanted(
        answer.chat_id,
        0,
        press.data,
        language_of(press.from_user),
        picture.file_id if picture else "",
        (picture.file_size or 0) if picture else 0,
        query=press.id,
        answer=answer.message_id,
    )


def picture_of(message: Message, least_side: int) -> PhotoSize | Document | None:
    """Return the file of a message's picture: of a photo the smallest size that is large enough."""
    if message.photo:
        return choose_size(message.photo, least_side)
    document = message.document
    mime = (document.mime_type or "") if document else ""
    return document if mime.startswith(_PICTURE_TYPE) and mime not in _NOT_READ else None


def choose_size(sizes: Sequence[PhotoSize], least_side: int) -> PhotoSize:
    """Return the smallest size whose short side is long enough, else the largest.

    Examples
    --------
    >>> sizes = [PhotoSize(str(w), str(w), w, w * 3 // 4) for w in (90, 320, 800, 1280)]
    >>> choose_size(sizes, 224).width, choose_size(sizes, 436).width, choose_size(sizes, 5000).width
    (320, 800, 1280)
    """
    ordered = sorted(sizes, key=lambda size: size.width * size.height)
    enough = (size for size in ordered if min(size.width, size.height) >= least_side)
    return next(enough, ordered[-1])


def language_of(user: User | None) -> str:
    """Return the language of who wrote, without its region; Hebrew's old code is still sent."""
    code = ((user.language_code if user else None) or "").lower().replace("_", "-")
    first = code.partition("-")[0]
    return {"iw": "he"}.get(first, first)


def _kind_of(message: Message) -> str:
    text = message.text or ""
    if text.startswith("/"):
        command = text[1:].split()[:1]
        name = command[0].partition("@")[0].lower() if command else ""
        return name if name in COMMANDS else _unless_group(message, "text")
    if text:
        return _unless_group(message, "text")
    return _unless_group(message, "other") if message.effective_attachment else ""


def _unless_group(message: Message, kind: str) -> str:
    """Where several talk to one another, nothing is meant for the bot but pictures and commands."""
    return kind if message.chat.type == "private" else ""
