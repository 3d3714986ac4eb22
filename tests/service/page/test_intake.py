"""The ways in which pictures come to the page."""

from pathlib import Path

from selenium.webdriver.common.keys import Keys

from tests.service.page.visit import Visit


def filenames(visit: Visit, count: int) -> list[str]:
    return [node.find_element("css selector", ".filename").text for node in visit.exhibits(count)]


def test_chosen_picture_is_looked_at(visit: Visit, pictures: Path) -> None:
    visit.choose(pictures / "painting.png")
    assert filenames(visit, 1) == ["painting.png"]
    assert visit.find(".label").text


def test_same_picture_can_be_chosen_again(visit: Visit, pictures: Path) -> None:
    visit.choose(pictures / "hill.jpg")
    visit.exhibits(1)
    visit.choose(pictures / "hill.jpg")
    assert filenames(visit, 2) == ["hill.jpg", "hill.jpg"]


def test_button_opens_the_dialogue_for_several_files(visit: Visit) -> None:
    visit.run("document.querySelector('#files').click = () => document.body.dataset.opened = 1")
    visit.find("#choose").click()
    assert visit.run("return document.body.dataset.opened") == "1"
    assert visit.find("#files").get_attribute("multiple")


def test_phone_is_offered_its_camera_and_a_desk_is_not(visit: Visit, pictures: Path) -> None:
    assert not visit.find("#photograph").is_displayed()
    visit.open(360, 740, touch=True)
    assert visit.find("#photograph").is_displayed()
    camera = visit.find("#camera")
    assert camera.get_attribute("capture") == "environment"
    camera.send_keys(str(pictures / "hill.jpg"))
    assert filenames(visit, 1) == ["hill.jpg"]


def test_dropped_pictures_are_looked_at_newest_drop_first(visit: Visit, pictures: Path) -> None:
    visit.drop(pictures / "hill.jpg")
    visit.exhibits(1)
    visit.drop(pictures / "figure.jpg", pictures / "flowers.jpg")
    assert filenames(visit, 3) == ["figure.jpg", "flowers.jpg", "hill.jpg"]


def test_page_shows_that_a_picture_may_be_dropped(visit: Visit, pictures: Path) -> None:
    assert not visit.find(".curtain").is_displayed()
    visit.hover_with(pictures / "hill.jpg")
    assert visit.find(".curtain").is_displayed()
    visit.drop(pictures / "hill.jpg")
    assert not visit.find(".curtain").is_displayed()
    visit.exhibits(1)


def test_pasted_picture_is_looked_at(visit: Visit, pictures: Path) -> None:
    visit.paste(pictures / "flowers.jpg")
    assert filenames(visit, 1) == ["flowers.jpg"]


def test_what_holds_no_picture_is_answered_in_words(visit: Visit) -> None:
    visit.paste(text="just words")
    assert "clipboard holds neither a picture nor a link" in visit.wait_for("#notices li").text
    visit.drop(text="see https://museum.example/a.jpg")
    (notice,) = visit.find_all("#notices li")
    assert notice.text == "That was neither a picture nor a link to one."
    assert len(visit.announced()) == 2


def test_a_notice_does_not_outlive_the_next_pictures(visit: Visit, pictures: Path) -> None:
    for bring in (visit.drop, visit.choose):
        visit.drop(text="just words")
        assert len(visit.find_all("#notices li")) == 1
        bring(pictures / "hill.jpg")
        visit.wait_for(".label")
        assert not visit.find_all("#notices li")
    visit.drop(text="just words")
    visit.find("[data-sample]").click()
    visit.exhibits(3)
    assert not visit.find_all("#notices li")


def test_each_sample_is_looked_at(visit: Visit) -> None:
    for count, button in enumerate(visit.find_all("[data-sample]"), start=1):
        button.click()
        visit.exhibits(count)
    assert filenames(visit, 3) == ["flowers.jpg", "figure.jpg", "hill.jpg"]
    assert len(visit.find_all(".label")) == 3


def test_keyboard_alone_goes_from_sample_to_copy(visit: Visit) -> None:
    visit.tab_to("[data-sample]")
    visit.press(Keys.ENTER)
    visit.exhibits(1)
    visit.tab_to(".copy")
    visit.press(Keys.SPACE)
    visit.wait_for(".copy", "Copied")
    assert visit.clipboard()["filename"] == "hill.jpg"


def test_more_than_the_limit_waits_for_a_word(visit: Visit) -> None:
    limit = visit.facts("/v1/model")["limits"]["files"]
    visit.drop_zeros(*(f"{number}.png" for number in range(2 * limit + 1)))
    visit.exhibits(limit)
    notice = visit.find("#notices li")
    left = limit + 1
    said = f"{limit + left} pictures, and {limit} are taken at once. {left} are left."
    assert said in notice.text
    offers = notice.find_elements("css selector", "button")
    assert [offer.text for offer in offers] == [f"Take the next {limit}", f"Take all {left}"]
    visit.click(offers[1])
    visit.exhibits(limit + left)
    assert not visit.find_all("#notices li")


def test_of_the_rest_the_next_are_taken(visit: Visit) -> None:
    limit = visit.facts("/v1/model")["limits"]["files"]
    visit.drop_zeros(*(f"{number}.png" for number in range(limit + 2)))
    visit.exhibits(limit)
    (offer,) = visit.find_all("#notices button")
    assert offer.text == "Take the next 2"
    visit.click(offer)
    visit.exhibits(limit + 2)
    assert not visit.find_all("#notices li")


def test_results_can_be_cleared(visit: Visit, pictures: Path) -> None:
    visit.choose(pictures / "hill.jpg")
    visit.exhibits(1)
    visit.find("#clear").click()
    assert not visit.find("#results").is_displayed()
    assert visit.exhibits(0) == []
    assert visit.browser.switch_to.active_element.get_attribute("id") == "choose"
