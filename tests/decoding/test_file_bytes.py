"""Sources are read no further than allowed, and never closed or changed."""

import io
import lzma
import os
import zipfile
import zlib
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from src.errors import ImageTooLarge, UnreadableImage
from src.images import ImageLimits, decode_image
from tests.picture_files import encoded, noise_rgb

PNG = encoded(Image.fromarray(noise_rgb(5, 6)), "PNG")


def test_file_object_is_read_from_where_it_stands_and_left_open() -> None:
    file = io.BytesIO(b"before" + PNG)
    file.seek(6)
    np.testing.assert_array_equal(decode_image(file), decode_image(PNG))
    assert not file.closed


class _EndlessFile(io.RawIOBase):
    """Gives a few bytes at a time, for ever."""

    given = 0

    def read(self, size: int = -1) -> bytes:
        step = min(size, 10)
        self.given += step
        return b"\xff" * step


def test_file_object_is_read_no_further_than_allowed() -> None:
    endless = _EndlessFile()
    with pytest.raises(ImageTooLarge, match="more than 1,000"):
        decode_image(cast(Any, endless), limits=ImageLimits(max_bytes=1_000, max_pixels=9))
    assert endless.given == 1_001


def test_bytes_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(PNG)
    exact = ImageLimits(max_bytes=len(PNG), max_pixels=30)
    less = ImageLimits(max_bytes=len(PNG) - 1, max_pixels=30)
    for source in (path, PNG, memoryview(PNG)):
        assert decode_image(source, limits=exact).shape == (5, 6, 3)
        with pytest.raises(ImageTooLarge, match="too many bytes"):
            decode_image(source, limits=less)


def test_path_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    long, broken = tmp_path / ("x" * 300), str(tmp_path / "a\0b")
    for path in (tmp_path / "missing.jpg", tmp_path, pipe, long, broken):
        with pytest.raises(UnreadableImage) as caught:
            decode_image(path)
        assert str(path) in str(caught.value)


def test_file_object_that_fails_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(PNG)
    with path.open("rb") as closed:
        pass
    with path.open("wb") as unreadable, path.open(encoding="latin-1") as text:
        for file in (closed, unreadable, text):
            with pytest.raises(UnreadableImage, match="<file>"):
                decode_image(cast(Any, file))


class _OddFile:
    """Gives a picture's beginning, then what no file gives."""

    def __init__(self, gives: Any) -> None:
        self._given = iter([PNG[:20], gives])

    def read(self, size: int) -> Any:
        given = next(self._given)
        if isinstance(given, Exception):
            raise given
        return given


@pytest.mark.parametrize(
    "raised",
    [
        zipfile.BadZipFile("Bad CRC-32"),
        lzma.LZMAError("Corrupt input data"),
        zlib.error("invalid distance"),
        KeyError("gone"),
        RuntimeError(),
        MemoryError(),
        StopIteration(),
        type("ForeignError", (Exception,), {})("connection broken"),
    ],
)
def test_file_object_may_raise_anything(raised: Exception) -> None:
    reason = str(raised) or type(raised).__name__
    with pytest.raises(UnreadableImage, match=f"<file>: {reason}"):
        decode_image(cast(Any, _OddFile(raised)))


async def _asynchronous() -> bytes:
    return PNG


def test_file_object_that_gives_no_bytes_is_unreadable(recwarn: pytest.WarningsRecorder) -> None:
    for gives, reason in ((_asynchronous(), "asynchronous"), (7, "gives int"), ([b"a"], "list")):
        with pytest.raises(UnreadableImage, match=reason):
            decode_image(cast(Any, _OddFile(gives)))
    assert not recwarn.list
