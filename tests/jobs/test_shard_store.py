import subprocess
import sys
from pathlib import Path

import pytest

from src.errors import DataError
from src.jobs.shard_store import Picture, Row, ShardStore

SOUND = Row(Picture("b.jpg", "in/b.jpg", ("RED", "")), b"\0" * 8)
EARLY = Row(Picture("a.jpg", "in/a.jpg"), b"\1")
BROKEN = Row(Picture("c.jpg", "in/c.jpg"), None, "empty")


def test_finished_shards_are_there_when_it_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "store"
    with ShardStore(path) as store:
        store.finish("one", [SOUND, BROKEN])
        store.finish("two", [EARLY])
    with ShardStore(path) as store:
        assert store.finished() == {"one", "two"}
        assert list(store.sorted_rows()) == [EARLY, SOUND]
        assert list(store.broken("one")) == [BROKEN]
        assert list(store.broken("two")) == []
        assert list(store.rows(["two", "one"])) == [EARLY, SOUND, BROKEN]
        store.remove()
    assert list(path.parent.iterdir()) == []


def test_half_a_shard_is_none(tmp_path: Path) -> None:
    def pictures() -> object:
        yield SOUND
        raise KeyboardInterrupt

    with ShardStore(tmp_path / "store") as store:
        with pytest.raises(KeyboardInterrupt):
            store.finish("one", pictures())  # type: ignore[arg-type]
        assert store.finished() == set()
        assert list(store.sorted_rows()) == []


def test_other_shards_are_forgotten(tmp_path: Path) -> None:
    with ShardStore(tmp_path / "store") as store:
        store.finish("one", [SOUND])
        store.finish("two", [EARLY])
        store.keep_only(["two", "three"])
        assert store.finished() == {"two"}
        assert list(store.sorted_rows()) == [EARLY]


def test_two_runs_do_not_share_it(tmp_path: Path) -> None:
    with (
        ShardStore(tmp_path / "store"),
        pytest.raises(DataError, match="another run is writing the same table; let it finish"),
    ):
        ShardStore(tmp_path / "store")


def test_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "store").write_bytes(b"no database" * 1000)
    with pytest.raises(DataError, match=r"store: it is damaged; delete it"):
        ShardStore(tmp_path / "store")


def test_full_disk_keeps_what_was_finished(tmp_path: Path) -> None:
    program = f"""
import resource
from pathlib import Path
from src.errors import DataError
from src.jobs.shard_store import Row, ShardStore
from src.jobs.shard_store import Picture

picture = Row(Picture("a" * 10_000, "", ()), None)
with ShardStore(Path({str(tmp_path / "store")!r})) as store:
    store.finish("one", [picture])
    # Where a file may not grow, writing fails as on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))
    try:
        store.finish("two", [picture] * 100)
    except DataError as error:
        print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "the disk" in done.stdout
    assert "run the same again, which goes on from here" in done.stdout
    with ShardStore(tmp_path / "store") as store:
        assert store.finished() == {"one"}


def test_a_plan_comes_back_whatever_bytes_names_have(tmp_path: Path) -> None:
    odd = Picture("rooms/\udcff.png", "rooms/\udcff.png", (), "no pictures in it")
    with ShardStore(tmp_path / "store") as store:
        store.plan(0, [SOUND.picture])
        store.plan(0, [odd, SOUND.picture])
        store.finish("one", [Row(odd, b"")])
    with ShardStore(tmp_path / "store") as store:
        assert store.planned(0) == [odd, SOUND.picture]
        assert list(store.rows(["one"])) == [Row(odd, b"")]
