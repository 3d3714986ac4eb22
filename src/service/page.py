"""The web page, the page of the API, and their files."""

from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from src.service.docs_page import render_docs

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


class _Files(StaticFiles):
    """Files that a browser asks for each time, so that it never mixes those of two releases."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


def add_page(app: FastAPI) -> None:
    """Add the pages and their files."""
    app.add_route("/", _show_page, methods=["GET"])
    app.add_route("/docs", _show_docs, methods=["GET"])
    app.mount("/static", _Files(directory=_STATIC))


async def _show_page(_request: Request) -> Response:
    return FileResponse(_STATIC / "index.html", headers=_PAGE_HEADERS)


async def _show_docs(request: Request) -> Response:
    page = render_docs(request.app.openapi(), str(request.base_url))
    return HTMLResponse(page, headers=_PAGE_HEADERS)
