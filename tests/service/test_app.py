"""The application as a whole: its addresses, its methods, other sites."""

from httpx import Client

from tests.service.apps import (
    assert_refused,
    running_client,
)


def test_unknown_addresses_and_methods(client: Client) -> None:
    for path in ("/nope", "/v1/predict/", "/static/nope.js", "/static/../app.py", "/v1"):
        assert_refused(client.get(path), 404, "not_found")
    reply = client.get("/v1/predict")
    assert_refused(reply, 405, "method_not_allowed")
    assert reply.headers["allow"] == "POST"
    assert_refused(client.delete("/v1/classes"), 405, "method_not_allowed")
    assert_refused(client.post("/"), 405, "method_not_allowed")


def test_head_is_answered_as_get_is_without_the_body(client: Client) -> None:
    pages = ("/", "/docs", "/openapi.json", "/static/base.css")
    for path in (*pages, "/healthz", "/readyz", "/v1/classes", "/v1/model", "/metrics"):
        asked, told = client.get(path), client.head(path)
        assert (told.status_code, told.content) == (200, b"")
        own = {"x-request-id", "date", "content-length" if path == "/metrics" else ""}
        assert {k: v for k, v in told.headers.items() if k not in own} == {
            k: v for k, v in asked.headers.items() if k not in own
        }


def test_other_sites_may_call_only_when_they_are_listed() -> None:
    origin = {"Origin": "https://gallery.example"}
    with running_client() as client:
        assert "access-control-allow-origin" not in client.get("/healthz", headers=origin).headers
    with running_client(cors_origins=("https://gallery.example",)) as client:
        reply = client.post("/v1/predict", files={"file": b"no picture"}, headers=origin)
        assert_refused(reply, 422, "unreadable_image")
        assert reply.headers["access-control-allow-origin"] == "https://gallery.example"
        asked = origin | {"Access-Control-Request-Method": "POST"}
        assert client.options("/v1/predict", headers=asked).status_code == 200
        stranger = {"Origin": "https://other.example"}
        refused = client.options("/v1/predict", headers=asked | stranger)
        assert_refused(refused, 400, "bad_request")
        other = client.get("/healthz", headers=stranger)
        assert "access-control-allow-origin" not in other.headers
