"""What the page says about pictures: answers, and sentences where there is none."""

import json
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.remote.webelement import WebElement

from tests.service.page.detour import Detour, Refusal
from tests.service.page.visit import Visit

GROUND = {"hex": "#39545b", "share": 0.03, "name": "SLATE"}
NO_PICTURE = "This file is no picture, or it is damaged or incomplete."


def texts(node: WebElement, selector: str) -> list[str]:
    return [found.text for found in node.find_elements("css selector", selector)]


def copied(visit: Visit, button: WebElement) -> Any:
    button.click()
    visit.wait_for("button", "Copied")
    return visit.clipboard()


def test_answer_is_shown_whole_and_copied_as_it_came(visit: Visit, pictures: Path) -> None:
    visit.alter_answers(stands_on=GROUND)
    visit.choose(pictures / "figure.jpg")
    (node,) = visit.exhibits(1)
    answer = copied(visit, visit.find(".copy"))
    assert answer["stands_on"] == GROUND
    assert texts(node, ".label") == [answer["label"].title()]
    assert texts(node, ".score") == [f"{answer['score']:.0%} probable"]
    assert texts(node, ".ground") == ["for its slate #39545b"]
    best = [label.title() for label in list(answer["scores"])[:5]]
    assert texts(node, ".bar-label") == best
    assert texts(node, ".bar-score")[0] == f"{answer['score']:.0%}"
    assert texts(node, ".palette code") == [color["hex"] for color in answer["palette"]]
    assert texts(node, ".palette .name") == [
        color["name"].capitalize() for color in answer["palette"]
    ]
    for told in ("name", "family", "version"):
        assert answer["model"][told] in texts(node, ".made")[0]


def test_colours_are_painted_on_a_neutral_grey(visit: Visit, pictures: Path) -> None:
    visit.alter_answers(stands_on=GROUND)
    visit.choose(pictures / "figure.jpg")
    visit.exhibits(1)
    swatch = visit.find(".swatch")
    assert as_hex(swatch.value_of_css_property("background-color")) == GROUND["hex"]
    assert is_grey(swatch.value_of_css_property("border-top-color"))
    stripes = visit.find_all(".strip span")
    painted = [as_hex(stripe.value_of_css_property("background-color")) for stripe in stripes]
    assert painted == [code.text for code in visit.find_all(".palette code")]
    for selector in (".strip", ".mat", ".track", "body", ".exhibit"):
        assert is_grey(visit.find(selector).value_of_css_property("background-color")), selector


def test_without_a_colour_to_stand_on_a_label_stands_alone(visit: Visit, pictures: Path) -> None:
    visit.alter_answers(stands_on=None)
    visit.choose(pictures / "figure.jpg")
    visit.exhibits(1)
    assert visit.find(".label").text
    assert not visit.find(".verdict .swatch").is_displayed()
    assert not visit.find(".ground").is_displayed()


def test_bars_are_as_long_as_their_scores(visit: Visit, pictures: Path) -> None:
    visit.choose(pictures / "figure.jpg")
    visit.exhibits(1)
    scores = list(copied(visit, visit.find(".copy"))["scores"].values())
    ratios = visit.run(
        "return [...document.querySelectorAll('.bar')].map((bar) => parseFloat(bar.style.width))"
    )
    assert ratios == pytest.approx([100 * score for score in scores[:5]], abs=0.01)


def rgb_of(css: str) -> list[int]:
    return [int(part) for part in css[css.index("(") + 1 : -1].split(",")[:3]]


def as_hex(css: str) -> str:
    return "#" + "".join(f"{part:02x}" for part in rgb_of(css))


def is_grey(css: str) -> bool:
    return len(set(rgb_of(css))) == 1


def test_preview_shows_the_picture_or_says_why_not(visit: Visit, pictures: Path) -> None:
    visit.choose(pictures / "hill.jpg", pictures / "scan.tiff")
    hill, scan = visit.exhibits(2)
    visit.wait_for(".no-preview")
    image = hill.find_element("css selector", "img")
    assert image.get_property("naturalWidth") == 218
    assert image.get_attribute("alt") == "Preview of hill.jpg"
    assert not scan.find_element("css selector", "img").is_displayed()
    assert "No preview" in texts(scan, ".no-preview")[0]
    assert texts(scan, ".label")[0]


def test_batch_shows_each_answer_and_each_failure_in_order(visit: Visit, pictures: Path) -> None:
    names = ("hill.jpg", "notes.txt", "figure.jpg", "broken.jpg", "flowers.jpg")
    visit.choose(*(pictures / name for name in names))
    nodes = visit.exhibits(5)
    assert [texts(node, ".filename")[0] for node in nodes] == list(names)
    assert [len(texts(node, ".label")) for node in nodes] == [1, 0, 1, 0, 1]
    for node in (nodes[1], nodes[3]):
        assert texts(node, ".problem") == [NO_PICTURE]
    assert visit.find("#progress").text == "5 pictures, 2 without an answer"
    every = copied(visit, visit.find("#copy-all"))
    assert [entry["filename"] for entry in every] == list(names)
    assert [entry.get("error", {}).get("code") for entry in every][1] == "unreadable_image"


def test_screen_readers_hear_each_answer_and_failure(visit: Visit, pictures: Path) -> None:
    announcer = visit.find("#announcer")
    assert announcer.get_attribute("aria-live") == "polite"
    visit.choose(pictures / "hill.jpg", pictures / "notes.txt")
    hill, _ = visit.exhibits(2)
    named = f"hill.jpg: {texts(hill, '.label')[0]}, {texts(hill, '.score')[0]}."
    heard = visit.announced()
    assert named in heard
    assert f"notes.txt: {NO_PICTURE}" in heard


@pytest.mark.parametrize(
    ("refusal", "sentence", "can_retry"),
    [
        (Refusal(503, "busy", retry_after="2"), "busy with other pictures. Try again in 2 s", True),
        (Refusal(503, "busy"), "busy with other pictures. Try again in a mom", True),
        (Refusal(503, "timeout"), "This picture took too long.", True),
        (Refusal(500, "internal"), "Something went wrong on the server", True),
        (Refusal(415, "unsupported_type"), "What the service itself would say.", False),
        (Refusal(413, "too_large"), "This picture is too large. The server takes up to", False),
        (Refusal(422, "invalid_request", "The form is odd."), "The form is odd.", False),
    ],
    ids=lambda value: value.code if isinstance(value, Refusal) else "",
)
def test_refusal_is_a_clear_sentence(
    visit: Visit, detour: Detour, refusal: Refusal, sentence: str, can_retry: bool
) -> None:
    detour.refuse(refusal)
    visit.drop_zeros("a.png")
    (node,) = visit.exhibits(1)
    assert sentence in texts(node, ".problem")[0]
    assert (texts(node, ".retry") == ["Try again"]) is can_retry


def test_busy_server_can_be_asked_again(visit: Visit, detour: Detour, pictures: Path) -> None:
    detour.refuse(Refusal(503, "busy"))
    visit.choose(pictures / "hill.jpg")
    visit.wait_for(".retry")
    detour.refuse(None)
    visit.find(".retry").click()
    visit.wait_for(".label")
    assert visit.find("#progress").text == "1 picture"


def test_lost_connection_is_told_and_can_be_tried_again(visit: Visit, pictures: Path) -> None:
    network = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    visit.command("Network.emulateNetworkConditions", offline=True, **network)
    try:
        visit.choose(pictures / "hill.jpg")
        visit.exhibits(1)
        assert "You are offline" in visit.find(".problem").text
    finally:
        visit.command("Network.emulateNetworkConditions", offline=False, **network)
    visit.find(".retry").click()
    visit.wait_for(".label")


def test_server_that_is_gone_and_one_that_is_silent(visit: Visit, pictures: Path) -> None:
    visit.run("window.fetch = () => Promise.reject(new TypeError('Failed to fetch'))")
    visit.choose(pictures / "hill.jpg")
    visit.exhibits(1)
    assert "No connection to the server" in visit.find(".problem").text
    late = "window.fetch = () => Promise.reject(new DOMException('late', 'TimeoutError'))"
    visit.run(late)
    visit.find(".retry").click()
    assert "took too long" in visit.wait_for(".problem", "took too long").text


def test_a_request_ends_when_it_takes_too_long(visit: Visit) -> None:
    ended = visit.browser.execute_async_script(
        "const done = arguments[0]; import('/static/service.js').then(({ within }) => {"
        "  const signal = within(0.01, new AbortController().signal);"
        "  signal.addEventListener('abort', () => done(signal.reason.name)); })"
    )
    assert ended == "TimeoutError"


def test_too_large_a_file_is_not_even_sent(visit: Visit, detour: Detour) -> None:
    limit = visit.facts("/v1/model")["limits"]["bytes"]
    before = detour.predictions
    visit.drop_zeros("huge.png", size=limit + 1)
    visit.exhibits(1)
    assert f"The server takes up to {limit // 10**6} MB" in visit.find(".problem").text
    assert detour.predictions == before


def test_abstention_and_warnings_are_in_plain_words(visit: Visit, pictures: Path) -> None:
    codes = ("abstained", "unusual_image", "truncated", "few_pictures")
    warnings = [{"code": code, "message": "As it came."} for code in codes]
    visit.alter_answers(label=None, stands_on=None, warnings=warnings)
    visit.choose(pictures / "hill.jpg")
    (node,) = visit.exhibits(1)
    assert texts(node, ".label") == ["Undecided"]
    assert texts(node, ".score")[0].startswith("at most ")
    assert not node.find_element("css selector", ".swatch").is_displayed()
    assert texts(node, ".warnings li") == [
        "No answer stands out clearly enough to be given.",
        "This picture is unlike those that the model has learned from; do not rely on the answer.",
        "As it came.",
        "As it came.",
    ]
    loud, quiet = visit.find(".truncated"), visit.find(".few_pictures")
    assert loud.value_of_css_property("color") != quiet.value_of_css_property("color")


def test_an_answer_that_may_be_none_of_the_names_says_so(visit: Visit, pictures: Path) -> None:
    warnings = [{"code": "none_of_these", "message": "As it came."}]
    visit.alter_answers(score=0.16, warnings=warnings)
    visit.choose(pictures / "hill.jpg")
    (node,) = visit.exhibits(1)
    assert texts(node, ".score") == ["16% probable among the names it knows"]
    assert texts(node, ".warnings li") == [
        "It may be none of the names that the model knows; this is the nearest of them."
    ]


def test_a_file_without_its_end_is_answered_with_a_warning(
    visit: Visit, pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "cut.jpg").write_bytes((pictures / "hill.jpg").read_bytes()[:-3000])
    visit.choose(tmp_path / "cut.jpg")
    visit.exhibits(1)
    assert visit.find(".label").text
    assert visit.find(".warnings .truncated").text


def test_names_are_text_and_never_markup(visit: Visit) -> None:
    name = "<img src=x onerror=document.title='owned'>.png"
    visit.drop_zeros(name)
    (node,) = visit.exhibits(1)
    assert texts(node, ".filename") == [name]
    assert len(visit.find_all(".exhibit img")) == 1
    assert visit.browser.title == "artlens: which colour is it?"


def test_copying_works_without_the_clipboard_api(visit: Visit, pictures: Path) -> None:
    visit.choose(pictures / "hill.jpg")
    visit.exhibits(1)
    visit.run("Object.defineProperty(navigator, 'clipboard', {configurable: true})")
    visit.find(".copy").click()
    visit.wait_for(".copy", "Copied")
    visit.run("delete navigator.clipboard")
    assert visit.clipboard()["filename"] == "hill.jpg"


def test_json_is_offered_by_hand_where_nothing_copies(visit: Visit, pictures: Path) -> None:
    visit.choose(pictures / "hill.jpg")
    visit.exhibits(1)
    visit.run("Object.defineProperty(navigator, 'clipboard', {configurable: true})")
    visit.run("document.execCommand = () => false")
    visit.find(".copy").click()
    area = visit.wait_for(".by-hand textarea")
    assert json.loads(str(area.get_property("value")))["filename"] == "hill.jpg"
    assert area == visit.browser.switch_to.active_element
