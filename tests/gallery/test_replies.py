import json
import re
from http import HTTPStatus
from typing import Any

import cv2
import numpy as np
import pytest

from src.gallery.faults import parse_fault
from src.gallery.replies import Ending, Reply, Request, Site
from src.gallery.thumbnails import THUMBNAILS
from src.gallery.works import Catalogue, label_of, page_path, parse_totals

CATALOGUE = Catalogue(parse_totals("RED=100,BLUE=100,PINK=30"), seed=3)
SITE = Site(CATALOGUE, seed=3, thumbnail=THUMBNAILS["plain"])
RED = CATALOGUE.by_color["RED"]
HREFS = re.compile(r'href="/asset/[^"/]+/([\w-]+)"')


def get(path: str, *faults: str, cookie: str = "") -> Reply:
    request = Request(path, "museum.test", cookie)
    return SITE.answer(request, tuple(map(parse_fault, faults)))


def text(path: str, *faults: str, cookie: str = "") -> str:
    return get(path, *faults, cookie=cookie).body.decode()


def walk(*faults: str) -> list[str]:
    """Follow a colour's list to its end, as the page's own script does."""
    page = text("/color?col=RED", *faults)
    found, state = HREFS.findall(page), read_state(page)
    for _ in range(10):
        if state["next"] is None:
            return found
        state = json.loads(text(f"/api/works?col=RED&offset={state['next']}", *faults))
        found += HREFS.findall(str(state["html"]))
    return found


def read_state(page: str) -> dict[str, Any]:
    match = re.search(r"window\.INIT_data = (\{.*?\});</script>", page)
    assert match is not None
    return dict(json.loads(match[1]))


def shape_of(picture: bytes) -> tuple[int, int]:
    pixels = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return pixels.shape[0], pixels.shape[1]


def picture_path(index: int = 0, suffix: str = "=w218-c-h218-rw-v1") -> str:
    return f"/ci/{RED[index].token}{suffix}"


def test_first_tiles_stand_in_the_page_with_their_addresses_and_the_total() -> None:
    page = text("/color?col=RED")
    assert HREFS.findall(page) == [work.asset_id for work in RED[:45]]
    addresses = re.findall(r'data-bgsrc="//museum\.test/ci/([\w-]+)=w218-c-h218-rw-v1"', page)
    assert addresses == [work.token for work in RED[:45]]
    assert read_state(page)["total"] == 100
    assert '<div class="DuHQbc"' in page


def test_list_shows_every_work_once_and_in_order() -> None:
    assert walk() == [work.asset_id for work in RED]


def test_short_page_has_no_second_batch() -> None:
    assert read_state(text("/color?col=PINK"))["next"] is None


def test_short_list_ends_below_what_it_declares() -> None:
    assert walk("short-list") == [work.asset_id for work in RED[:60]]
    assert read_state(text("/color?col=RED", "short-list"))["total"] == 100


def test_stuck_list_never_ends_and_never_grows() -> None:
    assert walk("stuck-list:value=0.7") == [work.asset_id for work in RED[:70]]
    assert json.loads(text("/api/works?col=RED&offset=70", "stuck-list:value=0.7"))["next"] == 70


def test_duplicates_repeat_the_last_tiles() -> None:
    found = walk("duplicates:value=4")
    assert len(found) == 100 + 2 * 4
    assert set(found) == {work.asset_id for work in RED}


def test_missing_attribute_leaves_the_address_to_the_script() -> None:
    page = text("/color?col=RED", "no-bgsrc")
    assert "data-bgsrc=" not in page
    assert len(set(read_state(page)["images"])) == 45


def test_dead_backgrounds_are_the_same_tiles_each_time() -> None:
    states = [read_state(text("/color?col=RED", "dead-background:share=0.2")) for _ in range(2)]
    assert 1 <= states[0]["images"].count("") <= 20
    assert states[0] == states[1]


def test_rotten_classes_keep_the_structure() -> None:
    page = text("/color?col=RED", "class-rot")
    assert "DuHQbc" not in page
    assert len(HREFS.findall(page)) == 45


def test_changed_structure_has_no_links() -> None:
    assert walk("no-anchors") == []


def test_total_can_be_withheld() -> None:
    assert "total" not in read_state(text("/color?col=RED", "no-total"))
    assert "100 items" not in text("/color?col=RED", "no-total")


def test_consent_is_asked_until_it_was_answered() -> None:
    assert "No thanks</button>" in text("/color?col=RED", "consent")
    assert "No thanks</button>" not in text("/color?col=RED", "consent", cookie="consent=no")


def test_asset_page_tells_what_the_plate_says() -> None:
    label, page = label_of(RED[7]), text(page_path(RED[7]))
    facts = dict(re.findall(r"<li><span>(\w+):</span> ([^<]*)</li>", page))
    assert facts == {
        "Title": label.title,
        "Creator": label.creator,
        "Date": label.date,
        "Museum": label.museum,
        "Place": label.place,
    }


def test_robots_keeps_scrapers_from_the_scripts_own_path() -> None:
    assert "Disallow: /api/*" in text("/robots.txt").splitlines()
    assert "Disallow: /" in text("/robots.txt", "robots-closed").splitlines()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/color",
        "/color?col=MAUVE",
        "/asset/some-title/AAAAAAAAAAAAAA",
        "/ci/unknown=w218-c-h218-rw-v1",
        picture_path(suffix=""),
        picture_path(suffix="=w0-h0"),
        picture_path(suffix="=w4000-h4000"),
    ],
)
def test_unknown_places_are_not_found(path: str) -> None:
    assert get(path).status == HTTPStatus.NOT_FOUND


def test_batch_without_a_place_to_start_is_refused() -> None:
    assert get("/api/works?col=RED&offset=-1").status == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("path", ["/color?col=RED", picture_path(), page_path(RED[0])])
def test_refusals_say_what_a_client_has_to_know(path: str) -> None:
    limited = get(path, "rate-limit:value=3")
    assert (limited.status, limited.headers) == (429, {"Retry-After": "3"})
    assert get(path, "error-500").status == 500
    captcha = get(path, "captcha")
    assert (captcha.status, captcha.headers) == (302, {"Location": "/sorry/index"})
    assert get("/sorry/index", "captcha").status == 429


def test_spoilt_pictures_are_spoilt_as_named() -> None:
    whole = get(picture_path()).body
    half = get(picture_path(), "half-image")
    assert whole.startswith(half.body)
    assert len(half.body) == len(whole) // 2
    assert get(picture_path(), "empty").body == b""
    assert get(picture_path(), "html").content_type.startswith("text/html")
    pdf = get(picture_path(), "wrong-type")
    assert (pdf.body[:5], pdf.content_type) == (b"%PDF-", "image/webp")
    assert shape_of(get(picture_path(), "wrong-size").body) == (48, 64)


def test_truncated_body_is_announced_whole() -> None:
    whole, spoilt = get(picture_path()).body, get(picture_path(), "truncated")
    assert spoilt.body == whole[: len(whole) // 2]
    assert (spoilt.length, spoilt.ending) == (len(whole), Ending.CLOSE)
