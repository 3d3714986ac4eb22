"""Forms and their files, sound and not."""

from collections.abc import Iterator

import pytest
from httpx import Client

from tests.service.apps import (
    assert_refused,
    encoded,
    running_client,
)

BARE = {"Content-Type": "image/jpeg"}
FORM = {"Content-Type": "multipart/form-data; boundary=b"}


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


def test_the_name_of_a_picture_may_hold_anything(client: Client) -> None:
    for name in ("пейзаж №1.jpg", 'a"b.jpg', "../../etc/passwd"):
        reply = client.post("/v1/predict", files={"file": (name, encoded())})
        assert reply.json()["filename"] == name.replace('"', "%22")


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ("filename*=UTF-8''na%C3%AFve%20rose.jpg", "naïve rose.jpg"),
        ("filename*=iso-8859-1'en'na%EFve.jpg; size=3", "naïve.jpg"),
        ("filename*=UTF-8''%FF", "\ufffd"),
        ("filename=plain.jpg; filename*=UTF-8''na%C3%AFve.jpg", "plain.jpg"),
    ],
)
def test_a_name_may_come_in_the_extended_form(client: Client, parameters: str, name: str) -> None:
    head = f'--b\r\nContent-Disposition: form-data; name="file"; {parameters}\r\n\r\n'
    reply = client.post(
        "/v1/predict",
        content=head.encode() + encoded() + b"\r\n--b--",
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    assert (reply.json()["filename"], reply.json()["label"]) == (name, "RED")


def test_other_fields_of_the_form_are_read_over(client: Client) -> None:
    files = [("note", ("note.txt", b"hello")), ("file", ("rose.jpg", encoded()))]
    reply = client.post("/v1/predict", files=files, data={"album": "x" * 10_000})
    assert reply.json()["label"] == "RED"


def test_bodies_that_are_neither_a_form_nor_a_picture(client: Client) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json", "image"):
        reply = client.post("/v1/predict", content=encoded(), headers={"Content-Type": kind})
        assert "such as image/jpeg" in assert_refused(reply, 415, "unsupported_type")
    assert_refused(client.post("/v1/predict"), 415, "unsupported_type")
    bare = client.post("/v1/predict/batch", content=encoded(), headers=BARE)
    assert "is no form" in assert_refused(bare, 415, "unsupported_type")
    empty = client.post("/v1/predict", content=b"", headers=BARE)
    assert "is empty" in assert_refused(empty, 422, "invalid_request")
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


@pytest.mark.parametrize("path", ["/v1/predict", "/v1/explain"])
def test_a_bare_picture_is_counted_as_it_comes(small_client: Client, path: str) -> None:
    read: list[int] = []
    reply = small_client.post(path, content=in_pieces(bytes(5001), read), headers=BARE)
    assert "at most 0.005 MB" in assert_refused(reply, 413, "too_large")
    assert "transfer-encoding" in reply.request.headers
    announced = BARE | {"Content-Length": "1000000"}
    reply = small_client.post(path, content=in_pieces(bytes(1_000_000), read), headers=announced)
    assert_refused(reply, 413, "too_large")
    reply = small_client.post(path, content=in_pieces(encoded(), read), headers=BARE)
    assert reply.status_code == 200


def test_a_file_too_large_spoils_no_batch(small_client: Client) -> None:
    files = [("files", encoded()), ("files", bytes(6000)), ("files", encoded("BLACK"))]
    results = small_client.post("/v1/predict/batch", files=files).json()["results"]
    assert [result.get("label") for result in results] == ["RED", None, "BLACK"]
    assert results[1]["error"]["code"] == "too_large"
    alone = small_client.post("/v1/predict", files={"file": bytes(5001)})
    assert_refused(alone, 413, "too_large")
