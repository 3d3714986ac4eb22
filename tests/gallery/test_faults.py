import pytest

from src.errors import ConfigError
from src.gallery.faults import FAULTS, Fault, RequestKind, Switchboard, parse_fault

PATHS = [f"/ci/{number}" for number in range(2000)]


def struck(board: Switchboard, kind: RequestKind = RequestKind.IMAGE) -> list[str]:
    return [path for path in PATHS if board.strike(kind, path)]


@pytest.mark.parametrize(
    "text", ["", "fire", "reset:share=2", "reset:first=x", "reset:often=1", "reset:on=door"]
)
def test_unreadable_faults_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="cannot read the fault"):
        parse_fault(text)


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_can_be_named_and_strikes_something(name: str) -> None:
    assert any(parse_fault(name).concerns(kind) for kind in RequestKind)


def test_share_is_kept_and_repeats_itself() -> None:
    first = struck(Switchboard(7, [parse_fault("reset:share=0.1")]))
    assert first == struck(Switchboard(7, [parse_fault("reset:share=0.1")]))
    assert 150 < len(first) < 250
    assert first != struck(Switchboard(8, [parse_fault("reset:share=0.1")]))


def test_first_and_after_count_requests() -> None:
    assert struck(Switchboard(0, [parse_fault("reset:after=5,first=3")])) == PATHS[5:8]


def test_each_counts_per_path() -> None:
    board = Switchboard(0, [parse_fault("reset:each=1")])
    assert [bool(board.strike(RequestKind.IMAGE, path)) for path in "aabab"] == [1, 0, 1, 0, 0]


def test_a_fault_strikes_only_its_kinds() -> None:
    board = Switchboard(0, [parse_fault("error-500:on=asset+image")])
    assert [kind for kind in RequestKind if board.strike(kind, "/")] == [
        RequestKind.ASSET,
        RequestKind.IMAGE,
    ]


def test_switching_replaces_faults_and_starts_counting_again() -> None:
    board = Switchboard(0, [parse_fault("reset:first=1")])
    assert struck(board) == PATHS[:1]
    board.switch([parse_fault("reset:first=1")])
    assert struck(board) == PATHS[:1]
    board.switch([])
    assert struck(board) == []


def test_page_faults_strike_pages_whole_and_tiles_by_share() -> None:
    fault = Fault(name="dead-background")
    assert struck(Switchboard(0, [fault]), RequestKind.COLOR) == PATHS
    assert 20 < sum(fault.chooses(path, 0) for path in PATHS) < 60
