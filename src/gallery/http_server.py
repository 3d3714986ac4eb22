"""A stand-in on a socket: reads requests, logs them, waits, and sends replies, spoilt ones too.

The log has one line of JSON per request, written before anything is sent back.
"""

import json
import os
import re
import socket
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import IO, Any, Final, Protocol, Self, cast
from urllib.parse import urlsplit

from ..errors import ConfigError
from .faults import Fault, RequestKind, Switchboard, parse_fault
from .replies import Ending, Reply, Request, refuse

# Not part of the site: by this path tests change what is broken, unlogged and undelayed.
SWITCHES_PATH: Final = "/__stand_in__/switches"

_HOST: Final = re.compile(r"[\w.\-]+(:\d+)?")
_NOISE: Final = os.urandom(16_384)
_NOISE_PAUSE_S: Final = 0.01
# SO_LINGER switched on with a timeout of 0: closing sends RST instead of FIN (RFC 9293, 3.10.4).
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, as the site saw it.

    Attributes
    ----------
    time : float
        Seconds on the machine's monotonic clock, the same one in every process.
    method, path : str
        What was asked.
    kind : RequestKind
        What the path stands for.
    status : int
        What was answered.
    faults : tuple of str
        Names of the faults that struck.
    agent : str
        The User-Agent.
    by_page : bool
        Sent by the script of a page in a browser, as the browser itself declares.
    """

    time: float
    method: str
    path: str
    kind: RequestKind
    status: int
    faults: tuple[str, ...]
    agent: str
    by_page: bool


class VisitLog:
    """Appends visits to a file, in the order of their times; safe in several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._file: IO[str] = path.open("a", encoding="utf-8")

    def __enter__(self) -> Self:
        """Return the open log."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the file."""
        self._file.close()

    def write(self, visit: Visit) -> None:
        """Append one visit; it is in the file when this returns."""
        line = json.dumps(asdict(visit)) + "\n"
        with self._lock:
            self._file.write(line)
            self._file.flush()


def read_visits(path: Path) -> list[Visit]:
    """Read a log back, oldest visit first; a last line that is still being written is left out."""
    lines = path.read_text("utf-8").splitlines(keepends=True)
    visits = [_parse(line) for line in lines if line.endswith("\n")]
    return sorted(visits, key=lambda visit: visit.time)


def _parse(line: str) -> Visit:
    fields = json.loads(line)
    return Visit(
        **fields | {"kind": RequestKind(fields["kind"]), "faults": tuple(fields["faults"])}
    )


class Site(Protocol):
    """Answers requests: the museum, or the forum."""

    def kind(self, request: Request) -> RequestKind:
        """Say what a request asks for."""

    def answer(self, request: Request, struck: tuple[Fault, ...]) -> Reply:
        """Answer a request under the faults that strike it."""


class SiteServer(ThreadingHTTPServer):
    """Serves a site with one thread per connection.

    Parameters
    ----------
    address : tuple of str and int
        Host and port; port 0 takes a free one.
    site : Site
        Answers the requests.
    board : Switchboard
        Says which faults strike.
    record : callable
        Takes each visit.
    latency_s : float
        Passes between a request and its reply.
    """

    daemon_threads = True
    # The standard library's 5 would refuse some of 16 connections that open at once.
    request_queue_size = 256

    def __init__(
        self,
        address: tuple[str, int],
        site: Site,
        board: Switchboard,
        record: Callable[[Visit], None],
        latency_s: float,
    ) -> None:
        super().__init__(address, _Handler)
        self.site = site
        self.board = board
        self.record = record
        self.latency_s = latency_s

    @property
    def url(self) -> str:
        """The address that the site answers at."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"


def serve_until(server: SiteServer, *, stdin_closes: bool) -> None:
    """Say where a site is, and serve it; until whoever is at standard input goes, if asked to."""
    print(server.url, flush=True)
    if stdin_closes:
        Thread(target=_leave_after_stdin, daemon=True).start()
    server.serve_forever(poll_interval=0.05)


def _leave_after_stdin() -> None:
    """Wait for the end of standard input, which comes when whoever holds it open is gone.

    The process leaves at once: a thread that is still at a picture would abort an orderly end.
    """
    sys.stdin.read()
    os._exit(0)


class _Handler(BaseHTTPRequestHandler):
    """One connection, kept alive for many requests."""

    protocol_version = "HTTP/1.1"
    server_version = "StandIn"
    sys_version = ""
    # Head and body go out in a write each; Nagle's algorithm would hold the second back for 40 ms.
    disable_nagle_algorithm = True

    @property
    def site_server(self) -> SiteServer:
        """The server that this connection belongs to."""
        return cast(SiteServer, self.server)

    def handle(self) -> None:
        """Serve the connection until either side ends it; a client may leave at any time."""
        with suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:
        """Answer what has no body."""
        self._answer()

    def do_POST(self) -> None:
        """Answer a form; or switch: ``{"faults": ["reset:share=0.1"], "latency_ms": 50}``."""
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path == SWITCHES_PATH:
            self._switch(json.loads(sent))
        else:
            self._answer(sent)

    def _answer(self, form: str = "") -> None:
        """Log the request, wait for as long as the network would take, answer."""
        board, request = self.site_server.board, self._request(form)
        kind = self.site_server.site.kind(request)
        struck = board.strike(kind, self.path)
        arrived = time.monotonic()
        reply = self.site_server.site.answer(request, struck)
        names = tuple(fault.name for fault in struck)
        self.site_server.record(self._visit(arrived, kind, reply, names))
        time.sleep(max(0.0, arrived + self.site_server.latency_s - time.monotonic()))
        self._send(reply)

    def _switch(self, wanted: dict[str, Any]) -> None:
        try:
            self.site_server.board.switch(map(parse_fault, wanted["faults"]))
        except ConfigError as error:
            return self._send(refuse(HTTPStatus.BAD_REQUEST, str(error)))
        if wanted["latency_ms"] is not None:
            self.site_server.latency_s = wanted["latency_ms"] / 1000
        self._send(Reply(content_type="text/plain"))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on standard error; the log of visits tells more."""

    def _request(self, form: str) -> Request:
        named = self.headers.get("Host", "")
        host = named if _HOST.fullmatch(named) else urlsplit(self.site_server.url).netloc
        cookie, authorization = (self.headers.get(name, "") for name in ("Cookie", "Authorization"))
        return Request(self.path, host, cookie, authorization, form)

    def _visit(
        self, arrived: float, kind: RequestKind, reply: Reply, faults: tuple[str, ...]
    ) -> Visit:
        return Visit(
            time=arrived,
            method=self.command,
            path=self.path,
            kind=kind,
            status=reply.status,
            faults=faults,
            agent=self.headers.get("User-Agent", ""),
            by_page=self.headers.get("Sec-Fetch-Site") == "same-origin",
        )

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        if reply.ending is not Ending.ENDLESS:
            length = len(reply.body) if reply.length is None else reply.length
            self.send_header("Content-Length", str(length))
        for name, value in (reply.headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)
        self._end(reply.ending)

    def _end(self, ending: Ending) -> None:
        """Do to the connection what the reply's ending says."""
        self.close_connection = ending is not Ending.KEEP
        if ending is Ending.RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            # Closed below the socket object, which would first send an orderly FIN.
            os.close(self.connection.detach())
        elif ending is Ending.HANG:
            # Returns only when the client gives up.
            self.connection.recv(1)
        elif ending is Ending.ENDLESS:
            while True:
                self.wfile.write(_NOISE)
                time.sleep(_NOISE_PAUSE_S)
