import io
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.config import settings
from src.errors import DataError
from src.features.path_lists import PathList, StandardInput, split_entries


def entries(content: bytes) -> list[str]:
    return list(split_entries(io.BytesIO(content)))


def test_entries_are_separated_by_lines_or_by_nul() -> None:
    assert entries(b"a b.jpg\n\nb.jpg\r\nc") == ["a b.jpg", "b.jpg", "c"]
    assert entries(b"a\nb.jpg\0c\0") == ["a\nb.jpg", "c"]
    assert entries(b"\xef\xbb\xbfa.jpg\n") == ["a.jpg"]
    assert entries(b"\xff.jpg\n") == [os.fsdecode(b"\xff.jpg")]
    assert entries(b"") == []


@given(st.lists(st.binary(min_size=1, max_size=40)), st.integers(1, 50))
def test_entries_are_the_same_however_they_come_in(names: list[bytes], size: int) -> None:
    class Drop(io.BytesIO):
        def read1(self, _size: int | None = -1) -> bytes:
            return self.read(size)

    plain = [bytes(max(byte, 33) for byte in name) for name in names]
    content = b"".join(name + b"\n" for name in plain)
    assert list(split_entries(Drop(content))) == [
        os.fsdecode(name) for name in plain if not name.startswith(b"\xff\xfe")
    ]


@pytest.mark.parametrize("content", [b"\xff\xd8\xff\xe0\0\x10JFIF", "a.jpg\n".encode("utf-16")])
def test_what_is_no_list_is_refused(content: bytes) -> None:
    with pytest.raises(DataError, match="no list of files in UTF-8"):
        entries(content)


def test_an_entry_without_an_end_is_given_up() -> None:
    class Endless(io.BytesIO):
        asked = 0

        def read1(self, size: int | None = -1) -> bytes:
            self.asked += 1
            return b"x" * (size or 0)

    endless = Endless()
    with pytest.raises(DataError, match="has no end"):
        list(split_entries(endless))
    assert endless.asked < 300


def test_a_list_is_read_as_far_as_it_is_asked_for(tmp_path: Path) -> None:
    place = tmp_path / "list.txt"
    place.write_bytes(b"a.jpg\n" * 100_000)
    search = PathList(str(place)).entries(StandardInput())
    assert next(search) == "a.jpg"
    place.write_bytes(b"")
    assert sum(1 for _ in search) < 20_000


def test_no_more_of_a_picture_is_read_than_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = settings().max_image_bytes
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"GIF89a\n" + bytes(limit))))
    stdin = StandardInput()
    assert not stdin.holds_list
    stdin.read_picture()
    assert stdin.hint == ""
    assert stdin.picture[:7] == b"GIF89a\n"
    assert len(stdin.picture) == limit + 1


@pytest.mark.parametrize(
    ("content", "entries"),
    [(b"two\nlines.jpg\0b.png\0", ["two\nlines.jpg", "b.png"]), (b"\n\r\na\r\nb", ["a", "b"])],
)
def test_standard_input_is_the_list_that_a_file_would_be(
    content: bytes, entries: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    stdin = StandardInput()
    assert stdin._first_entry == entries[0]
    assert list(stdin.entries()) == entries
