"""Whether people can read and use the page: small screens, dark rooms, screen readers."""

import re
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from src.config import PACKAGE_ROOT
from tests.service.page.visit import Visit

SERVICE = PACKAGE_ROOT / "service"
STATIC = SERVICE / "static"
PARTS = sorted([*STATIC.glob("*.*"), *(SERVICE / "templates").iterdir()])
# Of WCAG 2.2, 1.4.3: for text of any size.
ENOUGH_CONTRAST = 4.5

# Each visible text's colour and the first solid ground behind it, as WCAG 2.2 compares them.
CONTRASTS_JS = """
const light = (css) => {
  const [r, g, b] = css.match(/[\\d.]+/g).slice(0, 3).map((part) => {
    const c = part / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const groundOf = (node) => {
  const css = getComputedStyle(node).backgroundColor;
  return css === "rgba(0, 0, 0, 0)" ? groundOf(node.parentElement) : css;
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const found = [];
while (walker.nextNode()) {
  const node = walker.currentNode.parentElement;
  const text = walker.currentNode.textContent.trim();
  if (!text || !node.checkVisibility() || node.closest("button:disabled, noscript")) continue;
  const [a, b] = [light(getComputedStyle(node).color), light(groundOf(node))];
  found.push([text, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)]);
}
return found;
"""


@pytest.fixture
def full(visit: Visit, pictures: Path) -> Visit:
    """The page with answers, a preview that cannot be, a failure, a comparison, and a choice."""
    tags = {"task": "tags", "kind": "many", "labels": ["paint"]}
    visit.alter_answers("medium", **tags)
    visit.choose(*(pictures / name for name in ("hill.jpg", "scan.tiff", "notes.txt")))
    visit.exhibits(3)
    visit.wait_for(".no-preview")
    first, second = visit.find_all(".compare")
    visit.click(first)
    visit.click(second)
    visit.wait_for("#verdict .label")
    visit.click(second)
    return visit


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(full: Visit, scheme: str) -> None:
    full.prefer(scheme)
    contrasts = full.run(CONTRASTS_JS)
    assert len(contrasts) > 80
    assert [pair for pair in contrasts if pair[1] < ENOUGH_CONTRAST] == []


def test_dark_scheme_is_dark_and_keeps_the_grey_around_colours(full: Visit) -> None:
    def ground(selector: str) -> str:
        return full.find(selector).value_of_css_property("background-color")

    light, mat = ground("body"), ground(".mat")
    full.prefer("dark")
    assert ground("body") != light
    assert all(int(part) < 40 for part in re.findall(r"\d+", ground("body"))[:3])
    assert ground(".mat") == mat


def test_nothing_is_wider_than_a_narrow_screen(visit: Visit, pictures: Path) -> None:
    visit.open(360, 740, touch=True)
    endless = "a_name_without_any_place_to_break_" * 4
    scores = {endless: 0.9, f"{endless}2": 0.3}
    visit.alter_answers("medium", kind="many", task=endless, labels=[endless], scores=scores)
    visit.alter_answers("artist", noun=endless, label=endless, scores=scores)
    visit.choose(pictures / "hill.jpg", pictures / "notes.txt")
    visit.exhibits(2)
    visit.drop_zeros(f"{endless}.png")
    visit.exhibits(3)
    assert visit.run("return document.documentElement.scrollWidth") == 360
    wide = (
        "return [...document.querySelectorAll('body *')].filter((node) =>"
        " node.checkVisibility() && node.getBoundingClientRect().right > 360.5)"
    )
    assert visit.run(wide) == []


@pytest.mark.parametrize(("width", "touch"), [(1280, False), (390, True)])
def test_fingers_find_every_button(visit: Visit, pictures: Path, width: int, touch: bool) -> None:
    visit.open(width, 844, touch=touch)
    visit.drop_zeros(*(f"{number}.png" for number in range(33)))
    visit.choose(pictures / "hill.jpg")
    visit.exhibits(33)
    visit.drop_zeros(*(f"{number}.png" for number in range(33)))
    visit.exhibits(65)
    small = visit.run(
        "return [...document.querySelectorAll('button, nav a, summary, #link')]"
        ".filter((node) => node.checkVisibility()).filter((node) => {"
        "  const { width, height } = node.getBoundingClientRect();"
        "  return width < 44 || height < 44; }).map((node) => node.outerHTML)"
    )
    assert small == []
    assert len(visit.find_all("#notices button")) == 1


def test_a_phone_is_not_told_to_drop_anything(visit: Visit) -> None:
    words = "return document.body.innerText"
    assert "Drop pictures" in visit.run(words)
    visit.open(390, 844, touch=True)
    said = visit.run(words)
    assert "Choose pictures" in said
    assert "drop" not in said.lower()


@pytest.mark.parametrize(
    ("shape", "above", "beside"),
    [((100, 300), 0, 1 / 3), ((400, 200), 1 / 4, 0), ((100, 100), 0, 0), ((100, 101), 0, 0)],
)
def test_what_is_cut_off_is_veiled(
    visit: Visit, tmp_path: Path, shape: tuple[int, int], above: float, beside: float
) -> None:
    cv2.imwrite(str(tmp_path / "shape.png"), np.full((*shape, 3), 90, np.uint8))
    visit.choose(tmp_path / "shape.png")
    visit.exhibits(1)
    view = visit.wait_for(".view")
    square = visit.run(
        "const { content, left, top } = getComputedStyle(arguments[0], '::after');"
        "return [content !== 'none', parseFloat(left), parseFloat(top)]",
        view,
    )
    is_cut = bool(above or beside)
    assert square[0] is is_cut
    assert visit.find(".cut-note").is_displayed() is is_cut
    if is_cut:
        width, height = view.rect["width"], view.rect["height"]
        assert square[1:] == pytest.approx([beside * width, above * height], abs=0.5)
        assert width / height == pytest.approx(shape[1] / shape[0], rel=0.01)


def test_looking_does_not_pulse_for_those_who_mind(visit: Visit) -> None:
    pulse = (
        "const line = document.createElement('p'); line.className = 'looking';"
        "document.body.append(line); return getComputedStyle(line).animationName"
    )
    assert visit.run(pulse) == "breathe"
    visit.prefer(motion="reduce")
    assert visit.run(pulse) == "none"


def test_page_is_in_order_for_screen_readers(full: Visit) -> None:
    levels = [int(node.tag_name[1]) for node in full.find_all("h1, h2, h3, h4, h5, h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    shown = [node for node in full.find_all("button, a, input, textarea") if node.is_displayed()]
    assert all(node.accessible_name.strip() for node in shown)
    assert full.run("return [...document.images].every((img) => img.hasAttribute('alt'))")
    ids = full.run("return [...document.querySelectorAll('[id]')].map((node) => node.id)")
    assert len(ids) == len(set(ids))
    assert full.find("html").get_attribute("lang") == "en"


def test_page_says_that_pictures_are_not_kept(visit: Visit) -> None:
    assert "not kept" in visit.find(".promise").text


def test_page_leads_to_the_documents_and_they_back(visit: Visit) -> None:
    visit.click(visit.find("nav a"))
    assert "/v1/predict" in visit.wait_for("main").text
    assert visit.browser.current_url == visit.url + "/docs"
    visit.browser.back()
    visit.wait_for("#choose")


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.name)
def test_nothing_is_inline_or_from_elsewhere(path: Path) -> None:
    text = path.read_text("utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"(https?:)?//[a-z]", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)


def test_samples_are_small() -> None:
    sizes = [path.stat().st_size for path in (STATIC / "samples").glob("*.jpg")]
    assert len(sizes) == 3
    assert max(sizes) < 40_000
