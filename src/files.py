"""Files and folders that are there whole or not at all: the one place that renames into place.

A file is written under another name beside its own, brought to the disk, and renamed. A folder
cannot be replaced by one step of the file system everywhere, so it takes two renames:
``color`` becomes ``.color.old``, then the complete new folder becomes ``color``. If all stops
between the two, ``.color.old`` still holds every old file: readers ask `surviving_folder`, and the
next replacement puts it back first.
"""

import ctypes
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from glob import escape
from hashlib import file_digest
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Final

from .errors import ConfigError

Write = Callable[[str], None]

# A killed process leaves its unfinished folder behind; after a day nobody is writing it any more.
_STALE_AFTER_S: Final = 86_400
_UNFINISHED: Final = ".unfinished"
# What Linux calls the current folder, and the exchange of two names (fcntl.h, linux/fs.h).
_HERE: Final = -100
_EXCHANGE: Final = 2
# In a folder that was made to be looked at: its pictures are small copies of others.
SITE_NOTE: Final = "artlens-site.json"


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write to, which gets its name when the block ends without an error.

    Parameters
    ----------
    path : Path
        Its folder is there; a file that is there already is replaced at the end. Nobody else may be
        writing it. What a killed process left unfinished, the next one writes over.

    Raises
    ------
    OSError
        If the system refuses, for example because the disk is full. The old file stays.
    """
    unfinished = path.with_name(f".{path.name}{_UNFINISHED}")
    try:
        with unfinished.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes | str) -> None:
    """Write a file whole or not at all; text in UTF-8, missing folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def file_sha256(path: Path) -> str:
    """Return the digest of a file, in hexadecimal digits; it is not held in memory."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def remove_unfinished(folder: Path) -> None:
    """Remove the files that a killed process left half written; nobody may be writing there."""
    for path in folder.glob(f".*{_UNFINISHED}"):
        path.unlink()


def replace_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder that holds these files and no others, in place of the one that is there.

    Parameters
    ----------
    folder : Path
        Missing, empty, or holding files of these names only. A link to a folder stays a link.
    files : Mapping[str, bytes]
        Name and content of each file.

    Raises
    ------
    ConfigError
        If the folder holds anything else, which would be lost.
    OSError
        If the system refuses, for example because the disk is full. The old folder stays.
    """
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    settle_folder(folder)
    _refuse_others(folder, files)
    staged = folder.with_name(f".{folder.name}.new-{token_hex(4)}")
    try:
        _write_files(staged, files)
        _swap(staged, folder)
    finally:
        settle_folder(folder)
        shutil.rmtree(staged, ignore_errors=True)


def put_in_place(staged: Path, folder: Path) -> None:
    """Give a complete folder the name of another one, which goes; both lie side by side.

    Where the system can exchange two folders, one of them has the name at any moment.

    Raises
    ------
    OSError
        If the system refuses. The old folder stays.
    """
    try:
        if _exchange(staged, folder):
            sync_folder(folder.parent)
            shutil.rmtree(staged)
        else:
            _swap(staged, folder)
    finally:
        settle_folder(folder)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; tell whether the system did so, as Linux can."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None) if os.name == "posix" else None
    if rename is None:
        return False
    paths = (_HERE, os.fsencode(one.absolute()), _HERE, os.fsencode(other.absolute()))
    return bool(rename(*paths, _EXCHANGE) == 0)


def surviving_folder(folder: Path) -> Path:
    """Return the folder, or what is left of it where a replacement stopped halfway."""
    old = _old(folder.resolve())
    return old if _is_gone(folder) and not _is_gone(old) else folder


def _swap(staged: Path, folder: Path) -> None:
    if folder.exists():
        folder.rename(_old(folder))
    staged.rename(folder)
    sync_folder(folder.parent)


def settle_folder(folder: Path) -> None:
    """Finish or undo a replacement that stopped halfway, and remove what one left behind."""
    old = _old(folder)
    if not _is_gone(old) and _is_gone(folder):
        if folder.exists():
            folder.rmdir()
        old.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    for staged in folder.parent.glob(f".{escape(folder.name)}.new-*"):
        if time.time() - staged.stat().st_mtime > _STALE_AFTER_S:
            shutil.rmtree(staged, ignore_errors=True)


def _old(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def _is_gone(folder: Path) -> bool:
    """Tell whether there is nothing in the place of a folder, or an empty folder."""
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def _refuse_others(folder: Path, files: Mapping[str, bytes]) -> None:
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"not a folder ({folder}); choose a new or an empty one")
    found = {entry.name for entry in folder.iterdir()} if folder.exists() else set()
    others = sorted(found - files.keys())
    if others:
        raise ConfigError(
            f"{folder} holds other files, which would be lost ({', '.join(others[:5])}); "
            "choose a new or an empty folder"
        )


def _write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir()
    for name, content in files.items():
        with (folder / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can (Windows cannot)."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def open_output(path: Path | None, *, force: bool) -> Iterator[BinaryIO]:
    """Give a file to write to.

    Parameters
    ----------
    path : Path or None
        None is standard output. A file is written under another name and renamed at the end, so
        it is whole or not there; a device or a pipe is written as it is.
    force : bool
        Allow a file to be replaced.

    Raises
    ------
    ConfigError
        If the file is there already and `force` is not given, or cannot be a file.
    """
    if path is None:
        yield sys.stdout.buffer
    elif is_device(path):
        with path.open("wb") as device:
            yield device
    else:
        check_output(path, force=force)
        with whole_file(path.resolve()) as file:
            yield file


def is_device(path: Path) -> bool:
    """Tell whether there is something that is no file, as a pipe or ``/dev/stdout``."""
    return path.exists() and not (path.is_file() or path.is_dir())


def check_output(path: Path, *, force: bool) -> None:
    """Refuse what `open_output` would refuse, before any work is done."""
    if path.is_dir():
        raise ConfigError(f"cannot write {path}: it is a folder; give the name of a file")
    if path.exists() and not force:
        raise ConfigError(f"cannot write {path}: it is there already; add --force to replace it")
    if not path.parent.is_dir():
        raise ConfigError(f"cannot write {path}: no folder {path.parent}; make it first")


def check_folder(path: Path) -> None:
    """Refuse a folder of results that cannot be one, before any work is done."""
    if path.exists() and not path.is_dir():
        raise ConfigError(f"cannot write {path}: it is a file; give the name of a folder")


def text_writer(file: BinaryIO) -> Write:
    """Return a function that writes text; what it writes can be seen at once."""

    def write(text: str) -> None:
        # File names keep the bytes they have on disk, whatever they are.
        file.write(text.encode("utf-8", "surrogateescape"))
        file.flush()

    return write
