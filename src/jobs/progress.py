"""How far a long work is: a bar on a terminal, and in a log a line now and then."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

# What is done sooner needs no word; from then on, few enough lines for a work of hours.
_FIRST_LINE_S: Final = 15.0
_NEXT_LINE_S: Final = 60.0

Update = Callable[[int], object]


@contextmanager
def show_progress(label: str, total: int | None, unit: str = "picture") -> Iterator[Update]:
    """Yield what is to be told how many pictures were done; it writes on standard error.

    Parameters
    ----------
    label : str
        Stands before the numbers.
    total : int or None
        How many there are, where that is known.
    unit : str
        What is counted, if not pictures.
    """
    if sys.stderr.isatty():
        # Worker processes import this file, and show nothing.
        from tqdm import tqdm

        with tqdm(total=total, desc=label, unit=unit) as bar:
            yield bar.update
    else:
        yield LogLines(label, total, unit).update


@dataclass(slots=True)
class LogLines:
    """Writes a line after 15 seconds, and then every minute."""

    label: str
    total: int | None
    unit: str = "picture"
    clock: Callable[[], float] = time.monotonic
    done: int = 0
    began: float = field(init=False)
    due: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin to count."""
        self.began = self.clock()
        self.due = self.began + _FIRST_LINE_S

    def update(self, count: int) -> None:
        """Take note of so many more, and tell if it is time to."""
        self.done += count
        now = self.clock()
        if now >= self.due:
            self.due = now + _NEXT_LINE_S
            print(self._line(now - self.began), file=sys.stderr, flush=True)

    def _line(self, seconds: float) -> str:
        if self.total is None:
            return f"{self.label}: {self.done:,} {self.unit}s after {seconds:.0f} s"
        left = seconds * (self.total - self.done) / self.done
        return (
            f"{self.label}: {self.done:,} of {self.total:,} {self.unit}s, about {left:.0f} s left"
        )
