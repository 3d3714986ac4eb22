"""What labelling tools export -> rows of text with a column ``file_name``.

Label Studio's JSON, CVAT's XML of images with tags, and the lists of numbers that CVAT writes for
ImageNet. (Label Studio's JSON-MIN and CSV are tables; CVAT's folders are folders per class.)
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import pandas as pd

from ..errors import DataError
from .cells import parse_json, read_text

FILE_COLUMN: Final = "file_name"
LABEL_COLUMN: Final = "label"
# Label Studio keeps an upload under this and its own name, parted by a hyphen.
_UPLOAD_KEY: Final = re.compile(r"^[0-9a-f]{8}-")

Rows = list[dict[str, str]]


def read_label_studio(path: Path, *, many: bool = False) -> pd.DataFrame | None:
    """Return a row for each task of a Label Studio export, or None if it is something else.

    Where a picture may have `many` labels, all choices are given, as a JSON list.
    """
    try:
        tasks = parse_json(read_text(path))
    except (DataError, ValueError, RecursionError):
        return None
    if not isinstance(tasks, list) or not tasks or not all(map(_is_task, tasks)):
        return None
    return _frame([_label_studio_row(task, _all if many else _one) for task in tasks])


def read_cvat(path: Path, *, many: bool = False) -> pd.DataFrame | None:
    """Return a row for each image of CVAT's XML, with its tag, or None if it is something else.

    Where a picture may have `many` labels, all its tags are given, as a JSON list.
    """
    rows: Rows = []
    try:
        for _, element in ElementTree.iterparse(path, events=("end",)):
            if element.tag == "image" and element.get("name"):
                tags = [str(tag.get("label", "")) for tag in element.iter("tag")]
                split = {"split": element.get("subset", "")} if element.get("subset") else {}
                label = _all(tags) if many else _one(tags)
                rows.append({FILE_COLUMN: str(element.get("name")), LABEL_COLUMN: label} | split)
                element.clear()
    except (ElementTree.ParseError, LookupError, ValueError):  # the last two of odd encodings
        return None
    return _frame(rows) if rows else None


def read_synsets(tables: Mapping[str, Path]) -> pd.DataFrame | None:
    """Return a row for each line of lists of numbers beside a ``synsets.txt`` that names them."""
    names = next((path for name, path in tables.items() if name.endswith("synsets.txt")), None)
    if names is None:
        return None
    classes = [line.strip() for line in names.read_text("utf-8-sig", "replace").splitlines()]
    rows: Rows = []
    for name, path in sorted(tables.items()):
        if path.suffix == ".txt" and path != names:
            for line in path.read_text("utf-8-sig", "replace").splitlines():
                rows += _synset_row(line, classes, name)
    return _frame(rows) if rows else None


def uploaded_as(name: str) -> str:
    """Return the name that a file had before Label Studio put a key before it.

    Examples
    --------
    >>> uploaded_as("1a2b3c4d-cat.png"), uploaded_as("cat.png")
    ('cat.png', 'cat.png')
    """
    return _UPLOAD_KEY.sub("", name)


def _is_task(task: Any) -> bool:
    return isinstance(task, dict) and isinstance(task.get("data"), dict) and "annotations" in task


def _label_studio_row(task: dict[str, Any], join: Callable[[list[str]], str]) -> dict[str, str]:
    data = {str(name): value for name, value in task["data"].items() if isinstance(value, str)}
    image = next((name for name, value in data.items() if name == "image"), None)
    image = image or next(iter(data), None)
    choices: dict[str, set[str]] = {}
    for annotation in task["annotations"]:
        if isinstance(annotation, dict) and not annotation.get("was_cancelled"):
            for name, label in _choices(annotation):
                choices.setdefault(name, set()).add(label)
    labels = {name: join(sorted(found)) for name, found in choices.items()}
    others = {name: value for name, value in data.items() if name != image}
    return {FILE_COLUMN: _plain_path(data.get(image or "", "")), **labels, **others}


def _choices(annotation: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for result in annotation.get("result", ()):
        value = result.get("value", {})
        for label in value.get("choices", ()) if isinstance(value, dict) else ():
            yield str(result.get("from_name") or LABEL_COLUMN), str(label)


def _one(labels: list[str]) -> str:
    """Return the label, or none where several people or tags say different things."""
    return labels[0] if len(set(labels)) == 1 else ""


def _all(labels: list[str]) -> str:
    return json.dumps(sorted(set(labels)), ensure_ascii=False)


def _plain_path(address: str) -> str:
    """Return the path of a local file out of Label Studio's addresses.

    Examples
    --------
    >>> _plain_path("/data/local-files/?d=pets/a%20b.png"), _plain_path("/data/upload/3/x-a.png")
    ('pets/a b.png', 'x-a.png')
    """
    parts = urlsplit(address)
    if parts.scheme in ("http", "https"):
        return address
    if local := parse_qs(parts.query).get("d"):
        return local[0]
    return unquote(parts.path).rsplit("/", 1)[-1] if "/upload/" in parts.path else address


def _synset_row(line: str, classes: list[str], table: str) -> Rows:
    found = re.fullmatch(r'("(?:[^"]+)"|.+?)((?:\s+\d+)*)\s*', line)
    if not line.strip() or found is None:
        return []
    try:
        labels = [classes[int(number)] for number in found[2].split()]
    except IndexError:
        what = f"{table} has a number that synsets.txt gives no name ({line!r:.80})"
        raise DataError(f"{what}; export it anew") from None
    return [{FILE_COLUMN: found[1].strip('"'), LABEL_COLUMN: _one(labels)}]


def _frame(rows: Rows) -> pd.DataFrame:
    return pd.DataFrame(rows, dtype="str").fillna("")
