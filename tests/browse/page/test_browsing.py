"""The site as people use it: in a real browser, from the disk."""

import csv
import re
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
from selenium.webdriver.common.keys import Keys

from src.config import PACKAGE_ROOT, Settings
from src.models.artifact import load_model_folder
from src.models.train_model import train_model
from src.models.training.plan import Preset
from src.tasks.color import COLORS
from tests.browse.page.conftest import COPIED, HOSTILE, LINK, WRITTEN, hostile_works
from tests.browse.page.site_visit import SiteVisit
from tests.data.labelled_pictures import labels, lay_out
from tests.service.page.test_looks import CONTRASTS_JS, ENOUGH_CONTRAST

PARTS = sorted(path for path in (PACKAGE_ROOT / "browse").glob("*/*") if path.suffix != ".pyc")
WORKS = hostile_works()


def having(*, color: str, medium: str = "") -> list[str]:
    """Return the names of the pictures of which this is said."""
    return [
        work.thumb for work in WORKS if work.look.color == color and medium in ("", work.medium)
    ]


def test_wall_shows_all_and_the_colours_with_their_counts(visit: SiteVisit) -> None:
    assert visit.count() == len(WORKS)
    assert len(visit.find_all("#wall a img[src]")) == len(WORKS)
    rows = visit.run(
        "return [...document.querySelectorAll('#colours label')].map((label) =>"
        " [label.querySelector('.value').textContent, label.querySelector('.count').textContent])"
    )
    counts = {name.title(): len(having(color=name)) for name in COLORS}
    assert rows == [[name, str(count)] for name, count in counts.items() if count]


def test_choice_stands_in_the_address_and_back_takes_it_back(visit: SiteVisit) -> None:
    visit.tick("Red")
    visit.tick("Blue")
    colored = len(having(color="RED")) + len(having(color="BLUE"))
    visit.until(lambda: visit.count() == colored)
    visit.tick("paint")
    both = [*having(color="RED", medium="paint"), *having(color="BLUE", medium="paint")]
    visit.until(lambda: visit.count() == len(both))
    assert visit.hash() == "#color=RED,BLUE&medium=paint"
    visit.browser.back()
    visit.until(lambda: visit.count() == colored)
    assert visit.hash() == "#color=RED,BLUE"
    visit.browser.back()
    visit.browser.back()
    visit.until(lambda: visit.count() == len(WORKS))
    visit.open(hash_="#color=RED,BLUE&medium=paint")
    visit.until(lambda: visit.count() == len(both))
    assert [chip.text.split("\n")[-1] for chip in visit.find_all("#chosen bdi")] == [
        "Red",
        "Blue",
        "paint",
    ]
    visit.find_all("#chosen button")[-1].click()
    visit.until(lambda: visit.count() == len(WORKS))


def find_words(visit: SiteVisit, text: str, expected: list[int]) -> None:
    """Type what is looked for instead of what was; pictures at these places are left."""
    field = visit.find("#find")
    field.clear()
    field.send_keys(text)
    thumbs = {WORKS[place].thumb for place in expected}
    link = "return [...document.querySelectorAll('#wall a')].map((tile) => tile.hash)"

    def are_left() -> bool:
        return {hash_.rpartition("picture=")[2] for hash_ in visit.run(link)} == thumbs

    visit.until(are_left)


def test_words_are_found_however_they_are_typed(visit: SiteVisit) -> None:
    for place, (_, typed) in WRITTEN.items():
        # The name of a work is Arabic, too.
        others = [place for place, name in enumerate(HOSTILE) if typed in name]
        find_words(visit, typed, [*others, place])
    find_words(visit, "<script>", [0])
    find_words(
        visit, "ROAD boat", [k for k, work in enumerate(WORKS) if {"road", "boat"} <= {*work.tags}]
    )
    find_words(visit, "no such words", [])
    assert visit.find("#none").is_displayed()


def test_what_is_typed_joins_the_rest_of_the_choice_and_is_one_step_back(
    visit: SiteVisit,
) -> None:
    artist, color = WORKS[30].table["artist"], WORKS[30].look.color
    visit.tick(color.title())
    visit.until(lambda: visit.count() == len(having(color=color)))
    both = [
        k
        for k, work in enumerate(WORKS)
        if (work.look.color, work.table["artist"]) == (color, artist)
    ]
    find_words(visit, f"{artist.upper()} ", both)
    assert visit.count() == len(both) < len(having(color=color))
    assert visit.hash() == f"#color={color}&find={quote(artist.upper())}"
    visit.press(Keys.ENTER)
    assert visit.focused("node.id") == "status"
    visit.browser.back()
    visit.until(lambda: visit.count() == len(having(color=color)))
    assert visit.find("#find").get_attribute("value") == ""
    visit.open(hash_=f"#find={quote(artist)}")
    visit.until(lambda: len(visit.find_all("#chosen button")) == 1)
    assert visit.find("#find").get_attribute("value") == artist
    visit.find("#chosen button").click()
    visit.until(lambda: visit.count() == len(WORKS))


def test_any_value_can_stand_in_an_address(visit: SiteVisit) -> None:
    values = [*HOSTILE, "1900..1950", "..", "100%", "#&=+", "view"]
    there_and_back = (
        "const chosen = new Map([['view_', { values: arguments[0] }]]);"
        "const asked = { chosen, near: null, view: 'wall', picture: null };"
        "history.replaceState(null, '', address.write(asked));"
        "return address.read(location.hash).chosen.get('view_').values"
    )
    assert visit.run(there_and_back, values) == values


def test_years_and_tags_narrow(visit: SiteVisit) -> None:
    visit.open(hash_="#tags=road,boat&year=1500..1800")
    found = [
        work
        for work in WORKS
        if {"road", "boat"} <= set(work.tags) and 1500 <= int(work.table["year"] or 0) <= 1800
    ]
    visit.until(lambda: "of" in visit.find("#status").text)
    assert visit.count() == len(found)


def test_picture_opens_and_closes_by_keyboard(visit: SiteVisit) -> None:
    visit.run("document.querySelector('#wall a[tabindex=\"0\"]').focus()")
    visit.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_DOWN, Keys.ARROW_UP, Keys.ARROW_LEFT)
    place = visit.focused("node.dataset.place")
    visit.press(Keys.HOME, Keys.ARROW_RIGHT, Keys.ENTER)
    visit.wait_for("#detail[open] .palette")
    assert place == "1"
    assert visit.hash() == f"#picture={WORKS[1].thumb}"
    assert visit.find("#detail-title").text == WORKS[1].table["title"]
    visit.press(Keys.ARROW_RIGHT)
    visit.until(lambda: visit.hash() == f"#picture={WORKS[2].thumb}")
    visit.press(Keys.ESCAPE)
    visit.until(lambda: not visit.find_all("#detail[open]"))
    assert visit.hash() == ""
    visit.until(lambda: visit.focused("node.dataset.place") == "2")


def test_a_colour_of_a_palette_leads_to_pictures_that_have_it(visit: SiteVisit) -> None:
    visit.open(hash_=f"#picture={WORKS[12].thumb}")
    visit.wait_for("#detail[open] .palette a").click()
    visit.until(lambda: "#near=" in visit.hash())
    visit.until(lambda: "most of it first" in visit.find("#status").text)
    assert 0 < visit.count() < len(WORKS)
    shares = [
        int(found[1])
        for image in visit.find_all("#wall img")
        if (found := re.search(r"(\d+)% of this colour", str(image.get_attribute("alt"))))
    ]
    assert len(shares) == visit.count()
    assert shares == sorted(shares, reverse=True)


def correct(visit: SiteVisit, place: int, right: str) -> None:
    """Say that a picture is of another colour."""
    visit.ask(f"#picture={WORKS[place].thumb}")
    visit.until(lambda: visit.title() == WORKS[place].table["title"])
    visit.correct(right)


def test_a_correction_counts_at_once_lasts_and_can_be_taken_back(visit: SiteVisit) -> None:
    said = WORKS[20].look.color
    right = "PINK" if said != "PINK" else "TEAL"
    before = len(having(color=right))
    visit.ask(f"#picture={WORKS[20].thumb}")
    visit.wait_for("#detail[open] .correction summary", "Wrong?").click()
    visit.find("#detail .correction select").click()
    correct(visit, 20, right)
    assert visit.focused("node.localName") == "select"
    visit.open(hash_=f"#color={right}")
    visit.until(lambda: visit.count() == before + 1)
    assert visit.find("#corrections").is_displayed()
    visit.ask(f"#color={right}&picture={WORKS[20].thumb}")
    visit.wait_for("#detail[open] .correction summary", "Corrected by you").click()
    visit.find("#detail .correction button").click()
    visit.until(lambda: visit.find("#detail .answer .label").text == said.title())
    assert visit.count() == before
    assert not visit.find("#corrections").is_displayed()


def test_corrections_are_taken_away_and_trained_on(
    visit: SiteVisit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Names that tables have a use for themselves, and enough others to learn from.
    corrected = {place: ("PINK", "TEAL")[place % 2] for place in (1, 6, *range(20, 34))}
    for place, right in corrected.items():
        correct(visit, place, right)
    visit.press(Keys.ESCAPE)
    names = {WORKS[place].name: right for place, right in corrected.items()}
    pictures = lay_out(tmp_path / "pictures", *names)
    visit.command("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(pictures))
    visit.run("document.querySelector('#save-corrections button').click()")
    table = pictures / "corrections-color.csv"
    visit.until(lambda: table.exists() and table.stat().st_size > 0)
    monkeypatch.setattr("src.config.settings", lambda: Settings(data_dir=tmp_path / "data"))
    train_model(
        table, task="color", out=tmp_path / "model", search=Preset.SMOKE, families="svm", jobs=1
    )
    assert labels(tmp_path / "data" / "raw", "color") == names
    metadata = load_model_folder(tmp_path / "model").metadata
    assert metadata.classes == ("TEAL", "PINK")
    assert metadata.training_rows + metadata.holdout.rows == len(names)


def test_tags_are_corrected_one_by_one(visit: SiteVisit) -> None:
    place, work = next(
        (k, work)
        for k, work in enumerate(WORKS)
        if k >= len(HOSTILE) and len(work.tags) == 2 and "road" not in work.tags
    )

    def is_focused(tag: str) -> bool:
        return visit.focused("node.name") == tag

    visit.ask(f"#picture={work.thumb}")
    visit.wait_for("#detail[open] .palette")
    visit.find_all("#detail .correction summary")[2].click()

    def change(*tags: str) -> str:
        """Change some of its tags; return what is saved."""
        for tag in tags:
            visit.find(f"#detail .tag-boxes input[name={tag}]").click()
            visit.until(partial(is_focused, tag))
        rows = csv.reader(str(visit.run("return corrections.toCsv('tags')")).splitlines())
        head, (name, said) = rows
        assert (head, name) == (["filename", "tags"], work.name)
        return said

    assert change(*work.tags) == "|"  # which has none of all tags
    assert {*change(work.tags[1], "road").split("|")} == {work.tags[1], "road"}
    visit.open(hash_=f"#tags={work.tags[1]},road")
    found = [k for k, other in enumerate(WORKS) if {work.tags[1], "road"} <= {*other.tags}]
    visit.until(lambda: visit.count() == len({*found, place}))


def test_names_are_shown_as_they_are_and_do_nothing(visit: SiteVisit) -> None:
    def shows(name: str) -> bool:
        return visit.title() == name

    for place, name in enumerate(HOSTILE):
        visit.ask(f"#picture={WORKS[place].thumb}")
        visit.until(partial(shows, name))
        box = "document.querySelector('#detail')"
        assert visit.run(f"return {box}.scrollWidth <= {box}.clientWidth")
    assert visit.find_all("a[href^='javascript']") == []
    assert visit.find_all("main script, dialog script, dialog b") == []
    visit.press(Keys.ESCAPE)
    visit.until(lambda: not visit.find_all("#detail[open]"))
    assert visit.browser.title == 'Ours & <script>"theirs"</script>'
    visit.ask("#artist=" + quote(HOSTILE[2], safe=""))
    visit.until(lambda: visit.count() == 1)


def test_copies_are_folded_into_one(visit: SiteVisit) -> None:
    visit.open(hash_=f"#picture={WORKS[COPIED].thumb}")
    assert HOSTILE[0] in visit.wait_for("#detail .copies").text
    assert visit.find("#detail .caption a").get_attribute("href") == LINK


def test_back_leads_to_where_the_visitor_was(visit: SiteVisit) -> None:
    visit.open(390, 600)
    visit.run("scrollTo(0, 500)")
    visit.tick("Red")
    visit.until(lambda: visit.count() == len(having(color="RED")))
    assert visit.run("return scrollY") < 500
    visit.browser.back()
    visit.until(lambda: visit.count() == len(WORKS))
    assert visit.run("return scrollY") == 500


def test_map_is_steered_by_keys(visit: SiteVisit) -> None:
    visit.find("#to-map").click()
    canvas = visit.wait_for("#map canvas")
    visit.run("arguments[0].focus()", canvas)
    visit.press("+", "+", Keys.ARROW_LEFT)
    visit.until(lambda: "In the middle:" in str(visit.run("return announcer.textContent")))
    visit.press(Keys.ENTER)
    visit.wait_for("#detail[open] .palette")
    assert "view=map" in visit.hash()


def test_a_span_of_years_leads_to_its_pictures(visit: SiteVisit) -> None:
    visit.find("#to-years").click()
    bar = visit.wait_for("#years a.span")
    count = int(re.findall(r": (\d+) picture", str(bar.get_attribute("title")))[0])
    bar.click()
    visit.until(lambda: "year=" in visit.hash() and "view" not in visit.hash())
    visit.until(lambda: visit.count() == count)


@pytest.mark.parametrize("hash_", ["#color=RED,BLUE", f"#picture={WORKS[COPIED].thumb}"])
def test_every_text_stands_out_from_its_ground(visit: SiteVisit, hash_: str) -> None:
    visit.ask(hash_)
    visit.wait_for("#chosen button" if "color" in hash_ else "#detail .palette")
    grounds = set()
    for scheme in ("light", "dark"):
        visit.prefer(scheme)
        grounds.add(visit.find("body").value_of_css_property("background-color"))
        contrasts = visit.run(CONTRASTS_JS)
        assert len(contrasts) > 30
        assert [pair for pair in contrasts if pair[1] < ENOUGH_CONTRAST] == []
    assert len(grounds) == 2


def test_nothing_is_wider_than_a_phone_and_fingers_find_all(visit: SiteVisit) -> None:
    visit.open(390, 844, touch=True)
    views = {"#": "#wall", "#view=map": "#map", "#view=years": "#years"}
    for hash_, selector in (views | {f"#picture={WORKS[4].thumb}": "#detail .palette"}).items():
        visit.ask(hash_)
        visit.wait_for(selector)
        visit.run("document.querySelector('#more').open = true")
        assert visit.run("return document.documentElement.scrollWidth") == 390
        small = visit.run(
            "const touched = 'button, summary, #views a, #choice label, select';"
            "const nodes = [...document.querySelectorAll(touched)];"
            "return nodes.filter((node) => node.checkVisibility()).filter((node) => {"
            "  const { width, height } = node.getBoundingClientRect();"
            "  return width < 43.5 || height < 43.5; }).map((node) => node.outerHTML)"
        )
        assert small == []


def nameless(visit: SiteVisit, within: str) -> list[str | None]:
    """Return what can be used within a part of the page, and says nothing of itself."""
    kinds = ("button", "a", "input", "select", "canvas")
    used = visit.find_all(", ".join(f"{within} {kind}" for kind in kinds))
    shown = [node for node in used if node.is_displayed()]
    assert shown
    return [node.get_attribute("outerHTML") for node in shown if not node.accessible_name.strip()]


def test_page_is_in_order_for_screen_readers(visit: SiteVisit) -> None:
    assert nameless(visit, "body") == []
    visit.open(hash_=f"#picture={WORKS[COPIED].thumb}")
    visit.wait_for("#detail .palette")
    assert nameless(visit, "#detail") == []
    assert visit.run("return [...document.images].every((img) => img.hasAttribute('alt'))")
    ids = visit.run("return [...document.querySelectorAll('[id]')].map((node) => node.id)")
    assert len(ids) == len(set(ids))
    assert visit.focused("Boolean(node.closest('#detail'))")
    visit.press(Keys.ESCAPE)
    visit.tick("Red")
    visit.until(lambda: visit.count() == len(having(color="RED")))
    assert visit.find("#status").aria_role == "status"


def test_plain_pages_show_pictures_without_scripts(visit: SiteVisit) -> None:
    visit.command("Emulation.setScriptExecutionDisabled", value=True)
    try:
        visit.browser.get(f"{visit.url}/index.html")
        assert not any(node.is_displayed() for node in visit.find_all("#choice, #views, #shown"))
        visit.find(".plain-links a").click()
        visit.wait_for(".plain-wall img")
        assert len(visit.find_all(".plain-wall img")) == len(WORKS)
    finally:
        visit.command("Emulation.setScriptExecutionDisabled", value=False)


@pytest.mark.parametrize(
    ("name", "selector"), [("details-0", "#detail .problem"), ("site", "#fault")]
)
def test_a_missing_file_of_data_is_told(
    visit: SiteVisit, site: Path, name: str, selector: str
) -> None:
    part = site / "data" / f"{name}.js"
    moved = part.rename(site / "moved.js")
    try:
        visit.browser.get("about:blank")
        visit.browser.get(f"{visit.url}/index.html#picture={WORKS[3].thumb}")
        assert f"data/{name}.js is missing" in visit.wait_for(selector).text
    finally:
        moved.rename(part)


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.name)
def test_nothing_is_inline_or_from_elsewhere(path: Path) -> None:
    text = path.read_text("utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"(https?:)?//[a-z]", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)
