"""Memory that goes back to the system when a large picture is done with."""

import ctypes
import sys
from contextlib import suppress
from typing import Final

# <malloc.h>: parameters of mallopt.
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8

# Pictures of the working size and their conversions stay in the heap, where they cost no page
# faults; what is larger is mapped by itself.
_LARGE_BYTES: Final = 1 << 20


def return_large_blocks() -> None:
    """Keep glibc from holding on to the memory of large pictures, in as many heaps as threads.

    Left to itself it raises its threshold to the largest picture it has met, and the process grows
    with every unlucky order of large and small ones. Elsewhere than on glibc nothing is done.

    References
    ----------
    mallopt(3), Linux manual page.
    """
    if not sys.platform.startswith("linux"):
        return
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, value in (
            (_M_MMAP_THRESHOLD, _LARGE_BYTES),
            (_M_ARENA_MAX, 2),
        ):
            mallopt(parameter, value)
