"""Every way in which a work of a museum can be bad, once, scraped and rebuilt."""

from pathlib import Path

from benchmarks.soak.bad_sites import WAYS, endings


def test_what_is_bad_is_named_and_ends_nothing(tmp_path: Path) -> None:
    assert WAYS == 30
    for ending in endings(tmp_path, 2 * WAYS, every=2):
        assert "Traceback" not in ending.stderr
        assert (ending.command, ending.done, ending.unnamed) == (ending.command, 30, frozenset())
        assert ending.exit_code == 1
