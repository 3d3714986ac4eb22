import errno
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from src.errors import Blocked, ConfigError
from src.fetching.downloads import Fetcher, make_fetcher
from src.gallery.museum import Museum
from src.gallery.site_pages import THUMBNAIL_SUFFIX
from src.gallery.works import Catalogue, parse_totals
from src.scraping.addresses import Artwork
from src.scraping.manifest import MANIFEST_COLUMNS
from src.scraping.options import Effort, Options
from src.scraping.phases import claim_folder, colors_left, colors_meant, download_images, rebuild
from src.scraping.run import RawFolder, Run, SiteHosts
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
    download_images(run, museum.url, fetcher)
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
        download_images(run, museum.url, fetcher)
    assert run.store.failures() == {}
    assert len(list(run.store.waiting_images())) == WORKS


def test_a_work_without_an_address_is_a_failure_of_its_own(
    run: Run, museum: Museum, fetcher: Fetcher
) -> None:
    run.store.expect([(work("bare", ""), "")])
    download_images(run, museum.url, fetcher)
    assert run.store.failures() == {"no-address": 1}


def test_other_machines_are_never_asked_unless_wanted(run: Run, museum: Museum) -> None:
    run.store.expect([(work("away", "https://lh3.example.org/ci/x"), "")])
    download_images(run, museum.url, make_fetcher(4, None, run.stop, local=True))
    assert run.store.failures() == {"needs-live": 1}
    assert run.store.count_stored() == WORKS


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("data:image/gif;base64,R0lGODlhAQABAAAAACw=", "bad-address"),
        ("javascript:alert(1)", "bad-address"),
        ("http://[::1/x", "bad-address"),
        ("http://127.0.0.1:99999/x", "bad-address"),
        ("http://127.0.0.2:1/x", "unreachable"),
        ("http://127.0.0.2:9/a", "unreachable"),
        (f"http://{'a' * 64}.example.org/x", "bad-address"),
        ("http://a..b/x", "bad-address"),
        ("//\0/x", "bad-address"),
    ],
)
def test_one_bad_address_fails_and_the_rest_goes_on(
    run: Run, museum: Museum, fetcher: Fetcher, address: str, reason: str
) -> None:
    run.store.expect([(work("0-bad", address), ""), (work("z-bad", address), "")])
    download_images(run, museum.url, fetcher)
    assert run.store.failures() == {reason: 2}
    assert run.store.count_stored() == WORKS


def test_a_name_that_no_file_can_have_fails_alone(
    run: Run, museum: Museum, fetcher: Fetcher
) -> None:
    job = next(run.store.waiting_images())
    run.store.expect([(work("a" * 300, job.address), "")])
    download_images(run, museum.url, fetcher)
    assert run.store.failures() == {"bad-name": 1}
    assert run.store.count_stored() == WORKS


def test_a_full_disk_ends_the_run(
    run: Run, museum: Museum, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("src.fetching.downloads.write_whole", refuse)
    with pytest.raises(OSError, match="No space"):
        download_images(run, museum.url, fetcher)
    assert run.store.failures() == {}


def test_the_site_itself_being_down_ends_the_run(run: Run, fetcher: Fetcher) -> None:
    with pytest.raises(Blocked, match=r"robots\.txt"):
        download_images(run, "http://127.0.0.1:9", fetcher)
    assert run.store.failures() == {}


def test_a_host_with_most_pictures_is_the_sites_own(store: Store) -> None:
    hosts, down = SiteHosts("https://a.org", store), Blocked("down", 60, "timeout")
    store.expect((work(f"k{n}", f"https://img.org/{n}"), "") for n in range(3))
    store.expect([(work("other", "https://x.org/1"), "")])
    assert hosts.failure("https://x.org/1", down).reason == "timeout"
    for own in ("https://img.org/2", "https://a.org/x"):
        with pytest.raises(Blocked):
            hosts.failure(own, down)


def manifest_of(folder: RawFolder, *images: str) -> Path:
    rows = [f"k{n},,{image},PINK,,,,{'ab' * 32},,," for n, image in enumerate(images)]
    folder.manifest.write_text("\n".join([",".join(MANIFEST_COLUMNS), *rows]))
    return folder.manifest


def test_a_manifest_of_the_real_site_wants_to_be_meant(folder: RawFolder, run: Run) -> None:
    manifest = manifest_of(folder, "https://a.org/1", "https://b.org/2")
    with pytest.raises(ConfigError, match="--live"):
        rebuild(manifest, BUILT_IN, folder, run.report, run.stop)


def test_another_content_than_the_manifest_says_is_refused(
    run: Run, museum: Museum, fetcher: Fetcher
) -> None:
    (job, *_) = run.store.waiting_images()
    run.store.expect([(work(job.asset_id, job.address), "0" * 64)])
    download_images(run, museum.url, fetcher)
    assert run.store.failures() == {"other-content": 1}
