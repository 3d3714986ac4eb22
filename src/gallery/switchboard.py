"""Which faults are on right now, and how often each has struck."""

from collections import Counter
from collections.abc import Iterable
from threading import Lock

from .faults import PAGE_FAULTS, Fault, Kind


class Switchboard:
    """The faults that are on; safe to use and to change from several threads.

    Parameters
    ----------
    seed : int
        Chooses the paths that a fault with a share strikes.
    faults : iterable of Fault
        On from the start.

    Examples
    --------
    >>> board = Switchboard(0, [Fault(name="error-500", first=1)])
    >>> [fault.name for fault in board.strike(Kind.IMAGE, "/a")]
    ['error-500']
    >>> board.strike(Kind.IMAGE, "/b")
    ()
    """

    def __init__(self, seed: int, faults: Iterable[Fault] = ()) -> None:
        self.seed = seed
        self._lock = Lock()
        self._faults: tuple[Fault, ...] = ()
        self._met: Counter[Fault] = Counter()
        self._met_by_path: Counter[tuple[Fault, str]] = Counter()
        self.switch(faults)

    def switch(self, faults: Iterable[Fault]) -> None:
        """Put these faults in the place of those that are on, and count from 0 again."""
        with self._lock:
            self._faults = tuple(faults)
            self._met.clear()
            self._met_by_path.clear()

    def strike(self, kind: Kind, path: str) -> tuple[Fault, ...]:
        """Return the faults that strike this request, and count them."""
        with self._lock:
            return tuple(fault for fault in self._faults if self._strikes(fault, kind, path))

    def _strikes(self, fault: Fault, kind: Kind, path: str) -> bool:
        """Decide on one fault; a page's share is one of tiles, decided where they are drawn."""
        if not fault.concerns(kind):
            return False
        if fault.name not in PAGE_FAULTS and not fault.chooses(path, self.seed):
            return False
        self._met[fault] += 1
        self._met_by_path[fault, path] += 1
        order = self._met[fault] - fault.after
        within_first = not fault.first or order <= fault.first
        within_each = not fault.each or self._met_by_path[fault, path] <= fault.each
        return order > 0 and within_first and within_each
