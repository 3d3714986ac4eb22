"""Whole lines of files, and files that lack their end."""

from pathlib import Path

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from src.errors import DataError
from src.reddit import lines as lines_module
from src.reddit.lines import read_blocks

TEXT = b"".join(b"%d %s\n" % (number, b"x" * (number % 97)) for number in range(20_000))


def text_of(path: Path) -> bytes:
    return b"".join(bytes(block.data) for block in read_blocks(path))


def write(folder: Path, data: bytes) -> Path:
    path = folder / "dump"
    path.write_bytes(data)
    return path


def test_plain_and_packed_files_give_their_lines(tmp_path: Path) -> None:
    for data in (TEXT, zstd.compress(TEXT)):
        blocks = list(read_blocks(write(tmp_path, data)))
        assert b"".join(bytes(block.data) for block in blocks) == TEXT
        assert all(bytes(block.data[-1:]) == b"\n" and not block.is_cut for block in blocks)
        assert len(blocks) > 2


def test_frames_follow_each_other_wherever_lines_end(tmp_path: Path) -> None:
    middle = len(TEXT) // 2 + 3
    packed = zstd.compress(TEXT[:middle]) + zstd.compress(TEXT[middle:])
    assert text_of(write(tmp_path, packed)) == TEXT
    skipped = b"\x50\x2a\x4d\x18\x04\x00\x00\x00note"
    assert text_of(write(tmp_path, skipped + packed + skipped)) == TEXT


def test_a_long_window_is_allowed(tmp_path: Path) -> None:
    options: dict[int, int] = {zstd.CompressionParameter.window_log: 30}
    packer = zstd.ZstdCompressor(options=options)
    packed = packer.compress(TEXT) + packer.flush()
    with pytest.raises(zstd.ZstdError):
        zstd.decompress(packed)
    assert text_of(write(tmp_path, packed)) == TEXT


@pytest.mark.parametrize("kept", [5, 0.2, 0.6, 0.99])
def test_a_truncated_file_is_told_with_how_much_there_was(tmp_path: Path, kept: float) -> None:
    whole = zstd.compress(TEXT) + zstd.compress(TEXT)
    cut = whole[: int(kept if kept > 1 else kept * len(whole))]
    with pytest.raises(DataError, match=f"without its end .*all its {len(cut):,} bytes"):
        text_of(write(tmp_path, cut))


def test_only_the_end_of_a_frame_is_an_end(tmp_path: Path) -> None:
    """A frame cut where one of its blocks ends has whole lines, and is nevertheless cut."""
    packer = zstd.ZstdCompressor()
    block = packer.compress(TEXT) + packer.flush(zstd.ZstdCompressor.FLUSH_BLOCK)
    path = write(tmp_path, block)
    with pytest.raises(DataError, match=f"gave {len(TEXT):,} of text"):
        text_of(path)


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    options: dict[int, int] = {zstd.CompressionParameter.checksum_flag: 1}
    packed = bytearray(zstd.compress(TEXT, options=options))
    packed[-1] ^= 1
    with pytest.raises(DataError, match="a damaged file"):
        text_of(write(tmp_path, bytes(packed)))
    with pytest.raises(DataError, match="a damaged file"):
        text_of(write(tmp_path, zstd.compress(TEXT) + b"and more"))


@pytest.mark.parametrize("data", [b"", zstd.compress(b"")])
def test_an_empty_file_is_told(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(DataError, match="an empty file"):
        text_of(write(tmp_path, data))


def test_a_last_line_without_its_end_is_marked(tmp_path: Path) -> None:
    *_, last = read_blocks(write(tmp_path, zstd.compress(TEXT + b"half")))
    assert last == (b"half", True)


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "_LONGEST_LINE", 1 << 20)
    with pytest.raises(DataError, match="a line of over"):
        text_of(write(tmp_path, zstd.compress(bytes(1 << 22))))


def test_what_is_packed_tightly_comes_in_pieces(tmp_path: Path) -> None:
    """A few bytes that stand for a gigabyte take no gigabyte."""
    packed = zstd.compress(b"\n" * (1 << 27))
    assert len(packed) < 1 << 15
    assert max(len(block.data) for block in read_blocks(write(tmp_path, packed))) <= 1 << 18


def test_all_that_is_read_is_told(tmp_path: Path) -> None:
    done: list[int] = []
    path = write(tmp_path, zstd.compress(TEXT))
    list(read_blocks(path, done.append))
    assert sum(done) == path.stat().st_size


@given(st.lists(st.binary(max_size=9), min_size=1), st.integers(1, 7))
def test_chunks_of_any_size_give_the_same_lines(parts: list[bytes], size: int) -> None:
    text = b"\n".join(parts)
    chunks = (text[at : at + size] for at in range(0, len(text), size))
    blocks = list(lines_module._whole_lines(chunks, Path("x")))
    assert b"".join(bytes(block.data) for block in blocks) == text
    assert [block.is_cut for block in blocks[:-1]] == [False] * (len(blocks) - 1)
    assert not blocks or blocks[-1].is_cut == (not text.endswith(b"\n"))
