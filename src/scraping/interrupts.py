"""Ctrl-C: the first one asks for an orderly end, the second one ends at once."""

import os
import signal
import sys
import threading
from types import FrameType

from src.edges import EXIT_INTERRUPTED


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
        print("finishing what is in flight; once more to leave now", file=sys.stderr, flush=True)

    signal.signal(signal.SIGINT, interrupt)
    return stop
