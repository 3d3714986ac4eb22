"""What a client is told of a picture that cannot be used."""

import pytest
from httpx import Client

from tests.service.apps import (
    assert_refused,
    bomb,
    encoded,
    running_client,
)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "unreadable_image"),
        (b"hello", 422, "unreadable_image"),
        (encoded()[:300], 422, "unreadable_image"),
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


def test_pixels_are_limited_before_they_are_decoded() -> None:
    with running_client(max_pixels=24 * 24 - 1) as client:
        reply = client.post("/v1/predict", files={"file": encoded()})
        assert "pixels" in assert_refused(reply, 413, "too_large")


def test_part_of_a_picture_is_answered_with_a_warning(client: Client) -> None:
    reply = client.post("/v1/predict", files={"file": encoded()[:-40]})
    assert reply.status_code == 200
    assert "truncated" in [warning["code"] for warning in reply.json()["warnings"]]
