"""Connections that must finish each request in time, so that slow ones cannot pile up."""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from src.service.limits import service_limits

# The application refuses a late request first, with an answer; this is for what never gets there:
# headers that do not end, and bodies that go on after they were refused.
_GRACE_S: Final = 5.0


class TimedProtocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, with a limit on the time that a request takes to arrive."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock: a request has to come."""
        super().connection_made(transport)
        self._restart_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Start the clock anew at the first byte of a request."""
        self._restart_clock()
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """Stop the clock: the request is here, whatever its answer takes."""
        self._stop_clock()
        super().on_message_complete()

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
