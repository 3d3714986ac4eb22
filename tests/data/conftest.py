import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.data.labelled_pictures import picture


class Shelf(BaseHTTPRequestHandler):
    """Gives pictures by number, but one; what has no number is no picture."""

    def do_GET(self) -> None:
        name = self.path.rsplit("/", 1)[-1].partition("?")[0]
        body = picture(int(name.removesuffix(".png"))) if name[:1].isdigit() else b"no picture"
        if name in ("robots.txt", "9.png"):
            self.send_response(404)
            body = b""
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def shelf() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Shelf) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
