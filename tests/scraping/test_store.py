from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from src.errors import DataError, DownloadError
from src.records import Artwork, StoredImage
from src.scraping.manifest import export_tables, read_manifest
from src.scraping.run import RawFolder
from src.scraping.store import Detail, Store

KEYS = st.lists(st.text("abAB09_-", min_size=1, max_size=6), min_size=1, max_size=30, unique=True)


def artwork(key: str, color: str = "RED", image: str = "/ci/x") -> Artwork:
    return Artwork(key, f"/asset/s/{key}", image, color, 'A "quoted", title', "Ünal")


def stored(key: str) -> StoredImage:
    return StoredImage(f"{key}.webp", "ab" * 32, 9, 218, 218)


def collect(store: Store, color: str, keys: list[str], declared: int) -> None:
    number = store.begin_color(color)
    store.open_color(color, declared)
    store.add_tiles(number, [artwork(key, color) for key in keys], "link")


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


def test_a_work_under_two_colours_is_fetched_once_and_listed_twice(
    store: Store, folder: RawFolder
) -> None:
    collect(store, "RED", ["a"], declared=1)
    collect(store, "BLUE", ["a"], declared=1)
    assert [job.asset_id for job in store.waiting_images()] == ["a"]
    store.record_images([("a", stored("a"))])
    export_tables(store, folder)
    assert [work.color for work, _ in read_manifest(folder.manifest)] == ["BLUE", "RED"]


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


def test_what_a_page_says_outweighs_its_tile(store: Store, folder: RawFolder) -> None:
    collect(store, "RED", ["a", "b"], declared=2)
    store.record_images([("a", stored("a")), ("b", stored("b"))])
    store.record_details([Detail("a", "", title="Whole title"), Detail("b", "timeout")])
    export_tables(store, folder)
    titles = [(work.title, work.creator) for work, _ in read_manifest(folder.manifest)]
    assert titles == [("Whole title", "Ünal"), ('A "quoted", title', "Ünal")]
    assert folder.details.read_text().splitlines()[1:] == ["a,Whole title,,,,"]
    assert store.failed_pages() == 1


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(KEYS, st.randoms())
def test_manifest_does_not_depend_on_the_order_of_things(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str], random: object
) -> None:
    shuffled = list(keys)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    texts = []
    for order in (keys, shuffled):
        folder = RawFolder(tmp_path_factory.mktemp("raw"))
        folder.work.mkdir()
        with Store(folder.database) as store:
            for key in order:
                collect(store, "RED", [key], declared=len(keys))
                store.record_images([(key, stored(key))])
            export_tables(store, folder)
        texts.append(folder.manifest.read_bytes())
    assert texts[0] == texts[1]


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(keys=KEYS, text=st.text(max_size=20).filter(lambda text: "\x00" not in text))
def test_manifest_says_the_same_when_it_is_read_and_written_again(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str], text: str
) -> None:
    # Tiles are read with their white space made even.
    title = " ".join(text.split())
    works = [Artwork(key, "/asset/s/" + key, "/ci/x", "RED", title, "") for key in keys]
    first, second = (RawFolder(tmp_path_factory.mktemp("raw")) for _ in range(2))
    for folder, source in ((first, [(work, "ab" * 32) for work in works]), (second, None)):
        folder.work.mkdir()
        with Store(folder.database) as store:
            store.expect(source or read_manifest(first.manifest))
            store.record_images((key, stored(key)) for key in keys)
            export_tables(store, folder)
    assert first.manifest.read_bytes() == second.manifest.read_bytes()


@pytest.mark.parametrize("key", ["../../x", ""])
def test_a_manifest_cannot_name_files_outside_the_folder(tmp_path: Path, key: str) -> None:
    path = tmp_path / "pictures.csv"
    header = "asset_id,page,image,color,title,creator,filename,sha256,bytes,width,height"
    path.write_text(f"{header}\n{key},/p,/ci/x,RED,,,x.webp,abc,1,1,1\n")
    with pytest.raises(DataError, match=":2"):
        list(read_manifest(path))


def test_another_table_is_no_manifest(tmp_path: Path) -> None:
    path = tmp_path / "pictures.csv"
    path.write_text("asset_id,color\na,RED\n")
    with pytest.raises(DataError, match="sha256"):
        list(read_manifest(path))


def test_state_of_another_version_is_refused(folder: RawFolder) -> None:
    with Store(folder.database) as store:
        store.db.execute("PRAGMA user_version = 99")
    with pytest.raises(DataError, match="99"):
        Store(folder.database)


def test_state_that_is_none_is_refused(folder: RawFolder) -> None:
    folder.database.write_bytes(b"scratched" * 500)
    with pytest.raises(DataError, match="cannot be read"):
        Store(folder.database)


def test_an_unchanged_table_keeps_its_date(store: Store, folder: RawFolder) -> None:
    collect(store, "RED", ["a"], declared=1)
    store.record_images([("a", stored("a"))])
    export_tables(store, folder)
    before = folder.manifest.stat()
    export_tables(store, folder)
    after = folder.manifest.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
