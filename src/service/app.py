"""The service: an application that names the class of uploaded pictures."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .. import __version__
from ..models.predict_model import Classifier
from .cors import Cors
from .limits import ServiceLimits, service_limits
from .metrics import Metrics
from .openapi import add_documented_routes
from .page import add_page
from .problems import Problem, problem_response
from .state import State
from .watch import Watch, note, request_id

_DESCRIPTION = """Names the colour for which an artwork would be found on a museum's site.

Pictures are looked at in memory and not kept."""

_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
}


def create_app(
    model: Classifier | Path | None = None, limits: ServiceLimits | None = None
) -> FastAPI:
    """Put the service together; its model is loaded when it starts.

    Parameters
    ----------
    model : Classifier or Path, optional
        A model, or its folder. Default: that of the limits, else that of
        :func:`src.models.predict_model.load_model`.
    limits : ServiceLimits, optional
        Default: those of the environment.

    Returns
    -------
    FastAPI
    """
    state = State(limits or service_limits(), Metrics())

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        state.start(model or state.limits.model)
        try:
            yield
        finally:
            state.stop()

    app = FastAPI(
        title="artlens",
        version=__version__,
        description=_DESCRIPTION,
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
            Cors,
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
