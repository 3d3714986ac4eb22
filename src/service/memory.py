"""Memory that goes back to the system when a large picture is done with."""

import ctypes
import sys
from contextlib import suppress
from typing import Final

# <malloc.h>: parameters of mallopt.
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8

# Blocks of pictures up to a megapixel come from the heap, where they cost no page faults; what is
# larger is mapped by itself.
_LARGE_BYTES: Final = 4 << 20
# As many of them as one picture takes stay with a heap when they are free; with less, each picture
# would ask the system for all of its memory again, which doubles its time.
_KEPT_BYTES: Final = 4 * _LARGE_BYTES


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
            (_M_TRIM_THRESHOLD, _KEPT_BYTES),
            (_M_ARENA_MAX, 2),
        ):
            mallopt(parameter, value)
