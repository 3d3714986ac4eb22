import json
from http import HTTPStatus
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import pytest

from src.gallery.chat_site import TOKEN, ChatSite
from src.gallery.faults import Fault, RequestKind
from src.gallery.replies import Reply, Request


def call(site: ChatSite, method: str, *faults: Fault, **fields: object) -> Reply:
    request = Request(f"/bot{TOKEN}/{method}", "chat.test", form=urlencode(fields))
    return site.answer(request, faults)


def result(reply: Reply) -> Any:
    assert reply.status == HTTPStatus.OK, reply.body
    return json.loads(reply.body)["result"]


def people(site: ChatSite, action: str, **said: object) -> Any:
    request = Request(f"/__chat__/{action}", "chat.test", form=json.dumps(said))
    return json.loads(site.answer(request, ()).body)


def test_updates_are_given_until_they_are_confirmed() -> None:
    site = ChatSite()
    people(site, "send", chat=1, text="hello")
    (update,) = result(call(site, "getUpdates"))
    assert update["message"]["text"] == "hello"
    assert result(call(site, "getUpdates")) == [update]
    assert result(call(site, "getUpdates", offset=update["update_id"] + 1)) == []
    assert people(site, "repeat", count=1) == 1
    assert result(call(site, "getUpdates", offset=update["update_id"] + 1)) == [update]


def test_who_asks_later_ends_who_asked_before() -> None:
    site, replies = ChatSite(), list[Reply]()
    first = Thread(target=lambda: replies.append(call(site, "getUpdates", timeout=20)))
    first.start()
    while not site._poller:
        pass
    call(site, "getUpdates")
    first.join(10)
    assert [reply.status for reply in replies] == [HTTPStatus.CONFLICT]


def test_a_chat_takes_one_message_a_second() -> None:
    site = ChatSite()
    result(call(site, "sendMessage", chat_id=1, text="a"))
    result(call(site, "sendMessage", chat_id=2, text="a"))
    reply = call(site, "sendMessage", chat_id=1, text="b")
    assert reply.status == HTTPStatus.TOO_MANY_REQUESTS
    assert json.loads(reply.body)["parameters"] == {"retry_after": 1}
    assert people(site, "see")["too_fast"] == 1


def test_all_chats_together_take_thirty_a_second() -> None:
    site = ChatSite()
    statuses = [call(site, "sendMessage", chat_id=n, text="a").status for n in range(1, 33)]
    assert statuses == [HTTPStatus.OK] * 30 + [HTTPStatus.TOO_MANY_REQUESTS] * 2


def test_an_edit_that_changes_nothing_is_refused() -> None:
    site = ChatSite()
    sent = result(call(site, "sendMessage", chat_id=1, text="a"))
    edit = {"chat_id": 1, "message_id": sent["message_id"], "text": "<b>b</b>"}
    assert result(call(site, "editMessageText", **edit))["text"] == "b"
    again = call(site, "editMessageText", **edit)
    assert again.status == HTTPStatus.BAD_REQUEST
    assert b"message is not modified" in again.body


@pytest.mark.parametrize(("fault", "sent"), [("rate-limit", 0), ("error-500", 1)])
def test_what_is_spoilt_on_its_way_back_was_done(fault: str, sent: int) -> None:
    site = ChatSite()
    reply = call(site, "sendMessage", Fault(name=fault), chat_id=1, text="a")
    assert reply.status != HTTPStatus.OK
    assert len(people(site, "see")["chats"].get("1", [])) == sent


def test_requests_are_told_apart() -> None:
    site = ChatSite()
    kinds = {
        "/botX/getUpdates": RequestKind.UPDATES,
        "/botX/getFile": RequestKind.INFO,
        "/botX/sendMessage": RequestKind.SEND,
        "/file/botX/photos/a": RequestKind.IMAGE,
        "/elsewhere": RequestKind.OTHER,
    }
    assert {path: site.kind(Request(path, "chat.test")) for path in kinds} == kinds
