"""Products of matrices on one thread, whatever else the process does at the same time."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any, Final

from threadpoolctl import ThreadpoolController

_IN_USE: Final = Lock()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let BLAS use one thread in this block, then as many as before.

    The products here take less than a millisecond. Shared with a second thread they gain little on
    an idle machine, and on a busy one they wait for that thread's turn: on two cores with seven
    other processes, 60 times as long.

    The number belongs to the whole process. While another thread is in such a block, this one
    relies on it instead of setting the number too: of two that set it, the one that leaves last
    would restore what the other had set. Keep blocks short, so that it does not matter who leaves.

    Examples
    --------
    >>> with one_blas_thread():
    ...     numbers = {library["num_threads"] for library in _blas_libraries().info()}
    >>> numbers
    {1}
    """
    if not _IN_USE.acquire(blocking=False):
        yield
        return
    try:
        with _blas_libraries().limit(limits=1):
            yield
    finally:
        _IN_USE.release()


@cache
def _blas_libraries() -> Any:
    """Find the process's BLAS libraries, once: that takes some milliseconds."""
    return ThreadpoolController().select(user_api="blas")
