"""The service with refusals on demand, for the sentences that hardly ever come up by themselves."""

import json
import threading
from dataclasses import dataclass
from typing import Any, Protocol


class Application(Protocol):
    """An ASGI application."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


@dataclass(frozen=True)
class Refusal:
    status: int
    code: str
    message: str = "What the service itself would say."
    retry_after: str | None = None


class Detour:
    """Passes requests on to the service, or refuses pictures, and counts the latter."""

    def __init__(self, app: Application, url: str) -> None:
        self.app = app
        self.url = url
        self.started = threading.Event()
        self.predictions = 0
        self._refusal: Refusal | None = None

    def refuse(self, refusal: Refusal | None) -> None:
        """Answer every picture like this from now on; None lets the service answer."""
        self._refusal = refusal

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, self._notice_start(send))
        if scope["path"].startswith(("/v1/analyse", "/v1/explain", "/v1/compare")):
            self.predictions += 1
            if self._refusal is not None:
                return await _answer(self._refusal, receive, send)
        return await self.app(scope, receive, send)

    def _notice_start(self, send: Any) -> Any:
        async def notice(message: Any) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                self.started.set()

        return notice


async def _answer(refusal: Refusal, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    error = {"code": refusal.code, "message": refusal.message, "request_id": "0"}
    headers = [(b"content-type", b"application/json")]
    if refusal.retry_after is not None:
        headers.append((b"retry-after", refusal.retry_after.encode()))
    start = {"type": "http.response.start", "status": refusal.status, "headers": headers}
    await send(start)
    body = json.dumps({"error": error}).encode()
    await send({"type": "http.response.body", "body": body})
