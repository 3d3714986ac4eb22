from collections import Counter

import pytest

from benchmarks.soak.mutants import BOMBS, MUTATIONS, Bomb, mutant, sound_files
from src.decoding.file_kinds import image_suffix
from src.errors import ImageError, ImageTooLarge
from src.images import ImageLimits, load_image

LIMITS = ImageLimits(max_bytes=1 << 20, max_pixels=1 << 20)


def test_every_type_that_is_read_is_there_and_sound() -> None:
    found = {image_suffix(data) for data in sound_files()}
    assert found == {"jpg", "png", "webp", "avif", "heic", "jp2", "gif", "bmp", "tif"}
    assert all(load_image(data).shape == (48, 48, 3) for data in sound_files())


def test_same_number_same_bytes() -> None:
    numbers = range(2 * len(sound_files()) * len(MUTATIONS))
    assert [mutant(n) for n in numbers] == [mutant(n) for n in numbers]
    assert len({mutant(n) for n in numbers}) > 0.9 * len(numbers)


def test_most_are_refused_and_some_still_are_pictures() -> None:
    found = Counter(outcome(mutant(n)) for n in range(len(sound_files()) * len(MUTATIONS)))
    refused = {"ImageTooLarge", "TruncatedImage", "UnreadableImage", "UnsupportedFormat"}
    assert set(found) == {"ok", *refused}
    assert found["UnreadableImage"] > found["ok"] > 0


def outcome(data: bytes) -> str:
    try:
        load_image(data, limits=LIMITS)
    except ImageError as error:
        return type(error).__name__
    return "ok"


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_promise_what_is_not_allowed(bomb: Bomb) -> None:
    with pytest.raises(ImageTooLarge, match="too many pixels"):
        load_image(bomb(4096, 4096), limits=LIMITS)
    assert len(bomb(4096, 4096)) < 4096
