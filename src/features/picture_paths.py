"""The pictures that arguments of a command mean: files, folders, patterns and ``-``."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from glob import has_magic, iglob
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final

from ..config import settings
from ..errors import ArtlensError, ImageError, UnreadableImage
from ..images import PICTURE_SUFFIXES, default_limits
from ..jobs.runner import SHARD_PICTURES, Work, digest, stamp_file
from ..jobs.shard_store import Picture, Row
from ..records import FailedPrediction
from .measuring import Measured, Specs, killed_by, measure_item

STDIN: Final = "-"


@dataclass(frozen=True, slots=True)
class PathsJob:
    """A `Job`: to measure the pictures that arguments mean.

    Attributes
    ----------
    arguments : sequence of str
        See `find_pictures`.
    stdin : bytes
        What ``-`` among them stands for.
    specs : tuple of FeatureSpec
        Which features are measured.
    palette : bool
        Whether palettes are wanted.
    """

    arguments: Sequence[str]
    stdin: bytes
    specs: Specs
    palette: bool

    @property
    def work(self) -> Work[object, Measured | ArtlensError]:
        """What is done with a path, with content, or with what was wrong already."""
        measure = partial(measure_item, self.specs, default_limits(), self.palette)
        return Work("predict", measure, killed_by)

    def shards(self) -> Iterator[list[Picture]]:
        """Look for the pictures; a folder that goes away later cannot say again what it had."""
        found = find_pictures(self.arguments)
        while some := list(islice(found, SHARD_PICTURES)):
            yield [_describe(item) for item in some]

    def items(self, pictures: Sequence[Picture]) -> list[str | bytes | ArtlensError]:
        """Return what can be measured of each."""
        return [self._item(picture) for picture in pictures]

    def key(self, pictures: Sequence[Picture]) -> str:
        """Return a digest of options and pictures, and of the files' sizes and times."""
        here = os.getcwd()  # noqa: PTH109 - a str
        asked = (self.specs, self.palette, default_limits(), here)
        return digest(asked, pictures, [self._stamp(picture) for picture in pictures])

    def row(self, picture: Picture, result: Measured | ArtlensError) -> Row:
        """Return all that was measured, or what is wrong with the file."""
        if isinstance(result, ArtlensError):
            return Row(picture, None, str(result))
        return Row(picture, result.pack())

    def _item(self, picture: Picture) -> str | bytes | ArtlensError:
        if picture.fault:
            return ImageError(picture.fault)
        return self.stdin if picture.place == STDIN else picture.place

    def _stamp(self, picture: Picture) -> tuple[int, ...] | str:
        if picture.place == STDIN:
            return sha256(self.stdin).hexdigest()
        return () if picture.fault else stamp_file(picture.place)


def _describe(found: str | FailedPrediction) -> Picture:
    if isinstance(found, FailedPrediction):
        return Picture(found.source, found.source, fault=str(found.error))
    return Picture(found, found)


def find_pictures(arguments: Iterable[str]) -> Iterator[str | FailedPrediction]:
    """Yield the pictures that arguments mean, lazily, in a fixed order.

    Parameters
    ----------
    arguments : iterable of str
        A folder means all pictures below it, by suffix, sorted, without hidden files and folders
        and without following links to folders. A pattern (``"rooms/**/*.jpg"``) means the files it
        matches, sorted. Anything else means itself, ``-`` too.

    Yields
    ------
    str or FailedPrediction
        A path, whether or not there is a file; or a folder without pictures, with the reason.
    """
    for argument in arguments:
        # Unlike pathlib's, these two never raise, whatever the argument is.
        if os.path.isdir(argument):  # noqa: PTH112
            yield from _search_folder(argument)
        elif has_magic(argument) and not os.path.lexists(argument):
            yield from _match_pattern(argument)
        else:
            yield argument


def open_stdin(found: Iterable[str | FailedPrediction]) -> Iterator[str | bytes | FailedPrediction]:
    """Put what standard input holds in the place of ``-``, and no more of it than is allowed."""
    for item in found:
        if item == STDIN:
            yield read_stdin()
        else:
            yield item


def read_stdin() -> bytes:
    """Return what standard input holds, and no more of it than is needed."""
    # One byte too many is enough to be refused.
    return sys.stdin.buffer.read(settings().max_image_bytes + 1)


def _match_pattern(pattern: str) -> Iterator[str | FailedPrediction]:
    # pathlib's glob takes no absolute patterns.
    matches = iglob(pattern, recursive=True)  # noqa: PTH207
    files = sorted(path for path in matches if Path(path).is_file())
    if files:
        yield from files
    else:
        yield _nothing(pattern, "no file matches it; check the pattern")


def _search_folder(folder: str) -> Iterator[str | FailedPrediction]:
    empty = True
    for found in _walk(folder):
        empty = False
        yield found
    if empty:
        suffixes = " ".join(PICTURE_SUFFIXES)
        yield _nothing(folder, f"no pictures in it; give a folder with files named {suffixes}")


def _walk(folder: str) -> Iterator[str | FailedPrediction]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield _nothing(folder, f"{error.strerror}; check its permissions")
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path)
        elif entry.name.lower().endswith(PICTURE_SUFFIXES):
            yield entry.path


def _nothing(place: str, reason: str) -> FailedPrediction:
    return FailedPrediction(place, UnreadableImage(f"cannot read {place}: {reason}"))
