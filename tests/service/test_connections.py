"""What comes before a request: headers without end, no HTTP at all, silence."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from src.service import connections
from src.service.limits import ServiceLimits
from tests.service.apps import Running, running

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def service() -> Iterator[Running]:
    with running() as service:
        yield service


def answers_to(service: Running, *pieces: bytes) -> bytes:
    """Send pieces over one connection; return all that comes until it ends."""
    url, found = service.client.base_url, b""
    with socket.create_connection((url.host, url.port or 0), timeout=30) as connection:
        with suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
        with suppress(ConnectionError):
            while piece := connection.recv(65_536):
                found += piece
    return found


def test_headers_without_end_are_refused(service: Running) -> None:
    lines = b"X-A: b\r\n" * 1000
    assert answers_to(service, GET, *[lines] * 20_000).count(b"HTTP/1.1 200") == 0
    assert answers_to(service, b"GET /", *[b"a" * 1000] * 20_000).count(b"HTTP/1.1 404") == 0
    assert answers_to(service, GET, lines, b"Connection: close\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_they_are_told_why(service: Running) -> None:
    # Just over the limit, so that the answer is not lost behind what nobody reads.
    answer = answers_to(service, GET + b"X-A: " + b"b" * connections._MAX_HEAD_BYTES)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 ")
    assert json.loads(body)["error"]["code"] == "too_large"


def test_headers_behind_a_body_are_counted_too(service: Running) -> None:
    post = b"POST /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
    few = b"0\r\nX-A: b\r\n\r\n"
    found = answers_to(service, post, few, post, few, GET, b"Connection: close\r\n\r\n")
    assert found.count(b"HTTP/1.1 405") == 2
    assert found.count(b"HTTP/1.1 200") == 1
    for many in (b"0\r\n", b"0\r\nX-A: "):
        sent = [post, many, *[b"X-A: b\r\n" * 1000] * 100, b"\r\n", GET, b"\r\n"]
        assert answers_to(service, *sent).count(b"HTTP/1.1 200") == 0


def test_what_is_no_http_has_the_shape_of_all_errors(service: Running) -> None:
    head, _, body = answers_to(service, b"HELLO\r\n\r\n").partition(b"\r\n\r\n")
    error = json.loads(body)["error"]
    assert head.startswith(b"HTTP/1.1 400 ")
    assert error["code"] == "bad_request"
    assert f"x-request-id: {error['request_id']}".encode() in head


def test_bodies_do_not_count_as_headers(service: Running) -> None:
    post = b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n"
    found = answers_to(service, *[post, b"a" * 200_000] * 2, GET, b"Connection: close\r\n\r\n")
    assert found.count(b"HTTP/1.1 405") == 2
    assert found.count(b"HTTP/1.1 200") == 1


def test_empty_lines_keep_no_connection_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "service_limits", lambda: ServiceLimits(max_seconds=0.1))
    monkeypatch.setattr(connections, "_GRACE_S", 0.1)
    with running() as service:
        url = service.client.base_url
        with socket.create_connection((url.host, url.port or 0), timeout=30) as silent:
            silent.sendall(GET + b"\r\n")
            assert silent.recv(4096).startswith(b"HTTP/1.1 200")
            silent.sendall(b"\r\n")
            with suppress(ConnectionResetError):
                while silent.recv(4096):
                    pass


def test_a_request_that_never_arrives_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "service_limits", lambda: ServiceLimits(max_seconds=0.1))
    monkeypatch.setattr(connections, "_GRACE_S", 0.1)
    head = b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; bou"
    with running() as service:
        url = service.client.base_url
        for sent in (b"", head, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /"):
            with socket.create_connection((url.host, url.port or 0), timeout=30) as slow:
                slow.sendall(sent)
                with suppress(ConnectionResetError):
                    while slow.recv(4096):
                        pass
        assert service.client.get("/healthz").status_code == 200
