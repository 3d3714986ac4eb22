import threading
from dataclasses import replace
from typing import Any

import pytest

from src.errors import Blocked, ConfigError
from src.fetching.downloads import Fetcher, make_fetcher
from src.gallery.museum import Museum
from src.gallery.site_pages import THUMBNAIL_SUFFIX
from src.gallery.works import Catalogue, parse_totals
from src.scraping.addresses import Artwork, Site
from src.scraping.options import Effort, Options
from src.scraping.phases import claim_folder, colors_left, colors_meant, download_images
from src.scraping.run import RawFolder, Run
from src.scraping.store import ColorRow, State, Store
from src.tasks.color import COLORS
from tests.scraping.conftest import artwork

WORKS = 12
BUILT_IN = Options("", live=False, works="", colors=("RED",), cap=None, effort=Effort(1, 1, None))


def test_folder_remembers_its_museum_which_only_grows(store: Store) -> None:
    assert claim_folder(store, replace(BUILT_IN, works="RED=9")) == "RED=9"
    assert claim_folder(store, BUILT_IN) == "RED=9"
    assert claim_folder(store, replace(BUILT_IN, works="RED=4,PINK=2")) == "RED=9,PINK=2"
    assert claim_folder(store, replace(BUILT_IN, works="9")) == "9"
    assert claim_folder(store, replace(BUILT_IN, works="RED=3")) == "9"


def test_what_the_museum_has_got_more_of_is_unproven(store: Store) -> None:
    claim_folder(store, replace(BUILT_IN, works="RED=2,PINK=2"))
    for color in ("RED", "PINK"):
        store.begin_color(color)
        store.open_color(color, 2)
        store.add_tiles(1, [artwork(f"{color}{n}", color) for n in range(2)], "all")
        assert store.end_color(color, "complete", "") == "complete"
    claim_folder(store, replace(BUILT_IN, works="RED=5,PINK=1"))
    rows = {row.color: (row.state, row.declared, row.found) for row in store.colors()}
    assert rows == {"RED": ("collecting", 5, 2), "PINK": ("complete", 2, 2)}


@pytest.mark.parametrize(
    ("named", "retry", "works", "begun", "meant"),
    [
        (("PINK",), False, "RED=9", (), ("PINK",)),
        (("PINK",), True, "RED=9", ("RED",), ("PINK",)),
        (COLORS, False, "RED=9,PINK=2", ("RED",), ("RED", "PINK")),
        (COLORS, False, "60", ("RED",), COLORS),
        (COLORS, False, "", ("RED",), COLORS),
        (COLORS, True, "60", ("PINK", "RED"), ("RED", "PINK")),
        (COLORS, True, "RED=9", (), ("RED",)),
        ((), False, "60", ("RED",), ()),
    ],
)
def test_colours_meant(  # noqa: PLR0913 - a column each
    store: Store,
    named: tuple[str, ...],
    retry: bool,
    works: str,
    begun: tuple[str, ...],
    meant: tuple[str, ...],
) -> None:
    for color in begun:
        store.begin_color(color)
    options = replace(BUILT_IN, colors=named, retry_failed=retry)
    assert set(colors_meant(store, options, works)) == set(meant)


@pytest.mark.parametrize("other", [{"live": True}, {"site": "http://127.0.0.1:1"}])
def test_folder_belongs_to_one_site(store: Store, other: dict[str, str | bool]) -> None:
    claim_folder(store, BUILT_IN)
    with pytest.raises(ConfigError, match="another --data-dir"):
        claim_folder(store, replace(BUILT_IN, **other))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "had", "cap", "left"),
    [
        ("complete", None, None, False),
        ("complete", None, 3, False),
        ("capped", 5, 5, False),
        ("capped", 5, 3, False),
        ("capped", 5, 6, True),
        ("capped", 5, None, True),
        ("stalled", None, None, True),
        ("blocked", None, None, True),
        ("collecting", None, None, True),
    ],
)
def test_what_is_not_proven_is_left(state: State, had: int | None, cap: int, left: bool) -> None:
    row = ColorRow("RED", state, "", 9, had, "", 5, 0, 0)
    assert colors_left([row], ("RED",), cap) == (["RED"] if left else [])
    assert colors_left([row], ("RED", "BLUE"), cap)[0] == "BLUE"


class Diary:
    """Keeps what is told."""

    def __init__(self) -> None:
        self.facts: list[dict[str, Any]] = []

    def tell(self, event: str, **facts: Any) -> None:
        assert event == "image"
        self.facts.append(facts)


def work(key: str, image: str) -> Artwork:
    return Artwork(key, "/asset/a/k", image, "PINK", "", "")


@pytest.fixture
def run(folder: RawFolder, store: Store) -> Run:
    """One whose state says that all the pictures of a colour wait."""
    hung = Catalogue(parse_totals("RED=60,PINK=12"), seed=0).by_color["PINK"]
    addresses = [f"/ci/{picture.token}{THUMBNAIL_SUFFIX}" for picture in hung]
    works = [work(f"key{n}", address) for n, address in enumerate(addresses)]
    store.expect((artwork, "") for artwork in works)
    return Run(folder, store, Diary(), threading.Event())


@pytest.fixture
def fetcher(run: Run) -> Fetcher:
    return make_fetcher(4, None, run.stop)


def test_waiting_pictures_are_brought_and_told_with_their_colour(
    run: Run, museum: Museum, fetcher: Fetcher
) -> None:
    download_images(run, Site(museum.url, live=False), fetcher)
    names = sorted(path.name for path in run.folder.images.iterdir())
    assert names == sorted(f"key{n}.webp" for n in range(WORKS))
    assert run.store.failures() == {}
    assert isinstance(run.report, Diary)
    assert run.report.facts == [{"color": "PINK", "reason": ""}] * WORKS


def test_a_refusal_ends_the_downloads_and_the_rest_waits(
    run: Run, museum: Museum, fetcher: Fetcher
) -> None:
    museum.switch("captcha:on=image")
    with pytest.raises(Blocked, match="captcha"):
        download_images(run, Site(museum.url, live=False), fetcher)
    assert run.store.failures() == {}
    assert len(list(run.store.waiting_images())) == WORKS


def test_a_work_without_an_address_is_a_failure_of_its_own(
    run: Run, museum: Museum, fetcher: Fetcher
) -> None:
    run.store.expect([(work("bare", ""), "")])
    download_images(run, Site(museum.url, live=False), fetcher)
    assert run.store.failures() == {"no-address": 1}


def test_other_machines_are_never_asked_unless_wanted(
    run: Run, museum: Museum, fetcher: Fetcher
) -> None:
    run.store.expect([(work("away", "https://lh3.example.org/ci/x"), "")])
    with pytest.raises(ConfigError, match="--live"):
        download_images(run, Site(museum.url, live=False), fetcher)
    assert run.store.outcome("away") is None


def test_another_content_than_the_manifest_says_is_refused(
    run: Run, museum: Museum, fetcher: Fetcher
) -> None:
    (job, *_) = run.store.waiting_images()
    run.store.expect([(work(job.asset_id, job.address), "0" * 64)])
    download_images(run, Site(museum.url, live=False), fetcher)
    assert run.store.failures() == {"other-content": 1}
