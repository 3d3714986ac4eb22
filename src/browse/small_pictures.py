"""Pictures small enough for a page, as WebP in two sizes, in folders by the content of their files.

Worker processes import this file, so it imports little.
"""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

FOLDER: Final = "pictures"
# As much of a file's SHA-256 as names its pictures.
_DIGITS: Final = 16
_QUALITY: Final = 75
# Of seven ways to search: 4, which is Pillow's own, takes twice as long for files 4 % smaller.
_METHOD: Final = 2


class Box(NamedTuple):
    """What a picture has to fit in."""

    width: int
    height: int

    def fit(self, width: int, height: int) -> tuple[int, int]:
        """Return the size at which a picture of some size fits in; none is enlarged.

        Examples
        --------
        >>> Box(360, 240).fit(3000, 1000), Box(360, 240).fit(1000, 3000), Box(360, 240).fit(8, 5)
        ((360, 120), (80, 240), (8, 5))
        """
        scale = min(1.0, self.width / width, self.height / height)
        return max(1, round(width * scale)), max(1, round(height * scale))


# The wall has rows of equal height, up to 240 points of a screen; what is clicked fills a window.
SMALL: Final = Box(360, 240)
LARGE: Final = Box(1024, 1024)


class SmallPicture(NamedTuple):
    """Where the two sizes of a picture are, relative to the site; one file if it is no larger."""

    small: str
    large: str

    @classmethod
    def of(cls, sha256: str, width: int, height: int) -> "SmallPicture":
        """Return the places for a picture's file of some content.

        Examples
        --------
        >>> SmallPicture.of("0123456789abcdef0123", 300, 200).small
        'pictures/small/01/23456789abcdef.webp'
        """
        digits = name_of(sha256)
        folder, name = digits[:2], digits[2:]
        small = f"{FOLDER}/small/{folder}/{name}.webp"
        if SMALL.fit(width, height) == LARGE.fit(width, height):
            return cls(small, small)
        return cls(small, f"{FOLDER}/large/{folder}/{name}.webp")

    def is_in(self, folder: str) -> bool:
        """Tell whether both are in a site's folder."""
        return all(os.path.isfile(os.path.join(folder, name)) for name in set(self))  # noqa: PTH113, PTH118

    def carry_over(self, source: str, folder: str) -> bool:
        """Take both from another site's folder, if it has them, where they are not there yet."""
        if self.is_in(folder):
            return True
        if not self.is_in(source):
            return False
        for name in set(self):
            _link(Path(source, name), Path(folder, name))
        return True

    def draw(self, bgr: NDArray[np.uint8], folder: str) -> None:
        """Write both into a site's folder.

        Parameters
        ----------
        bgr : ndarray of uint8, shape (h, w, 3)
        folder : str
        """
        height, width = bgr.shape[:2]
        large = _resize(bgr, *LARGE.fit(width, height))
        if self.large != self.small:
            _write(Path(folder, self.large), encode(large))
        _write(Path(folder, self.small), encode(_resize(large, *SMALL.fit(width, height))))


def name_of(sha256: str) -> str:
    """Return the digits by which a file's small pictures are called."""
    return sha256[:_DIGITS]


def encode(bgr: NDArray[np.uint8]) -> bytes:
    """Return pixels as a WebP file; the same ones, the same bytes."""
    content = io.BytesIO()
    image = Image.fromarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))
    image.save(content, "WEBP", quality=_QUALITY, method=_METHOD)
    return content.getvalue()


def small_pictures_in(folder: Path) -> Iterator[Path]:
    """Yield the files of a site's small pictures, and what a killed process left of one."""
    yield from (path for path in (folder / FOLDER).glob("*/*/*") if path.is_file())


def _resize(bgr: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    if bgr.shape[:2] == (height, width):
        return bgr
    return np.asarray(cv2.resize(bgr, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _write(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all; others may be writing the same one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{token_hex(4)}")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _link(source: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.hardlink_to(source)
    except FileExistsError:
        pass
    except OSError:  # where there are no such links
        _write(path, source.read_bytes())
