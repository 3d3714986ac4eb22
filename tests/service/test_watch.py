"""What is around every request: a line of the log, a limit of time, no exception."""

import asyncio
import errno
import json
import threading
from functools import partial
from typing import Any

import pytest
from httpx import Client

from src.service import endpoints, inference, watch
from src.service.limits import ServiceLimits
from src.service.metrics import Metrics
from tests.service.apps import (
    assert_refused,
    encoded,
    running,
    wait_for,
)


def test_every_request_leaves_one_line_with_nothing_of_the_picture(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    content = encoded()
    named = {"X-Request-ID": "from-the-proxy-1"}
    reply = client.post("/v1/predict", files={"file": ("me.jpg", content)}, headers=named)
    assert reply.headers["x-request-id"] == "from-the-proxy-1"
    (line,) = capsys.readouterr().err.splitlines()
    found = json.loads(line)
    assert found["request_id"] == "from-the-proxy-1"
    assert (found["method"], found["path"], found["status"]) == ("POST", "/v1/predict", 200)
    assert found["label"] == "RED"
    assert found["bytes"] > len(content)
    assert found["milliseconds"] > 0
    assert "me.jpg" not in line
    forged = client.get("/healthz", headers={"X-Request-ID": 'x"} forged'})
    assert forged.headers["x-request-id"] != 'x"} forged'
    assert json.loads(capsys.readouterr().err)["request_id"] == forged.headers["x-request-id"]


def test_lines_that_cannot_be_written_do_not_hold_up_later_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[str] = []

    def refuse(_text: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def app(_scope: Any, _receive: Any, _send: Any) -> None: ...

    guard: Any = watch.Watch(app, ServiceLimits(), Metrics(), ())
    visit = partial(guard, receive=None, send=None)
    monkeypatch.setattr(watch, "_write", refuse)
    with pytest.raises(OSError, match="No space left"):
        asyncio.run(visit({"type": "http", "method": "GET", "path": "/full", "headers": []}))
    monkeypatch.setattr(watch, "_write", written.append)
    asyncio.run(visit({"type": "http", "method": "GET", "path": "/free", "headers": []}))
    assert [json.loads(text)["path"] for text in written] == ["/free"]


def test_requests_that_are_answered_together_are_logged_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[list[str]] = []
    monkeypatch.setattr(watch, "_write", lambda text: written.append(text.splitlines()))

    async def answer_some_together() -> None:
        doors = {"/soon": asyncio.Event(), "/late": asyncio.Event()}

        async def app(scope: Any, _receive: Any, _send: Any) -> None:
            await doors[scope["path"]].wait()

        guard: Any = watch.Watch(app, ServiceLimits(), Metrics(), ())
        visit = partial(guard, receive=None, send=None)
        *soon, late = [
            asyncio.create_task(visit({"type": "http", "method": "GET", "path": p, "headers": []}))
            for p in ("/soon", "/soon", "/soon", "/late")
        ]
        await asyncio.sleep(0)
        doors["/soon"].set()
        await asyncio.gather(*soon)
        await asyncio.sleep(0)
        assert [len(lines) for lines in written] == [3]
        doors["/late"].set()
        await late

    asyncio.run(answer_some_together())
    assert [[json.loads(line)["path"] for line in lines] for lines in written] == [
        ["/soon"] * 3,
        ["/late"],
    ]


def test_what_takes_too_long_is_given_up(gate: threading.Event) -> None:
    with running(max_seconds=0.2) as service:
        reply = service.client.post("/v1/predict", files={"file": encoded()})
        assert_refused(reply, 503, "timeout")
        assert "retry-after" in reply.headers
        wait_for(lambda: service.waiting == 0)
        gate.set()


def test_a_fault_of_ours_is_logged_and_not_told(
    client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the secret")

    with monkeypatch.context() as broken:
        broken.setattr(inference, "load_shown", fail)
        reply = client.post("/v1/predict", files={"file": encoded()})
        assert "secret" not in assert_refused(reply, 500, "internal")
        assert "the secret" in capsys.readouterr().err
    with monkeypatch.context() as broken:
        broken.setattr(endpoints, "json_response", fail)
        reply = client.post("/v1/predict", files={"file": encoded()})
        assert "secret" not in assert_refused(reply, 500, "internal")
    assert client.post("/v1/predict", files={"file": encoded()}).status_code == 200
