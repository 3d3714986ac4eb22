from datetime import UTC, datetime, timedelta

import pytest

from src.errors import Blocked
from src.fetching import pauses
from src.fetching.ledger import Ledger
from src.fetching.pauses import check_pause, note_pause


class Clock(datetime):
    """A clock that is ahead by so much."""

    ahead = timedelta()

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return datetime.now(UTC) + cls.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    monkeypatch.setattr(pauses, "datetime", Clock)
    monkeypatch.setattr(Clock, "ahead", timedelta())
    return Clock


def test_a_site_is_left_alone_for_as_long_as_it_asked(ledger: Ledger, clock: type[Clock]) -> None:
    check_pause(ledger)
    note_pause(ledger, Blocked("429", wait_s=3600))
    clock.ahead = timedelta(seconds=3000)
    with pytest.raises(Blocked, match="asked to be left alone") as caught:
        check_pause(ledger)
    assert caught.value.wait_s == pytest.approx(600, abs=5)
    clock.ahead = timedelta(seconds=3601)
    check_pause(ledger)


def test_a_clock_that_was_set_back_keeps_nobody_waiting(ledger: Ledger, clock: type[Clock]) -> None:
    clock.ahead = timedelta(days=365)
    note_pause(ledger, Blocked("429", wait_s=3600))
    clock.ahead = timedelta()
    check_pause(ledger)
