"""The web page and the page of the API, in the words of the model's task, and their files."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Receive, Scope, Send

from ..tasks import Task
from .state import state_of

_HOME: Final = Path(__file__).parent
# Nothing from elsewhere, nothing inline, in nobody's frame; previews are the browser's own blobs.
_PAGE_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
    "Accept-Ranges": "none",
}
# More would fill the screen before anybody asks for them.
_SHOWN_CLASSES: Final = 24

Fields = Mapping[str, Any]


def add_page(app: FastAPI) -> None:
    """Add the pages and their files."""
    app.add_route("/", _show_page, methods=["GET"])
    app.add_route("/docs", _show_docs, methods=["GET"])
    app.mount("/static", _Files(directory=_HOME / "static"))


async def _show_page(request: Request) -> Response:
    state = state_of(request)
    return HTMLResponse(render_page(state.task, len(state.classes)), headers=_PAGE_HEADERS)


async def _show_docs(request: Request) -> Response:
    page = render_docs(request.app.openapi(), str(request.base_url))
    return HTMLResponse(page, headers=_PAGE_HEADERS)


def render_page(task: Task, count: int) -> str:
    """Return the page on which pictures are tried with a model of so many classes, as HTML."""
    return _fill(
        "index.html",
        called=escape(task.called),
        count=str(count),
        # Our paintings ask for their colour, and nothing else.
        samples=_fill("samples.html") if task.swatches else "",
        open=" open" if count <= _SHOWN_CLASSES else "",
    )


def render_docs(document: Fields, base_url: str) -> str:
    """Return the page of an OpenAPI document, as HTML.

    Parameters
    ----------
    document : Mapping
        As FastAPI makes it, its schemas under ``components``.
    base_url : str
        Where the service is, for the examples.
    """
    info, schemas = document["info"], document["components"]["schemas"]
    operations = [
        _operation(method, path, operation, base_url)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    codes = schemas["Error"]["properties"]["code"]["enum"]
    return _fill(
        "docs.html",
        title=escape(info["title"]),
        version=escape(info["version"]),
        description=escape(info["description"]),
        operations="\n".join(operations),
        codes=", ".join(f"<code>{escape(code)}</code>" for code in codes),
        fields=_table("Field", _described_fields(schemas)),
    )


def _fill(template: str, **words: str) -> str:
    return Template((_HOME / "templates" / template).read_text("utf-8")).substitute(words)


def _operation(method: str, path: str, operation: Fields, base_url: str) -> str:
    address = base_url.rstrip("/") + path
    calls = [f"curl{sent} {address}" for sent in _ways_to_send(operation)]
    parameters = [
        (found["name"], found["description"]) for found in operation.get("parameters", ())
    ]
    refusals = [
        (status, response["description"])
        for status, response in operation["responses"].items()
        if status != "200"
    ]
    return "\n".join(
        [
            f'<section><h2><span class="method">{method.upper()}</span> {escape(path)}</h2>',
            f"<p>{escape(operation['description'])}</p>",
            f"<pre>{escape(chr(10).join(calls))}</pre>",
            _table("Parameter", parameters),
            *_examples(operation["responses"]["200"]["content"]),
            _table("Refusal", refusals),
            "</section>",
        ]
    )


def _ways_to_send(operation: Fields) -> Iterator[str]:
    content = operation.get("requestBody", {}).get("content", {})
    form = content.get("multipart/form-data", {})
    files = form.get("schema", {}).get("properties", ())
    yield "".join(f" -F {field}=@picture.jpg" for field in files)
    if "image/*" in content:
        yield " --data-binary @picture.jpg -H 'content-type: image/jpeg'"


def _examples(content: Fields) -> Iterator[str]:
    for answer in content.values():
        if "example" in answer:
            text = json.dumps(answer["example"], indent=2, ensure_ascii=False)
            yield f'<pre tabindex="0">{escape(text)}</pre>'


def _described_fields(schemas: Fields) -> list[tuple[str, str]]:
    """Return name and meaning of fields, those that several schemas share but once."""
    found: dict[tuple[str, str], str] = {}
    for title, schema in schemas.items():
        for name, field in schema.get("properties", {}).items():
            if "description" in field:
                found.setdefault((name, field["description"]), title)
    return [(f"{title}.{name}", meaning) for (name, meaning), title in found.items()]


def _table(head: str, rows: Sequence[tuple[str, str]]) -> str:
    if not rows:
        return ""
    lines = [f"<table><thead><tr><th scope=col>{head}</th><th scope=col>Meaning</th></tr></thead>"]
    for name, meaning in rows:
        # Narrow screens break a name where its parts meet.
        code = escape(name).replace(".", ".<wbr>")
        lines.append(f"<tr><th scope=row><code>{code}</code></th><td>{escape(meaning)}</td></tr>")
    return "\n".join([*lines, "</table>"])


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
