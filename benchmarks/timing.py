"""Times of several ways to do the same thing, taken in turns."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Final

import numpy as np

from benchmarks.report import Ratio, describe_rates

# A way that is quicker is done several times in its turn, as for one file of a folder after the
# other: just after another way has had the processor's caches, it would measure these.
_TURN_S: Final = 0.02


def median_seconds(ways: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Return the median time of each way, in seconds.

    The ways take turns, so that whatever else the machine does meets all alike; each is done
    twice before, for what is only made once, and to see how often it fits into a turn.
    """
    repeats = []
    for way in ways:
        way()
        repeats.append(max(1, round(_TURN_S / _seconds(way, 1))))
    times = np.empty((rounds, len(ways)))
    for row in times:
        row[:] = [_seconds(way, count) for way, count in zip(ways, repeats, strict=True)]
    return [float(median) for median in np.median(times, axis=0)]


def compare(
    name: str,
    floor: float,
    ways: tuple[Callable[[], object], Callable[[], object]],
    *,
    rounds: int = 60,
    count: int = 1,
) -> Ratio:
    """Return a row: how much faster our way is than a plain one.

    Parameters
    ----------
    name : str
        What is done, and against what.
    floor : float
        The least that will do, on any machine.
    ways : tuple of callable
        Ours and the plain one.
    rounds : int
        How often they take turns.
    count : int
        How many pictures or rows each does at once.
    """
    ours_s, plain_s = (seconds / count for seconds in median_seconds(ways, rounds))
    return Ratio(name, plain_s / ours_s, floor, describe_rates(ours_s, plain_s))


def _seconds(way: Callable[[], object], count: int) -> float:
    start = perf_counter()
    for _ in range(count):
        way()
    return (perf_counter() - start) / count
