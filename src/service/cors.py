"""Pages of other sites that may call the service, refused in the shape of all errors."""

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .problems import bad_request, problem_response
from .watch import note, request_id

_REFUSED = bad_request("Pages of that site, or with those headers, may not call this service.")


class Cors(CORSMiddleware):
    """Starlette's CORS, but for what a browser is told when it asks in vain."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer the question that a browser asks before it lets a page call."""
        response = super().preflight_response(request_headers)
        return response if response.status_code < 400 else _Refusal()


class _Refusal(Response):
    """An answer whose id is that of the request, which is known only when it is sent."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        note(scope, code=_REFUSED.code)
        await problem_response(_REFUSED, request_id(scope))(scope, receive, send)
