"""The web page, the page of the API, and their files."""

import os
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Receive, Scope, Send

from .docs_page import render_docs

_STATIC: Final = Path(__file__).parent / "static"
# Nothing from elsewhere, nothing inline, in nobody's frame; previews are the browser's own blobs.
_PAGE_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class _WholeFile(FileResponse):
    """A file that is sent whole, as RFC 9110 allows, whatever part is asked for: none is large."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.headers["Accept-Ranges"] = "none"
        headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
        await super().__call__({**scope, "headers": headers}, receive, send)


class _Files(StaticFiles):
    """Files that a browser asks for each time, so that it never mixes those of two releases."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = _WholeFile(
            full_path, status_code, {"Cache-Control": "no-cache"}, stat_result=stat_result
        )
        if self.is_not_modified(response.headers, Headers(scope=scope)):
            return NotModifiedResponse(response.headers)
        return response


def add_page(app: FastAPI) -> None:
    """Add the pages and their files."""
    app.add_route("/", _show_page, methods=["GET"])
    app.add_route("/docs", _show_docs, methods=["GET"])
    app.mount("/static", _Files(directory=_STATIC))


async def _show_page(_request: Request) -> Response:
    return _WholeFile(_STATIC / "index.html", headers=_PAGE_HEADERS)


async def _show_docs(request: Request) -> Response:
    page = render_docs(request.app.openapi(), str(request.base_url))
    return HTMLResponse(page, headers=_PAGE_HEADERS)
