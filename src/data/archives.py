"""ZIP and TAR files as trees of files, of which nothing leaves the folder it is put into.

An archive is refused whole if it names a place outside of it, or would unpack to far more than it
is; what is no plain file in it (a link, a device) is left out.
"""

import lzma
import shutil
import stat
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from ..errors import DataError

# What unpacks to a hundred times its size holds no pictures, which are small already; one that
# stays under the floor does no harm whatever it is.
_MAX_RATIO: Final = 100
_RATIO_FLOOR_BYTES: Final = 1 << 30
_MAX_MEMBERS: Final = 2_000_000
_SAYS_UTF8: Final = 0x800
_TAR_SUFFIXES: Final = (".tar", ".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz")
_DAMAGED: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    NotImplementedError,  # a way of packing that nobody reads here
    RuntimeError,  # a password is asked for
)


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: its own name there, and how many bytes it has unpacked."""

    archive: Path
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Odd:
    """A member that is no plain file, and what it is instead."""

    name: str
    found: str


def is_archive(path: Path) -> bool:
    """Tell an archive of files, also from a table of Excel, which is packed as one."""
    if path.name.lower().endswith(_TAR_SUFFIXES):
        return True
    if path.suffix.lower() == ".zip":
        return True
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" not in archive.namelist()
    except _DAMAGED:
        return False


def list_members(path: Path, folder: Path) -> dict[str, Member | Odd]:
    """Return what an archive holds, by normal names; folders are left out.

    Parameters
    ----------
    path : Path
    folder : Path
        Where it is to be unpacked; the disk must have room for all of it.

    Raises
    ------
    DataError
        If it is damaged, names a place outside of itself, or is a bomb.
    """
    members: dict[str, Member | Odd] = {}
    total = 0
    try:
        for count, (name, size, odd) in enumerate(_headers(path), start=1):
            total += size
            _refuse_bombs(path, count, total)
            normal = safe_name(name)
            if normal is None:
                raise DataError(
                    f"{path} names a place outside of itself ({name!r:.80}) and is not unpacked; "
                    "get it from someone you trust, or pack it anew"
                )
            members[normal] = Odd(normal, odd) if odd else Member(path, name, size)
    except _DAMAGED as error:
        raise _damaged(path, error) from error
    _refuse_lack_of_room(path, folder, total)
    return members


def unpack(path: Path, wanted: Collection[str]) -> Iterator[tuple[str, bytes | str]]:
    """Yield members by their own names, in the archive's order, with bytes or what is wrong.

    Raises
    ------
    DataError
        If the archive ends too early or is damaged otherwise.
    """
    try:
        yield from _unpack_zip(path, wanted) if _is_zip(path) else _unpack_tar(path, wanted)
    except _DAMAGED as error:
        raise _damaged(path, error) from error


def safe_name(name: str) -> str | None:
    r"""Return a relative name in normal form, or None if it leaves the folder.

    Examples
    --------
    >>> [safe_name(name) for name in ("a/./b.png", "a\\b.png", "../b", "/b", "C:/b", "a/..")]
    ['a/b.png', 'a/b.png', None, None, None, None]
    """
    parts = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    if parts[0] == "" or parts[0].endswith(":") or ".." in parts or "\0" in name:
        return None
    return "/".join(part for part in parts if part not in ("", ".")) or None


def _headers(path: Path) -> Iterator[tuple[str, int, str]]:
    """Yield name, size and, if it is none, what is there instead of a plain file."""
    if _is_zip(path):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not info.is_dir():
                    yield _name_in_zip(info), info.file_size, _oddness_in_zip(info)
        return
    # As a stream, so that one that is packed is gone through once.
    with tarfile.open(path, "r|*") as members:
        for member in members:
            if not member.isdir():
                yield member.name, member.size, "" if member.isreg() else _oddness_in_tar(member)


def _name_in_zip(info: zipfile.ZipInfo) -> str:
    """Return a name as who packed it meant it: macOS and zip write UTF-8 without saying so."""
    if info.flag_bits & _SAYS_UTF8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _oddness_in_zip(info: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "a link" if kind == stat.S_IFLNK else "no plain file"
    return "locked by a password" if info.flag_bits & 1 else ""


def _oddness_in_tar(member: tarfile.TarInfo) -> str:
    return "a link" if member.issym() or member.islnk() else "no plain file"


def _unpack_zip(path: Path, wanted: Collection[str]) -> Iterator[tuple[str, bytes | str]]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name = _name_in_zip(info)
            if name in wanted:
                try:
                    with archive.open(info) as file:
                        yield name, _read(file, info.file_size)
                except _DAMAGED as error:
                    yield name, f"damaged in the archive: {error}"


def _unpack_tar(path: Path, wanted: Collection[str]) -> Iterator[tuple[str, bytes | str]]:
    with tarfile.open(path, "r|*") as archive:
        for member in archive:
            if member.name in wanted and member.isreg():
                file = archive.extractfile(member)
                if file is not None:
                    yield member.name, _read(file, member.size)


def _read(file: IO[bytes], size: int) -> bytes | str:
    data = file.read(size + 1)
    return data if len(data) == size else f"{len(data)} bytes instead of {size}"


def _is_zip(path: Path) -> bool:
    """Tell a ZIP; one that is called so and is none is damaged."""
    return path.suffix.lower() == ".zip" or zipfile.is_zipfile(path)


def _refuse_bombs(path: Path, members: int, total: int) -> None:
    ratio = total / max(1, path.stat().st_size)
    if total > _RATIO_FLOOR_BYTES and ratio > _MAX_RATIO:
        raise DataError(
            f"{path} would unpack to {ratio:.0f} times its size, which no pictures do (at most "
            f"{_MAX_RATIO}); unpack it yourself if you trust it, and import the folder"
        )
    if members > _MAX_MEMBERS:
        raise DataError(
            f"{path} holds more than {_MAX_MEMBERS:,} files; unpack it yourself if you trust it, "
            "and import the folder"
        )


def _refuse_lack_of_room(path: Path, folder: Path, total: int) -> None:
    there = next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
    free = shutil.disk_usage(there).free
    if total > free:
        raise DataError(
            f"{path} needs {total / 1e9:.1f} GB where {free / 1e9:.1f} GB are free ({folder}); "
            "make room there"
        )


def _damaged(path: Path, error: Exception) -> DataError:
    reason = str(error) or type(error).__name__
    return DataError(f"{path} is a damaged archive ({reason}); get it again")
