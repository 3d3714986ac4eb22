"""The pictures that arguments of a command mean, measured: at once, or as a job in shards."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import islice
from typing import Final

from ..errors import ArtlensError, ImageError, UnreachableImage, UnreadableImage
from ..images import default_limits
from ..jobs.runner import SHARD_PICTURES, Work, digest, stamp_file
from ..jobs.shard_store import Picture, Row
from .lasting_pictures import LastingPictures, Looked, look_at_item
from .measuring import Measured, Specs, killed_by, measure_item, name_source
from .path_lists import STDIN
from .picture_addresses import RATE_PER_S, WEB, fetch_picture, read_data, scheme_of
from .picture_paths import PictureSearch
from .specs import takes_uncut

# So many times as long as colours take what a network measures; shards take as long as ever.
_SLOWER: Final = 16
Item = str | bytes | ArtlensError


@dataclass(frozen=True, slots=True)
class PathsJob:
    """A `Job`: to measure the pictures that arguments mean.

    Attributes
    ----------
    search : PictureSearch
        Which pictures.
    specs : tuple of FeatureSpec
        Which features are measured.
    palette : bool
        Whether palettes are wanted.
    processes : int
        How many share the rate at which a host is asked.
    lasting : LastingPictures, optional
        What networks measured before, of the same specs; else all is measured.
    """

    search: PictureSearch
    specs: Specs
    palette: bool
    processes: int = 1
    lasting: LastingPictures | None = None
    _unreachable: set[str] = field(default_factory=set)

    @property
    def work(self) -> Work[Item, bytes | Looked | ArtlensError]:
        """What is done with a path or an address, with content, or with what was wrong already."""
        return Work("predict", partial(_pack, self._measure_item, self.specs), killed_by)

    @property
    def _measure_item(self) -> Callable[[Item], Measured | Looked | ArtlensError]:
        asked = (self.specs, default_limits(), self.palette)
        measure: Callable[[Item], Measured | Looked | ArtlensError] = (
            partial(look_at_item, *asked, self.lasting.place)
            if self.lasting and self.lasting.place
            else partial(measure_item, *asked)
        )
        return partial(_measure, measure, RATE_PER_S / self.processes)

    def shards(self) -> Iterator[list[Picture]]:
        """Look for the pictures; a folder that goes away later cannot say again what it had."""
        found = iter(self.search)
        by_network = any(map(takes_uncut, self.specs))
        size = SHARD_PICTURES // (_SLOWER if by_network else 1)
        while some := list(islice(found, size)):
            yield some

    def items(self, pictures: Sequence[Picture]) -> list[Item]:
        """Return what can be measured of each."""
        return [self._item(picture) for picture in pictures]

    def key(self, pictures: Sequence[Picture]) -> str:
        """Return a digest of options and pictures, and of the files' sizes and times."""
        here = os.getcwd()  # noqa: PTH109 - a str
        asked = (self.specs, self.palette, default_limits(), here)
        return digest(asked, pictures, [self._stamp(picture) for picture in pictures])

    def row(self, picture: Picture, result: bytes | Looked | ArtlensError) -> Row:
        """Return all that was measured, or what is wrong with the file."""
        if isinstance(result, UnreachableImage):
            self._unreachable.add(picture.place)
        if isinstance(result, ArtlensError):
            return Row(picture, None, str(self._explain(result, picture)))
        if isinstance(result, Looked):
            return Row(picture, self._keep(result).pack(self.specs))
        return Row(picture, result)

    def measure(self, picture: Picture) -> Measured | ArtlensError:
        """Measure a picture at once; threads may do so side by side."""
        result = self._measure_item(self._item(picture))
        if isinstance(result, ArtlensError):
            return self._explain(result, picture)
        return self._keep(result)

    def _keep(self, result: Measured | Looked) -> Measured:
        if isinstance(result, Measured):
            return result
        return self.lasting.keep(result) if self.lasting else result.measured

    def _explain(self, error: ArtlensError, picture: Picture) -> ArtlensError:
        """Return what is wrong, said of the picture as a person named it."""
        # Of another kind are those of what is an image.
        if picture.place == STDIN and type(error) is UnreadableImage and self.search.stdin.hint:
            return UnreadableImage(self.search.stdin.hint)
        return name_source(error, picture.name)

    def _item(self, picture: Picture) -> Item:
        if picture.fault:
            return UnreadableImage(picture.fault)
        return self.search.stdin.picture if picture.place == STDIN else picture.place

    def _stamp(self, picture: Picture) -> tuple[int, ...] | str:
        if picture.place in self._unreachable:
            return "unreachable"
        if picture.fault:
            return ()
        if picture.place == STDIN:
            return sha256(self.search.stdin.picture).hexdigest()
        return stamp_file(picture.place)


def read_one(argument: str) -> tuple[str, str | bytes]:
    """Return the name of the one picture that an argument means, and its path or its bytes.

    Raises
    ------
    ImageError
        If it means none, or several.
    """
    search = PictureSearch([argument])
    first, *others = islice(search, 2)
    if first.fault:
        raise UnreadableImage(first.fault)
    if others:
        found = f"{first.name}, {others[0].name}, ..."
        raise UnreadableImage(f"several images where one is expected ({found}); give one")
    if first.place == STDIN:
        return STDIN, search.stdin.picture
    return first.name, open_place(first.place)


def open_place(place: str, rate_per_s: float = RATE_PER_S) -> str | bytes:
    """Return a path as it is, and of an address what it leads to or holds.

    Raises
    ------
    ImageError
        If it cannot be had.
    """
    scheme = scheme_of(place)
    if scheme in WEB:
        return fetch_picture(place, rate_per_s)
    return read_data(place) if scheme == "data" else place


def _measure(
    measure: Callable[[Item], Measured | Looked | ArtlensError], rate_per_s: float, item: Item
) -> Measured | Looked | ArtlensError:
    """Do a worker process's part, which may begin with asking a host."""
    try:
        return measure(open_place(item, rate_per_s) if isinstance(item, str) else item)
    except ImageError as error:
        return error.with_traceback(None)


def _pack(
    measure: Callable[[Item], Measured | Looked | ArtlensError], specs: Specs, item: Item
) -> bytes | Looked | ArtlensError:
    """Do a worker process's part, and hand over few bytes: who gets them has many rows to keep."""
    found = measure(item)
    return found.pack(specs) if isinstance(found, Measured) else found
