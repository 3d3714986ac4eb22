"""A stand-in for the host of Unsplash's pictures, in a thread of this process.

It shows a picture at any address of the form that the host's own have, as wide as it is asked for,
and the same one each time; with faults on demand.
"""

from http import HTTPStatus
from threading import Thread
from typing import Final, Self
from urllib.parse import urlsplit
from zlib import crc32

import cv2
import numpy as np

from .faults import Fault, RequestKind, Switchboard, parse_fault
from .http_server import SiteServer, Visit
from .replies import Reply, Request, refuse, spoil

HOST: Final = "images.unsplash.com"
_GRAINS: Final = (8, 12, 3)
_SHAPE: Final = (2, 3)
_FORMATS: Final = {"jpg": "image/jpeg", "png": "image/png"}
_WIDEST: Final = 4000


class PhotoSite:
    r"""Answers requests for pictures; the host is the first part of the path.

    Examples
    --------
    >>> site = PhotoSite()
    >>> site.answer(Request("/images.unsplash.com/photo-1?w=96&fm=jpg", "photos.test"), ()).body[:3]
    b'\xff\xd8\xff'
    """

    def kind(self, request: Request) -> RequestKind:
        """Say what a request asks for, by its path."""
        path = urlsplit(request.path).path
        if path == "/robots.txt":
            return RequestKind.ROBOTS
        return RequestKind.IMAGE if path.startswith(f"/{HOST}/photo-") else RequestKind.OTHER

    def answer(self, request: Request, struck: tuple[Fault, ...]) -> Reply:
        """Answer a request under the faults that strike it."""
        kind = self.kind(request)
        if kind is not RequestKind.IMAGE or any(fault.name == "gone" for fault in struck):
            return refuse(HTTPStatus.NOT_FOUND)
        width, form = request.query("w"), request.query("fm")
        if not width.isdecimal() or not 0 < int(width) <= _WIDEST or form not in _FORMATS:
            return refuse(HTTPStatus.BAD_REQUEST)
        body = _paint(urlsplit(request.path).path, int(width), form)
        return spoil(Reply(content_type=_FORMATS[form], body=body), struck)


def _paint(path: str, width: int, form: str) -> bytes:
    """Return soft patches of colours that no other path has."""
    grains = np.random.default_rng(crc32(path.encode())).integers(0, 256, _GRAINS, np.uint8)
    size = (width, max(1, width * _SHAPE[0] // _SHAPE[1]))
    patches = cv2.resize(grains, size, interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(f".{form}", patches)[1].tobytes()


class PhotoHost:
    """Runs the stand-in on a free port while a ``with`` block lasts.

    Attributes
    ----------
    url : str
        ``http://127.0.0.1:PORT``.
    visits : list of Visit
        What was asked, in no order.
    """

    def __init__(self, latency_ms: float = 0) -> None:
        self.visits: list[Visit] = []
        self._board = Switchboard(seed=0)
        self._server = SiteServer(
            ("127.0.0.1", 0), PhotoSite(), self._board, self.visits.append, latency_ms / 1000
        )
        self.url = self._server.url
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def switch(self, *faults: str, latency_ms: float = 0) -> None:
        """Put these faults in the place of all that are on; none switches every fault off."""
        self._server.latency_s = latency_ms / 1000
        self._board.switch(map(parse_fault, faults))

    def pictures(self) -> list[str]:
        """Return the paths of the pictures that were asked for."""
        return [visit.path for visit in self.visits if visit.kind is RequestKind.IMAGE]
