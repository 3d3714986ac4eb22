from dataclasses import dataclass, field

import pytest

from src.errors import Incomplete, PageChanged, ScrapeError
from src.fetching.refusal import Refusal
from src.scraping.addresses import Artwork, RawTile
from src.scraping.browser import Harvest
from src.scraping.collect import Ended, Order, collect_color

REFUSAL = Refusal("http://127.0.0.1/x", "429 Too Many Requests", 1.0, final=False)


def tile(number: int, image: str = "/ci/x=w218") -> RawTile:
    return (f"/asset/slug/key{number}", image, "", "")


@dataclass
class ScriptedPage:
    """Plays back batches; an int stands for that many new tiles, 0 for silence."""

    steps: list[int | list[RawTile]]
    declared: int | None
    replies: list[tuple[Refusal | None, str]] = field(default_factory=list)
    nudges: list[bool] = field(default_factory=list)
    opened: int = 0
    given: int = 0

    def open(self, url: str) -> int | None:
        assert url == "http://127.0.0.1:1/color?col=RED"
        self.opened += 1
        return self.declared

    def next(self, wait_s: float, nudge: bool) -> Harvest:
        self.nudges.append(nudge)
        step = self.steps.pop(0) if self.steps else 0
        if isinstance(step, int):
            step = [tile(self.given + number) for number in range(step)]
            self.given += len(step)
        return Harvest(tuple(step), "link")

    def answers(self) -> tuple[Refusal | None, str]:
        return self.replies.pop(0) if self.replies else (None, "")


@dataclass
class Notebook:
    """Takes batches, and what was asked for, in the order in which they came."""

    log: list[object] = field(default_factory=list)

    def ask(self, requests: int, refusal: Refusal | None = None) -> None:
        self.log.append(refusal or requests)

    def opened(self, declared: int | None) -> None:
        self.log.append(("declared", declared))

    def hand_in(self, artworks: tuple[Artwork, ...], rule: str) -> None:
        self.log.append([artwork.asset_id for artwork in artworks])

    @property
    def found(self) -> list[str]:
        return [key for entry in self.log if isinstance(entry, list) for key in entry]


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was slept, had it been slept."""
    naps: list[float] = []
    monkeypatch.setattr("time.sleep", naps.append)
    return naps


def run(page: ScriptedPage, cap: int | None = None) -> tuple[Ended, Notebook]:
    desk = Notebook()
    return collect_color(page, Order("http://127.0.0.1:1", "RED", cap, stall_s=6), desk), desk


def test_list_is_complete_when_as_many_were_found_as_declared() -> None:
    ended, desk = run(ScriptedPage([2, 1], declared=3))
    assert ended.end == "complete"
    assert desk.found == ["key0", "key1", "key2"]


def test_every_batch_is_handed_in_before_the_next_is_asked_for() -> None:
    _, desk = run(ScriptedPage([1, 1, 1], declared=3))
    assert desk.log == [2, ("declared", 3), ["key0"], 1, ["key1"], 1, ["key2"]]


@pytest.mark.parametrize("declared", [4, None])
def test_silence_is_never_success(declared: int | None) -> None:
    with pytest.raises(Incomplete, match="nothing new for 6 s"):
        run(ScriptedPage([2, 1], declared))


def test_more_than_declared_is_not_complete_either() -> None:
    with pytest.raises(Incomplete, match="3 works found, but only 2"):
        run(ScriptedPage([3], declared=2))


def test_nothing_that_looks_like_a_work_means_that_the_page_changed() -> None:
    with pytest.raises(PageChanged):
        run(ScriptedPage([[("/story/x", "", "", "")]], declared=2))


def test_an_empty_list_that_says_so_is_complete() -> None:
    assert run(ScriptedPage([0], declared=0))[0].end == "complete"


def test_silent_page_is_nudged_until_it_goes_on() -> None:
    page = ScriptedPage([1, 0, 0, 1], declared=2)
    assert run(page)[0].end == "complete"
    assert page.nudges == [False, False, True, True]


def test_silence_counts_from_the_last_find() -> None:
    page = ScriptedPage([1, 0, 0, 1, 0, 0, 1], declared=3)
    assert run(page)[0].end == "complete"


def test_limit_is_exact_and_no_more_is_asked_for() -> None:
    page = ScriptedPage([2, 2, 2], declared=6)
    ended, desk = run(page, cap=3)
    assert (ended.end, desk.found) == ("capped", ["key0", "key1", "key2"])
    assert len(page.steps) == 1


def test_limit_beyond_the_list_does_not_make_it_capped() -> None:
    assert run(ScriptedPage([2], declared=2), cap=2)[0].end == "complete"


def test_work_that_comes_twice_counts_once() -> None:
    ended, desk = run(ScriptedPage([[tile(0), tile(1), tile(0)], [tile(1), tile(2)]], declared=3))
    assert (ended.end, desk.found) == ("complete", ["key0", "key1", "key2"])


def test_address_that_comes_later_is_handed_in() -> None:
    page = ScriptedPage([[tile(0, ""), tile(0)], [tile(1, "")], [tile(1)], [tile(2)]], declared=3)
    _, desk = run(page)
    assert desk.found == ["key0", "key1", "key1", "key2"]


def test_refused_page_is_opened_again_only_when_allowed() -> None:
    page = ScriptedPage([1], declared=1, replies=[(REFUSAL, ""), (None, "")])
    ended, desk = run(page)
    assert (ended.end, page.opened) == ("complete", 2)
    assert desk.log[:2] == [2, REFUSAL]


def test_refused_batch_is_told_at_once_and_asked_for_again_only_when_allowed(
    naps: list[float],
) -> None:
    page = ScriptedPage([1, 0, 1], declared=2, replies=[(None, ""), (REFUSAL, "")])
    ended, desk = run(page)
    assert ended.end == "complete"
    assert desk.log[-2:] == [REFUSAL, ["key1"]]
    assert page.nudges == [False, False, True]
    assert naps == []


def test_page_that_fails_for_a_while_is_opened_again() -> None:
    page = ScriptedPage([1], declared=1, replies=[(None, "status 500")] * 2)
    assert (run(page)[0].end, page.opened) == ("complete", 3)


def test_page_that_keeps_failing_is_given_up_with_its_status() -> None:
    with pytest.raises(ScrapeError, match="status 500"):
        run(ScriptedPage([1], declared=1, replies=[(None, "status 500")] * 9))


def test_reason_of_a_stall_names_what_the_page_was_answered() -> None:
    replies = [(None, ""), *[(None, "status 502")] * 9]
    with pytest.raises(Incomplete, match="status 502"):
        run(ScriptedPage([1], declared=2, replies=list(replies)))
