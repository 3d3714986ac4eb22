"""The pages as they are sent, and their files."""

import json
import re
from html import unescape

import pytest
from httpx import Client

from src.service.limits import ServiceLimits
from src.service.page import render_page
from src.tasks import COLOR, MEDIUM, Kind, Task
from tests.service.apps import named_model, running

# What the page of the pictures may fetch is what people give it a link to, and no more.
ALLOWED = {
    "/": "script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self' https: http: data:",
    "/docs": "style-src 'self'; img-src 'self'",
}
NEVER = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
EXAMPLE = r'<pre tabindex="0">(.*?)</pre>'


def test_pages_come_with_all_they_need_and_may_load_nothing_else(client: Client) -> None:
    for path, allowed in ALLOWED.items():
        reply = client.get(path)
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith("text/html")
        assert reply.headers["content-security-policy"] == f"default-src 'none'; {allowed}; {NEVER}"
        text = reply.text.replace('placeholder="https://"', "").replace("http://127.0.0.1", "")
        assert "://" not in text
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


def test_the_page_of_the_api_lists_every_operation(client: Client) -> None:
    page = client.get("/docs").text
    document = client.get("/openapi.json").json()
    assert len(document["paths"]) > 9
    for path in document["paths"]:
        assert f"</span> {path}</h2>" in page
    for word in ("PaletteColor.<wbr>share", "Limits.<wbr>pixels", "min_score", "busy"):
        assert f"<code>{word}</code>" in page


def test_the_page_of_the_api_shows_what_the_model_answers(client: Client) -> None:
    shown = re.findall(EXAMPLE, client.get("/docs").text, re.DOTALL)
    examples = [json.loads(unescape(text)) for text in shown]
    assert examples[0]["label"] == "BLACK"
    assert examples[1]["answers"][0]["label"] == "BLACK"
    assert examples[2]["label"]["name"] == "BLACK"
    assert examples[0]["model"] == examples[2]["model"] == examples[3]["results"][0]["model"]
    assert examples[4] == {"prediction": "BLACK"}
    assert examples[5] == client.get("/v1/classes").json()
    assert examples[6] == client.get("/v1/model").json()
    assert len(examples) == 9


def test_the_page_of_the_api_says_how_a_picture_is_sent(client: Client) -> None:
    page = unescape(client.get("/docs").text)
    calls = re.findall(r'<pre class="call">(curl.*?)</pre>', page, re.DOTALL)
    form = "curl -F file=@picture.jpg HERE"
    bare = "curl --data-binary @picture.jpg -H 'content-type: image/jpeg' \\\n    HERE"
    home = str(client.base_url).rstrip("/")
    for path in ("/v1/predict", "/v1/explain", "/img_classify"):
        assert f"{form}\n{bare}".replace("HERE", home + path) in calls
    assert f"curl -F files=@picture.jpg {home}/v1/predict/batch" in calls
    assert f"curl {home}/healthz" in calls


def test_pages_speak_of_the_models_own_task(client: Client) -> None:
    page = client.get("/").text
    assert "Which <bdi>colour</bdi> is it?" in page
    assert "it knows: 3<" in page
    with running(named_model("<b>brush & ink", ("a", "b", "c"))) as service:
        own = service.client.get("/").text
        assert "Which <bdi>&lt;b&gt;brush &amp; ink</bdi> is it?" in own
        assert "the <b>brush & ink of a picture, one of the 3" in told(service.client)
        assert "colour" not in own + told(service.client)
    with running(started=False) as unstarted:
        assert "Which <bdi>class</bdi> is it?" in unstarted.client.get("/").text
        assert "Names the class of a picture." in told(unstarted.client)


def told(client: Client) -> str:
    return str(client.get("/openapi.json").json()["info"]["description"])


def test_of_several_tasks_the_page_names_all_and_what_each_sees() -> None:
    tags = Task("tags", "tags", Kind.MANY, features="embedding", noun="tag")
    page = render_page([COLOR, MEDIUM, tags], 11, ServiceLimits(), pairs=True)
    assert "<title>artlens: what does a picture tell?</title>" in page
    assert "<bdi>colour</bdi>, <bdi>medium</bdi> and <bdi>tags</bdi>, and says how sure" in page
    assert "For <bdi>colour</bdi> only the centre square of a picture counts, for the rest" in page
    assert "whether one hand made both" in page
    assert 'data-sees="both"' in page
    network = render_page([MEDIUM, COLOR], 6, ServiceLimits(), whole=True)
    assert "The square in the middle tells its <bdi>colour</bdi>." in network
    assert "one hand" not in network
    assert "Which <bdi>tags</bdi> does it have?" in render_page([tags], 10, ServiceLimits())
    alike = render_page([MEDIUM, tags], 6, ServiceLimits(), whole=True)
    assert 'data-sees="whole"' in alike


def test_samples_are_offered_by_the_model_they_are_for(client: Client) -> None:
    assert "static/samples/hill.jpg" in client.get("/").text
    with running(named_model("medium", ("a", "b", "c"))) as service:
        assert "samples" not in service.client.get("/").text


def test_both_pages_tell_the_limits_of_service_and_command_line() -> None:
    with running(max_file_bytes=3_000_000, max_pixels=7_000_000, max_files=5) as service:
        page, docs = service.client.get("/").text, service.client.get("/docs").text
    assert "up to 3 MB and 7 million pixels each, 5 at once" in page
    assert "takes up to 67 MB and 100 million pixels each, and any number" in page
    rows = re.findall(r"<code>(\w+)</code></th><td>([^<]*)</td><td>([^<]*)</td>", docs)
    assert rows == [
        ("bytes", "3 MB", "67 MB"),
        ("pixels", "7 million pixels", "100 million pixels"),
        ("files", "5", "any number"),
        ("request_bytes", "64 MB", "–"),
        ("seconds", "30", "–"),
    ]


@pytest.mark.parametrize(("count", "shown"), [(2, True), (24, True), (25, False), (300, False)])
def test_many_classes_are_folded_away(count: int, shown: bool) -> None:
    page = render_page([Task("shape", "shape")], count, ServiceLimits())
    assert ("<details open>" in page) is shown
    assert f"it knows: {count}<" in page
