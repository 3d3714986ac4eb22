"""The few colours that make up a picture: pure, from pixels to colours and their shares."""

from itertools import combinations
from math import dist
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

MAX_COLORS: Final = 6
# Every fourth pixel of every fourth row of a working-size picture: more changes nothing visible.
_SAMPLE_SIDE: Final = 55
# Cells of RGB by the upper four bits of each channel; some 200 of them occur in a painting.
_CELLS: Final = 16**3
# OpenCV packs a pixel's upper bits into 16: five of blue, six of green, five of red.
_PACKED: Final = np.arange(1 << 16, dtype=np.uint16)
_CELL_OF_PACKED: Final = (_PACKED >> 12 << 8) | ((_PACKED >> 7 & 15) << 4) | (_PACKED >> 1 & 15)
_ROUNDS: Final = 3
_PLACES: Final = np.arange(MAX_COLORS)[:, None]
_MINUS_HALF: Final = np.full(3, -0.5)
# Differences of CIE 1976: colours nearer than this look like shades of one.
_ALIKE_DELTA_E: Final = 12.0
_MIN_SHARE: Final = 0.02

Floats = NDArray[np.float64]


def find_palette(bgr: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Floats]:
    """Return the colours that make up a picture, most of it first.

    Pixels are counted in cells of RGB. The cells' mean colours are grouped in CIE Lab by k-means
    from a fixed start; groups that look alike are joined, and tiny ones go to their neighbours.
    The same pixels always give the same colours.

    Parameters
    ----------
    bgr : ndarray of uint8, shape (h, w, 3)
        A working image: not empty.

    Returns
    -------
    colors : ndarray of uint8, shape (k, 3), 1 <= k <= 6
        BGR means of the groups.
    shares : ndarray of float64, shape (k,)
        Parts of the picture, falling; they sum to 1.

    References
    ----------
    Celebi (2011), "Improving the performance of k-means for color quantization", Image and Vision
    Computing 29(4), on weighted k-means over distinct colours from a deterministic start.

    Examples
    --------
    >>> flag = np.full((40, 90, 3), 255, np.uint8)
    >>> flag[:, :20], flag[:, 60:] = (164, 85, 0), (53, 65, 239)
    >>> colors, shares = find_palette(flag)
    >>> colors.tolist(), shares.round(2).tolist()
    ([[255, 255, 255], [53, 65, 239], [164, 85, 0]], [0.44, 0.33, 0.22])
    """
    sums = _sum_cells(_sample(bgr))
    cells, counts = sums[:, :3] / sums[:, 3:], sums[:, 3]
    points = np.ones_like(sums)
    points[:, :3] = cv2.cvtColor((cells / 255).astype(np.float32)[None], cv2.COLOR_BGR2LAB)[0]
    centres = _keep_large(*_join_alike(*_cluster(points, counts)))
    groups = _sum_groups(points, centres, sums)
    groups = groups[np.argsort(-groups[:, 3], kind="stable")]
    weights = groups[:, 3]
    colors = groups[:, :3] / weights[:, None]
    return np.rint(colors).astype(np.uint8), weights / weights.sum()


def _sample(bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    step = max(1, round(min(bgr.shape[:2]) / _SAMPLE_SIDE))
    nearest = cv2.INTER_NEAREST
    return np.asarray(cv2.resize(bgr, None, fx=1 / step, fy=1 / step, interpolation=nearest))


def _sum_cells(bgr: NDArray[np.uint8]) -> Floats:
    """Return the sums of B, G and R, and the pixels, of each occupied cell, shape (n, 4)."""
    packed = cv2.cvtColor(bgr, cv2.COLOR_BGR2BGR565).view(np.uint16).ravel()
    cell = _CELL_OF_PACKED.take(packed)
    counts = np.bincount(cell, minlength=_CELLS)
    occupied = np.flatnonzero(counts > 0)
    sums = np.empty((len(occupied), 4))
    for i, channel in enumerate(cv2.split(bgr)):
        sums[:, i] = np.bincount(cell, channel.ravel())[occupied]
    sums[:, 3] = counts[occupied]
    return sums


# Points and centres have a fourth number here, 1, by which a product with `_planes` tells how near
# they are: few numbers in few steps.


def _cluster(points: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Return the centres of k-means, shape (k, 4), and how many pixels belong to each."""
    centres = _spread_out(points, counts)
    weighted = points * counts[:, None]
    groups = weighted
    for _ in range(_ROUNDS):
        groups = _sum_groups(points, centres, weighted)
        centres = groups / groups[:, 3:]
    return centres, groups[:, 3]


def _spread_out(points: Floats, counts: Floats) -> Floats:
    """Start from the most frequent cell; add the one that is far from all so far, and frequent."""
    chosen = [int(counts.argmax())]
    planes, near, roots = _planes(points), np.full(len(points), -np.inf), np.sqrt(counts)
    while len(chosen) < min(MAX_COLORS, len(points)):
        np.maximum(near, points @ planes[chosen[-1]], out=near)
        # Half of |p - c|^2, negative, from the nearest that was chosen.
        chosen.append(int(((planes[:, 3] + near) * roots).argmin()))
    return points[chosen]


def _sum_groups(points: Floats, centres: Floats, rows: Floats) -> Floats:
    """Add up the rows of the points that are nearest to each centre, shape (k, 4).

    Centres that have no points are left out; the first of equally near ones has the point.
    """
    nearest = (points @ _planes(centres).T).argmax(axis=1)
    sums: Floats = (nearest == _PLACES[: len(centres)]) @ rows
    return sums[sums[:, 3] > 0]


def _planes(centres: Floats) -> Floats:
    """Return what a point is multiplied by, shape (k, 4), to give most for the nearest centre.

    That is where |c - p|^2 is least, which is where p.c - |c|^2 / 2 is greatest.
    """
    planes = centres.copy()
    planes[:, 3] = centres[:, :3] ** 2 @ _MINUS_HALF
    return planes


def _join_alike(centres: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Replace the two nearest centres by their mean until no two look alike."""
    # So few numbers are quicker in lists than in arrays.
    places, sizes = centres.tolist(), weights.tolist()
    while len(places) > 1:
        pairs = combinations(range(len(places)), 2)
        apart, i, j = min((dist(places[i], places[j]), i, j) for i, j in pairs)
        if apart > _ALIKE_DELTA_E:
            break
        size, other = sizes[i] + sizes[j], sizes[j] / (sizes[i] + sizes[j])
        places[i] = [a + (b - a) * other for a, b in zip(places[i], places[j], strict=True)]
        sizes[i] = size
        del places[j], sizes[j]
    return np.array(places), np.array(sizes)


def _keep_large(centres: Floats, weights: Floats) -> Floats:
    kept: Floats = centres[weights >= min(_MIN_SHARE * weights.sum(), weights.max())]
    return kept
