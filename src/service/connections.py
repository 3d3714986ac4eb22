"""Connections that bound what a request takes before the application sees it: time and headers."""

import asyncio
from secrets import token_hex
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from .limits import service_limits
from .problems import Problem, bad_request, problem_response
from .watch import log_line

# The application refuses a late request first, with an answer; this is for what never gets there:
# headers that do not end, and bodies that go on after they were refused.
_GRACE_S: Final = 5.0
# What browsers and proxies send is a few kilobytes; without a limit, headers fill the memory.
_MAX_HEAD_BYTES: Final = 65_536
_HEAD_TOO_LARGE: Final = Problem(
    431,
    "too_large",
    f"The request's headers are too large; at most {_MAX_HEAD_BYTES} bytes are read.",
)


class TimedProtocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, with limits on a request's headers and time to arrive."""

    _deadline: asyncio.TimerHandle | None = None
    _in_head = True
    # What came and is no part of a body. Headers may follow a body too, if that comes in chunks.
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock: a request has to come."""
        super().connection_made(transport)
        self._restart_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes before and after a body; refuse headers that are too large."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes > _MAX_HEAD_BYTES:
            self._refuse_head()
        elif self._in_head and self._head_bytes and self._deadline is None:
            # Empty lines between requests begin none, and end uvicorn's own wait for one.
            self._restart_clock()

    def on_message_begin(self) -> None:
        """Start the clock anew at the first byte of a request."""
        self._restart_clock()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Leave the rest to the application, which counts it."""
        self._in_head, self._head_bytes = False, 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Begin to count anew."""
        self._head_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop the clock: the request is here, whatever its answer takes."""
        self._stop_clock()
        self._in_head, self._head_bytes = True, 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Give what is no HTTP the shape of all errors."""
        self._refuse(bad_request("The request is not valid HTTP/1.1."))

    def _refuse_head(self) -> None:
        if self._in_head:
            self._refuse(_HEAD_TOO_LARGE)
        else:
            # Behind a body: the application may have answered.
            self._give_up()

    def _refuse(self, problem: Problem) -> None:
        name = token_hex(8)
        response = problem_response(problem, name)
        own = [(b"x-request-id", name.encode()), (b"connection", b"close")]
        lines = [key + b": " + value + b"\r\n" for key, value in [*response.raw_headers, *own]]
        head = STATUS_LINE[problem.status] + b"".join(lines) + b"\r\n"
        log_line(request_id=name, status=problem.status, code=problem.code)
        transport: Any = self.transport
        transport.write(head + bytes(response.body))
        transport.close()

    def _restart_clock(self) -> None:
        self._stop_clock()
        seconds = service_limits().max_seconds + _GRACE_S
        self._deadline = self.loop.call_later(seconds, self._give_up)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        transport: Any = self.transport
        transport.abort()
