"""What a site needs of pictures, taken in one look at each file; what was seen once is kept.

Numbers last beside those of networks, in the file of measured rows; small pictures in the folder of
the site, from which the next one takes them. Worker processes import this file.
"""

import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ..data.fingerprints import Fingerprint, fingerprint_of, full_size
from ..data.perceptual_hash import PictureHash
from ..decoding.file_bytes import read_source
from ..errors import ArtlensError, ImageError, UnreadableImage
from ..features.extract_features import FeatureSpec
from ..features.measured_rows import (
    FileRow,
    Known,
    LastingRows,
    Wanted,
    find_row,
    row_type,
    stamp_of,
)
from ..features.measuring import Measured, Specs, killed_by, measure_shown
from ..features.path_lists import STDIN
from ..features.paths_job import open_place
from ..features.picture_addresses import RATE_PER_S
from ..images import ImageLimits, Shown, default_limits, describe_source, load_uncut
from ..jobs.parallel_map import parallel_map
from ..jobs.shard_store import Picture
from .small_pictures import LARGE, SmallPicture

# What is kept of a file under this name; a new version where anything of it comes out otherwise.
GLANCE: Final = FeatureSpec(
    "glance",
    1,
    ("width", "height", "palette", "texture", "truncated", "fingerprint"),
    LARGE.width,
    "load_uncut",
)
# Width, height, bytes, area, both hashes and whether there are any, whether it has colours, digest.
_FACTS: Final = struct.Struct("<6Q??32s")

# What errors call a picture.
NAMELESS: Final = describe_source(b"")

Item = str | bytes | ArtlensError


class Glance(NamedTuple):
    """What is known of a picture file, but for the rows of models.

    Attributes
    ----------
    width, height : int
        Of the whole picture, upright.
    measured : Measured
        Without rows.
    print : Fingerprint
        What tells copies.
    """

    width: int
    height: int
    measured: Measured
    print: Fingerprint

    @property
    def small(self) -> SmallPicture:
        """Where its small pictures are."""
        return SmallPicture.of(self.print.sha256, self.width, self.height)

    def pack(self) -> bytes:
        """Return all but the digest of the file as bytes."""
        known = self.print
        straight, mirrored = known.hash or (0, 0)
        digest = bytes.fromhex(known.pixels)
        facts = (self.width, self.height, known.bytes, known.area, straight, mirrored)
        return _FACTS.pack(*facts, known.hash is not None, known.colored, digest) + (
            self.measured.pack(())
        )

    @classmethod
    def unpack(cls, content: bytes, digest: bytes) -> Self:
        """Return what `pack` made the bytes of, for a file with this SHA-256."""
        *facts, hashed, colored, pixels = _FACTS.unpack_from(content)
        width, height, size, area, *bits = facts
        known = PictureHash(*bits) if hashed else None
        found = Fingerprint(digest.hex(), pixels.hex(), size, area, known, colored)
        return cls(width, height, Measured.unpack(content[_FACTS.size :], ()), found)


class Seen(NamedTuple):
    """A picture that was looked at; its small ones are in the folder.

    Attributes
    ----------
    glance : Glance
    rows : tuple of ndarray of float64
        A row for each spec that was asked for.
    """

    glance: Glance
    rows: tuple[NDArray[np.float64], ...]

    @property
    def measured(self) -> Measured:
        """All that was measured, as models are asked about it."""
        return self.glance.measured.with_rows(self.rows)


class _Taken(NamedTuple):
    """What a worker found of a file: the glance first, then a row for each spec."""

    wanted: Wanted
    sha256: bytes
    contents: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Errand:
    """What workers are to do with each picture.

    Attributes
    ----------
    specs : tuple of FeatureSpec
        Which rows models need.
    folder : str
        Of the site that is being made, where small pictures are put.
    earlier : str
        Of the site that it replaces, which need not be there.
    limits : ImageLimits
    rate_per_s : float
        How often a worker may ask a host.
    """

    specs: Specs
    folder: str
    earlier: str
    limits: ImageLimits = field(default_factory=default_limits)
    rate_per_s: float = RATE_PER_S


class LastingGlances:
    """What was ever seen of pictures; see `LastingRows`."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand
        self._parts = [LastingRows(spec) for spec in (GLANCE, *errand.specs)]
        place = next((part.place for part in self._parts), "")
        self._look = partial(_look, errand, place)

    def __enter__(self) -> Self:
        self._open = ExitStack()
        for part in self._parts:
            self._open.enter_context(part)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def see(
        self, pictures: Sequence[Picture], stdin: bytes = b"", jobs: int | None = None
    ) -> Iterator[Seen | ArtlensError]:
        """Yield what is seen of each picture, or what is wrong with it, in order.

        Errors call a picture `NAMELESS`, since where it lies is nobody's business but its owner's.

        What is seen is kept at once: interrupted, the same call goes on where this one was.

        Parameters
        ----------
        pictures : sequence of Picture
        stdin : bytes
            The picture that came on standard input.
        jobs : int, optional
            Number of processes; by default one per core.
        """
        asked = [self._look_up(picture) for picture in pictures]
        missing = [
            _item(picture, stdin)
            for picture, known in zip(pictures, asked, strict=True)
            if not known
        ]
        results = parallel_map(self._look, missing, jobs, "looking", _killed)
        for picture, known in zip(pictures, asked, strict=True):
            taken = self._recall(known, picture.place) if known else self._keep(next(results))
            yield taken if isinstance(taken, ArtlensError) else self._unpack(taken)

    def _look_up(self, picture: Picture) -> Known | None:
        """Tell whether all of a picture is here already, its small pictures too."""
        if picture.fault or not all(
            isinstance(found := part.look_up(picture.place), Known) for part in self._parts
        ):
            return None
        assert isinstance(found, Known)
        row = self._parts[0].fetch(found)
        glance = Glance.unpack(row.content, found.sha256) if row else None
        return found if glance and _carry_over(glance, self._errand) else None

    def _recall(self, known: Known, place: str) -> _Taken | ArtlensError:
        rows = [part.fetch(known) for part in self._parts]
        contents = tuple(row.content for row in rows if row)
        if len(contents) < len(rows):
            return self._keep(self._look(place))
        return _Taken(known.wanted, known.sha256, contents)

    def _keep(self, taken: _Taken | ArtlensError) -> _Taken | ArtlensError:
        if isinstance(taken, _Taken):
            truncated = Glance.unpack(taken.contents[0], taken.sha256).measured.truncated
            # What is measured of a part of a file is not taken for the whole by who trains.
            count = 1 if truncated else len(self._parts)
            for part, content in zip(self._parts[:count], taken.contents, strict=False):
                part.keep(FileRow(taken.wanted, taken.sha256, content))
        return taken

    def _unpack(self, taken: _Taken) -> Seen:
        first, *contents = taken.contents
        rows = (
            np.frombuffer(content, row_type(spec)).astype(np.float64)
            for spec, content in zip(self._errand.specs, contents, strict=True)
        )
        return Seen(Glance.unpack(first, taken.sha256), tuple(rows))


def _item(picture: Picture, stdin: bytes) -> Item:
    if picture.fault:
        return UnreadableImage(picture.fault)
    return stdin if picture.place == STDIN else picture.place


def _look(errand: Errand, store: str, item: Item) -> _Taken | ArtlensError:
    """Do a worker process's part: look at a picture, and put its small ones into the folder."""
    if isinstance(item, ArtlensError):
        return item
    try:
        wanted = Wanted("", stamp_of(item) if isinstance(item, str) else b"")
        data = open_place(item, errand.rate_per_s) if isinstance(item, str) else item
        if isinstance(data, str):
            data = read_source(data, errand.limits.max_bytes, NAMELESS)
        digest = sha256(data).digest()
        return _Taken(wanted, digest, _take(errand, store, data, digest))
    except ImageError as error:
        return error.with_traceback(None)


def _killed(_: Item) -> ImageError:
    return killed_by(b"")


def _take(errand: Errand, store: str, data: bytes, digest: bytes) -> tuple[bytes, ...]:
    found = {spec: find_row(store, spec, digest) for spec in (GLANCE, *errand.specs)}
    glance = Glance.unpack(known, digest) if (known := found[GLANCE]) else None
    missing = tuple(spec for spec in errand.specs if found[spec] is None)
    there = glance is not None and _carry_over(glance, errand)
    if missing or glance is None or not there:
        shown = load_uncut(data, limits=errand.limits)
        measured = measure_shown(shown, missing, palette=glance is None)
        for spec, row in zip(missing, measured.rows, strict=True):
            found[spec] = row.astype(row_type(spec)).tobytes()
        glance = glance or _glance(data, shown, measured)
        found[GLANCE] = glance.pack()
        # A run that was killed may have drawn what it did not come to note.
        if not _carry_over(glance, errand):
            _draw(data, shown, glance, errand)
    return tuple(content for content in found.values() if content is not None)


def _glance(data: bytes, shown: Shown, measured: Measured) -> Glance:
    height, width = shown.bgr.shape[:2]
    # Of a file that ends early, the part that is there is the picture.
    if not shown.truncated:
        width, height = full_size(data, shown.bgr)
    return Glance(width, height, measured.with_rows(()), fingerprint_of(data, shown.bgr))


def _carry_over(glance: Glance, errand: Errand) -> bool:
    """Take small pictures from the earlier site; tell whether they are in this one."""
    return glance.small.carry_over(errand.earlier, errand.folder)


def _draw(data: bytes, shown: Shown, glance: Glance, errand: Errand) -> None:
    """Make the small pictures: of a JPEG, maybe of more pixels than are measured."""
    wanted = LARGE.fit(glance.width, glance.height)
    if min(shown.bgr.shape[:2]) < min(wanted):
        shown = load_uncut(data, limits=errand.limits, least_side=min(wanted))
    glance.small.draw(shown.bgr, errand.folder)
