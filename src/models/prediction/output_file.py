"""Where the output of a command goes: standard output, or a file that appears when it is whole."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from src.errors import ConfigError

Write = Callable[[str], None]


@contextmanager
def open_output(path: Path | None, *, force: bool) -> Iterator[Write]:
    """Give a function that writes text; what it writes can be seen at once.

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
        yield _writer(sys.stdout.buffer)
    elif path.exists() and not (path.is_file() or path.is_dir()):
        with path.open("wb") as device:
            yield _writer(device)
    else:
        _refuse_overwrite(path, force)
        with _whole_file(path.resolve()) as file:
            yield _writer(file)


def _refuse_overwrite(path: Path, force: bool) -> None:
    if path.is_dir():
        raise ConfigError(f"cannot write {path}: it is a folder; give the name of a file")
    if path.exists() and not force:
        raise ConfigError(f"cannot write {path}: it is there already; add --force to replace it")
    if not path.parent.is_dir():
        raise ConfigError(f"cannot write {path}: no folder {path.parent}; make it first")


@contextmanager
def _whole_file(path: Path) -> Iterator[BinaryIO]:
    unfinished = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        with unfinished.open("xb") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _writer(file: BinaryIO) -> Write:
    def write(text: str) -> None:
        # File names keep the bytes they have on disk, whatever they are.
        file.write(text.encode("utf-8", "surrogateescape"))
        file.flush()

    return write
