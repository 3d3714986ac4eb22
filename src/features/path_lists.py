"""Lists of pictures, in files and on standard input, which may hold one picture instead."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from os import fsdecode
from os.path import lexists
from typing import BinaryIO, Final

from ..errors import DataError
from ..images import default_limits
from .picture_addresses import scheme_of

STDIN: Final = "-"
# Stands before the name of a file that lists pictures.
LIST_SIGN: Final = "@"

_BLOCK_BYTES: Final = 1 << 16
# An entry can be a picture itself, as a ``data:`` address; one that never ends is not kept.
_ENTRY_BYTES: Final = 1 << 24
_UTF8_MARK: Final = b"\xef\xbb\xbf"
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_END: Final = re.compile(rb"[\0\n]")
# NUL may end an entry.
_CONTROLS: Final = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class PathList:
    """A list of pictures: the name of a file, or ``-`` for standard input."""

    place: str

    def entries(self, stdin: "StandardInput") -> Iterator[str]:
        """Yield what it lists, lazily.

        Raises
        ------
        OSError
            If the file cannot be read.
        DataError
            If it is no list.
        """
        if self.place == STDIN:
            yield from stdin.entries()
            return
        with open(self.place, "rb") as file:  # noqa: PTH123 - Path would resolve what is no name
            yield from split_entries(file)


class StandardInput:
    """What comes in on standard input, looked at when it is first asked for.

    Attributes
    ----------
    picture : bytes
        What was read as one picture.
    """

    picture: bytes = b""

    @cached_property
    def head(self) -> bytes:
        """What came of it first: all of its first entry at least, or a block."""
        head, blocks = b"", _blocks(sys.stdin.buffer)
        while not _END.search(head.lstrip()) and len(head) < _BLOCK_BYTES:
            if not (block := next(blocks, b"")):
                break
            head += block
        return head

    def read_picture(self) -> None:
        """Read all of it as one picture, but no more than is needed."""
        # One byte too many is enough to be refused.
        rest = sys.stdin.buffer.read(default_limits().max_bytes + 1 - len(self.head))
        self.picture = self.head + rest

    def entries(self) -> Iterator[str]:
        """Yield the entries of the list that it is."""
        return split_entries(sys.stdin.buffer, self.head)

    @property
    def holds_list(self) -> bool:
        """Whether what it begins with is the name of something that is there, or an address."""
        first = self._first_entry
        return bool(first) and (bool(scheme_of(first)) or lexists(first))

    @property
    def hint(self) -> str:
        """What may be wrong with it, if it is text and no picture; empty if it is not text."""
        start = self.picture[:_BLOCK_BYTES]
        if not start or b"\0" in start or _CONTROLS.search(start):
            return ""
        return (
            f"cannot read {STDIN}: it is text, and its first line names nothing that is there "
            f"({self._first_entry[:80]!r}); give an image, or --paths-from - for a list of images"
        )

    @cached_property
    def _first_entry(self) -> str:
        head = self.head.removeprefix(_UTF8_MARK).lstrip(b"\r\n")
        return _decode(head.split(b"\0" if b"\0" in head else b"\n", 1)[0])


def split_entries(file: BinaryIO, head: bytes = b"") -> Iterator[str]:
    r"""Yield the entries of a list: one a line, or each ended by NUL as ``find -print0`` does.

    Parameters
    ----------
    file : binary file
        Is read as far as entries are asked for.
    head : bytes
        What was read of it already.

    Raises
    ------
    DataError
        If it is no list.

    Examples
    --------
    >>> from io import BytesIO
    >>> list(split_entries(BytesIO(b"a.jpg\r\n\nrooms/b c.png")))
    ['a.jpg', 'rooms/b c.png']
    >>> list(split_entries(BytesIO(b"two\nlines.jpg\0b.png\0")))
    ['two\nlines.jpg', 'b.png']
    """
    blocks = _blocks(file)
    first = head or next(blocks, b"")
    if _CONTROLS.search(first) or first.startswith(_UTF16_MARKS):
        raise DataError(f"it is no list of files in UTF-8 (starts with {first[:12]!r})")
    end, rest = b"\0" if b"\0" in first else b"\n", b""
    for block in chain([first.removeprefix(_UTF8_MARK)], blocks):
        *entries, rest = (rest + block).split(end)
        yield from filter(None, map(_decode, entries))
        if len(rest) > _ENTRY_BYTES:
            raise DataError(f"an entry of it has no end ({rest[:40]!r})")
    if last := _decode(rest):
        yield last


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    # What is there already, without waiting for a whole block.
    read = getattr(file, "read1", file.read)
    while block := read(_BLOCK_BYTES):
        yield block


def _decode(entry: bytes) -> str:
    return fsdecode(entry.removesuffix(b"\r"))
