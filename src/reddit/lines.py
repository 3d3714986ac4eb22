"""Files as whole lines, packed by Zstandard or not, a few at a time, whatever their size.

A file that lacks its end is told, and never taken for a shorter one.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from ..errors import DataError

if sys.version_info >= (3, 14):  # pragma: no cover
    from compression import zstd
else:
    from backports import zstd

_ZSTD: Final = b"\x28\xb5\x2f\xfd"
# A frame that holds no text, as some tools put one before each that does.
_SKIPPED: Final = b"\x2a\x4d\x18"
_BLOCK_BYTES: Final = 1 << 18
_PACKED_BYTES: Final = 1 << 16
_LONGEST_LINE: Final = 1 << 28
# Dumps refer back by as much as two gigabytes.
_WINDOW: Final[dict[int, int]] = {zstd.DecompressionParameter.window_log_max: 31}
Data = bytes | memoryview
Advance = Callable[[int], object]


class Block(NamedTuple):
    """Some lines of a file, each with its end; `is_cut` if the last one, of the file, has none."""

    data: Data
    is_cut: bool = False


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Watched:
    """A file that says how much of it was read."""

    def __init__(self, file: _Readable, advance: Advance) -> None:
        self._file = file
        self._advance = advance
        self.done = 0

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self.done += len(data)
        self._advance(len(data))
        return data


def read_blocks(path: Path, advance: Advance = lambda _bytes: None) -> Iterator[Block]:
    """Give the lines of a file, a few hundred at a time.

    Parameters
    ----------
    path : Path
        Of text, or of such text packed by Zstandard, in any number of frames.
    advance : callable
        Told of every number of bytes that was read of the file.

    Raises
    ------
    DataError
        If the file is empty, damaged, or lacks its end.
    """
    with path.open("rb") as file:
        is_packed = _is_packed(file.peek(len(_ZSTD)))
        watched = _Watched(file, advance)
        blocks = _whole_lines(_unpack(watched, path) if is_packed else _chunks(watched), path)
        if not (first := next(blocks, None)):
            raise DataError(f"an empty file ({path}); fetch it again")
        yield first
        yield from blocks


def _is_packed(head: bytes) -> bool:
    return head.startswith(_ZSTD) or head[1:].startswith(_SKIPPED)


def _chunks(file: _Watched) -> Iterator[bytes]:
    while chunk := file.read(_BLOCK_BYTES):
        yield chunk


def _unpack(file: _Watched, path: Path) -> Iterator[bytes]:
    """Give the text of all frames, in pieces whose size does not depend on what is packed."""
    packed, unpacked = file.read(_PACKED_BYTES), 0
    try:
        while packed:
            frame = zstd.ZstdDecompressor(options=_WINDOW)
            while not frame.eof:
                if frame.needs_input and not (packed := packed or file.read(_PACKED_BYTES)):
                    raise _cut_off(path, file.done, unpacked)
                yield (chunk := frame.decompress(packed, _BLOCK_BYTES))
                packed, unpacked = b"", unpacked + len(chunk)
            packed = frame.unused_data or file.read(_PACKED_BYTES)
    except zstd.ZstdError as error:
        raise DataError(
            f"a damaged file ({path}: {error}, within the first {file.done:,} bytes, after "
            f"{unpacked:,} of text); fetch it again"
        ) from error


def _cut_off(path: Path, done: int, unpacked: int) -> DataError:
    return DataError(
        f"a file without its end ({path}: all its {done:,} bytes were read, and gave {unpacked:,} "
        "of text, but more must follow); fetch it again"
    )


def _whole_lines(chunks: Iterator[bytes], path: Path) -> Iterator[Block]:
    """Cut chunks where lines end."""
    left: list[bytes] = []
    for chunk in chunks:
        first, last = chunk.find(b"\n") + 1, chunk.rfind(b"\n") + 1
        left.append(chunk[:first] if first else chunk)
        if not first:
            _check_length(left, path)
            continue
        yield Block(b"".join(left))
        if first < last:
            yield Block(memoryview(chunk)[first:last])
        left = [chunk[last:]]
    if any(left):
        yield Block(b"".join(left), is_cut=True)


def _check_length(parts: list[bytes], path: Path) -> None:
    if (length := sum(map(len, parts))) > _LONGEST_LINE:
        raise DataError(
            f"no dump of posts ({path} has a line of over {length:,} bytes); expected JSON with "
            "one post a line"
        )
