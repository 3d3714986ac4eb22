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

from ..decoding.file_kinds import READABLE
from ..images import PICTURE_SUFFIXES, ImageLimits, default_limits
from ..tasks import Kind, Task
from .limits import MEGA, ServiceLimits
from .state import State, state_of

_HOME: Final = Path(__file__).parent
# Nothing inline, in nobody's frame, and nothing from elsewhere but what is fetched from the link
# that somebody gives; previews are the browser's own blobs.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self' https: http: data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
# The page of the API has but its style.
_DOCS_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
    "Accept-Ranges": "none",
}
_SQUARE: Final = "Only the centre square of a picture counts"
_WHOLE: Final = "The whole picture counts, without flat bars around it"
_PAIRS: Final = " Of two pictures it says whether one hand made both."
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
    page = render_page(
        _asked(state), len(state.classes), state.limits, whole=state.sees_whole, pairs=_pairs(state)
    )
    return _page_response(page, _POLICY)


def _asked(state: State) -> list[Task]:
    """Return what is answered of one picture, or will be: the main task, then the others."""
    places = [place for place in state.models.places if place.status != "failed"]
    tasks = [state.task, *(place.task for place in places)]
    alone = [task for task in tasks if task.kind is not Kind.SAME]
    return list({task.name: task for task in alone}.values())


def _pairs(state: State) -> bool:
    """Tell whether two pictures can be compared, or will be in a moment."""
    places = state.models.places
    return any(place.task.kind is Kind.SAME and place.status != "failed" for place in places)


async def _show_docs(request: Request) -> Response:
    limits = state_of(request).limits
    page = render_docs(request.app.openapi(), str(request.base_url), limits)
    return _page_response(page, _DOCS_POLICY)


def _page_response(page: str, policy: str) -> Response:
    return HTMLResponse(page, headers={"Content-Security-Policy": policy, **_HEADERS})


def render_page(
    tasks: Sequence[Task],
    count: int,
    limits: ServiceLimits,
    *,
    whole: bool = False,
    pairs: bool = False,
) -> str:
    """Return the page on which pictures are tried, as HTML.

    Parameters
    ----------
    tasks : sequence of Task
        What is asked of a picture, the main task first.
    count : int
        The classes of the main task's model.
    limits : ServiceLimits
    whole : bool
        Whether that model sees the whole picture, not only the square in the middle.
    pairs : bool
        Whether two pictures can be compared.
    """
    sees, counts, cut = _what_counts(tasks, whole)
    return _fill(
        "index.html",
        **_questions(tasks),
        pairs=_PAIRS if pairs else "",
        sees=sees,
        counts=counts,
        cut=cut,
        known=f"The answers that it knows: {count}" if len(tasks) == 1 else "What it knows",
        # Our paintings ask for their colour, and nothing else.
        samples=_fill("samples.html") if tasks[0].swatches else "",
        open=" open" if len(tasks) == 1 and count <= _SHOWN_CLASSES else "",
        readable=escape(READABLE),
        suffixes=",".join(PICTURE_SUFFIXES),
        most_each=" and ".join(_sizes(limits.image_limits)),
        most_files=str(limits.max_files),
        most_of_command=" and ".join(_sizes(default_limits())),
    )


def _questions(tasks: Sequence[Task]) -> dict[str, str]:
    """Return what the page asks, of one task in its own words."""
    named = _nouns(tasks, "<bdi>{}</bdi>")
    if len(tasks) > 1:
        asks, curtain = "What does a picture tell?", "what it tells"
    elif tasks[0].kind is Kind.MANY:
        asks, curtain = f"Which {named} does it have?", f"its {named}"
    else:
        asks, curtain = f"Which {named} is it?", f"its {named}"
    title = asks.replace("<bdi>", "").replace("</bdi>", "")
    title = title[:1].lower() + title[1:]
    return {
        "title": title,
        "asks": asks,
        "names": _nouns(tasks),
        "named": named,
        "curtain": curtain,
    }


def _nouns(tasks: Sequence[Task], form: str = "{}") -> str:
    """Return what answers are called, as "colour, artist and medium"; several of one, as "tags"."""
    nouns = [task.name if task.kind is Kind.MANY else task.called for task in tasks]
    *most, last = [form.format(escape(noun)) for noun in nouns]
    return f"{', '.join(most)} and {last}" if most else last


def _what_counts(tasks: Sequence[Task], whole: bool) -> tuple[str, str, str]:
    """Return which part of a picture is looked at: in a word, in a sentence, and below it."""
    others = [task for task in tasks if task.features != tasks[0].features]
    if not others:
        note = "Only the square in the middle is looked at."
        return ("whole", _WHOLE, note) if whole else ("square", _SQUARE, note)
    by_square = others if whole else [task for task in tasks if task not in others]
    nouns = _nouns(by_square, "<bdi>{}</bdi>")
    counts = f"For {nouns} only the centre square of a picture counts, for the rest all of it"
    return "both", counts, f"The square in the middle tells its {nouns}."


def _sizes(limits: ImageLimits) -> tuple[str, str]:
    """Return in words how large a picture may be."""
    return f"{limits.max_bytes // MEGA} MB", f"{limits.max_pixels // MEGA} million pixels"


def render_docs(document: Fields, base_url: str, limits: ServiceLimits) -> str:
    """Return the page of an OpenAPI document, as HTML.

    Parameters
    ----------
    document : Mapping
        As FastAPI makes it, its schemas under ``components``.
    base_url : str
        Where the service is, for the examples.
    limits : ServiceLimits
        Told beside those of the command line.
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
        limits=_table(("Limit", "Service", "artlens predict"), _compare(limits)),
        codes=", ".join(f"<code>{escape(code)}</code>" for code in codes),
        fields=_table(("Field", "Meaning"), _described_fields(schemas)),
    )


def _compare(limits: ServiceLimits) -> list[tuple[str, str, str]]:
    """Return what the service allows, and what the command line does."""
    own, command = _sizes(limits.image_limits), _sizes(default_limits())
    return [
        ("bytes", own[0], command[0]),
        ("pixels", own[1], command[1]),
        ("files", str(limits.max_files), "any number"),
        ("request_bytes", f"{limits.max_request_bytes // MEGA} MB", "–"),
        ("seconds", f"{limits.max_seconds:g}", "–"),
    ]


def _fill(template: str, **words: str) -> str:
    return Template((_HOME / "templates" / template).read_text("utf-8")).substitute(words)


def _operation(method: str, path: str, operation: Fields, base_url: str) -> str:
    address = base_url.rstrip("/") + path
    calls = [f"curl{sent}{address}" for sent in _ways_to_send(operation)]
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
            f'<pre class="call">{escape(chr(10).join(calls))}</pre>',
            _table(("Parameter", "Meaning"), parameters),
            *_examples(operation["responses"]["200"]["content"]),
            _table(("Refusal", "Meaning"), refusals),
            "</section>",
        ]
    )


def _ways_to_send(operation: Fields) -> Iterator[str]:
    content = operation.get("requestBody", {}).get("content", {})
    form = content.get("multipart/form-data", {})
    files = form.get("schema", {}).get("properties", ())
    yield "".join(f" -F {field}=@picture.jpg" for field in files) + " "
    if "image/*" in content:
        yield " --data-binary @picture.jpg -H 'content-type: image/jpeg' \\\n    "


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


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    told = "".join(f"<th scope=col>{head}</th>" for head in heads)
    lines = [f"<table><thead><tr>{told}</tr></thead>"]
    for name, *meanings in rows:
        # Narrow screens break a name where its parts meet.
        code = escape(name).replace(".", ".<wbr>")
        cells = "".join(f"<td>{escape(meaning)}</td>" for meaning in meanings)
        lines.append(f"<tr><th scope=row><code>{code}</code></th>{cells}</tr>")
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
