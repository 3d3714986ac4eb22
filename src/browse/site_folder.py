"""The folder of a site, replaced as a whole: at any moment the old site stands or the new one.

The next site is put together beside it, in a hidden folder that a killed run leaves to the one
after it: what was drawn stays drawn.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from ..edges import name_some
from ..errors import ConfigError
from ..files import SITE_NOTE, check_folder, put_in_place, settle_folder, write_whole
from .small_pictures import FOLDER, small_pictures_in

# Goes up with every change of what small pictures are; those of others are drawn anew.
_PICTURES: Final = 1
_OWN: Final = (
    FOLDER,
    "data",
    "plain",
    "index.html",
    "browse.css",
    "browse.js",
    "icon.svg",
    SITE_NOTE,
)


@dataclass(slots=True)
class Staging:
    """A site that is being made.

    Attributes
    ----------
    folder : Path
        Where it is put together.
    earlier : Path
        The site that it replaces.
    note : dict
        What that one's note says; empty if there is none.
    """

    folder: Path
    earlier: Path
    note: dict[str, Any]
    _written: set[str] = field(default_factory=set)
    _digest: Any = field(default_factory=sha256)

    @property
    def reusable(self) -> str:
        """Of which folder small pictures can be taken; empty for none."""
        return str(self.earlier) if self.note.get(FOLDER) == _PICTURES else ""

    def build_of(self, facts: object) -> str:
        """Return digits that are others as soon as these facts or any file so far is another."""
        told = json.dumps(facts, sort_keys=True).encode()
        return sha256(self._digest.digest() + told).hexdigest()[:16]

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file of the site."""
        data = content.encode() if isinstance(content, str) else content
        self._digest.update(sha256(name.encode() + b"\0" + data).digest())
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        self._written.add(name)

    def finish(self, pictures: set[str], facts: dict[str, Any]) -> None:
        """Let the site take the place of the earlier one.

        Parameters
        ----------
        pictures : set of str
            The small pictures of the site; all others go.
        facts : dict
            What the note of the site keeps for the next one.
        """
        self.write(SITE_NOTE, _render_note(facts))
        kept = pictures | self._written
        for path in [*small_pictures_in(self.folder), *_other_files(self.folder)]:
            if path.relative_to(self.folder).as_posix() not in kept:
                path.unlink()
        put_in_place(self.folder, self.earlier)


@contextmanager
def stage_site(folder: Path) -> Iterator[Staging]:
    """Give a place to put a site together; the one that is there stays until it is finished.

    Parameters
    ----------
    folder : Path
        Of the site: missing, empty, or one that this package made, of whatever version.

    Raises
    ------
    ConfigError
        If it holds anything else, which would be lost, or another run is making it.
    """
    check_folder(folder)
    folder = folder.resolve()
    settle_folder(folder)
    _refuse_others(folder)
    staged = folder.with_name(f".{folder.name}.next")
    folder.parent.mkdir(parents=True, exist_ok=True)
    staged.mkdir(exist_ok=True)
    with _held(staged, folder):
        if _read_note(staged).get(FOLDER) != _PICTURES:
            for entry in staged.iterdir():
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        # From now on nobody takes its pictures for others, either.
        write_whole(staged / SITE_NOTE, _render_note({}))
        try:
            yield Staging(staged, folder, _read_note(folder))
        finally:
            # Where nothing was drawn yet, there is nothing to go on with.
            if not (staged / FOLDER).exists():
                shutil.rmtree(staged, ignore_errors=True)


def _render_note(facts: dict[str, Any]) -> str:
    return json.dumps({FOLDER: _PICTURES, **facts}, indent=1, sort_keys=True) + "\n"


def _read_note(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / SITE_NOTE).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _refuse_others(folder: Path) -> None:
    found = {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()
    if found and SITE_NOTE not in found:
        raise ConfigError(
            f"{folder} is no site that artlens made ({name_some(sorted(found), 3)} in it); choose "
            "a new or an empty folder"
        )
    if others := sorted(found - {*_OWN}):
        raise ConfigError(
            f"{folder} holds other files, which would be lost ({name_some(others, 3)}); put them "
            "elsewhere, or choose a new folder"
        )


@contextmanager
def _held(staged: Path, folder: Path) -> Iterator[None]:
    """Hold the place for this run; the system lets go when the process ends."""
    descriptor = os.open(staged, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise ConfigError(
            f"another run is making {folder}; wait for it, or choose another folder"
        ) from None
    finally:
        os.close(descriptor)


def _other_files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name != FOLDER:
            yield from (path.rglob("*") if path.is_dir() else [path])
