"""What waits in the inbox is answered, chat by chat; several chats at a time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Final

from telegram.constants import ParseMode
from telegram.error import TelegramError

from ..errors import ArtlensError, ImageError
from .inbox import BUSY, Inbox, Job
from .looking import Looker
from .telegram_api import Chat, Unfetched, fetch, send, settle
from .texts import say
from .wanted import Wanted
from .wording import (
    SIMILAR,
    WHY,
    Said,
    buttons,
    fit,
    word_answer,
    word_failure,
    word_hello,
    word_similar,
    word_tasks,
    word_too_large,
    word_why,
)

# Where Telegram does not take an answer, it waits so long.
_LATER_S: Final = 30.0
# A picture that ended the bot so often is not looked at again.
_MOST_TRIES: Final = 5
# What is being answered may end so long after the bot is told to.
_GRACE_S: Final = 20.0

_log = logging.getLogger(__name__)


class Answering:
    """Answers what waits until it is stopped; what is left then, or by a kill, is done next time.

    Parameters
    ----------
    api : Chat
    inbox : Inbox
    looker : Looker
    chats_at_once : int
    """

    def __init__(self, api: Chat, inbox: Inbox, looker: Looker, chats_at_once: int) -> None:
        self._api, self._inbox, self._looker = api, inbox, looker
        self._most = chats_at_once
        self._news = asyncio.Event()
        self._at_work = dict[int, asyncio.Task[None]]()
        self._how: Mapping[str, Callable[[Job], Awaitable[Said]]] = {
            "picture": self._answer_pictures,
            BUSY: self._answer_busy,
            "start": self._answer_hello,
            "help": self._answer_hello,
            "tasks": self._answer_tasks,
        }

    def wake(self) -> None:
        """Say that something came."""
        self._news.set()

    async def run(self, stopped: asyncio.Event) -> None:
        """Answer until it is stopped, then let what was begun come to its end."""
        while not stopped.is_set():
            self._news.clear()
            self._start_due()
            await self._wait()
        if self._at_work:
            await asyncio.wait(self._at_work.values(), timeout=_GRACE_S)

    def _start_due(self) -> None:
        while len(self._at_work) < self._most:
            job = self._inbox.next_job(list(self._at_work))
            if job is None:
                return
            task = asyncio.create_task(self._do(job), name=f"answer-{job.number}")
            self._at_work[job.chat] = task
            task.add_done_callback(partial(self._end, job.chat))

    def _end(self, chat: int, _done: asyncio.Task[None]) -> None:
        del self._at_work[chat]
        self._news.set()

    async def _wait(self) -> None:
        """Wait for news, or until an album is complete; of chats at work, their end is news."""
        with suppress(TimeoutError):
            async with asyncio.timeout(0.2 if self._inbox.count_waiting() else None):
                await self._news.wait()

    async def _do(self, job: Job) -> None:
        self._inbox.begin(job.number)
        try:
            await (self._press(job) if job.parts[0].query else self._reply(job))
        except Exception as error:
            # Whatever it is, nobody's answer is lost, and no other one is held up.
            foreseen = isinstance(error, TelegramError)
            _log.warning("an answer waits %g s (%s)", _LATER_S, error, exc_info=not foreseen)
            self._inbox.postpone(job.number, _LATER_S)
        else:
            self._inbox.finish(job.number)

    async def _reply(self, job: Job) -> None:
        """Send a promise, and fill the answer into it."""
        first = job.parts[0]
        promise = job.promise
        if not promise:
            sent = await send(self._api, job.chat, say(first.language, "promise"), first.message)
            if sent is None:
                return
            promise = sent
            self._inbox.promise(job.number, promise)
        await self._fill(job.chat, promise, await self._say(job))

    async def _press(self, job: Job) -> None:
        """Add to an answer what a button under it asks for."""
        (part,) = job.parts
        try:
            if not part.file_id or job.tries >= _MOST_TRIES:
                raise Unfetched("no picture")
            content = await self._fetch(part)
        except Unfetched:
            gone = say(part.language, "gone")
            alert = partial(self._api.answer_callback_query, part.query, gone, show_alert=True)
            await settle(alert)
            return
        await settle(partial(self._api.answer_callback_query, part.query))
        said = await self._say_more(part, content)
        if said is not None:
            await self._fill(part.chat, part.answer, said)

    async def _fill(self, chat: int, message: int, said: Said) -> None:
        await settle(
            lambda: self._api.edit_message_text(
                fit(said.text),
                chat,
                message,
                parse_mode=ParseMode.HTML,
                reply_markup=said.buttons,
            )
        )

    async def _say(self, job: Job) -> Said:
        """Return the answer; what nobody foresaw is logged, and said to have gone wrong."""
        language = job.parts[0].language
        if job.tries >= _MOST_TRIES:
            return Said(say(language, "unreadable"))
        try:
            return await self._how.get(job.kind, self._answer_other)(job)
        except TelegramError:
            raise
        except Exception:
            _log.exception("message %d could not be answered", job.parts[0].message)
            return Said(say(language, "failed"))

    async def _answer_pictures(self, job: Job) -> Said:
        if len(job.parts) == 1:
            return await self._answer_one(job.parts[0])
        language = job.parts[0].language
        lines = [f"<b>{say(language, 'album', count=len(job.parts))}</b>"]
        for place, part in enumerate(job.parts, 1):
            said = await self._answer_one(part)
            lines.append(f"\n<b>{place}.</b> {said.text}")
        return Said("\n".join(lines))

    async def _answer_one(self, part: Wanted) -> Said:
        """Return what is said of one picture, or why nothing can be."""
        language, most = part.language, self._looker.limits.max_bytes
        if part.size > most:
            return Said(word_too_large(part.size, most, language))
        try:
            content = await self._fetch(part)
            answers = await self._looker.off_loop(self._looker.look, content)
        except (ImageError, Unfetched) as error:
            return Said(word_failure(error, language))
        lines = word_answer(answers, self._looker.tasks, language)
        return Said("\n".join(lines), buttons(self._offered(), language))

    async def _fetch(self, part: Wanted) -> bytes:
        return await fetch(self._api, part.file_id, self._looker.limits.max_bytes)

    def _offered(self) -> list[str]:
        return [WHY, SIMILAR] if self._looker.collection else [WHY]

    async def _say_more(self, part: Wanted, content: bytes) -> Said | None:
        """Return an answer again, with what a button asks for; None if that cannot be said."""
        try:
            answers = await self._looker.off_loop(self._looker.look, content)
            more = await self._more(part, content)
        except ArtlensError as error:
            _log.warning("no answer to a button (%s)", error)
            return None
        lines = word_answer(answers, self._looker.tasks, part.language)
        rest = [key for key in self._offered() if key != part.kind]
        return Said("\n".join([*lines, "", more]), buttons(rest, part.language))

    async def _more(self, part: Wanted, content: bytes) -> str:
        looker, language = self._looker, part.language
        if part.kind == WHY:
            return word_why(await looker.off_loop(looker.explain, content), language)
        works = await looker.off_loop(looker.find_similar, content)
        return word_similar(works, looker.works, language)

    async def _answer_busy(self, job: Job) -> Said:
        return Said(say(job.parts[0].language, "busy", count=len(job.parts)))

    async def _answer_hello(self, job: Job) -> Said:
        return Said(word_hello(self._looker.tasks, job.parts[0].language))

    async def _answer_tasks(self, job: Job) -> Said:
        looker = self._looker
        return Said(word_tasks(looker.models, looker.works, job.parts[0].language))

    async def _answer_other(self, job: Job) -> Said:
        key = "other" if job.kind == "other" else "no_picture"
        return Said(say(job.parts[0].language, key))
