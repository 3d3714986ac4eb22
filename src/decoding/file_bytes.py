"""Paths, bytes and file objects -> a file's bytes, never more than are allowed."""

import os
import stat
from collections.abc import Iterator
from inspect import iscoroutine
from typing import Any, BinaryIO, Final, TextIO

from ..errors import ImageTooLarge, UnreadableImage

_CHUNK_BYTES: Final = 1 << 18
# Files of the system that say they are empty are not read byte by byte.
_LEAST_CHUNK_BYTES: Final = 1 << 12


def read_source(source: Any, max_bytes: int, name: str) -> bytes:
    """Return the bytes of a file.

    Parameters
    ----------
    source : path, bytes-like or binary file object
        A file object is read from where it stands to its end, and not closed.
    max_bytes : int
        How many are allowed.
    name : str
        What the error texts call it.

    Raises
    ------
    UnreadableImage
        Nothing that can be read, or reading failed.
    ImageTooLarge
        More than `max_bytes`.

    Examples
    --------
    >>> read_source(bytearray(b"GIF89a"), 10, "picture")
    b'GIF89a'
    """
    if isinstance(source, bytes | bytearray | memoryview):
        _check_bytes(memoryview(source).nbytes, max_bytes, name)
        return bytes(source)
    if not isinstance(source, str | os.PathLike) and not hasattr(source, "read"):
        raise UnreadableImage(
            f"cannot read {name}: not a source of images; "
            "give a path, bytes, a binary file object, a PIL image or a NumPy array"
        )
    is_path = isinstance(source, str | os.PathLike)
    try:
        if is_path:
            return _read_path(os.fsdecode(source) or os.curdir, max_bytes, name)
        return _read_stream(source, max_bytes, name)
    except (OSError, ValueError, EOFError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableImage(
            f"cannot read {name}: {reason}; check the {'path' if is_path else 'file object'}"
        ) from error


def _read_path(path: str, max_bytes: int, name: str) -> bytes:
    # Not by pathlib, which takes as long as the reading.
    status = os.stat(path)  # noqa: PTH116
    # Opening a pipe or a device could wait for ever.
    if not stat.S_ISREG(status.st_mode):
        kind = "folder" if stat.S_ISDIR(status.st_mode) else "pipe or device"
        raise UnreadableImage(f"cannot read {name}: it is a {kind}; give an image file")
    _check_bytes(status.st_size, max_bytes, name)
    # In one piece, and with no buffer in between, which would take longer than the reading.
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123
        return _read_stream(file, max_bytes, name, max(status.st_size + 1, _LEAST_CHUNK_BYTES))


def _read_stream(
    stream: BinaryIO | TextIO, max_bytes: int, name: str, chunk_bytes: int = _CHUNK_BYTES
) -> bytes:
    """Read to the end, but never more than one byte beyond what is allowed."""
    data = b"".join(_chunks(stream, max_bytes + 1, name, chunk_bytes))
    if len(data) > max_bytes:
        raise _too_many_bytes(f"more than {max_bytes:,}", max_bytes, name)
    return data


def _chunks(
    stream: BinaryIO | TextIO, max_bytes: int, name: str, chunk_bytes: int
) -> Iterator[bytes]:
    while max_bytes > 0:
        chunk = _read_chunk(stream, min(chunk_bytes, max_bytes), name)
        if not chunk:
            return
        yield chunk
        max_bytes -= len(chunk)


def _read_chunk(stream: Any, size: int, name: str) -> bytes:
    """Return what a stream gives next; one that is no file of ours may raise or give anything."""
    try:
        chunk = stream.read(size)
    except Exception as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise UnreadableImage(f"cannot read {name}: {reason}; check the file object") from error
    if isinstance(chunk, str):
        raise UnreadableImage(f"cannot read {name}: it is open as text; open it as binary")
    if chunk is None or isinstance(chunk, bytes | bytearray | memoryview):
        return bytes(chunk or b"")  # nothing at the moment is nothing for good
    if iscoroutine(chunk):
        chunk.close()
        raise UnreadableImage(f"cannot read {name}: it is asynchronous; await its bytes first")
    raise UnreadableImage(
        f"cannot read {name}: it gives {type(chunk).__name__}, not bytes; check the file object"
    )


def _check_bytes(count: int, max_bytes: int, name: str) -> None:
    if count > max_bytes:
        raise _too_many_bytes(f"{count:,}", max_bytes, name)


def _too_many_bytes(found: str, max_bytes: int, name: str) -> ImageTooLarge:
    return ImageTooLarge(
        f"cannot read {name}: too many bytes ({found}); at most {max_bytes:,} are allowed: "
        "scale it down or raise ARTLENS_MAX_IMAGE_BYTES"
    )
