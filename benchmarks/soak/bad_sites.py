"""A museum of which some works are bad, in one of thirty ways each, scraped and rebuilt.

What is bad is named, and ends nothing: the others are stored.
"""

import csv
import html
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from benchmarks.soak.bad_pictures import CONTENTS, PICTURES, Ending, picture
from benchmarks.soak.figure import Figure
from src.config import PACKAGE_ROOT
from src.scraping.manifest import MANIFEST_COLUMNS

_EVERY: Final = 10
_COLOR: Final = "PINK"
_ENV: Final = {"ARTLENS_STALL_S": "5", "ARTLENS_TIMEOUT_S": "3", "ARTLENS_BROWSERS": "1"}
_ADDRESSES: Final = (
    *("data:image/gif;base64,R0lGODlhAQABAAAAACw=", "http://[::1/x", "http://127.0.0.1:99999/x"),
    *("http://museum.invalid/x", "javascript:alert(1)", "ftp://127.0.0.1/x"),
)


@dataclass(frozen=True, slots=True)
class Work:
    """What a tile says, and all that is answered when its picture is asked for."""

    key: str
    image: str
    answer: bytes


def _answer(body: bytes, status: str = "200 OK", headers: str = "", missing: int = 0) -> bytes:
    head = f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body) + missing}\r\n\r\n"
    return head.encode() + body


_REPLIES: Final = (
    *map(_answer, CONTENTS),
    _answer(b"", "404 Not Found"),
    _answer(b"", "503 Away", "Retry-After: 99999999999999999\r\n"),
    _answer(b"", "302 Found", "Location: http://[::1\r\n"),
    _answer(picture(7), missing=9),
)
# Another kind is a key that is too long for the name of a file.
WAYS: Final = len(_ADDRESSES) + len(_REPLIES) + 1


def hang(count: int, every: int) -> tuple[list[Work], list[Work]]:
    """Return so many works, and the last of every so many, which are bad."""
    works = [_work(n, n // every % WAYS if n % every == every - 1 else None) for n in range(count)]
    return works, works[every - 1 :: every]


def _work(number: int, way: int | None) -> Work:
    key, sound = f"k{number:04}", _answer(picture(number))
    if way is None:
        return Work(key, f"/ci/{key}", sound)
    if way < len(_ADDRESSES):
        return Work(key, _ADDRESSES[way], b"")
    if way < WAYS - 1:
        return Work(key, f"/ci/{key}", _REPLIES[way - len(_ADDRESSES)])
    return Work(key * 60, f"/ci/{key * 60}", sound)


def _page(works: Sequence[Work]) -> bytes:
    tiles = "".join(
        f'<a href="/asset/a/{work.key}" data-bgsrc="{html.escape(work.image)}"><h3>A</h3></a>'
        for work in works
    )
    total = f"<script>window.INIT_data = {{total: {len(works)}}}</script>"
    return f"<!doctype html><meta charset=utf-8>{total}<div>{tiles}</div>".encode()


class _Museum(BaseHTTPRequestHandler):
    answers: Mapping[str, bytes]

    def do_GET(self) -> None:
        self.wfile.write(self.answers.get(self.path.split("=w")[0], _answer(b"", "404 None")))
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def open_museum(works: Sequence[Work]) -> Iterator[str]:
    """Yield the address of a museum with these works."""
    answers = {f"/ci/{work.key}": work.answer for work in works}
    answers[f"/color?col={_COLOR}"] = _answer(_page(works), headers="Content-Type: text/html\r\n")
    handler = type("Handler", (_Museum,), {"answers": answers})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def measure_bad_sites(root: Path) -> Iterator[Figure]:
    """Scrape and rebuild a thousand works, of which a tenth are bad."""
    for ending in endings(root, PICTURES, _EVERY):
        bad = PICTURES // _EVERY
        named = bad - len(ending.unnamed)
        yield Figure(
            f"{PICTURES:,} works, {bad} bad in {WAYS} ways: {ending.command}",
            f"{ending.done} done, {named} named, exit code {ending.exit_code}",
            f"{PICTURES - bad} done, {bad} named, no traceback",
            (ending.done, named) == (PICTURES - bad, bad) and "Traceback" not in ending.stderr,
        )


def endings(root: Path, count: int, every: int) -> Iterator[Ending]:
    """Scrape a museum, and rebuild it from a table that lists all of its works."""
    works, bad = hang(count, every)
    with open_museum(works) as url:
        place = ("--site", url, "--data-dir")
        yield _ending(bad, root / "one", "scrape", *place, root / "one", "--color", _COLOR)
        manifest = _write_manifest(root / "all.csv", works)
        yield _ending(bad, root / "two", "scrape", "rebuild", manifest, *place, root / "two")


def _write_manifest(path: Path, works: Sequence[Work]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, MANIFEST_COLUMNS)
        writer.writeheader()
        for work in works:
            digest = sha256(work.answer.partition(b"\r\n\r\n")[2]).hexdigest()
            told = {"asset_id": work.key, "image": work.image, "color": _COLOR, "sha256": digest}
            writer.writerow(told)
    return path


def _ending(bad: Sequence[Work], folder: Path, *command: object) -> Ending:
    done = subprocess.run(
        [sys.executable, "-m", "src", *map(str, command)],
        capture_output=True,
        text=True,
        check=False,
        cwd=PACKAGE_ROOT.parent,
        env=os.environ | _ENV,
    )
    stored, failed = (_keys(folder / "raw" / name) for name in ("pictures.csv", "failed.csv"))
    unnamed = {work.key for work in bad} - failed
    name = "rebuild" if "rebuild" in command else "scrape"
    return Ending(name, len(stored), frozenset(unnamed), done.returncode, done.stderr)


def _keys(table: Path) -> set[str]:
    if not table.exists():
        return set()
    with table.open(encoding="utf-8", newline="") as file:
        return {row["asset_id"] for row in csv.DictReader(file)}
