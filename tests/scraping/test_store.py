import pytest

from src.errors import DataError, DownloadError
from src.scraping.manifest import export_tables
from src.scraping.run import RawFolder
from src.scraping.store import Store
from tests.scraping.conftest import artwork, collect, stored


def test_complete_stands_only_if_the_disk_holds_what_was_declared(store: Store) -> None:
    collect(store, "RED", ["a", "b"], declared=3)
    assert store.end_color("RED", "complete", "") == "stalled"
    (row,) = store.colors()
    assert (row.state, row.found, row.declared) == ("stalled", 2, 3)
    assert "2" in row.reason


def test_a_second_pass_that_is_whole_drops_what_has_left_the_list(store: Store) -> None:
    collect(store, "RED", ["a", "b", "gone"], declared=3)
    collect(store, "RED", ["a", "b"], declared=2)
    assert store.end_color("RED", "complete", "") == "complete"
    assert [job.asset_id for job in store.waiting_images()] == ["a", "b"]


def test_a_second_pass_that_stalls_drops_nothing(store: Store) -> None:
    collect(store, "RED", ["a", "b", "c"], declared=3)
    collect(store, "RED", ["a"], declared=3)
    store.end_color("RED", "stalled", "silence")
    assert len(list(store.waiting_images())) == 3


def test_works_of_an_earlier_pass_do_not_prove_this_one(store: Store) -> None:
    collect(store, "RED", ["a", "b"], declared=3)
    collect(store, "RED", ["c"], declared=3)
    assert store.end_color("RED", "complete", "") == "stalled"


def test_an_address_once_known_is_not_lost_to_an_empty_one(store: Store) -> None:
    collect(store, "RED", ["a"], declared=1)
    store.add_tiles(store.begin_color("RED"), [artwork("a", image="")], "link")
    assert [job.address for job in store.waiting_images()] == ["/ci/x"]


def test_outcomes_may_be_written_while_jobs_are_read(store: Store) -> None:
    keys = [f"k{number:04}" for number in range(1200)]
    collect(store, "RED", keys, declared=1200)
    seen = []
    for job in store.waiting_images():
        seen.append(job.asset_id)
        store.record_images([(job.asset_id, stored(job.asset_id))])
    assert seen == keys
    assert next(store.waiting_images(), None) is None


def test_failures_are_counted_kept_and_taken_up_again_on_demand(
    store: Store, folder: RawFolder
) -> None:
    collect(store, "RED", ["a", "b", "c"], declared=3)
    truncated = DownloadError("truncated", "short")
    store.record_images([("a", truncated), ("b", truncated), ("c", DownloadError("html", "page"))])
    assert store.failures() == {"truncated": 2, "html": 1}
    export_tables(store, folder)
    assert folder.failures.read_text().splitlines()[1] == "a,RED,/asset/s/a,/ci/x,truncated"
    assert next(store.waiting_images(), None) is None
    assert store.forget_failures() == 3
    assert len(list(store.waiting_images())) == 3
    export_tables(store, folder)
    assert not folder.failures.exists()


def test_state_of_another_version_is_refused(folder: RawFolder) -> None:
    with Store(folder.database) as store:
        store.db.execute("PRAGMA user_version = 99")
    with pytest.raises(DataError, match="99"):
        Store(folder.database)


def test_state_that_is_none_is_refused(folder: RawFolder) -> None:
    folder.database.write_bytes(b"scratched" * 500)
    with pytest.raises(DataError, match="cannot be read"):
        Store(folder.database)
