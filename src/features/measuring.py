"""What is measured of a picture, once for all models; imports little: workers start quickly."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import nan
from typing import Any, Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import ArtlensError, ImageError, UnreadableImage
from ..images import (
    ImageLimits,
    ImageSource,
    Order,
    Shown,
    describe_source,
    load_uncut,
    to_working_size,
)
from .extract_features import FeatureSpec
from .palette import find_palette
from .specs import extract, takes_uncut

# Numbers that are packed behind the features: two of the texture, and whether it is all there.
_FACTS: Final = 3
# What a picture without a path is called where it is decoded.
_NAMELESS: Final = describe_source(b"")
_NO_PALETTE: Final = (np.empty((0, 3), np.uint8), np.empty(0))

Specs = tuple[FeatureSpec, ...]


@dataclass(frozen=True, slots=True)
class Texture:
    """Differences between horizontal neighbours, in all three channels.

    They tell drawings and noise from paintings.

    Attributes
    ----------
    flat_share : float
        Share of the differences that are exactly 0, in [0, 1].
    mean_step : float
        Mean of their absolute values, in levels of 255.
    """

    flat_share: float
    mean_step: float


# Where nothing is taken from the working image.
NO_TEXTURE: Final = Texture(nan, nan)


@dataclass(frozen=True, slots=True)
class Measured:
    """What is taken from a picture, after which its pixels are no longer needed.

    Attributes
    ----------
    rows : tuple of ndarray of float64
        The features, a row for each spec that was asked for.
    colors : ndarray of uint8, shape (k, 3)
        BGR of its palette; none if it was not wanted.
    shares : ndarray of float64, shape (k,)
        Shares of those.
    texture : Texture
        Not numbers if only networks measured it, which say themselves what is unusual.
    truncated : bool
        Whether its file ends too early, and all this is about the part that is there.
    """

    rows: tuple[NDArray[np.float64], ...]
    colors: NDArray[np.uint8]
    shares: NDArray[np.float64]
    texture: Texture
    truncated: bool = False

    def with_rows(self, rows: Sequence[NDArray[np.float64]]) -> Self:
        """Return the same with other rows."""
        return replace(self, rows=tuple(rows))

    def with_palette(self, bgr: NDArray[np.uint8]) -> Self:
        """Return the same with the palette of a working image."""
        colors, shares = find_palette(bgr)
        return replace(self, colors=colors, shares=shares)

    def pack(self, specs: Specs) -> bytes:
        """Return all of it as bytes, which `unpack` understands with the same specs."""
        rows = [row.astype(_type_of(spec)) for row, spec in zip(self.rows, specs, strict=True)]
        facts = np.array([self.texture.flat_share, self.texture.mean_step, self.truncated])
        parts = (*rows, facts, self.shares, self.colors)
        return b"".join(part.tobytes() for part in parts)

    @classmethod
    def unpack(cls, content: bytes, specs: Specs) -> Self:
        """Return what `pack` made the bytes of, for the specs that were asked for then."""
        rows, place = [], 0
        for spec in specs:
            row = np.frombuffer(content, _type_of(spec), len(spec.names), place)
            rows.append(row.astype(np.float64, copy=False))
            place += row.nbytes
        # A colour of the palette takes a share of eight bytes, and three bytes.
        count = (len(content) - place - 8 * _FACTS) // 11
        numbers = np.frombuffer(content, np.float64, _FACTS + count, place)
        facts, shares = np.split(numbers, [_FACTS])
        colors = np.frombuffer(content, np.uint8, offset=place + numbers.nbytes).reshape(-1, 3)
        flat_share, mean_step, truncated = facts.tolist()
        return cls(tuple(rows), colors, shares, Texture(flat_share, mean_step), bool(truncated))


def _type_of(spec: FeatureSpec) -> type[np.floating[Any]]:
    """Return what holds a row without loss: those of networks are rounded already."""
    return np.float16 if spec.network else np.float64


def measure_picture(
    source: ImageSource,
    specs: Sequence[FeatureSpec],
    *,
    order: Order = "rgb",
    limits: ImageLimits | None = None,
    palette: bool = True,
) -> Measured:
    """Decode a picture once and measure of it what specs ask for and, if wanted, its palette.

    Of a file that ends too early the part that is there is measured.

    Raises
    ------
    ImageError
        If nothing of it can be seen; see :func:`src.images.load_uncut`.
    """
    return measure_shown(load_uncut(source, order=order, limits=limits), specs, palette=palette)


def measure_shown(shown: Shown, specs: Sequence[FeatureSpec], *, palette: bool = True) -> Measured:
    """Measure what `measure_picture` does of a picture that is decoded already."""
    uncut, truncated = shown
    if not palette and all(map(takes_uncut, specs)):
        return only_rows([extract(uncut, spec) for spec in specs], truncated=truncated)
    bgr = to_working_size(uncut)
    rows = tuple(extract(uncut if takes_uncut(spec) else bgr, spec) for spec in specs)
    measured = Measured(rows, *_NO_PALETTE, measure_texture(bgr), truncated)
    return measured.with_palette(bgr) if palette else measured


def only_rows(rows: Sequence[NDArray[np.float64]], *, truncated: bool = False) -> Measured:
    """Return what is measured of a picture of which nothing but rows of networks is wanted."""
    return Measured(tuple(rows), *_NO_PALETTE, NO_TEXTURE, truncated)


def measure_texture(bgr: NDArray[np.uint8]) -> Texture:
    """Compare every pixel with its right neighbour.

    Parameters
    ----------
    bgr : ndarray of uint8, shape (h, w, 3)
        A working image.

    Returns
    -------
    Texture
        That of a flat picture if there is one column only.

    Examples
    --------
    >>> found = measure_texture(np.uint8([[[10, 10, 10], [10, 10, 10], [10, 10, 40]]]))
    >>> round(found.flat_share, 3), found.mean_step
    (0.833, 5.0)
    """
    rows = np.ascontiguousarray(bgr).reshape(len(bgr), -1)
    if rows.shape[1] < 6:
        return Texture(1.0, 0.0)
    steps = cv2.absdiff(rows[:, 3:], rows[:, :-3])
    return Texture(1 - cv2.countNonZero(steps) / steps.size, cv2.mean(steps)[0])


def measure_item(
    specs: Specs, limits: ImageLimits, palette: bool, item: str | bytes | ArtlensError
) -> Measured | ArtlensError:
    """Do a worker process's part: measure a picture, or return what is wrong with it."""
    if isinstance(item, ArtlensError):
        return item
    try:
        return measure_picture(item, specs, limits=limits, palette=palette)
    except ImageError as error:
        return error.with_traceback(None)  # which would keep the pixels alive


def measure_features(
    spec: FeatureSpec, limits: ImageLimits, source: str | bytes, *, mirrored: bool = False
) -> NDArray[np.float64] | ArtlensError:
    """Do a worker process's part for a table: the features alone, or what is wrong with a file.

    A table for training takes no part of a picture for the whole. It may learn the mirrored picture
    too.
    """
    try:
        uncut = load_uncut(source, limits=limits, complete=True).bgr
        uncut = np.asarray(cv2.flip(uncut, 1), np.uint8) if mirrored else uncut
        return extract(uncut if takes_uncut(spec) else to_working_size(uncut), spec)
    except ImageError as error:
        return error.with_traceback(None)


def killed_by(item: Any) -> ImageError:
    """Say of a picture that the process that had nothing but it to do was killed."""
    return UnreadableImage(
        f"cannot read {describe_source(item)}: the process that decoded it was killed; look into "
        "the system's log, for instance for a lack of memory, and scale the picture down"
    )


@contextmanager
def called(name: str) -> Iterator[None]:
    """In this block, let errors call a picture that comes as bytes by its name."""
    try:
        yield
    except ImageError as error:
        raise name_source(error, name) from error


def name_source(error: ArtlensError, name: str) -> ArtlensError:
    """Return an error about a picture that came as bytes, with its name."""
    return type(error)(str(error).replace(_NAMELESS, name, 1))
