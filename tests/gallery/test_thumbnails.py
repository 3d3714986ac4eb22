import cv2
import numpy as np
import pytest

from src.gallery.thumbnails import THUMBNAILS, parse_crop
from src.gallery.works import make_work

WORKS = [make_work(3, "RED", index) for index in range(12)]

kinds = pytest.mark.parametrize("kind", THUMBNAILS)


def picture(kind: str, index: int = 0, suffix: str = "=w218-c-h218-rw-v1") -> bytes:
    crop = parse_crop(suffix)
    assert crop is not None
    return THUMBNAILS[kind](WORKS[index], crop)


@kinds
@pytest.mark.parametrize(
    ("suffix", "shape", "magic"),
    [
        ("=w218-c-h218-rw-v1", (218, 218), b"RIFF"),
        ("=w100-h60", (60, 100), b"\xff\xd8"),
        ("=w300-c-h400-v1", (400, 300), b"\xff\xd8"),
    ],
)
def test_pictures_follow_the_size_grammar(
    kind: str, suffix: str, shape: tuple[int, int], magic: bytes
) -> None:
    body = picture(kind, suffix=suffix)
    pixels = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    assert pixels.shape[:2] == shape
    assert body.startswith(magic)


@pytest.mark.parametrize("suffix", ["", "=", "=w0-h0", "=w1-h0", "=w4000-h4000", "=h9-w9", "=w9"])
def test_other_sizes_are_none(suffix: str) -> None:
    assert parse_crop(suffix) is None


@kinds
def test_each_work_has_its_own_bytes(kind: str) -> None:
    assert len({picture(kind, index) for index in range(len(WORKS))}) == len(WORKS)
