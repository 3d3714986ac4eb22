"""Rows that outlast the work they were measured for, shared by processes."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from src.errors import DataError
from src.jobs import row_store
from src.jobs.row_store import Holding, RowStore

SHA, OTHER = b"s" * 32, b"o" * 32


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with RowStore(tmp_path / "new" / "rows.sqlite") as store:
        store.name_spec("spec", "a network")
        store.keep("spec", SHA, b"row")
    return tmp_path / "new" / "rows.sqlite"


def test_a_row_is_of_one_spec_and_one_content(path: Path) -> None:
    with RowStore(path) as store:
        assert (store.find("spec", SHA), store.holds("spec", SHA)) == (b"row", True)
        store.name_spec("other", "another")
        for digest, content in (("spec", OTHER), ("other", SHA), ("unnamed", SHA)):
            assert (store.find(digest, content), store.holds(digest, content)) == (None, False)
        store.keep("spec", SHA, b"of a second run")
        assert store.find("spec", SHA) == b"row"
        assert store.holdings() == [Holding("a network", 1, 3), Holding("another", 0, 0)]


def test_files_are_known_by_their_stamps(path: Path) -> None:
    with RowStore(path) as store:
        store.note_file(b"stamp", OTHER)
        store.note_file(b"stamp", SHA)
        assert (store.recall(b"stamp"), store.recall(b"other")) == (SHA, None)


def test_who_only_looks_sees_what_is_kept_meanwhile(path: Path) -> None:
    with RowStore(path) as store, RowStore(path, read_only=True) as reader:
        store.keep("spec", OTHER, b"new")
        assert reader.find("spec", OTHER) == b"new"
        with pytest.raises(DataError, match="cannot be written there"):
            reader.keep("spec", b"x", b"y")


def test_emptied_it_gives_its_room_back(path: Path) -> None:
    with RowStore(path) as store:
        for number in range(64):
            store.keep("spec", bytes([number]) * 32, bytes(8256))
    full = path.stat().st_size
    with RowStore(path) as store:
        store.empty()
        assert store.holdings() == []
    assert path.stat().st_size < full / 10


def test_rows_of_a_killed_process_stay_and_others_write_at_the_same_time(path: Path) -> None:
    program = """
import os, signal, sys
from pathlib import Path
from src.jobs.row_store import RowStore
store = RowStore(Path(sys.argv[1]))
store.name_spec("spec", "a network")
for number in range(200):
    store.keep("spec", f"{sys.argv[2]}-{number}".encode(), bytes(8256))
os.kill(os.getpid(), signal.SIGKILL)
"""
    runs = [
        subprocess.Popen([sys.executable, "-c", program, str(path), str(number)])
        for number in range(3)
    ]
    assert [run.wait(timeout=60) for run in runs] == [-9] * 3
    with RowStore(path) as store:
        assert store.holdings()[0].rows == 1 + 3 * 200


def test_what_is_wrong_with_the_file_is_said(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_store, "BUSY_S", 0.01)
    with closing(sqlite3.connect(path, isolation_level=None)) as other, RowStore(path) as store:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DataError, match="another program has locked it; let that finish"):
            store.keep("spec", OTHER, b"row")
        other.execute("ROLLBACK")
        other.execute("PRAGMA user_version = 2")
    with pytest.raises(DataError, match="of a later artlens"):
        RowStore(path)
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(DataError, match="it is damaged; delete it"):
        RowStore(path)
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot keep what was measured in .*file"):
        RowStore(tmp_path / "file" / "rows.sqlite")
