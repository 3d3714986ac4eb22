"""A square that is averaged over areas hardly larger than its pixels: as by OpenCV, but sooner."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from threading import local
from typing import Final, NamedTuple, Self

import cv2
import numpy as np
from numpy.typing import NDArray

# How much larger a side may be: with more, more columns have a third part, and little is gained.
_MOST: Final = 1.1
# A side above this would take much memory, which threads keep.
_LARGEST: Final = 512
# OpenCV leaves out what is less of a pixel.
_LEAST_PART: Final = 1e-3
# Rows that are multiplied at once, for few long steps are quicker than many short ones.
_TOGETHER: Final = 8
# Size and side whose areas are of 112ths of pixels.
_MANY_HALVES: Final = (224, 218)

Floats = NDArray[np.float32]


def average_areas(square: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Average a square down, as ``cv2.resize`` does with ``INTER_AREA``, to the last bit.

    OpenCV goes through the columns of each row number by number, which for a square of 224 pixels
    is two thirds of its time. Here all of it is multiplied at once: in the same order, in the same
    type, so the rounding is the same. Each size is tried first; where a machine's OpenCV rounds
    otherwise, it is asked.

    Parameters
    ----------
    square : ndarray of uint8, shape (n, n, 3)
        Any strides.
    side : int
        Of the result, less than n.

    Returns
    -------
    ndarray of uint8, shape (side, side, 3)

    Examples
    --------
    >>> ramp = np.repeat(np.arange(220, dtype=np.uint8), 660).reshape(220, 220, 3)
    >>> average_areas(ramp, 218)[:4, 0, 0].tolist()
    [0, 1, 2, 3]
    """
    size = len(square)
    parts = _parts_if_the_same(size, side) if size <= min(_MOST * side, _LARGEST) else None
    return _by_opencv(square, side) if parts is None else _average(square, parts)


class _Parts(NamedTuple):
    """How much of each pixel, and of the next and the one after that, goes into an area.

    Areas are counted by the pixel in which they begin; pixels in which none does stand between
    them. The next pixel's part stands at that pixel. Few areas have a third one. Of `runs`, each is
    of areas of which one begins in each pixel: where they are in the result, and where they begin.
    """

    side: int
    begins: NDArray[np.intp]
    runs: Sequence[tuple[slice, slice]]
    columns: tuple[Floats, Floats]
    rows: tuple[Floats, Floats]
    third_column: tuple[NDArray[np.intp], Floats]
    third_row: tuple[NDArray[np.intp], Floats]

    @classmethod
    def of(cls, size: int, side: int) -> Self:
        """Divide so many pixels among so many areas."""
        begins = (np.arange(side) * (size / side)).astype(np.intp)
        first, second, third = _weights(size, side, begins)
        columns = [np.repeat(part, 3) for part in (first, np.roll(second, 1), third)]
        far, far_row = np.flatnonzero(columns[2]), np.flatnonzero(third)
        return cls(
            side,
            begins,
            list(_runs(begins)),
            (np.tile(columns[0], _TOGETHER), np.tile(columns[1], _TOGETHER)),
            (first[:, None], np.roll(second, 1)[:, None]),
            (far, columns[2][far]),
            (far_row, third[far_row, None]),
        )


@lru_cache(maxsize=64)
def _parts_if_the_same(size: int, side: int) -> _Parts | None:
    """Return what a square of that size is averaged by, if OpenCV gives the same: it is tried."""
    parts = _Parts.of(size, side)
    return parts if _rounds_as_opencv_does() and _is_the_same(_noise(size), parts) else None


@lru_cache(maxsize=1)
def _rounds_as_opencv_does() -> bool:
    """Try stripes of which many areas come to a half, and go up or down by a sum's last bit."""
    size, side = _MANY_HALVES
    return _is_the_same(np.repeat(_noise(size)[:, :1], size, axis=1), _Parts.of(size, side))


def _is_the_same(square: NDArray[np.uint8], parts: _Parts) -> bool:
    return np.array_equal(_average(square, parts), _by_opencv(square, parts.side))


def _noise(size: int) -> NDArray[np.uint8]:
    # Knuth's multiplicative hash: NumPy's own noise takes long to import.
    mixed = np.arange(3 * size * size, dtype=np.uint32) * np.uint32(2_654_435_761)
    return (mixed >> 24).astype(np.uint8).reshape(size, size, 3)


def _runs(begins: NDArray[np.intp]) -> Iterator[tuple[slice, slice]]:
    """Yield slices of the numbers in a row, three for each area and pixel."""
    breaks = np.flatnonzero(np.diff(begins) != 1) + 1
    for run in np.split(np.arange(len(begins)), breaks):
        first, count = int(run[0]), len(run)
        pixel = int(begins[first])
        yield slice(3 * first, 3 * (first + count)), slice(3 * pixel, 3 * (pixel + count))


def _weights(size: int, side: int, begins: NDArray[np.intp]) -> Floats:
    """Return the parts of three pixels in each area, shape (3, size), by where the area begins."""
    scale = size / side
    begin = np.arange(side) * scale
    end, width = begin + scale, np.minimum(scale, size - begin)
    last = np.minimum(np.floor(end), size - 1)
    whole = np.minimum(np.ceil(begin), last)
    weights = np.zeros((3, size), np.float32)
    for pixel, part in (
        (whole - 1, np.where(whole - begin > _LEAST_PART, whole - begin, 0)),
        (whole, np.where(last > whole, 1, 0)),
        (last, np.where(end - last > _LEAST_PART, np.minimum(end - last, 1), 0)),
    ):
        used = part > 0
        places = (pixel - begins).astype(np.intp), begins
        weights[places[0][used], places[1][used]] = (part / width)[used]
    return weights


def _average(square: NDArray[np.uint8], parts: _Parts) -> NDArray[np.uint8]:
    size, width = len(square), 3 * len(square)
    levels, sums, others = _memory(size)
    np.copyto(levels[:size].reshape(size, size, 3), square)
    for out, part in zip((sums, others), parts.columns, strict=True):
        np.multiply(levels.reshape(-1, len(part)), part, out=out.reshape(-1, len(part)))
    _add_next(sums, others, 3)
    place, third = parts.third_column
    sums[:, place] += levels[:, place + 6] * third
    for out, part in zip((levels, others), parts.rows, strict=True):
        np.multiply(sums[:size], part, out=out[:size])
    _add_next(levels, others, width)
    place, third = parts.third_row
    levels[place] += sums[place + 2] * third
    rounded = cv2.convertScaleAbs(levels[:size])[parts.begins]
    found = np.empty((parts.side, parts.side, 3), np.uint8)
    rows = found.reshape(parts.side, -1)
    for there, here in parts.runs:
        rows[:, there] = rounded[:, here]
    return found


def _add_next(sums: Floats, others: Floats, step: int) -> None:
    """Add to each number what stands so many behind it."""
    flat = sums.reshape(-1)
    np.add(flat[:-step], others.reshape(-1)[step:], out=flat[:-step])


_kept = local()


def _memory(size: int) -> Floats:
    """Return memory for three squares, shape (3, rows, 3 * size); more rows than are needed.

    Each thread keeps what it had last: fresh memory would cost more than the averaging.
    """
    rows = -(-size // _TOGETHER) * _TOGETHER
    found: Floats | None = getattr(_kept, "memory", None)
    if found is None or found.shape[1:] != (rows, 3 * size):
        found = _kept.memory = np.zeros((3, rows, 3 * size), np.float32)
    return found


def _by_opencv(square: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
