"""Pictures that a source names -> the images folder: linked, copied, unpacked or fetched.

What is there already with the right bytes stays, so that an import goes on where it stopped.
"""

import errno
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from ..config import settings
from ..errors import Blocked, DownloadError
from ..fetching.downloads import Request, download, make_fetcher
from ..fetching.ledger import Ledger, StoredImage
from ..fetching.threads import stop_on_interrupt
from ..files import file_sha256, whole_file, write_whole
from .archives import Member, unpack
from .matching import Entry
from .parquet_pictures import read_pictures
from .trees import Cell, LeftOut

# To a host of strangers, from one run; its robots.txt and its refusals are heeded besides.
_RATE_PER_S: Final = 5.0
_REDIRECTS: Final = 5
# What every further picture would meet too.
_OF_THE_DISK: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


class Brought(NamedTuple):
    """A picture in the images folder; its size where it was decoded on the way."""

    filename: str
    sha256: str
    bytes: int
    width: int | None = None
    height: int | None = None


Result = tuple[str, Brought | LeftOut]


@dataclass(frozen=True, slots=True)
class Images:
    """Where pictures are put, and how.

    Attributes
    ----------
    folder : Path
    work : Path
        For what a later run has to know.
    copy : bool
        Whether files are copied where a link to them would do.
    """

    folder: Path
    work: Path
    copy: bool = False


def bring_pictures(entries: Iterable[Entry], images: Images) -> Iterator[Result]:
    """Yield what became of each picture, by the name of its entries, in no order.

    What cannot be brought in is a `LeftOut` and ends nothing.
    """
    members: dict[Path, dict[str, str]] = defaultdict(dict)
    cells: dict[Path, dict[int, str]] = defaultdict(dict)
    addresses = []
    for name, place in {entry.name: entry.place for entry in entries}.items():
        if isinstance(place, Path):
            yield name, _tried(name, _bring_file, place, images)
        elif isinstance(place, Member):
            members[place.archive][place.name] = name
        elif isinstance(place, Cell):
            cells[place.table][place.row] = name
        else:
            addresses.append(place)
    yield from _unpacked_from(members, unpack, images)
    yield from _unpacked_from(cells, read_pictures, images)
    if addresses:
        yield from _fetched(addresses, images)


def _tried(name: str, work: Any, source: Any, images: Images) -> Brought | LeftOut:
    try:
        found: Brought | LeftOut = work(source, name, images)
        return found
    except OSError as error:
        if error.errno in _OF_THE_DISK:
            raise
        return LeftOut(name, "unreadable", error.strerror or str(error))


def _bring_file(source: Path, name: str, images: Images) -> Brought | LeftOut:
    if (size := source.stat().st_size) > settings().max_image_bytes:
        return LeftOut(name, "too large", f"{size} bytes")
    with source.open("rb") as file:
        brought = Brought(name, file_digest(file, "sha256").hexdigest(), file.tell())
    place = images.folder / name
    if _is_whole(place, brought):
        return brought
    place.parent.mkdir(parents=True, exist_ok=True)
    if images.copy or not _link(source, place):
        with source.open("rb") as file, whole_file(place) as copied:
            shutil.copyfileobj(file, copied)
    return brought


def _is_whole(place: Path, brought: Brought) -> bool:
    """Tell whether a file, and not a link, is there with the right bytes."""
    if place.is_symlink() or not place.is_file() or place.stat().st_size != brought.bytes:
        return False
    return file_sha256(place) == brought.sha256


def _link(source: Path, place: Path) -> bool:
    """Refer to a file where it lies; not every system or disk can."""
    try:
        if place.is_symlink() and place.readlink() == source:
            return True
        place.unlink(missing_ok=True)
        place.symlink_to(source)
    except (OSError, NotImplementedError):
        return False
    return True


def _unpacked_from(
    places: Mapping[Path, Mapping[Any, str]],
    unpack: Callable[[Path, Collection[Any]], Iterator[tuple[Any, bytes | str]]],
    images: Images,
) -> Iterator[Result]:
    """Yield what became of pictures in other files, each file gone through once."""
    for path, names in places.items():
        missing = dict(names)
        for key, data in unpack(path, names):
            name = missing.pop(key, names[key])
            if isinstance(data, str):
                yield name, LeftOut(name, "damaged", data)
            else:
                yield name, _tried(name, _keep_bytes, data, images)
        for name in missing.values():
            yield name, LeftOut(name, "damaged", "it is not there any more")


def _keep_bytes(data: bytes, name: str, images: Images) -> Brought:
    brought = Brought(name, sha256(data).hexdigest(), len(data))
    place = images.folder / name
    if not _is_whole(place, brought):
        write_whole(place, data)
    return brought


def _fetched(addresses: list[str], images: Images) -> Iterator[Result]:
    """Fetch pictures; those that failed in an earlier run are asked for again."""
    requests = {url: Request(url, url, stem=_stem(url)) for url in addresses}
    with Ledger(images.work / "fetched.sqlite") as ledger, stop_on_interrupt() as stop:
        ledger.forget_failures()
        fetcher = make_fetcher(settings().connections, _RATE_PER_S, stop, redirects=_REDIRECTS)
        done = set()
        for url in requests:
            if (outcome := ledger.outcome(url)) is not None:
                done.add(url)
                yield url, _outcome(url, outcome)
        waiting = [request for url, request in requests.items() if url not in done]
        for result in download(waiting, images.folder, ledger, fetcher):
            done.add(result.request.key)
            yield result.request.key, _outcome(result.request.url, result.outcome)
        if stop.is_set():
            raise KeyboardInterrupt
        for url in requests.keys() - done:
            yield url, LeftOut(url, "not fetched", "its host is left alone for now; run it again")


def _outcome(url: str, outcome: StoredImage | DownloadError | Blocked) -> Brought | LeftOut:
    if isinstance(outcome, StoredImage):
        o = outcome
        return Brought(o.filename, o.sha256, o.bytes, o.width, o.height)
    return LeftOut(url, outcome.reason, str(outcome))


def _stem(url: str) -> str:
    """Return a name for what is at an address, which no other has.

    Examples
    --------
    >>> _stem("https://example.org/cats/tabby%201.jpg?w=9")
    'tabby-1-f8014c300250'
    """
    try:
        last = unquote(urlsplit(url).path).rsplit("/", 1)[-1]
    except ValueError:
        last = ""
    word = re.sub(r"[^A-Za-z0-9]+", "-", PurePosixPath(last).stem)[:40].strip("-")
    return f"{word or 'picture'}-{sha256(url.encode()).hexdigest()[:12]}"
