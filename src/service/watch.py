"""Around every request: an id, a limit of time, headers, a log line, metrics, and no exception."""

import asyncio
import json
import logging
import re
import sys
import traceback
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from random import getrandbits
from time import perf_counter
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .limits import ServiceLimits
from .metrics import Metrics
from .problems import (
    INTERNAL,
    ClientGone,
    Problem,
    problem_response,
    timeout,
)

_FIXED_HEADERS: Final = [(b"x-content-type-options", b"nosniff")]
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
# What nginx writes of a client that left; no answer is sent.
_CLIENT_GONE: Final = 499


def request_id(scope: Scope) -> str:
    """Return the id that the request goes by."""
    return str(scope["state"]["request_id"])


def note(scope: Scope, **facts: Any) -> None:
    """Add facts to the request's log line."""
    scope["state"]["facts"].update(facts)


class Watch:
    """ASGI middleware around everything else.

    Parameters
    ----------
    app : ASGI application
    limits : ServiceLimits
    metrics : Metrics
    paths : collection of str
        Those that are counted one by one; strangers should add no time series.
    """

    def __init__(
        self, app: ASGIApp, limits: ServiceLimits, metrics: Metrics, paths: Collection[str]
    ) -> None:
        self._app = app
        self._limits = limits
        self._metrics = metrics
        self._paths = paths
        self._under_way = 0
        self._lines: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Watch over one request; anything but HTTP passes."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        visit = _Visit(scope, receive, send)
        self._metrics.in_progress.inc()
        self._under_way += 1
        try:
            await self._answer(visit)
        finally:
            self._under_way -= 1
            self._metrics.in_progress.dec()
            self._record(visit)

    async def _answer(self, visit: "_Visit") -> None:
        try:
            async with asyncio.timeout(self._limits.max_seconds):
                await self._app(visit.scope, visit.receive, visit.send)
        except TimeoutError:
            await self._refuse(visit, timeout(self._limits))
        except Problem as problem:
            await self._refuse(visit, problem)
        except ClientGone:
            visit.status = _CLIENT_GONE
        except Exception:
            visit.facts["traceback"] = traceback.format_exc()
            await self._refuse(visit, INTERNAL)

    async def _refuse(self, visit: "_Visit", problem: Problem) -> None:
        if visit.status:
            return  # The answer is on its way already.
        response = problem_response(problem, visit.id)
        visit.facts["code"] = problem.code
        await response(visit.scope, visit.receive, visit.send)

    def _record(self, visit: "_Visit") -> None:
        seconds = perf_counter() - visit.start
        path = visit.path if visit.path in self._paths else "other"
        self._metrics.count_request(visit.scope["method"], path, visit.status, seconds)
        fields = {
            "request_id": visit.id,
            "method": visit.scope["method"],
            "path": visit.scope["path"],
            "status": visit.status,
            "milliseconds": round(seconds * 1000, 1),
            "bytes": visit.bytes,
            **visit.facts,
        }
        self._lines.append(_render(fields))
        if not self._under_way:
            self._write_lines()
        elif len(self._lines) == 1:
            asyncio.get_running_loop().call_soon(self._write_lines)

    def _write_lines(self) -> None:
        """Write the lines of all requests that are answered in this turn of the event loop.

        Pictures are measured several at once, and answered so; each writing would let another
        thread have Python's lock, and wait for it.
        """
        if self._lines:
            # Taken first: where they cannot be written, later ones shall not wait behind them.
            lines, self._lines = self._lines, []
            _write("".join(lines))


class _Visit:
    """One request while it lasts: counts what comes in, looks at what goes out."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.start = perf_counter()
        self.path = scope["path"].removeprefix(scope.get("root_path", ""))
        self.id = _find_id(scope)
        self.facts: dict[str, Any] = {}
        self.bytes = 0
        self.status = 0
        self._receive = receive
        self._send = send
        scope.setdefault("state", {}).update(request_id=self.id, facts=self.facts)
        self.scope = scope

    async def receive(self) -> Message:
        message = await self._receive()
        self.bytes += len(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = (b"x-request-id", self.id.encode())
            message["headers"] = [*message["headers"], own, *_FIXED_HEADERS]
        await self._send(message)


def _find_id(scope: Scope) -> str:
    """Return the id that a proxy has given the request, or a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return str(value.decode())
    # Not by the system, which would be asked, and Python's lock let go, for each request.
    return f"{getrandbits(64):016x}"


def log_line(**fields: Any) -> None:
    """Write a line of the fields, with the time before them."""
    _write(_render(fields))


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


class JsonFormatter(logging.Formatter):
    """Formats what the server itself has to say."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record in the form of the other lines."""
        fields: dict[str, Any] = {"level": record.levelname, "message": record.getMessage()}
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return _render(fields).rstrip("\n")


def _render(fields: Mapping[str, Any]) -> str:
    time = datetime.now(UTC).isoformat(timespec="milliseconds")
    return json.dumps({"time": time, **fields}) + "\n"


LOG_CONFIG: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": f"{__name__}.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {"uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
}
