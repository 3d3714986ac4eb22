"""The pictures that arguments of a command mean: files, folders, patterns, lists, addresses."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from glob import escape, has_magic, iglob
from pathlib import Path
from typing import Final

from ..edges import name_some, shorten
from ..errors import DataError, UnreadableImage
from ..files import SITE_NOTE
from ..images import PICTURE_SUFFIXES
from ..jobs.shard_store import Picture
from .path_lists import LIST_SIGN, STDIN, PathList, StandardInput
from .picture_addresses import READABLE_SCHEMES, path_of, scheme_of

# The first part of a pattern that is ``**``, what is before it and what is after it.
_DEEP: Final = re.compile(r"((?:.*?/)?)\*\*(?:/(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PictureSearch:
    """The pictures that arguments mean, found lazily, in a fixed order.

    Attributes
    ----------
    arguments : sequence of str or PathList
        A folder means all pictures below it, by suffix, sorted, without hidden files and folders,
        nor sites that were made of pictures, and without following links to folders. A pattern
        (``"rooms/**/*.jpg"``) means the files it matches, sorted; ``**`` looks below a folder as a
        search of it does. ``@list.txt`` means all that the entries of a file mean, as does ``-`` if
        standard input is a list; else that is one picture. ``file:`` addresses mean paths; all else
        means itself.
    stdin : StandardInput
    passed_over : Counter of str
        How many files of each suffix were left out of folders, as far as they were searched.
    """

    arguments: Sequence[str | PathList]
    stdin: StandardInput = field(default_factory=StandardInput)
    passed_over: Counter[str] = field(default_factory=Counter)

    def __iter__(self) -> Iterator[Picture]:
        """Look for the pictures; each comes whether or not it is there, or with a fault."""
        for argument in map(_read_argument, self.arguments):
            if isinstance(argument, PathList):
                yield from self._look_in_list(argument)
            elif argument == STDIN:
                yield from self._look_at_stdin()
            else:
                yield from self._look_at(argument)

    @property
    def can_be_repeated(self) -> bool:
        """Whether all can be looked for again: standard input and pipes are read once."""
        lists = [a for a in map(_read_argument, self.arguments) if isinstance(a, PathList)]
        return not self.stdin_uses and all(os.path.isfile(chosen.place) for chosen in lists)  # noqa: PTH113

    @property
    def stdin_uses(self) -> int:
        """How many arguments mean standard input, which can be read once."""
        return sum(_read_argument(a) in (STDIN, PathList(STDIN)) for a in self.arguments)

    def describe_passed_over(self) -> Iterator[str]:
        """Say in a line, if any were, which files were left out of folders."""
        kinds = [
            f"{count:,} {suffix or 'without a suffix'}"
            for suffix, count in sorted(self.passed_over.items(), key=lambda kind: (-kind[1], kind))
        ]
        if kinds:
            yield f"files passed over, by their names no images: {name_some(kinds)}"

    def _look_at_stdin(self) -> Iterator[Picture]:
        if self.stdin.holds_list:
            yield from self._look_in_list(PathList(STDIN))
        else:
            # Here and not where it is measured: a Ctrl-C does not end the wait of another thread.
            self.stdin.read_picture()
            yield Picture(STDIN, STDIN)

    def _look_in_list(self, chosen: PathList) -> Iterator[Picture]:
        empty = True
        try:
            for entry in chosen.entries(self.stdin):
                empty = False
                yield from self._look_at(entry)
        except OSError as error:
            yield _nothing(chosen.place, f"{error.strerror}; give a list of images")
        except (DataError, ValueError) as error:
            yield _nothing(chosen.place, f"{error}; give a list of images, one a line")
        else:
            if empty:
                yield _nothing(chosen.place, "it lists nothing; give a list of images, one a line")

    def _look_at(self, entry: str) -> Iterator[Picture]:
        # Unlike pathlib's, these two never raise, whatever the entry is.
        if not entry:
            yield _nothing("''", "no name is given, as by a variable that is not set")
        elif os.path.isdir(entry):  # noqa: PTH112
            yield from self._search_folder(entry)
        elif os.path.lexists(entry):
            yield _picture(entry)
        elif scheme := scheme_of(entry):
            yield from self._look_at_address(entry, scheme)
        elif has_magic(entry):
            yield from _match_pattern(entry)
        else:
            yield _picture(entry)

    def _look_at_address(self, address: str, scheme: str) -> Iterator[Picture]:
        if scheme == "file":
            yield from self._look_at_path(address)
        elif scheme in READABLE_SCHEMES:
            yield Picture(shorten(address), address)
        else:
            known = ", ".join(READABLE_SCHEMES)
            yield _nothing(address, f"no such kind of address is read here; give one of {known}")

    def _look_at_path(self, address: str) -> Iterator[Picture]:
        try:
            path = path_of(address)
        except UnreadableImage as error:
            yield Picture(shorten(address), address, fault=str(error))
            return
        # Nothing that follows ``file:`` is an address again.
        path = path if os.path.isabs(path) else os.path.join(os.curdir, path)  # noqa: PTH117, PTH118
        if os.path.isdir(path):  # noqa: PTH112
            yield from self._search_folder(path)
        elif has_magic(path) and not os.path.lexists(path):
            yield from _match_pattern(path)
        else:
            yield _picture(path)

    def _search_folder(self, folder: str) -> Iterator[Picture]:
        empty = True
        for found in self._walk(folder):
            empty = False
            yield found
        if empty:
            suffixes = " ".join(PICTURE_SUFFIXES)
            yield _nothing(folder, f"no pictures in it; give a folder with files named {suffixes}")

    def _walk(self, folder: str) -> Iterator[Picture]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield _nothing(folder, f"{error.strerror}; check its permissions")
            return
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                if not _holds_site(entry.path):
                    yield from self._walk(entry.path)
            elif entry.name.lower().endswith(PICTURE_SUFFIXES):
                yield _picture(entry.path)
            elif entry.is_file():
                self.passed_over[Path(entry.name).suffix.lower()] += 1


def _read_argument(argument: str | PathList) -> str | PathList:
    """Tell a list by its sign, unless there is a file of that name."""
    if isinstance(argument, PathList):
        return argument
    if argument.startswith(LIST_SIGN) and not os.path.lexists(argument):
        return PathList(argument.removeprefix(LIST_SIGN))
    return argument


def _picture(path: str) -> Picture:
    """Return the picture of a file; what has another meaning as a place gets one of its own."""
    is_taken = path == STDIN or bool(scheme_of(path))
    return Picture(shorten(path), os.path.join(os.curdir, path) if is_taken else path)  # noqa: PTH118


def _nothing(place: str, reason: str) -> Picture:
    name = shorten(place)
    return Picture(name, name, fault=f"cannot read {name}: {reason}")


def _match_pattern(pattern: str) -> Iterator[Picture]:
    files = sorted({path for path in _matches(pattern) if Path(path).is_file()})
    if files:
        yield from map(_picture, files)
    else:
        yield _nothing(pattern, "no file matches it; check the pattern")


def _matches(pattern: str) -> Iterator[str]:
    """Yield what glob does, but look through no links to folders for ``**``: they may be loops."""
    deep = _DEEP.fullmatch(pattern)
    if deep is None:
        # pathlib's glob takes no absolute patterns.
        yield from iglob(pattern)  # noqa: PTH207
        return
    before, tail = deep.groups(default="*")
    for base in iglob(before) if before else [before]:  # noqa: PTH207
        for folder in _folders(base):
            yield from _matches(os.path.join(escape(folder), tail))  # noqa: PTH118


def _folders(base: str) -> Iterator[str]:
    """Yield a folder and all below it, but for hidden ones and links."""
    yield base
    try:
        entries = list(os.scandir(base or os.curdir))
    except OSError:
        return
    for entry in entries:
        hidden = entry.name.startswith(".")
        if entry.is_dir(follow_symlinks=False) and not (hidden or _holds_site(entry.path)):
            yield from _folders(os.path.join(base, entry.name))  # noqa: PTH118


def _holds_site(folder: str) -> bool:
    return os.path.lexists(os.path.join(folder, SITE_NOTE))  # noqa: PTH118
