"""What tells copies of a picture from other pictures: bytes, pixels, and what it looks like."""

from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..decoding.borders import crop_borders
from ..decoding.file_bytes import read_source
from ..errors import ArtlensError, ImageError, UnreadableImage
from ..images import ImageLimits, default_limits, load_uncut
from ..jobs.parallel_map import parallel_map
from .local_matches import LocalFeatures, find_local_features
from .perceptual_hash import PictureHash, hash_picture

# Mean difference of a pixel's channels, in levels; JPEG gives grey pictures a little of it.
_GREY: Final = 2.0
# Of which one in so many, each way, tells enough.
_STEP: Final = 4


class Fingerprint(NamedTuple):
    """What is known of a picture file without comparing it with others.

    Attributes
    ----------
    sha256, pixels : str
        Digests of its bytes, and of its pixels.
    bytes, area : int
        How large the file is, and its picture without bars at its edges, in pixels.
    hash : PictureHash or None
        None where there is nothing to see.
    colored : bool
        Whether it has colours.
    """

    sha256: str
    pixels: str
    bytes: int
    area: int
    hash: PictureHash | None
    colored: bool


def take_fingerprints(
    paths: list[str], jobs: int | None = None, label: str = "comparing"
) -> list[Fingerprint | ArtlensError]:
    """Look at picture files, on all cores; a broken one gives what is wrong with it.

    Parameters
    ----------
    paths : list of str
    jobs : int, optional
        Number of processes; by default one per core.
    label : str
        Stands before the progress, on a terminal.
    """
    look = partial(take_fingerprint, default_limits())
    return list(parallel_map(look, paths, jobs, label, _killed))


def take_fingerprint(limits: ImageLimits, path: str) -> Fingerprint | ArtlensError:
    """Look at one picture file."""
    try:
        data = read_source(path, limits.max_bytes, path)
        bgr = load_uncut(data, limits=limits).bgr
    except ImageError as error:
        return _called(error, path)
    return fingerprint_of(data, bgr)


def fingerprint_of(data: bytes, bgr: NDArray[np.uint8]) -> Fingerprint:
    """Return what is known of a file's bytes, and of what `load_uncut` made of them."""
    cut, (width, height) = crop_borders(bgr), full_size(data, bgr)
    return Fingerprint(
        sha256=sha256(data).hexdigest(),
        pixels=sha256(repr(bgr.shape).encode() + bgr.tobytes()).hexdigest(),
        bytes=len(data),
        area=round(width * height * _area(cut) / _area(bgr)),
        hash=hash_picture(cut),
        colored=bool(np.ptp(bgr[::_STEP, ::_STEP], axis=2).mean() > _GREY),
    )


def take_local_features(
    paths: list[str], jobs: int | None = None, label: str = "looking closer"
) -> list[LocalFeatures]:
    """Find the points of picture files, on all cores; one that cannot be read now has none."""
    look = partial(_take_points, default_limits())
    return list(parallel_map(look, paths, jobs, label, _without_points))


def _take_points(limits: ImageLimits, path: str) -> LocalFeatures:
    try:
        return find_local_features(crop_borders(load_uncut(path, limits=limits).bgr))
    except ImageError:
        return _without_points(path)


def _without_points(_: str) -> LocalFeatures:
    return LocalFeatures.none()


def full_size(data: bytes, bgr: NDArray[np.uint8]) -> tuple[int, int]:
    """Return width and height of the whole picture, of which fewer pixels may have been decoded."""
    height, width = bgr.shape[:2]
    try:
        with Image.open(BytesIO(data)) as image:
            short, long = sorted(image.size)
    except (OSError, ValueError, Image.DecompressionBombError):
        return width, height
    if short * long < _area(bgr):
        return width, height
    return (long, short) if width >= height else (short, long)


def _area(bgr: NDArray[np.uint8]) -> int:
    return int(bgr.shape[0] * bgr.shape[1])


def _called(error: ImageError, path: str) -> ImageError:
    return type(error)(str(error).replace("<bytes>", path, 1)).with_traceback(None)


def _killed(path: str) -> UnreadableImage:
    name = Path(path).name
    return UnreadableImage(f"cannot read {name}: it needs more memory than there is")
