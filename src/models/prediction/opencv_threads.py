"""OpenCV on one thread, while threads or processes of our own use all cores."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import cv2

_LOCK = Lock()
# How many blocks are open, and what the number was before the first of them.
_open = 0
_before = 1


@contextmanager
def one_opencv_thread() -> Iterator[None]:
    """Let OpenCV use one thread in this block, then as many as before.

    The number belongs to the whole process, so of several blocks at a time, begun and left in any
    order, the first sets it and the last restores it.

    Examples
    --------
    >>> with one_opencv_thread():
    ...     cv2.getNumThreads()
    1
    """
    global _open, _before  # noqa: PLW0603 - as is the number
    with _LOCK:
        if not _open:
            _before = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _open += 1
    try:
        yield
    finally:
        with _LOCK:
            _open -= 1
            if not _open:
                cv2.setNumThreads(_before)
