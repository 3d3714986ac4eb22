"""Leaving a site alone for as long as it asked to, over runs."""

from datetime import UTC, datetime, timedelta
from typing import Final

from ..errors import Blocked
from .hosts import come_back
from .ledger import Ledger

_UNTIL: Final = "come_back"
_WAIT: Final = "come_back_wait_s"


def note_pause(ledger: Ledger, error: Blocked) -> None:
    """Remember for the next run how long a site wants to be left alone."""
    until = datetime.now(UTC) + timedelta(seconds=error.wait_s)
    ledger.set_note(_WAIT, str(error.wait_s))
    ledger.set_note(_UNTIL, until.isoformat())


def check_pause(ledger: Ledger) -> None:
    """Leave the site alone for as long as it asked an earlier run to.

    Who has to wait for longer than was asked for has a clock that was set back since; the site is
    asked again.

    Raises
    ------
    Blocked
        That time has not come.
    """
    until = ledger.note(_UNTIL)
    if not until:
        return
    wait_s = (datetime.fromisoformat(until) - datetime.now(UTC)).total_seconds()
    if 0 < wait_s <= float(ledger.note(_WAIT) or wait_s):
        raise Blocked(
            f"the site asked to be left alone; run the same command again after "
            f"{come_back(wait_s)}",
            wait_s,
        )
