"""The OpenAPI document as a page for people, without scripts or outside resources: pure."""

from collections.abc import Iterator, Mapping
from html import escape
from string import Template
from typing import Any, Final

Fields = Mapping[str, Any]

_PAGE: Final = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title: the API</title>
<link rel="icon" href="static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="static/base.css">
<link rel="stylesheet" href="static/docs.css">
</head>
<body>
<main>
<p><a href=".">$title</a> $version</p>
<h1>The API</h1>
$description
<p>The same for programs: <a href="openapi.json">openapi.json</a>.</p>
$operations
<section><h2>Errors</h2>
<p>All have the same shape, and so has every address that is not listed here.</p>
<pre>{"error": {"code": "too_large", "message": "A sentence.", "request_id": "5f3a"}}</pre>
<p>Codes: $codes.</p></section>
</main>
</body>
</html>
""")


def render_docs(document: Fields, base_url: str) -> str:
    """Return the page of an OpenAPI document.

    Parameters
    ----------
    document : Mapping
        As FastAPI makes it, its schemas under ``components``.
    base_url : str
        Where the service is, for the examples.

    Returns
    -------
    str
        HTML.
    """
    info, schemas = document["info"], document["components"]["schemas"]
    operations = [
        _operation(method, path, operation, schemas, base_url)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    paragraphs = info["description"].split("\n\n")
    codes = schemas["Error"]["properties"]["code"]["enum"]
    return _PAGE.substitute(
        title=escape(info["title"]),
        version=escape(info["version"]),
        description="\n".join(f"<p>{escape(text)}</p>" for text in paragraphs),
        operations="\n".join(operations),
        codes=", ".join(f"<code>{escape(code)}</code>" for code in codes),
    )


def _operation(method: str, path: str, operation: Fields, schemas: Fields, base_url: str) -> str:
    form = operation.get("requestBody", {}).get("content", {}).get("multipart/form-data")
    url = escape(base_url.rstrip("/") + path)
    upload = "".join(f" -F {field}=@picture.jpg" for field in _form_fields(form))
    return "\n".join(
        [
            f'<section><h2><span class="method">{method.upper()}</span> {escape(path)}</h2>',
            f"<p>{escape(operation['description'])}</p>",
            f"<pre>curl{upload} {url}</pre>",
            _table("Parameter", _parameters(operation, form)),
            _table("Answer", _answers(operation, schemas)),
            _table("Refusal", _refusals(operation)),
            "</section>",
        ]
    )


def _form_fields(form: Fields | None) -> list[str]:
    return list(form["schema"]["properties"]) if form else []


def _parameters(operation: Fields, form: Fields | None) -> Iterator[tuple[str, str, str]]:
    for field in _form_fields(form):
        yield field, "file", "Field of the form."
    for found in operation.get("parameters", ()):
        schema = found["schema"]
        kind = f"{schema['type']}, {schema['minimum']} to {schema['maximum']}"
        yield found["name"], kind, found["description"]


def _answers(operation: Fields, schemas: Fields) -> Iterator[tuple[str, str, str]]:
    for content in operation["responses"]["200"]["content"].values():
        yield from _walk(content["schema"], "", schemas)


def _refusals(operation: Fields) -> Iterator[tuple[str, str, str]]:
    for status, response in operation["responses"].items():
        if status != "200":
            yield status, "error", response["description"]


def _walk(schema: Fields, name: str, schemas: Fields) -> Iterator[tuple[str, str, str]]:
    """Yield name, type and description of a schema's fields, those of its parts after a dot."""
    text = schema.get("description", "")
    schema = _resolve(schema, schemas)
    if name:
        yield name, _type_of(schema, schemas), text
    for part in schema.get("anyOf", ()):
        yield from _inside(part, name, schemas)
    yield from _inside(schema, name, schemas)


def _inside(schema: Fields, name: str, schemas: Fields) -> Iterator[tuple[str, str, str]]:
    schema = _resolve(schema, schemas)
    for field, inner in schema.get("properties", {}).items():
        yield from _walk(inner, f"{name}.{field}" if name else field, schemas)
    if "items" in schema:
        items = _resolve(schema["items"], schemas)
        for part in items.get("anyOf", [items]):
            yield from _inside(part, f"{name}[]", schemas)


def _resolve(schema: Fields, schemas: Fields) -> Fields:
    reference = schema.get("$ref")
    found: Fields = schemas[reference.rpartition("/")[2]] if reference else schema
    return found


def _type_of(schema: Fields, schemas: Fields) -> str:
    if "anyOf" in schema:
        return " or ".join(_type_of(_resolve(part, schemas), schemas) for part in schema["anyOf"])
    return str(schema.get("type", "any"))


def _table(head: str, rows: Iterator[tuple[str, str, str]]) -> str:
    lines = [
        f"<tr><th scope=row><code>{escape(name)}</code></th><td>{escape(kind)}</td>"
        f"<td>{escape(text)}</td></tr>"
        for name, kind, text in dict.fromkeys(rows)
    ]
    if not lines:
        return ""
    header = f"<thead><tr><th scope=col>{head}</th><th>Type</th><th>Meaning</th></tr></thead>"
    return "\n".join(["<table>", header, "<tbody>", *lines, "</tbody>", "</table>"])
