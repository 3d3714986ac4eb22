"""The service: an application that names the class of uploaded pictures."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from .. import __version__
from ..models.predict_model import Classifier
from .limits import CacheSettings, ServiceLimits, cache_settings, service_limits
from .metrics import Metrics
from .openapi import add_documented_routes
from .page import add_page
from .problems import Code, Problem, bad_request, not_found, problem_response
from .state import State
from .watch import Watch, note, request_id

_CODES: Final[Mapping[int, Code]] = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
_SENTENCES: Final = {
    404: not_found().message,
    405: "This address does not take that method.",
}
_FOREIGN: Final = bad_request(
    "Pages of that site, or with those headers, may not call this service."
)


def create_app(
    model: Classifier | None = None,
    limits: ServiceLimits | None = None,
    cache: CacheSettings | None = None,
) -> FastAPI:
    """Put the service together; its model is loaded when it starts.

    Parameters
    ----------
    model : Classifier, optional
        Default: that which the limits name.
    limits : ServiceLimits, optional
        Default: those of the environment.
    cache : CacheSettings, optional
        Default: those of the environment.

    Raises
    ------
    ConfigError
        If the environment's make no sense.
    MissingLibrary
        If the client of the cache's server is not installed.
    """
    state = State(limits or service_limits(), Metrics(), cache or cache_settings())

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        state.start(model)
        try:
            yield
        finally:
            state.stop()
            await state.answers.close()

    app = FastAPI(
        title="artlens",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.service = state
    add_documented_routes(app)
    add_page(app)
    _add_guards(app, state)
    return app


def _add_guards(app: FastAPI, state: State) -> None:
    app.add_exception_handler(HTTPException, _refuse_http)
    app.add_exception_handler(Problem, _refuse_problem)
    if state.limits.cors_origins:
        app.add_middleware(
            _Cors,
            allow_origins=state.limits.cors_origins,
            allow_methods=["GET", "POST"],
            expose_headers=["X-Request-ID", "Retry-After"],
        )
    # The outermost, so that no answer leaves without it.
    paths = frozenset(route.path for route in app.routes if isinstance(route, Route))
    app.add_middleware(Watch, limits=state.limits, metrics=state.metrics, paths=paths)


async def _refuse_http(request: Request, error: Exception) -> Response:
    """Give what the framework refuses the shape of all errors."""
    assert isinstance(error, HTTPException)
    status = error.status_code
    message = _SENTENCES.get(status, "The request cannot be answered.")
    problem = Problem(status, _CODES.get(status, "bad_request"), message, error.headers or {})
    return await _refuse_problem(request, problem)


async def _refuse_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    note(request.scope, code=problem.code)
    return problem_response(problem, request_id(request.scope))


class _Cors(CORSMiddleware):
    """Starlette's CORS, but for what a browser is told when it asks in vain."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer the question that a browser asks before it lets a page call."""
        response = super().preflight_response(request_headers)
        return response if response.status_code < 400 else _Refusal()


class _Refusal(Response):
    """An answer whose id is that of the request, which is known only when it is sent."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        note(scope, code=_FOREIGN.code)
        await problem_response(_FOREIGN, request_id(scope))(scope, receive, send)
