from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from src.errors import DataError
from src.scraping.addresses import Artwork
from src.scraping.manifest import MANIFEST_COLUMNS, export_tables, read_manifest
from src.scraping.run import RawFolder
from src.scraping.store import Detail, Store
from tests.scraping.conftest import collect, stored

KEYS = st.lists(st.text("abAB09_-", min_size=1, max_size=6), min_size=1, max_size=30, unique=True)


def test_a_work_under_two_colours_is_fetched_once_and_listed_twice(
    store: Store, folder: RawFolder
) -> None:
    collect(store, "RED", ["a"], declared=1)
    collect(store, "BLUE", ["a"], declared=1)
    assert [job.asset_id for job in store.waiting_images()] == ["a"]
    store.record_images([("a", stored("a"))])
    export_tables(store, folder)
    assert [work.color for work, _ in read_manifest(folder.manifest)] == ["BLUE", "RED"]


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


def manifest(path: Path, row: str, encoding: str = "utf-8") -> Path:
    header = ",".join(MANIFEST_COLUMNS)
    path.write_bytes(f"{header}\r\n{row}\r\n".encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_manifest_may_have_been_through_a_spreadsheet(tmp_path: Path, encoding: str) -> None:
    row = f"k,/p,/ci/x,pink,Café,,x.webp,{'AB' * 32},1,1,1"
    ((work, sha256),) = read_manifest(manifest(tmp_path / "p.csv", row, encoding))
    assert (work.color, work.title, sha256) == ("PINK", "Café", "ab" * 32)


def test_a_cell_of_megabytes_is_read(tmp_path: Path) -> None:
    row = f"k,/p,/ci/x,PINK,{'x' * 2_000_000},,x.webp,{'ab' * 32},1,1,1"
    ((work, _),) = read_manifest(manifest(tmp_path / "p.csv", row))
    assert len(work.title) == 2_000_000


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (f"k,/p,/ci/x,BEIGE,,,x.webp,{'ab' * 32},1,1,1", ":2: the color is 'BEIGE', expected"),
        ("k,/p,/ci/x,PINK,,,x.webp,beef,1,1,1", ":2: the sha256 is 'beef', expected 64"),
        (f"k,/p,,PINK,,,x.webp,{'ab' * 32},1,1,1", ":2: the image is empty"),
        (f"k,/p,/ci/x,PINK,,,x.webp,{'ab' * 32},1,1,1,9", "line 2: 12 cells, 11 columns"),
    ],
)
def test_a_row_that_cannot_be_used_is_told_with_its_line(
    tmp_path: Path, row: str, words: str
) -> None:
    with pytest.raises(DataError) as caught:
        list(read_manifest(manifest(tmp_path / "p.csv", row)))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_another_table_is_no_manifest(tmp_path: Path) -> None:
    path = tmp_path / "pictures.csv"
    path.write_text("asset_id,color\na,RED\n")
    with pytest.raises(DataError, match="sha256"):
        list(read_manifest(path))


def test_an_unchanged_table_keeps_its_date(store: Store, folder: RawFolder) -> None:
    collect(store, "RED", ["a"], declared=1)
    store.record_images([("a", stored("a"))])
    export_tables(store, folder)
    before = folder.manifest.stat()
    export_tables(store, folder)
    after = folder.manifest.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
