"""Times of several ways to do the same thing, taken in turns."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Final

import numpy as np

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


def _seconds(way: Callable[[], object], count: int) -> float:
    start = perf_counter()
    for _ in range(count):
        way()
    return (perf_counter() - start) / count
