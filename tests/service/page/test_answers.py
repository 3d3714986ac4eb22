"""What the page says about pictures: answers, and sentences where there is none."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
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


def part_of(node: WebElement, heading: str) -> WebElement:
    """Return what is shown of one of several answers."""
    parts = node.find_elements("css selector", ".answer")
    return next(part for part in parts if texts(part, "h4") == [heading])


def test_answers_are_shown_whole_and_copied_as_they_came(visit: Visit, pictures: Path) -> None:
    visit.alter_answers(stands_on=GROUND)
    visit.choose(pictures / "figure.jpg")
    (node,) = visit.exhibits(1)
    told = copied(visit, visit.find(".copy"))
    answer = told["answers"][0]
    assert answer["stands_on"] == GROUND
    assert texts(node, ".label") == [answer["label"].title()]
    assert texts(node, ".score") == [f"{answer['score']:.0%} probable"]
    assert texts(node, ".ground") == ["for its slate #39545b"]
    assert texts(node, ".answer h4") == ["Colour", "Artist", "Medium", "Tags"]
    best = [label.title() for label in list(answer["scores"])[:3]]
    assert texts(part_of(node, "Colour"), ".bar-label") == best
    assert texts(node, ".bar-score")[0] == f"{answer['score']:.0%}"
    assert texts(node, ".palette code") == [color["hex"] for color in told["palette"]]
    names = [color["name"].capitalize() for color in told["palette"]]
    assert texts(node, ".palette .name") == names
    assert texts(node, ".made")[0].startswith("4 models, ")


def test_each_further_answer_has_its_bars(visit: Visit, pictures: Path) -> None:
    visit.choose(pictures / "hill.jpg")
    (node,) = visit.exhibits(1)
    told = copied(visit, visit.find(".copy"))
    artist, medium = (part_of(node, noun) for noun in ("Artist", "Medium"))
    best = list(told["answers"][1]["scores"])[:3]
    # The model has the names of artists without capitals.
    assert [name.lower().replace(" ", "-") for name in texts(artist, ".bar-label")] == best
    assert texts(artist, ".bar-label")[0] == "Claude Monet"
    assert texts(medium, ".bar-score")[0] == f"{told['answers'][2]['score']:.0%}"
    lead, second = artist.find_elements("css selector", ".bar-label")[:2]
    assert size_of(lead) > size_of(second)


def size_of(node: WebElement) -> float:
    return float(node.value_of_css_property("font-size").removesuffix("px"))


def test_an_artist_who_may_be_none_of_those_known_is_told(visit: Visit, pictures: Path) -> None:
    visit.alter_answers("artist", warnings=[{"code": "none_of_these", "message": "As it came."}])
    visit.choose(pictures / "hill.jpg")
    (node,) = visit.exhibits(1)
    artist = part_of(node, "Artist")
    assert texts(artist, ".caveat") == ["Perhaps none of the 50"]
    first, second = artist.find_elements("css selector", ".bar-label")[:2]
    assert size_of(first) == size_of(second)
    assert not texts(node, ".warnings li")
    assert "among the names it knows" in " ".join(visit.announced())


TAGS = {"sea": 0.97, "10": 0.88, "بحر": 0.61, "<i>hill</i>": 0.3, "trees": 0.2, "rock": 0.01}


def tell_tags(visit: Visit, *labels: str) -> None:
    """Let the answer about the medium be one about tags."""
    scores = {label: TAGS[label] for label in reversed(TAGS)}
    visit.alter_answers(
        "medium", task="tags", kind="many", noun="tag", labels=labels, scores=scores,
        label=labels[0] if labels else None, thresholds=dict.fromkeys(TAGS, 0.5),
    )  # fmt: skip


def test_tags_are_told_and_others_more_quietly(visit: Visit, pictures: Path) -> None:
    tell_tags(visit, "sea", "10", "بحر")
    visit.choose(pictures / "hill.jpg")
    (node,) = visit.exhibits(1)
    tags = part_of(node, "Tags")
    assert texts(tags, ".tag") == ["sea", "10", "بحر"]
    assert texts(tags, ".bar-score") == ["97%", "88%", "61%"]
    assert texts(tags, ".others") == ["Less likely: <i>hill</i> 30%, trees 20%"]
    assert " Tags: sea, 10 and بحر." in visit.announced()[-1]


def test_a_picture_without_a_tag_says_so(visit: Visit, pictures: Path) -> None:
    tell_tags(visit)
    visit.choose(pictures / "hill.jpg")
    (node,) = visit.exhibits(1)
    assert texts(part_of(node, "Tags"), ".caveat") == ["None of the 6"]
    assert " Tags: none." in visit.announced()[-1]


def test_a_model_that_is_not_there_hides_no_other(visit: Visit, pictures: Path) -> None:
    failed = {"task": "artist", "code": "model_failed", "message": "Its files are damaged."}
    loading = {"task": "tags", "code": "model_loading", "message": "It is being loaded."}
    visit.alter_answers("", unanswered=[failed, loading])
    visit.choose(pictures / "hill.jpg")
    (node,) = visit.exhibits(1)
    assert texts(node, ".label") == ["Blue"]
    assert texts(node, ".answer h4")[-2:] == ["Artist", "tags".title()]
    assert texts(node, ".missing") == ["Its files are damaged.", "It is being loaded."]
    assert visit.find("#progress").text == "1 picture"
    visit.alter_answers("", unanswered=[])
    visit.find(".again").click()
    visit.until(lambda: not visit.find_all(".missing, .working"))
    assert not visit.find(".again").is_displayed()


def test_a_picture_without_any_answer_yet_has_its_palette(visit: Visit, pictures: Path) -> None:
    loading = {"task": "color", "code": "model_loading", "message": "It is being loaded."}
    visit.alter_answers("", answers=[], unanswered=[loading])
    visit.choose(pictures / "hill.jpg")
    (node,) = visit.exhibits(1)
    assert texts(node, ".answer h4") == ["Colour"]
    assert texts(node, ".palette code")
    assert not visit.find(".why").is_displayed()
    assert "hill.jpg: no answer yet." in visit.announced()


def test_everything_about_a_picture_is_seen_at_once_on_a_laptop(
    visit: Visit, pictures: Path
) -> None:
    visit.open(1280, 720)
    visit.alter_answers("artist", warnings=[{"code": "none_of_these", "message": ""}])
    tell_tags(visit, "sea", "10", "بحر")
    visit.choose(pictures / "hill.jpg")
    (node,) = visit.exhibits(1)
    visit.wait_for(".view img")
    visit.until(lambda: bool(visit.run("return scrollY > 0")))
    place = visit.run("const { top, bottom } = arguments[0].getBoundingClientRect();"
                      "return [top, bottom]", node)  # fmt: skip
    assert place[0] >= 0
    assert place[1] <= 720


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
    for selector in (".palette-part", ".mat", ".track", "body", ".exhibit"):
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
    scores = list(copied(visit, visit.find(".copy"))["answers"][0]["scores"].values())
    ratios = visit.run(
        "return [...document.querySelectorAll('.main .bar')]"
        ".map((bar) => parseFloat(bar.style.width))"
    )
    assert ratios == pytest.approx([100 * score for score in scores[:3]], abs=0.01)


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


def test_what_is_shown_of_a_photograph_is_small(visit: Visit, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "photo.jpg"), np.full((1500, 3000, 3), 90, np.uint8))
    visit.choose(tmp_path / "photo.jpg")
    visit.exhibits(1)
    image = visit.wait_for(".view img")
    assert image.get_property("naturalWidth") == 800
    assert image.get_property("naturalHeight") == 400


def test_a_whole_fits_its_column(visit: Visit, pictures: Path) -> None:
    visit.alter_answers("", palette=[{"hex": "#39545b", "share": 1.0, "name": "slate"}])
    visit.alter_answers(score=1.0, scores={"BLUE": 1.0})
    visit.choose(pictures / "hill.jpg")
    visit.exhibits(1)
    for selector in (".palette .share", ".main .bar-score"):
        figure = visit.find(selector)
        assert figure.text == "100%"
        assert visit.run("return arguments[0].scrollWidth <= arguments[0].clientWidth + 1", figure)
        ends = "return [0, 1].map((up) => (up ? arguments[0].parentElement : arguments[0])"
        ends += ".getBoundingClientRect().right)"
        own, rows = visit.run(ends, figure)
        assert own <= rows + 0.5


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
    named = f"hill.jpg: {texts(hill, '.label')[0]}, {texts(hill, '.score')[0]}. Artist: Claude "
    heard = visit.announced()
    assert any(line.startswith(named) for line in heard)
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


def test_warnings_are_in_plain_words_and_say_what_they_are_about(
    visit: Visit, pictures: Path
) -> None:
    unusual, few = ({"code": code, "message": code} for code in ("unusual_image", "few_pictures"))
    visit.alter_answers("", warnings=[{"code": "truncated", "message": "It ends too early."}])
    visit.alter_answers("color", label=None, stands_on=None, warnings=[unusual, few])
    visit.alter_answers("medium", warnings=[unusual])
    visit.choose(pictures / "hill.jpg")
    (node,) = visit.exhibits(1)
    assert texts(node, ".label") == ["Undecided"]
    assert texts(node, ".score")[0].startswith("at most ")
    assert not node.find_element("css selector", ".swatch").is_displayed()
    assert texts(node, ".warnings li") == [
        "It ends too early.",
        "Colour and medium: This picture is unlike those that the model has learned from; do not "
        "rely on the answer.",
        "Colour: few_pictures",
    ]
    loud, quiet = visit.find(".truncated"), visit.find(".few_pictures")
    assert loud.value_of_css_property("color") != quiet.value_of_css_property("color")


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
    assert visit.browser.title == "artlens: what does a picture tell?"


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
