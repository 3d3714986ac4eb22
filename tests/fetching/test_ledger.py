import sqlite3
from pathlib import Path

import pytest

from src.errors import ConfigError, DataError, DownloadError
from src.fetching.ledger import Ledger, StoredImage, locked

KISS = StoredImage("kiss.webp", "ab" * 32, 9, 218, 200)


def test_outcomes_come_back_as_they_were(ledger: Ledger, tmp_path: Path) -> None:
    ledger.record_images([("kiss", KISS), ("hay", DownloadError("html", "a page (http://a)"))])
    with Ledger(tmp_path / "state.sqlite", read_only=True) as reader:
        assert reader.outcome("kiss") == KISS
        failure = reader.outcome("hay")
        assert isinstance(failure, DownloadError)
        assert (failure.reason, str(failure)) == ("html", "a page (http://a)")
        assert reader.outcome("other") is None
        assert list(reader.stored_images()) == [("kiss", "kiss.webp", "ab" * 32)]
        assert reader.count_stored() == 1


def test_failures_are_counted_and_taken_up_again_on_demand(ledger: Ledger) -> None:
    failures = [(str(n), DownloadError("html" if n else "reset", "x")) for n in range(3)]
    ledger.record_images([*failures, ("kiss", KISS)])
    assert ledger.failures() == {"html": 2, "reset": 1}
    assert ledger.forget_failures() == 3
    assert (ledger.failures(), ledger.count_stored()) == ({}, 1)
    assert ledger.outcome("0") is None


def test_notes_are_kept(ledger: Ledger) -> None:
    assert ledger.note("site") == ""
    ledger.set_note("site", "a")
    ledger.set_note("site", "b")
    assert ledger.note("site") == "b"


def test_a_file_of_another_version_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    ledger.db.execute("PRAGMA user_version = 99")
    with pytest.raises(DataError, match=r"the state of the downloads .*99, expected 1"):
        Ledger(tmp_path / "state.sqlite")


def test_a_file_that_is_no_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").write_bytes(b"scratched" * 500)
    with pytest.raises(DataError, match="cannot be read"):
        Ledger(tmp_path / "state.sqlite")


def test_a_reader_changes_nothing(ledger: Ledger, tmp_path: Path) -> None:
    with (
        Ledger(tmp_path / "state.sqlite", read_only=True) as reader,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        reader.set_note("site", "a")


def test_one_run_holds_a_folder_until_it_ends(tmp_path: Path) -> None:
    with locked(tmp_path / "work"), pytest.raises(ConfigError, match="another run"):
        locked(tmp_path / "work").__enter__()
    with locked(tmp_path / "work"):
        pass
