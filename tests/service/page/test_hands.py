"""Two pictures side by side: choosing them, and what is said of them."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from selenium.webdriver.common.keys import Keys

from tests.service.page.detour import Detour, Refusal
from tests.service.page.visit import Visit

NAMES = ("hill.jpg", "figure.jpg")


@pytest.fixture
def two(visit: Visit, pictures: Path) -> Visit:
    """The page with two pictures on the wall."""
    visit.choose(*(pictures / name for name in NAMES))
    visit.exhibits(2)
    return visit


def shown(visit: Visit, selector: str) -> list[str]:
    return [node.text for node in visit.find_all(f"#comparison {selector}")]


def wait_for_verdict(visit: Visit) -> str:
    return visit.wait_for("#verdict .label").text


def compared(visit: Visit, pictures: Path) -> Any:
    """Ask the service itself."""
    files = {field: (pictures / name).read_bytes() for field, name in zip("ab", NAMES, strict=True)}
    return httpx.post(f"{visit.url}/v1/compare", files=files, trust_env=False, timeout=60).json()


def test_two_pictures_are_compared_and_all_is_told(two: Visit, pictures: Path) -> None:
    first, second = two.find_all(".compare")
    assert first.accessible_name == "Compare hill.jpg"
    assert not two.find("#tray").is_displayed()
    two.click(first)
    assert first.get_attribute("aria-pressed") == "true"
    assert two.find("#chosen").text == "hill.jpg"
    two.click(second)
    said = {"same": "The same hand", "different": "Different hands", "unsure": "Cannot say"}
    told = compared(two, pictures)
    assert wait_for_verdict(two) == said[told["verdict"]]
    assert not two.find("#tray").is_displayed()
    assert first.get_attribute("aria-pressed") == "false"
    assert shown(two, "figcaption") == list(NAMES)
    assert shown(two, ".score") == [f"{told['same']:.0%} probable that one artist made both"]
    (reason,) = shown(two, ".reason")
    assert reason.lower() == told["reasons"][0].lower() + "."
    artists = [name.lower().replace(" ", "-") for name in shown(two, ".bar-label")]
    assert artists == [each["name"] for hand in told["hands"] for each in hand["artists"]]
    assert len(shown(two, ".works li")) == 4
    two.until(lambda: all(img.is_displayed() for img in two.find_all("#comparison img")))
    assert two.announced()[-1].startswith(
        f"hill.jpg and figure.jpg: {said[told['verdict']].lower()}"
    )
    two.click(two.find("#verdict .copy"))
    two.wait_for("#verdict .copy", "Copied")
    copied = two.clipboard()
    assert (copied["a"], copied["b"], copied["same"]) == (*NAMES, told["same"])


def test_two_pictures_are_compared_by_keyboard(two: Visit) -> None:
    two.tab_to(".compare")
    two.press(Keys.ENTER)
    assert "Choose a second picture" in two.announced()[-1]
    two.press(Keys.ESCAPE)
    assert not two.find("#tray").is_displayed()
    assert two.focus.accessible_name == "Compare hill.jpg"
    two.press(Keys.SPACE)
    two.tab_to(".compare")
    two.press(Keys.SPACE)
    wait_for_verdict(two)
    assert two.focus.text == "Same hand?"
    two.tab_to("#end-comparison")
    two.press(Keys.ENTER)
    assert not two.find("#comparison").is_displayed()
    assert two.focus.accessible_name == "Compare hill.jpg"


def test_a_choice_is_taken_back(two: Visit) -> None:
    first, second = two.find_all(".compare")
    two.click(first)
    two.click(first)
    assert not two.find("#tray").is_displayed()
    two.click(second)
    two.click(two.find("#cancel"))
    assert not two.find("#tray").is_displayed()
    assert two.focus == second
    assert not two.find("#comparison").is_displayed()


def test_the_second_picture_is_dropped_or_chosen_there(visit: Visit, pictures: Path) -> None:
    visit.choose(pictures / "hill.jpg")
    visit.exhibits(1)
    visit.click(visit.find(".compare"))
    visit.run("document.querySelector('#choose-second').focus()")
    visit.drop(pictures / "figure.jpg")
    wait_for_verdict(visit)
    assert shown(visit, "figcaption") == list(NAMES)
    visit.click(visit.find("[aria-label='Compare figure.jpg']"))
    visit.find("#second").send_keys(str(pictures / "flowers.jpg"))
    visit.until(lambda: shown(visit, "figcaption") == ["figure.jpg", "flowers.jpg"])
    wait_for_verdict(visit)
    visit.exhibits(3)


def test_two_on_the_wall_are_compared_at_once(two: Visit, pictures: Path) -> None:
    two.click(two.find("#compare-both"))
    wait_for_verdict(two)
    assert shown(two, "figcaption") == list(NAMES)
    two.choose(pictures / "flowers.jpg")
    two.exhibits(3)
    assert not two.find("#compare-both").is_displayed()


@pytest.mark.parametrize(
    ("changes", "label", "score"),
    [
        ({"one_work": True, "same": 1.0, "verdict": "same"}, "One work", ""),
        ({"same": None, "verdict": "unsure"}, "Cannot say", ""),
        (
            {"same": 0.5, "verdict": "unsure"},
            "Cannot say",
            "50% probable that one artist made both",
        ),
    ],
)
def test_what_is_no_plain_verdict(
    two: Visit, changes: dict[str, Any], label: str, score: str
) -> None:
    warning = {"picture": "b", "code": "truncated", "message": "It ends too early."}
    hands = [{"artists": [{"name": "<b>x", "probability": 1}], "none_of_these": 0.8, "known": []}]
    two.alter_comparisons(**changes, warnings=[warning], hands=hands * 2, reasons=["<i>so"])
    two.click(two.find("#compare-both"))
    assert wait_for_verdict(two) == label
    assert shown(two, ".reason") == ["<i>so."]
    assert two.find("#comparison .score").text == score
    assert shown(two, ".warnings li") == ["figure.jpg: It ends too early."]
    assert shown(two, ".caveat") == ["Perhaps none that it knows"] * 2
    assert shown(two, ".bar-label") == ["<b>x"] * 2


def test_what_no_browser_shows_is_compared_all_the_same(visit: Visit, pictures: Path) -> None:
    visit.choose(pictures / "hill.jpg", pictures / "scan.tiff")
    visit.exhibits(2)
    visit.click(visit.find("#compare-both"))
    wait_for_verdict(visit)
    hill, scan = visit.find_all(".side")
    visit.until(lambda: scan.text == "No preview\nscan.tiff")
    visit.until(lambda: hill.find_element("css selector", "img").is_displayed())
    assert hill.text == "hill.jpg"
    assert not scan.find_element("css selector", "img").is_displayed()


def test_a_comparison_that_is_refused_can_be_tried_again(two: Visit, detour: Detour) -> None:
    detour.refuse(Refusal(503, "busy"))
    two.click(two.find("#compare-both"))
    assert "busy with other pictures" in two.wait_for("#verdict .problem").text
    detour.refuse(None)
    two.click(two.find("#verdict .retry"))
    wait_for_verdict(two)


def test_a_comparison_ends_with_its_pictures(two: Visit) -> None:
    two.click(two.find("#compare-both"))
    wait_for_verdict(two)
    two.click(two.find_all(".exhibit .compare")[0])
    two.click(two.find_all(".exhibit .remove")[0])
    assert not two.find("#comparison").is_displayed()
    assert not two.find("#tray").is_displayed()
    assert two.focus.accessible_name == "Remove figure.jpg"


def test_a_comparison_fits_a_phone_and_the_tray_its_foot(visit: Visit, pictures: Path) -> None:
    visit.open(390, 844, touch=True)
    visit.choose(*(pictures / name for name in NAMES))
    visit.exhibits(2)
    visit.click(visit.find(".compare"))
    foot = visit.find("#tray").rect
    seen = visit.run("return innerHeight + scrollY")
    assert foot["y"] + foot["height"] <= seen + 1
    visit.click(visit.find("#cancel"))
    visit.click(visit.find("#compare-both"))
    wait_for_verdict(visit)
    assert visit.run("return document.documentElement.scrollWidth") == 390
    one, other = (side.rect for side in visit.find_all(".side"))
    assert one["y"] == other["y"]
