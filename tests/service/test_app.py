import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from httpx import Client

from src.models.artifact import LoadedModel
from src.models.predict_model import Classifier
from src.service.limits import ServiceLimits
from src.tasks import Task
from tests.models.fitted_models import fit_model
from tests.service.apps import (
    assert_refused,
    between_red_and_pink,
    encoded,
    running,
    running_client,
)


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with running_client() as client:
        yield client


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp", ".tiff"])
def test_a_picture_gets_its_label_scores_palette_and_model(client: Client, suffix: str) -> None:
    reply = client.post("/v1/predict", files={"file": (f"rose{suffix}", encoded("RED", suffix))})
    assert reply.status_code == 200
    found = reply.json()
    assert found["filename"] == f"rose{suffix}"
    assert found["label"] == "RED" == next(iter(found["scores"]))
    assert found["score"] == found["scores"]["RED"] == max(found["scores"].values())
    assert sum(found["scores"].values()) == pytest.approx(1, abs=1e-5)
    assert found["palette"][0]["name"] == "RED"
    assert sum(color["share"] for color in found["palette"]) == pytest.approx(1, abs=1e-3)
    assert found["model"] == {
        "task": "color",
        "family": "logistic_regression",
        "version": "0123456789ab",
    }
    assert found["milliseconds"] > 0


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


def test_a_batch_has_a_result_or_an_error_for_each_file(client: Client) -> None:
    names = ["rose.jpg", "note.txt", "night.png", "drawing.svg"]
    contents = [encoded("RED"), b"hello", encoded("BLACK", ".png"), b"<svg xmlns='x'></svg>"]
    files = [("files", pair) for pair in zip(names, contents, strict=True)]
    reply = client.post("/v1/predict/batch", files=files)
    assert reply.status_code == 200
    results = reply.json()["results"]
    assert [result["filename"] for result in results] == names
    assert [result.get("label") for result in results] == ["RED", None, "BLACK", None]
    errors = [result["error"]["code"] for result in results if "error" in result]
    assert errors == ["unreadable_image", "unsupported_type"]
    assert reply.json()["milliseconds"] > 0
    (alone,) = client.post("/v1/predict/batch", files=files[:1]).json()["results"]
    assert alone == results[0]


def test_the_old_address_answers_with_the_label_alone(client: Client) -> None:
    reply = client.post("/img_classify", files={"file": ("rose.jpg", encoded("PINK"))})
    assert (reply.status_code, reply.json()) == (200, {"prediction": "PINK"})


def test_it_abstains_where_no_class_is_probable_enough(client: Client) -> None:
    for path, field in (("/v1/predict", "file"), ("/v1/predict/batch", "files")):
        files = {field: ("rose.png", between_red_and_pink())}
        reply = client.post(path, params={"min_score": "1"}, files=files)
        (found,) = reply.json().get("results", [reply.json()])
        assert found["label"] is None
        assert found["score"] == max(found["scores"].values()) < 1
        (warning,) = [found for found in found["warnings"] if found["code"] == "abstained"]
        assert next(iter(found["scores"])) in warning["message"]
        found = client.post(path, params={"min_score": "0.1"}, files=files).json()
        assert "abstained" not in json.dumps(found)


def test_facts_of_the_model(client: Client) -> None:
    classes = client.get("/v1/classes").json()
    assert classes["task"] == "color"
    assert [found["label"] for found in classes["classes"]] == ["BLACK", "RED", "PINK"]
    assert classes["classes"][1]["hex"] == "#c8202f"
    facts, metadata = client.get("/v1/model").json(), fit_model().metadata
    assert facts["accuracy"] == metadata.holdout.accuracy
    assert facts["family"] == metadata.family
    assert facts["features"]["names"] == list(metadata.feature_spec.names)
    assert facts["version"] == facts["sha256"][:12] == "0123456789ab"
    assert facts["limits"] == ServiceLimits().public()


def test_a_task_without_colours_has_no_swatches() -> None:
    fitted = fit_model()
    metadata = replace(fitted.metadata, task=Task("medium", "medium"))
    model = Classifier(LoadedModel(fitted.estimator, metadata))
    with running(model) as service:
        client = service.client
        classes = client.get("/v1/classes").json()
        assert {found["hex"] for found in classes["classes"]} == {None}
        found = client.post("/v1/predict", files={"file": encoded()}).json()
        assert {color["name"] for color in found["palette"]} == {None}


def test_alive_and_ready(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}
    with running(started=False) as unstarted:
        assert unstarted.client.get("/healthz").status_code == 200
        assert_refused(unstarted.client.get("/readyz"), 503, "busy")
        reply = unstarted.client.post("/v1/predict", files={"file": encoded()})
        assert_refused(reply, 503, "busy")


def test_metrics_count_requests_and_labels() -> None:
    with running_client() as client:
        client.post("/v1/predict", files={"file": encoded("PINK")})
        client.post("/v1/predict", files={"file": b"no picture"})
        client.get("/made/up/by/a/stranger")
        text = client.get("/metrics").text
    assert 'artlens_predictions_total{label="PINK"} 1.0' in text
    assert 'artlens_failures_total{code="unreadable_image"} 1.0' in text
    assert 'method="POST",path="/v1/predict",status="422"} 1.0' in text
    assert 'path="other",status="404"} 1.0' in text
    assert "stranger" not in text


def test_every_request_leaves_one_line_with_nothing_of_the_picture(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    content = encoded()
    named = {"X-Request-ID": "from-the-proxy-1"}
    reply = client.post("/v1/predict", files={"file": ("me.jpg", content)}, headers=named)
    assert reply.headers["x-request-id"] == "from-the-proxy-1"
    (line,) = capsys.readouterr().err.splitlines()
    found = json.loads(line)
    assert found["request_id"] == "from-the-proxy-1"
    assert (found["method"], found["path"], found["status"]) == ("POST", "/v1/predict", 200)
    assert found["label"] == "RED"
    assert found["bytes"] > len(content)
    assert found["milliseconds"] > 0
    assert "me.jpg" not in line
    forged = client.get("/healthz", headers={"X-Request-ID": 'x"} forged'})
    assert forged.headers["x-request-id"] != 'x"} forged'
    assert json.loads(capsys.readouterr().err)["request_id"] == forged.headers["x-request-id"]


def test_pages_come_with_all_they_need_and_may_load_nothing_else(client: Client) -> None:
    for path in ("/", "/docs"):
        reply = client.get(path)
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith("text/html")
        policy = reply.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "://" not in reply.text.replace("http://127.0.0.1", "")
        assert reply.headers["x-content-type-options"] == "nosniff"
    style = client.get("/static/base.css")
    assert style.headers["content-type"].startswith("text/css")
    # Else a browser mixes files of two releases.
    assert style.headers["cache-control"] == "no-cache"
    known = client.get("/static/base.css", headers={"If-None-Match": style.headers["etag"]})
    assert (known.status_code, known.headers["cache-control"]) == (304, "no-cache")


@pytest.mark.parametrize("part", ["bytes=0-9", "bytes=9999999-", "bytes=5-2", "lines=1-2", "x"])
def test_files_are_sent_whole_whatever_part_is_asked_for(client: Client, part: str) -> None:
    for path in ("/", "/static/base.css"):
        reply = client.get(path, headers={"Range": part})
        assert (reply.status_code, reply.content) == (200, client.get(path).content)
        assert reply.headers["accept-ranges"] == "none"


def test_head_is_answered_as_get_is_without_the_body(client: Client) -> None:
    pages = ("/", "/docs", "/openapi.json", "/static/base.css")
    for path in (*pages, "/healthz", "/readyz", "/v1/classes", "/v1/model", "/metrics"):
        asked, told = client.get(path), client.head(path)
        assert (told.status_code, told.content) == (200, b"")
        own = {"x-request-id", "date", "content-length" if path == "/metrics" else ""}
        assert {k: v for k, v in told.headers.items() if k not in own} == {
            k: v for k, v in asked.headers.items() if k not in own
        }


def test_the_page_of_the_api_lists_every_operation(client: Client) -> None:
    page = client.get("/docs").text
    document = client.get("/openapi.json").json()
    assert len(document["paths"]) == 8
    for path in document["paths"]:
        assert f"</span> {path}</h2>" in page
    for word in ("palette[].hex", "results[].error.code", "limits.pixels", "min_score", "busy"):
        assert word in page


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
