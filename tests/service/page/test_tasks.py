"""The page of models for other tasks: few classes and many, labels of all kinds."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.common.keys import Keys

from src.models.artifact import LoadedModel
from src.models.predict_model import Classifier, load_model
from tests.models.tag_models import MOTIF, TAGS, fit_tag_model
from tests.service.apps import encoded, named_model, running, wait_for
from tests.service.page.visit import Visit

NARROW = 360
LONG = "oil on canvas, with what people type when nobody stops them_and_no_place_to_break" * 2
ODD = ("10", "لوحة زيتية على ورق قديم", LONG)
PICTURE = "flowers.jpg"

Open = Callable[..., Visit]


@pytest.fixture
def visit_to(browser: webdriver.Chrome) -> Iterator[Open]:
    """Opens the page of a model that has these classes."""
    with ExitStack() as services:

        def visit_page(
            *classes: str, width: int = 1280, model: Classifier | None = None, more: str = ""
        ) -> Visit:
            model = model or named_model("material", classes)
            tasks = [model.task.name, *more.split()]
            service = services.enter_context(running(model, tasks=tasks))
            wait_for(
                lambda: all(place.status != "loading" for place in service.state.models.places)
            )
            visit = Visit(browser, str(service.client.base_url).rstrip("/"))
            visit.open(width, touch=width == NARROW)
            return visit

        yield visit_page


def shown(visit: Visit, selector: str) -> list[str]:
    return [node.text for node in visit.find_all(selector)]


def test_the_page_asks_for_the_models_own_task(visit_to: Open, pictures: Path) -> None:
    visit = visit_to("paper", "USA Today")
    assert visit.browser.title == "artlens: which material is it?"
    assert visit.find("h1").text.split() == ["Which", "material", "is", "it?"]
    assert "names its material" in visit.find(".invitation").text
    assert not visit.find_all("[data-sample]")
    assert shown(visit, "#names li") == ["paper", "USA Today"]
    visit.choose(pictures / PICTURE)
    visit.exhibits(1)
    assert sorted(shown(visit, ".bar-label")) == ["USA Today", "paper"]
    assert shown(visit, ".label")[0] in ("paper", "USA Today")
    assert not visit.find(".verdict .swatch").is_displayed()
    assert not visit.find(".compare").is_displayed()
    assert visit.complaints() == visit.strangers() == []


def test_alone_an_answer_tells_its_warnings_on_top(visit_to: Open, pictures: Path) -> None:
    visit = visit_to("paper", "stone", "wood")
    codes = ("abstained", "unusual_image", "none_of_these", "few_pictures")
    warnings = [{"code": code, "message": "As it came."} for code in codes]
    visit.alter_answers("material", label=None, score=0.16, warnings=warnings)
    visit.choose(pictures / PICTURE)
    visit.exhibits(1)
    assert shown(visit, ".label") == ["Undecided"]
    assert shown(visit, ".score") == ["at most 16% probable among the names it knows"]
    assert shown(visit, ".warnings li") == [
        "No answer stands out clearly enough to be given.",
        "This picture is unlike those that the model has learned from; do not rely on the answer.",
        "It may be none of the 3 that the model knows; this is the nearest of them.",
        "As it came.",
    ]
    assert not visit.find_all(".caveat")


def test_a_model_of_tags_says_all_that_it_sees(visit_to: Open, tmp_path: Path) -> None:
    fitted = fit_tag_model()
    learned = replace(fitted.metadata, task=MOTIF.learned(TAGS))
    visit = visit_to(model=Classifier(LoadedModel(fitted.estimator, learned, "0" * 64)))
    assert visit.find("h1").text == "Which motif does it have?"
    (tmp_path / "red.jpg").write_bytes(encoded("RED", side=60))
    visit.choose(tmp_path / "red.jpg")
    visit.exhibits(1)
    assert shown(visit, ".answer h4") == ["Motif"]
    assert sorted(shown(visit, ".tag")) == ["rose", "warm"]
    assert not visit.find(".verdict").is_displayed()
    assert not visit.find(".why").is_displayed()
    visit.find(".copy").click()
    visit.wait_for(".copy", "Copied")
    (answer,) = visit.clipboard()["answers"]
    assert shown(visit, ".tag") == answer["labels"]
    percents = [f"{answer['scores'][tag]:.0%}" for tag in answer["labels"]]
    assert shown(visit, ".tags .bar-score") == percents


def test_a_model_that_is_missing_hides_no_other(visit_to: Open, pictures: Path) -> None:
    visit = visit_to("paper", "stone", more="mood same_artist_of_nobody")
    assert visit.find("h1").text.split() == ["Which", "material", "is", "it?"]
    visit.choose(pictures / PICTURE)
    visit.exhibits(1)
    assert shown(visit, ".label")[0] in ("paper", "stone")
    assert shown(visit, ".answer h4") == ["Material", "Mood", "Same artist of nobody"]
    missing = "No such model is there, or the network that it needs is missing."
    assert shown(visit, ".missing") == [missing] * 2
    assert not visit.find(".again").is_displayed()


def test_a_network_sees_the_whole_picture(browser: webdriver.Chrome, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "wide.png"), np.full((60, 200, 3), 90, np.uint8))
    with running(load_model("medium")) as service:
        visit = Visit(browser, str(service.client.base_url).rstrip("/"))
        visit.open(1280)
        visit.choose(tmp_path / "wide.png")
        visit.exhibits(1)
        assert "The whole picture counts" in visit.find(".colophon").text
        assert not visit.find(".cut-note").is_displayed()


def test_labels_stand_as_they_are_whatever_they_are(visit_to: Open, pictures: Path) -> None:
    visit = visit_to(*ODD, width=NARROW)
    visit.choose(pictures / PICTURE)
    visit.exhibits(1)
    assert sorted(shown(visit, ".bar-label")) == sorted(ODD)
    assert visit.run("return document.documentElement.scrollWidth") == NARROW
    right_to_left = visit.run(
        "return [...document.querySelectorAll('#names span')].map((node) =>"
        " getComputedStyle(node).direction)"
    )
    assert right_to_left == ["ltr", "rtl", "ltr"]


def test_numbers_as_labels_are_ranked_by_their_scores(visit_to: Open, pictures: Path) -> None:
    visit = visit_to("1", "2", "3")
    for number, name in enumerate((PICTURE, "figure.jpg", "hill.jpg"), start=1):
        visit.choose(pictures / name)
        visit.exhibits(number)
        widths = visit.run(
            "return [...document.querySelector('.bars').querySelectorAll('.bar')]"
            ".map((bar) => parseFloat(bar.style.width))"
        )
        assert widths == sorted(widths, reverse=True)
        assert shown(visit, ".bar-label")[0] == shown(visit, ".label")[0]


def test_hundreds_of_classes_leave_room_for_the_page(visit_to: Open, pictures: Path) -> None:
    visit = visit_to(*(f"class {number}" for number in range(300)), width=NARROW)
    assert not visit.find("#names").is_displayed()
    visit.find("summary").send_keys(Keys.ENTER)
    assert len(shown(visit, "#names li")) == 300
    assert visit.find("#names").rect["height"] <= 320
    visit.choose(pictures / PICTURE)
    visit.exhibits(1)
    assert len(shown(visit, ".bar-label")) == 5
    assert visit.run("return document.documentElement.scrollWidth") == NARROW
