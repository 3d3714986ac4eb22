"""How many bytes of bodies are in memory at once, over all requests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .limits import ServiceLimits
from .problems import busy


class UploadMeter:
    """Counts the bytes of all bodies that are in memory, so that they never are too many."""

    def __init__(self, limits: ServiceLimits) -> None:
        self._limits = limits
        self.held_bytes = 0

    @contextmanager
    def lease(self) -> Iterator["Lease"]:
        """Give back, at the end of a ``with`` block, what was taken within it."""
        lease = Lease(self)
        try:
            yield lease
        finally:
            self.held_bytes -= lease.taken_bytes

    def take(self, count: int) -> None:
        """Count bytes that came in.

        Raises
        ------
        Problem
            Busy, if they are too many.
        """
        if self.held_bytes + count > self._limits.max_upload_bytes:
            raise busy(self._limits)
        self.held_bytes += count


@dataclass(slots=True)
class Lease:
    """What one request holds of the memory for bodies."""

    meter: UploadMeter
    taken_bytes: int = 0

    def take(self, count: int) -> None:
        """Count bytes that came in."""
        self.meter.take(count)
        self.taken_bytes += count
