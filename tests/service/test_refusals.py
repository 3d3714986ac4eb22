import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from httpx import Client

from src.errors import ConfigError
from src.features import measuring
from src.service import connections, inference, predictions
from src.service.limits import ServiceLimits, service_limits
from tests.service.apps import assert_refused, bomb, encoded, running, running_client, wait_for

FORM = {"Content-Type": "multipart/form-data; boundary=b"}


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with running_client() as client:
        yield client


@pytest.fixture(scope="module")
def small_client() -> Iterator[Client]:
    limits = {"max_file_bytes": 5000, "max_request_bytes": 20_000, "max_files": 3}
    with running_client(**limits) as client:
        yield client


def part(name: str, content: bytes) -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="x"\r\n\r\n'
    return head.encode() + content + b"\r\n"


def in_pieces(content: bytes, read: list[int]) -> Iterator[bytes]:
    """A body whose length is not announced; counts what is taken of it."""
    for start in range(0, len(content), 1000):
        read.append(start)
        yield content[start : start + 1000]


def test_unknown_addresses_and_methods(client: Client) -> None:
    for path in ("/nope", "/v1/predict/", "/static/nope.js", "/static/../app.py", "/v1"):
        assert_refused(client.get(path), 404, "not_found")
    reply = client.get("/v1/predict")
    assert_refused(reply, 405, "method_not_allowed")
    assert reply.headers["allow"] == "POST"
    assert_refused(client.delete("/v1/classes"), 405, "method_not_allowed")
    assert_refused(client.post("/"), 405, "method_not_allowed")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "unreadable_image"),
        (b"hello", 422, "unreadable_image"),
        (encoded()[:-200], 422, "unreadable_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "unsupported_type"),
        (b"8BPS" + bytes(40), 415, "unsupported_type"),
        (bomb(), 413, "too_large"),
    ],
    ids=["empty", "text", "truncated", "svg", "psd", "bomb"],
)
def test_what_is_no_sound_picture(client: Client, content: bytes, status: int, code: str) -> None:
    for path in ("/v1/predict", "/img_classify"):
        reply = client.post(path, files={"file": ("secret-name.jpg", content)})
        message = assert_refused(reply, status, code)
        assert "ARTLENS" not in message
        assert "secret-name" not in message
        assert "Error" not in message


@pytest.mark.parametrize("value", ["", "x", "-0.1", "1.1", "nan", "inf", "0x1", "1e999"])
def test_a_min_score_that_is_no_probability(client: Client, value: str) -> None:
    for path, field in (("/v1/predict", "file"), ("/v1/predict/batch", "files")):
        reply = client.post(path, params={"min_score": value}, files={field: encoded()})
        assert_refused(reply, 422, "invalid_request")


def test_bodies_that_are_no_form(client: Client) -> None:
    plain = client.post("/v1/predict", content=encoded(), headers={"Content-Type": "image/jpeg"})
    assert_refused(plain, 415, "unsupported_type")
    assert_refused(client.post("/v1/predict"), 415, "unsupported_type")
    nameless = {"Content-Type": "multipart/form-data"}
    assert_refused(client.post("/v1/predict", content=b"", headers=nameless), 400, "bad_request")
    for body in (b"", b"junk", part("file", b"x"), b"--b\r\nbroken header\r\n\r\nx\r\n--b--"):
        reply = client.post("/v1/predict", content=body, headers=FORM)
        assert_refused(reply, 400, "bad_request")
    long = {"Content-Type": "multipart/form-data; boundary=" + "b" * 300}
    assert_refused(client.post("/v1/predict", content=b"", headers=long), 400, "bad_request")


def test_forms_without_the_file_or_with_too_many(small_client: Client) -> None:
    none = small_client.post("/v1/predict", files={"picture": encoded()})
    assert "'file'" in assert_refused(none, 422, "invalid_request")
    text = small_client.post("/v1/predict", data={"file": "x"}, files={"other": b""})
    assert_refused(text, 422, "invalid_request")
    two = small_client.post("/v1/predict", files=[("file", encoded()), ("file", encoded())])
    assert "/v1/predict/batch" in assert_refused(two, 422, "invalid_request")
    four = small_client.post("/v1/predict/batch", files=[("files", encoded())] * 4)
    assert "at most 3" in assert_refused(four, 413, "too_large")
    crumbs = b"".join(part("x", b"") for _ in range(200)) + b"--b--"
    reply = small_client.post("/v1/predict/batch", content=crumbs, headers=FORM)
    assert_refused(reply, 413, "too_large")


def test_a_length_that_is_announced_is_refused_unread(small_client: Client) -> None:
    read: list[int] = []
    announced = FORM | {"Content-Length": "1000000"}
    body = in_pieces(bytes(1_000_000), read)
    assert_refused(
        small_client.post("/v1/predict", content=body, headers=announced), 413, "too_large"
    )


def test_bytes_are_counted_as_they_come(small_client: Client) -> None:
    for path, field, most in (
        ("/v1/predict", "file", 9096),
        ("/v1/predict/batch", "files", 20_000),
    ):
        body = part(field, bytes(most)) + b"--b--"
        reply = small_client.post(path, content=in_pieces(body, []), headers=FORM)
        assert_refused(reply, 413, "too_large")
        assert "transfer-encoding" in reply.request.headers


def test_a_file_too_large_spoils_no_batch(small_client: Client) -> None:
    files = [("files", encoded()), ("files", bytes(6000)), ("files", encoded("BLACK"))]
    results = small_client.post("/v1/predict/batch", files=files).json()["results"]
    assert [result.get("label") for result in results] == ["RED", None, "BLACK"]
    assert results[1]["error"]["code"] == "too_large"
    alone = small_client.post("/v1/predict", files={"file": bytes(5001)})
    assert_refused(alone, 413, "too_large")


def test_pixels_are_limited_before_they_are_decoded() -> None:
    with running_client(max_pixels=24 * 24 - 1) as client:
        reply = client.post("/v1/predict", files={"file": encoded()})
        assert "pixels" in assert_refused(reply, 413, "too_large")


def test_too_many_bytes_in_memory_at_once_are_told_to_wait() -> None:
    with running_client(max_upload_bytes=600) as client:
        for _ in range(3):
            reply = client.post("/v1/predict", files={"file": encoded()})
            assert_refused(reply, 503, "busy")
            assert reply.headers["retry-after"] == "1"
    with running_client(max_upload_bytes=len(encoded()) + 500) as client:
        for _ in range(3):
            assert client.post("/v1/predict", files={"file": encoded()}).status_code == 200


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Predictions wait until it is set."""
    opened = threading.Event()
    measure = measuring.measure_picture

    def wait_and_measure(*args: Any, **kwargs: Any) -> Any:
        assert opened.wait(30)
        return measure(*args, **kwargs)

    monkeypatch.setattr(inference, "measure_picture", wait_and_measure)
    yield opened
    opened.set()


def test_beyond_what_may_wait_clients_are_told_to_come_again(gate: threading.Event) -> None:
    with running(max_waiting=2, threads=1, retry_after_s=7) as service:
        client = service.client
        with ThreadPoolExecutor(2) as pool:
            post = lambda: client.post("/v1/predict", files={"file": encoded()})  # noqa: E731
            accepted = [pool.submit(post) for _ in range(2)]
            wait_for(lambda: service.waiting == 2)
            for path, field in (("/v1/predict", "file"), ("/v1/predict/batch", "files")):
                refused = client.post(path, files={field: encoded()})
                assert_refused(refused, 503, "busy")
                assert refused.headers["retry-after"] == "7"
            assert_refused(client.get("/readyz"), 503, "busy")
            assert client.get("/healthz").status_code == 200
            assert client.get("/v1/classes").status_code == 200
            gate.set()
            assert [reply.result().status_code for reply in accepted] == [200, 200]
        wait_for(lambda: service.waiting == 0)
        # To come again would never help a batch that is larger than the queue.
        files = [("files", encoded())] * 3
        assert client.post("/v1/predict/batch", files=files).status_code == 200


def test_what_takes_too_long_is_given_up(gate: threading.Event) -> None:
    with running(max_seconds=0.2) as service:
        reply = service.client.post("/v1/predict", files={"file": encoded()})
        assert_refused(reply, 503, "timeout")
        assert "retry-after" in reply.headers
        wait_for(lambda: service.waiting == 0)
        gate.set()


def test_a_fault_of_ours_is_logged_and_not_told(
    client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the secret")

    with monkeypatch.context() as broken:
        broken.setattr(inference, "measure_picture", fail)
        reply = client.post("/v1/predict", files={"file": encoded()})
        assert "secret" not in assert_refused(reply, 500, "internal")
        assert "the secret" in capsys.readouterr().err
    with monkeypatch.context() as broken:
        broken.setattr(predictions, "json_response", fail)
        reply = client.post("/v1/predict", files={"file": encoded()})
        assert "secret" not in assert_refused(reply, 500, "internal")
    assert client.post("/v1/predict", files={"file": encoded()}).status_code == 200


def test_limits_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    service_limits.cache_clear()
    monkeypatch.setenv("ARTLENS_SERVICE_MAX_FILES", "5")
    monkeypatch.setenv("ARTLENS_SERVICE_CORS_ORIGINS", "https://a.example, https://b.example")
    assert service_limits().max_files == 5
    assert service_limits().cors_origins == ("https://a.example", "https://b.example")
    service_limits.cache_clear()
    monkeypatch.setenv("ARTLENS_SERVICE_MAX_FILES", "many")
    with pytest.raises(ConfigError, match=r"ARTLENS_SERVICE_MAX_FILES makes no sense \('many'"):
        service_limits()
    service_limits.cache_clear()
    monkeypatch.setenv("ARTLENS_SERVICE_MAX_FILES", "5")
    monkeypatch.setenv("ARTLENS_SERVICE_MAX_UPLOAD_BYTES", "600")
    with pytest.raises(ConfigError, match=r"MAX_UPLOAD_BYTES is less .* \(600 of 64000000\)"):
        service_limits()
    service_limits.cache_clear()
    assert ServiceLimits.model_fields["max_pixels"].default < 100_000_000


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
