"""The web page and its files."""

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

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


def add_page(app: FastAPI) -> None:
    """Add the page and its files."""
    app.add_route("/", _show_page, methods=["GET"])
    app.mount("/static", StaticFiles(directory=_STATIC))


async def _show_page(_request: Request) -> Response:
    return FileResponse(_STATIC / "index.html", headers=_PAGE_HEADERS)
