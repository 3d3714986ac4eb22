"""The forum itself: a request in, a reply out, spoilt where a fault strikes. Knows no socket.

A local stand-in for Reddit and the hosts of its pictures: a token for credentials, listings of a
hundred posts a page and a thousand in all, search, posts by their ids, rate limits. The hosts are
the first part of the path: ``/i.redd.it/abc.jpg``.
"""

import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from http import HTTPStatus
from math import ceil
from secrets import token_hex
from threading import Lock
from typing import Final
from urllib.parse import urlsplit
from zlib import compress, crc32

import cv2
import numpy as np

from .faults import Fault, RequestKind
from .forum_posts import HOST, OTHER_HOST, Json, Posts, Shown, deleted
from .medium_pictures import MEDIUMS, Bgr, paint_medium
from .replies import Reply, Request, refuse, spoil

# What the stand-in asks to be known by; nothing secret.
CLIENT: Final = ("stand-in", "no-secret")
# Of this name there is a subreddit, which lets nobody in.
PRIVATE: Final = "private"
REMOVED: Final = f"/{OTHER_HOST}/removed.png"
_TOKEN_PATH: Final = "/api/v1/access_token"
_JSON: Final = "application/json; charset=UTF-8"
_PAGE: Final = 100
_MOST: Final = 1000
_ALLOWED: Final = 1000
_WINDOW_S: Final = 300
_KEPT: Final = 8192
_GONE_SIZE: Final = (161, 81)
_GONE_BYTES: Final = 503
_GRAINS: Final = 12
_BRUSH: Final = Lock()

# Shown, the seed of all, suffix -> bytes
Paint = Callable[[Shown, int, str], bytes]


class ForumSite:
    """Answers requests out of posts.

    Parameters
    ----------
    posts : iterable of Posts
        A subreddit each.
    seed : int
        Chooses the posts that a fault with a share strikes, and how pictures look.
    paint : callable
        Gives a picture as bytes.
    """

    def __init__(self, posts: Iterable[Posts], seed: int, paint: Paint) -> None:
        self._subreddits = {found.subreddit.lower(): found for found in posts}
        self._seed = seed
        self._paint = paint
        self._token = token_hex()
        self._used, self._window_ends = 0, 0.0
        self._routes: Mapping[RequestKind, Callable[[Request, Mapping[str, Fault]], Reply]] = {
            RequestKind.TOKEN: self._give_token,
            RequestKind.LISTING: self._list,
            RequestKind.INFO: self._tell,
            RequestKind.IMAGE: self._show,
            RequestKind.ROBOTS: lambda request, faults: Reply(
                content_type="text/plain", body=b"User-agent: *\nDisallow: /closed/\n"
            ),
            RequestKind.OTHER: lambda request, faults: refuse(HTTPStatus.NOT_FOUND),
        }

    def kind(self, request: Request) -> RequestKind:
        """Say what a request asks for, by its path."""
        path = urlsplit(request.path).path
        if path in _PATHS:
            return _PATHS[path]
        if path.startswith("/r/"):
            return RequestKind.LISTING
        hosts = (f"/{HOST}/", f"/{OTHER_HOST}/")
        return RequestKind.IMAGE if path.startswith(hosts) else RequestKind.OTHER

    def answer(self, request: Request, struck: tuple[Fault, ...]) -> Reply:
        """Answer a request under the faults that strike it.

        Examples
        --------
        >>> site = ForumSite([Posts("Art", 9, seed=0)], 0, lambda shown, seed, suffix: b"")
        >>> site.answer(Request("/r/Art/new", "forum.test"), ()).status.name
        'UNAUTHORIZED'
        """
        kind, faults = self.kind(request), {fault.name: fault for fault in struck}
        if kind in (RequestKind.LISTING, RequestKind.INFO) and not self._knows(request):
            return _deny(HTTPStatus.UNAUTHORIZED)
        return spoil(self._routes[kind](request, faults), struck)

    def _knows(self, request: Request) -> bool:
        return request.authorization.lower() == f"bearer {self._token}"

    def _give_token(self, request: Request, faults: Mapping[str, Fault]) -> Reply:
        known = b64encode(":".join(CLIENT).encode()).decode()
        if request.authorization != f"Basic {known}":
            return _deny(HTTPStatus.UNAUTHORIZED)
        # A new one ends the last.
        self._token = token_hex()
        given = {"access_token": self._token, "token_type": "bearer", "expires_in": 3600}
        return Reply(content_type=_JSON, body=json.dumps(given | {"scope": "*"}).encode())

    def _list(self, request: Request, faults: Mapping[str, Fault]) -> Reply:
        _, _, name, *rest = urlsplit(request.path).path.split("/")
        if name.lower() == PRIVATE:
            return _deny(HTTPStatus.FORBIDDEN)
        posts, order = self._subreddits.get(name.lower()), _ORDERS.get("/".join(rest))
        if posts is None or order is None:
            return _deny(HTTPStatus.NOT_FOUND)
        return self._page(request, order(posts.listed, request.query("q"))[:_MOST])

    def _tell(self, request: Request, faults: Mapping[str, Fault]) -> Reply:
        wanted = [name.removeprefix("t3_") for name in request.query("id").split(",")[:_PAGE]]
        known = [
            posts.by_id[name]
            for name in wanted
            for posts in self._subreddits.values()
            if name in posts.by_id
        ]
        fault = faults.get("deleted-since")
        if fault is not None:
            known = [deleted(p) if fault.chooses(p["id"], self._seed) else p for p in known]
        return self._reply(known, after=None)

    def _page(self, request: Request, posts: list[Json]) -> Reply:
        """Cut the page out that begins behind the post that is named."""
        names = [post["name"] for post in posts]
        after, limit = request.query("after"), request.query("limit")
        start = names.index(after) + 1 if after in names else 0
        stop = start + min(int(limit) if limit.isdecimal() else 25, _PAGE)
        return self._reply(posts[start:stop], names[stop - 1] if stop < len(posts) else None)

    def _reply(self, posts: list[Json], after: str | None) -> Reply:
        children = [{"kind": "t3", "data": post} for post in posts]
        listing = {"after": after, "before": None, "dist": len(posts), "children": children}
        body = json.dumps({"kind": "Listing", "data": listing}).encode()
        return Reply(content_type=_JSON, body=body, headers=self._count())

    def _count(self) -> dict[str, str]:
        """Count a request, and say how many are left until they are counted anew."""
        now = time.monotonic()
        if now >= self._window_ends:
            self._used, self._window_ends = 0, now + _WINDOW_S
        self._used += 1
        return {
            "x-ratelimit-used": str(self._used),
            "x-ratelimit-remaining": f"{max(_ALLOWED - self._used, 0)}.0",
            "x-ratelimit-reset": str(ceil(self._window_ends - now)),
        }

    def _show(self, request: Request, faults: Mapping[str, Fault]) -> Reply:
        path = urlsplit(request.path).path
        shown = self._find(path.removeprefix("/"))
        if path == REMOVED or "placeholder" in faults:
            return Reply(content_type="image/png", body=removed_picture())
        if shown is None or "gone" in faults:
            return _missing(path)
        suffix = path.rpartition(".")[2]
        mime = {"jpg": "image/jpeg", "png": "image/png"}[suffix]
        return Reply(content_type=mime, body=self._paint(shown, self._seed, suffix))

    def _find(self, place: str) -> Shown | None:
        found = (posts.pictures.get(place) for posts in self._subreddits.values())
        return next((shown for shown in found if shown is not None), None)


_PATHS: Final = {
    _TOKEN_PATH: RequestKind.TOKEN,
    "/api/info": RequestKind.INFO,
    "/api/info/": RequestKind.INFO,
    "/robots.txt": RequestKind.ROBOTS,
}


def _search(posts: list[Json], query: str) -> list[Json]:
    words = query.lower().split()
    return [post for post in posts if all(word in post["title"].lower() for word in words)]


_ORDERS: Final[Mapping[str, Callable[[list[Json], str], list[Json]]]] = {
    "new": lambda posts, query: posts,
    "top": lambda posts, query: sorted(posts, key=lambda post: -post["score"]),
    "search": _search,
}


def _deny(status: HTTPStatus) -> Reply:
    """Refuse as an API does."""
    body = json.dumps({"message": status.phrase, "error": status.value}).encode()
    return Reply(status, content_type=_JSON, body=body)


def _missing(path: str) -> Reply:
    """Answer for a removed picture as its host does: one with a page, one with a placeholder."""
    if path.startswith(f"/{OTHER_HOST}/"):
        return refuse(HTTPStatus.FOUND, location=REMOVED)
    return refuse(HTTPStatus.NOT_FOUND)


@cache
def removed_picture() -> bytes:
    """Return the placeholder of a removed picture: a PNG of 161 x 81 pixels in 503 bytes."""
    width, height = _GONE_SIZE
    head = width.to_bytes(4) + height.to_bytes(4) + bytes((1, 0, 0, 0, 0))
    rows = (b"\0" + b"\xff" * -(-width // 8)) * height
    sound = [(b"IHDR", head), (b"IDAT", compress(rows))]
    bare = len(_png([*sound, (b"tEXt", b""), (b"IEND", b"")]))
    comment = b"Comment\0This picture was removed.".ljust(_GONE_BYTES - bare)
    return _png([sound[0], (b"tEXt", comment), sound[1], (b"IEND", b"")])


def _png(chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    parts = (
        len(data).to_bytes(4) + kind + data + crc32(kind + data).to_bytes(4)
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@lru_cache(maxsize=_KEPT)
def painted_picture(shown: Shown, seed: int, suffix: str) -> bytes:
    """Return a picture in its medium, of which a copy is smaller and coarser."""
    # The first paintings of a process prepare what all later ones share; once is enough.
    with _BRUSH:
        picture = paint_medium(shown.medium, shown.index, seed)
    return _encode(picture, shown, suffix)


@lru_cache(maxsize=_KEPT)
def plain_picture(shown: Shown, seed: int, suffix: str) -> bytes:
    """Return patches of colours that no other picture has; quick, for measuring a client."""
    rng = np.random.default_rng((seed, list(MEDIUMS).index(shown.medium), shown.index))
    grains = rng.integers(0, 256, (_GRAINS, _GRAINS, 3), np.uint8)
    patches = cv2.resize(grains, None, fx=16, fy=16, interpolation=cv2.INTER_CUBIC)
    return _encode(np.asarray(patches, np.uint8), shown, suffix)


def _encode(bgr: Bgr, shown: Shown, suffix: str) -> bytes:
    if shown.again:
        bgr = np.asarray(cv2.resize(bgr, None, fx=0.8, fy=0.8), np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, 75 if shown.again else 90]
    _, encoded = cv2.imencode(f".{suffix}", bgr, quality if suffix == "jpg" else [])
    return encoded.tobytes()


PICTURES: Final[Mapping[str, Paint]] = {"painted": painted_picture, "plain": plain_picture}
