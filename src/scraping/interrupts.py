"""Ctrl-C: the first one asks for an orderly end, the second one ends at once."""

import os
import signal
import threading
from types import FrameType
from typing import Final

from ..edges import EXIT_INTERRUPTED

_STDERR: Final = 2


def stop_on_interrupt() -> threading.Event:
    """Return what the first interrupt sets.

    The second one leaves on the spot: everything committed stays, and workers and their browsers
    end with this process.
    """
    stop = threading.Event()

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(EXIT_INTERRUPTED)
        stop.set()
        # Not print(): the signal may have come while this thread was writing to that very stream.
        os.write(_STDERR, b"finishing what is in flight; once more to leave now\n")

    signal.signal(signal.SIGINT, interrupt)
    return stop
