"""What a site gives, gone wrong: robots.txt, manifests, tiles, answers. All on this machine."""

import io
import random
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from csv import DictWriter
from functools import cache, partial
from pathlib import Path
from typing import Final

from benchmarks.soak.ends import how_it_ends
from benchmarks.soak.mutants import flip_bits
from benchmarks.soak.odd_tables import MUTATIONS
from src.fetching.client import Client, Refused
from src.fetching.hosts import AGENT_NAME, Robots
from src.fetching.outside import decode_text, host_of, is_of_web, join_address
from src.scraping.addresses import Artwork, RawTile, read_tile
from src.scraping.manifest import MANIFEST_COLUMNS, read_manifest
from src.tasks.color import COLORS

# Nobody listens there.
_BASE: Final = "http://127.0.0.1:9"
_ROBOTS: Final = """# of a museum
User-agent: *
Disallow: /api/*
Allow: /api/public$
Crawl-delay: 2
Request-rate: 1/5
Visit-time: 0600-0845

User-agent: artlens
Disallow: /caf\xe9/
Sitemap: http://a.org/map.xml
"""
_ENCODINGS: Final = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32")
_TYPES: Final = ("", "text/plain", "text/html; charset=utf-16", 'text/plain; charset="\xb2"')
_TILE: Final = (
    "/asset/the-kiss/bAGS2zBkMEXrUQ?col=RED",
    "//127.0.0.1:9/ci/AL18g_X=w400-h300",
    "The Kiss \U0001f600",
    "Gustav Klimt",
)
_ODD_ADDRESSES: Final = (
    *("data:image/gif;base64,R0lGODlhAQABAAAAACw=", "javascript:alert(1)", "about:blank", "blob:x"),
    *(
        "http://[::1/x",
        "http://[",
        "http://127.0.0.1:99999/x",
        "http://127.0.0.1:\xb2/",
        "//",
        "///",
    ),
    *(
        "http://a..b/",
        f"http://{'a' * 64}.org/",
        "http://\0/",
        "http://\ud83d/x",
        "/x\ud83d",
        "?",
        "#",
    ),
    *(
        "http://user:p@ss@127.0.0.1:9/",
        "http:/x",
        "http:x",
        "HTTP://LOCALHOST:0/",
        "http://127.0.0.1:-1/",
    ),
    *(
        "http://127.0.0.1:9/\r\nX: y",
        "http://127.0.0.1:9/ \t\x7f",
        "//127.0.0.1:9/%",
        "/" + "a/" * 5000,
    ),
    *(
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "http://\u2100.org/",
        "http://xn--/",
        "http://%zz/",
    ),
)
_ANSWERS: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: image/webp\r\nContent-Length: 4\r\n\r\nRIFF",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nRIFF\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00",
    b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 429 Too Many\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 503 Away\r\nRetry-After: Thu, 01 Jan 2026 12:01:00 GMT\r\n\r\n",
)
_ODD_VALUES: Final = (
    *(
        b"-1",
        b"+1",
        b"1.5",
        b"1e9",
        b"\xc2\xb2",
        b"\xb2",
        b"9" * 17,
        b"9" * 5000,
        b"",
        b"0x10",
        b"1_0",
    ),
    *(
        b"inf",
        b"nan",
        b"1, 2",
        b"\xd9\xa3",
        b"Fri, 31 Dec 9999 23:59:59 -2359",
        b"Thu, 01 Jan 0000",
    ),
    *(
        b"http://[::1",
        b"//[",
        b"\0",
        b"http://127.0.0.1:99999/",
        b"data:,",
        b"/sorry",
        b"a" * 70_000,
    ),
)


def _oddly(chance: random.Random, content: bytes) -> bytes:
    for _ in range(chance.choice((1, 1, 2))):
        content = chance.choice(MUTATIONS)(chance, content) if len(content) > 8 else content
    return content


def robots_gone_wrong(count: int, seed: int = 0) -> Iterator[str]:
    """Yield how each robots.txt ended."""
    wholes = (join_address(_BASE, odd) for odd in ("/color?col=RED", *_ODD_ADDRESSES))
    addresses = [whole for whole in wholes if is_of_web(whole)]
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")
        encoding = _ENCODINGS[number % len(_ENCODINGS)]
        data = _oddly(chance, _ROBOTS.encode(encoding))
        read = partial(_obey, data, chance.choice(_TYPES), addresses)
        yield how_it_ends(read, f"robots.txt {number}, seed {seed}")


def _obey(data: bytes, content_type: str, addresses: Sequence[str]) -> None:
    robots = Robots(decode_text(data, content_type), AGENT_NAME)
    for address in addresses:
        robots.allows(address)
    assert 0 <= robots.crawl_delay_s <= 86_400


@cache
def _manifest() -> str:
    text = io.StringIO()
    writer = DictWriter(text, MANIFEST_COLUMNS)
    writer.writeheader()
    for number, color in enumerate(COLORS):
        told = {"asset_id": f"k{number}", "page": f"/asset/k{number}", "image": f"/ci/{number}"}
        facts = {"sha256": "0" * 64, "bytes": 9, "width": 218, "height": 218}
        told |= {"color": color, "title": 'A "caf\xe9", once', "creator": "", "filename": "k.webp"}
        writer.writerow({**told, **facts})
    return text.getvalue()


def manifests_gone_wrong(root: Path, count: int, seed: int = 0) -> Iterator[str]:
    """Yield how each manifest ended."""
    path = root / "manifest.csv"
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")
        path.write_bytes(_oddly(chance, _manifest().encode(_ENCODINGS[number % len(_ENCODINGS)])))
        yield how_it_ends(lambda: list(read_manifest(path)), f"manifest {number}, seed {seed}")


def tiles_gone_wrong(count: int, seed: int = 0) -> Iterator[str]:
    """Yield how each tile ended, from what the page gives to a request for its picture."""
    client = Client("soak", 1, 0.3, 10**6, local=True)
    for number in range(count):
        tile = _odd_tile(random.Random(f"{seed}/{number}"))
        yield how_it_ends(partial(_take, client, tile), f"tile {number}, seed {seed}")


def _odd_tile(chance: random.Random) -> RawTile:
    texts = list(_TILE)
    for place in chance.sample(range(len(texts)), chance.choice((1, 1, 2))):
        if chance.random() < 0.4:
            texts[place] = chance.choice(_ODD_ADDRESSES)
        else:
            odd = _oddly(chance, texts[place].encode())
            texts[place] = odd.decode("utf-8", "surrogateescape")
    href, image, title, creator = texts
    return href, image, title, creator


def _take(client: Client, tile: RawTile) -> None:
    artwork: Artwork | None = read_tile(_BASE, "RED", tile)
    if artwork is None:
        return
    for text in (artwork.asset_id, artwork.page, artwork.image, artwork.title, artwork.creator):
        text.encode()
    for address in (artwork.image, artwork.page):
        host_of(join_address(_BASE, address))
        client.get(join_address(_BASE, address))


def answers_gone_wrong(count: int, seed: int = 0) -> Iterator[str]:
    """Yield how each answer over HTTP ended."""
    with _server() as (url, say):
        for number in range(count):
            say(_odd_answer(random.Random(f"{seed}/{number}")))
            client = Client("soak", 1, 2, 10**6, local=True)
            yield how_it_ends(partial(_ask, client, url), f"answer {number}, seed {seed}")


def _odd_answer(chance: random.Random) -> bytes:
    answer = chance.choice(_ANSWERS)
    if chance.random() < 0.6:
        lines = answer.split(b"\r\n")
        place = chance.randrange(1, 3)
        name = lines[place].partition(b":")[0]
        lines[place] = name + b": " + chance.choice(_ODD_VALUES)
        return b"\r\n".join(lines)
    return chance.choice((flip_bits, *MUTATIONS))(chance, answer)


def _ask(client: Client, url: str) -> None:
    wait_s = 0.0
    try:
        client.get(url)
    except Refused as error:
        wait_s = error.refusal.wait_s
    assert 0 <= wait_s <= 366 * 86_400


@contextmanager
def _server() -> Iterator[tuple[str, Callable[[bytes], None]]]:
    """Answer every connection with the bytes last said."""
    said = [b""]
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                    with connection:
                        connection.recv(1 << 16)
                        connection.sendall(said[0])
                        connection.shutdown(socket.SHUT_WR)
                        connection.recv(1 << 16)
                except OSError:
                    if server.fileno() < 0:
                        return

        threading.Thread(target=serve, daemon=True).start()

        def say(answer: bytes) -> None:
            said[0] = answer

        yield f"http://127.0.0.1:{server.getsockname()[1]}/x", say
        server.shutdown(socket.SHUT_RDWR)
