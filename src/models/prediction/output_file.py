"""Where the output of a command goes: standard output, or a file that appears when it is whole."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ...errors import ConfigError
from ...files import whole_file

Write = Callable[[str], None]


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


def text_writer(file: BinaryIO) -> Write:
    """Return a function that writes text; what it writes can be seen at once."""

    def write(text: str) -> None:
        # File names keep the bytes they have on disk, whatever they are.
        file.write(text.encode("utf-8", "surrogateescape"))
        file.flush()

    return write
