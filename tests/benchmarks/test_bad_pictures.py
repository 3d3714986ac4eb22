"""Every way in which a picture can be bad, once, through every command that takes many."""

from pathlib import Path

from benchmarks.soak.bad_pictures import WAYS, endings, lay_out


def test_what_is_bad_is_named_and_ends_nothing(tmp_path: Path) -> None:
    lot = lay_out(tmp_path, 2 * len(WAYS), every=2)
    assert (lot.good, len(lot.bad), len(WAYS)) == (30, 30, 30)
    ends = {ending.command: ending for ending in endings(lot)}
    assert {name: ending.exit_code for name, ending in ends.items()} == {
        "make-dataset": 0,
        "build-features": 1,
        "predict": 1,
        "import": 0,
    }
    for ending in ends.values():
        assert "Traceback" not in ending.stderr
        assert (ending.command, ending.done, ending.unnamed) == (ending.command, 30, frozenset())
