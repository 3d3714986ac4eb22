"""Work in threads that a Ctrl-C ends in good order: the first one asks, the second one leaves."""

import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from types import FrameType
from typing import Final, NoReturn, TypeVar

# What was in flight when a stop was asked for gets this long; the whole stop has five seconds.
_GRACE_S: Final = 3.5
# How often a stop is looked for while nothing comes back.
_LOOK_S: Final = 0.2
_STDERR: Final = 2
_NAME: Final = "jobs"

J = TypeVar("J")
R = TypeVar("R")


def run_jobs(
    jobs: Iterable[J], work: Callable[[J], R], threads: int, stop: threading.Event
) -> Iterator[list[R]]:
    """Yield results, in groups as they come, with at most ``threads`` jobs given out at a time.

    A job counts as given out until its group was taken back, so whoever commits each group before
    asking for the next has at most ``threads`` uncommitted jobs, even when killed.

    Parameters
    ----------
    jobs : iterable
        Taken from as places become free.
    work : callable
        Runs in the threads.
    threads : int
        How many jobs run at a time.
    stop : threading.Event
        When set, no more jobs are given out, and those in flight get a few seconds.
    """
    source = iter(jobs)
    out: set[Future[R]] = set()
    give_up_at = math.inf
    pool = ThreadPoolExecutor(threads, _NAME)
    try:
        while time.monotonic() < give_up_at:
            if not stop.is_set():
                out |= {pool.submit(work, job) for job in islice(source, threads - len(out))}
            elif give_up_at == math.inf:
                give_up_at = time.monotonic() + _GRACE_S
            if not out:
                return
            done, out = wait(out, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
            if done:
                yield [future.result() for future in done]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def stop_on_interrupt() -> Iterator[threading.Event]:
    """Yield what the first interrupt sets, as long as the block lasts.

    The second one leaves on the spot: everything committed stays, and workers and their browsers
    end with this process. Outside the main thread, which alone hears of interrupts, nothing is set.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(128 + signal.SIGINT)  # as a shell tells it
        stop.set()
        # Not print(): the signal may have come while this thread was writing to that very stream.
        os.write(_STDERR, b"finishing what is in flight; once more to leave now\n")

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def leave(exit_code: int) -> NoReturn:
    """End the process with its results written, though a thread may still hang.

    An ordinary exit would wait for a read that was given up.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    give_up_at = time.monotonic() + _LOOK_S
    for thread in threading.enumerate():
        if thread.name.startswith(_NAME):
            thread.join(max(0.0, give_up_at - time.monotonic()))
            if thread.is_alive():
                os._exit(exit_code)
    sys.exit(exit_code)
