import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from src.errors import Blocked, ConfigError
from src.gallery.museum import Museum
from src.scraping.download import ATTEMPTS, Courier, download_images, run_jobs
from src.scraping.fetch import Client
from src.scraping.folder import RawFolder
from src.scraping.hosts import Hosts
from src.scraping.reporting import Silence
from src.scraping.run import Run, Site
from src.scraping.store import Store
from src.scraping.tables import ImageJob
from tests.scraping.conftest import names_in

WORKS = 12


@pytest.fixture
def courier(
    museum: Museum, client: Client, folder: RawFolder, store: Store, addresses: list[str]
) -> Courier:
    """One whose state says that all the pictures of a colour wait."""
    number = store.begin_color("PINK")
    works = [(f"key{n}", address) for n, address in enumerate(addresses)]
    store.db.executemany(
        "INSERT INTO tile VALUES ('PINK', ?, ?, '', ?, '', '')",
        [(key, number, address) for key, address in works],
    )
    store.db.commit()
    run = Run(folder, store, Silence(), threading.Event())
    return Courier(run, Site(museum.url, live=False), client, Hosts(client, None, patience_s=5))


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("src.scraping.download._PAUSE_S", 0.01)


def test_pictures_are_stored_under_their_key_and_true_type(courier: Courier) -> None:
    download_images(courier, connections=4)
    assert names_in(courier.run.folder) == sorted(f"key{n}.webp" for n in range(WORKS))
    assert not list(courier.run.folder.parts.iterdir())
    assert courier.run.store.failures() == {}


# What the museum does to a picture, and the reason under which that is counted.
FAULTS = {
    "truncated": "truncated",
    "html": "html",
    "empty": "empty",
    "wrong-type": "wrong-type",
    "half-image": "undecodable",
    "reset": "reset",
    "hang": "timeout",
    "endless": "too-large",
    "error-500": "http-500",
}


@pytest.mark.parametrize(("fault", "reason"), FAULTS.items())
def test_a_bad_answer_gets_no_name_and_is_counted_by_its_reason(
    courier: Courier, museum: Museum, fault: str, reason: str
) -> None:
    museum.switch(f"{fault}:on=image")
    download_images(courier, connections=WORKS)
    assert names_in(courier.run.folder) == []
    assert courier.run.store.failures() == {reason: WORKS}
    museum.switch()
    courier.run.store.forget_failures()
    download_images(courier, connections=4)
    assert len(names_in(courier.run.folder)) == WORKS


def test_a_wrong_length_gets_no_name(courier: Courier, museum: Museum) -> None:
    museum.switch("wrong-length:on=image")
    download_images(courier, connections=WORKS)
    assert names_in(courier.run.folder) == []
    assert sum(courier.run.store.failures().values()) == WORKS


def test_what_fails_once_only_is_asked_for_again(courier: Courier, museum: Museum) -> None:
    before = len(museum.visits("image"))
    museum.switch("reset:on=image,each=1")
    download_images(courier, connections=4)
    assert len(names_in(courier.run.folder)) == WORKS
    assert len(museum.visits("image")) - before == 2 * WORKS


def test_what_fails_for_good_is_asked_for_once(courier: Courier, museum: Museum) -> None:
    before = len(museum.visits("image"))
    museum.switch("html:on=image")
    download_images(courier, connections=4)
    assert len(museum.visits("image")) - before == WORKS


def test_a_broken_host_is_not_asked_forever(museum: Museum, courier: Courier) -> None:
    museum.switch("error-500:on=image")
    (job, *_) = courier.run.store.waiting_images()
    before = len(museum.visits("image"))
    for _ in range(25):
        courier.bring_image(job)
    assert isinstance(courier.bring_image(job), Blocked)
    assert len(museum.visits("image")) - before == 25 * ATTEMPTS


def test_retry_after_is_obeyed_by_all_threads(museum: Museum, courier: Courier) -> None:
    before = len(museum.visits("image"))
    museum.switch("rate-limit:on=image,value=1,first=1")
    download_images(courier, connections=1)
    refused, *others = museum.visits("image")[before:]
    assert refused.status == 429
    assert len(others) == WORKS
    assert all(visit.time >= refused.time + 1 for visit in others)


def test_refusals_that_come_together_are_waited_out_once(museum: Museum, courier: Courier) -> None:
    museum.switch(f"rate-limit:on=image,value=1,first={WORKS}")
    download_images(courier, connections=WORKS)
    assert len(names_in(courier.run.folder)) == WORKS


def test_robots_file_may_be_refused_for_a_while(museum: Museum, courier: Courier) -> None:
    museum.switch("rate-limit:on=robots,value=1,first=1")
    download_images(courier, connections=2)
    assert len(names_in(courier.run.folder)) == WORKS


def test_without_a_robots_file_that_can_be_had_nothing_is_asked(
    museum: Museum, courier: Courier
) -> None:
    museum.switch("error-500:on=robots")
    before = len(museum.visits("image"))
    with pytest.raises(Blocked, match="robots"):
        download_images(courier, connections=2)
    assert len(museum.visits("image")) == before


def test_a_captcha_stops_everything(museum: Museum, courier: Courier) -> None:
    before = len(museum.visits("image"))
    museum.switch("captcha:on=image")
    with pytest.raises(Blocked, match="captcha"):
        download_images(courier, connections=2)
    assert len(museum.visits("image")) - before <= 2
    assert courier.run.store.failures() == {}


def test_rate_holds_at_the_server(museum: Museum, client: Client, courier: Courier) -> None:
    before = len(museum.visits())
    slow = Courier(courier.run, courier.site, client, Hosts(client, 8, patience_s=5))
    download_images(slow, connections=8)
    times = [visit.time for visit in museum.visits()[before:]]
    assert len(times) == WORKS + 1  # and robots.txt
    assert max(sum(t <= other < t + 1 for other in times) for t in times) <= 8


def test_robots_closes_the_door_to_pictures(museum: Museum, courier: Courier) -> None:
    before = len(museum.visits("image"))
    museum.switch("robots-closed")
    download_images(courier, connections=2)
    assert courier.run.store.failures() == {"robots": WORKS}
    assert len(museum.visits("image")) == before


def test_a_work_without_an_address_is_a_failure_of_its_own(courier: Courier) -> None:
    result = courier.bring_image(ImageJob("key", "PINK", "", ""))
    assert not isinstance(result, Blocked)
    assert result is not None
    assert result.reason == "no-address"


def test_other_machines_are_never_asked_unless_wanted(courier: Courier) -> None:
    with pytest.raises(ConfigError, match="--live"):
        courier.bring_image(ImageJob("key", "PINK", "https://lh3.example.org/ci/x", ""))


def test_another_content_than_the_manifest_says_is_refused(courier: Courier) -> None:
    (job, *_) = courier.run.store.waiting_images()
    result = courier.bring_image(ImageJob(job.asset_id, job.color, job.address, "0" * 64))
    assert not isinstance(result, Blocked)
    assert result is not None
    assert result.reason == "other-content"
    assert names_in(courier.run.folder) == []


def test_a_stop_leaves_the_rest_waiting(courier: Courier) -> None:
    courier.run.stop.set()
    download_images(courier, connections=4)
    assert len(list(courier.run.store.waiting_images())) == WORKS


def test_no_more_jobs_are_out_than_threads_and_uncommitted_ones_count() -> None:
    given = Counter[str]()

    def jobs() -> Iterator[int]:
        for number in range(200):
            given["out"] += 1
            yield number

    taken, most = list[int](), 0
    for group in run_jobs(jobs(), lambda number: number, 7, threading.Event()):
        most = max(most, given["out"] - len(taken))
        taken += group
    assert sorted(taken) == list(range(200))
    assert most <= 7


def test_a_stop_does_not_wait_for_what_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("src.scraping.download._GRACE_S", 0.3)
    stop, release = threading.Event(), threading.Event()
    threading.Timer(0.1, stop.set).start()
    assert list(run_jobs([1, 2], lambda _: release.wait(30), 2, stop)) == []
    assert not release.is_set()
    release.set()
