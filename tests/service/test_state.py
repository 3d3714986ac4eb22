"""What the routes share: memory for bodies, and the model."""

from tests.service.apps import (
    assert_refused,
    encoded,
    running_client,
)


def test_too_many_bytes_in_memory_at_once_are_told_to_wait() -> None:
    with running_client(max_upload_bytes=600) as client:
        for _ in range(3):
            reply = client.post("/v1/predict", files={"file": encoded()})
            assert_refused(reply, 503, "busy")
            assert reply.headers["retry-after"] == "1"
    with running_client(max_upload_bytes=len(encoded()) + 500) as client:
        for _ in range(3):
            assert client.post("/v1/predict", files={"file": encoded()}).status_code == 200
