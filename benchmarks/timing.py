"""Times of several ways to do the same thing, taken in turns."""

from collections.abc import Callable, Sequence
from time import perf_counter

import numpy as np


def median_seconds(ways: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Return the median time of each way, in seconds.

    The ways take turns, so that whatever else the machine does meets all alike; each is done
    once before, for what is only made once.
    """
    for way in ways:
        way()
    times = np.empty((rounds, len(ways)))
    for row in times:
        for column, way in enumerate(ways):
            start = perf_counter()
            way()
            row[column] = perf_counter() - start
    return [float(median) for median in np.median(times, axis=0)]
