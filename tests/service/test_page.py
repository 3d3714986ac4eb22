"""The pages as they are sent, and their files."""

import json
import re
from html import unescape

import pytest
from httpx import Client

from src.service.page import render_page
from src.tasks import Task
from tests.service.apps import named_model, running

EXAMPLE = r'<pre tabindex="0">(.*?)</pre>'


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


def test_the_page_of_the_api_lists_every_operation(client: Client) -> None:
    page = client.get("/docs").text
    document = client.get("/openapi.json").json()
    assert len(document["paths"]) == 9
    for path in document["paths"]:
        assert f"</span> {path}</h2>" in page
    for word in ("PaletteColor.<wbr>share", "Limits.<wbr>pixels", "min_score", "busy"):
        assert f"<code>{word}</code>" in page


def test_the_page_of_the_api_shows_what_the_model_answers(client: Client) -> None:
    shown = re.findall(EXAMPLE, client.get("/docs").text, re.DOTALL)
    examples = [json.loads(unescape(text)) for text in shown]
    assert examples[0]["label"] == "BLACK"
    assert examples[1]["label"]["name"] == "BLACK"
    assert examples[0]["model"] == examples[1]["model"] == examples[2]["results"][0]["model"]
    assert examples[3] == {"prediction": "BLACK"}
    assert examples[4] == client.get("/v1/classes").json()
    assert examples[5] == client.get("/v1/model").json()
    assert len(examples) == 8


def test_the_page_of_the_api_says_how_a_picture_is_sent(client: Client) -> None:
    page = unescape(client.get("/docs").text)
    for path in ("/v1/predict", "/v1/explain", "/img_classify"):
        address = str(client.base_url).rstrip("/") + path
        assert f"<pre>curl -F file=@picture.jpg {address}\ncurl --data-binary @picture.jpg " in page
        assert f"-H 'content-type: image/jpeg' {address}</pre>" in page
    assert f"<pre>curl {str(client.base_url).rstrip('/')}/healthz</pre>" in page


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


def test_samples_are_offered_by_the_model_they_are_for(client: Client) -> None:
    assert "static/samples/hill.jpg" in client.get("/").text
    with running(named_model("medium", ("a", "b", "c"))) as service:
        assert "samples" not in service.client.get("/").text


@pytest.mark.parametrize(("count", "shown"), [(2, True), (24, True), (25, False), (300, False)])
def test_many_classes_are_folded_away(count: int, shown: bool) -> None:
    page = render_page(Task("shape", "shape"), count)
    assert ("<details open>" in page) is shown
    assert f"it knows: {count}<" in page
