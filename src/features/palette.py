"""The few colours that make up a picture: pure, from pixels to colours and their shares."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

MAX_COLORS: Final = 6
# Every second pixel of every second row of a working-size picture: more changes nothing visible.
_SAMPLE_SIDE: Final = 109
# Cells of RGB by the upper four bits of each channel; some 250 of them occur in a painting.
_SHIFT: Final = 4
_LEVELS: Final = 16
_ROUNDS: Final = 6
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
    cells, counts = _count_cells(_sample(bgr))
    lab = cv2.cvtColor((cells / 255).astype(np.float32)[None], cv2.COLOR_BGR2LAB)[0]
    points = lab.astype(np.float64)
    centres = _keep_large(points, counts, _join_alike(*_cluster(points, counts)))
    members = _members(points, centres) * counts
    weights = members.sum(axis=1)
    order = np.argsort(-weights, kind="stable")
    colors = (members @ cells)[order] / weights[order, None]
    return np.rint(colors).astype(np.uint8), weights[order] / weights.sum()


def _sample(bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    step = max(1, min(bgr.shape[:2]) // _SAMPLE_SIDE)
    return bgr[::step, ::step].reshape(-1, 3)


def _count_cells(pixels: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """Return the mean colour of each occupied cell, shape (n, 3), and its pixels, shape (n,)."""
    channels = [np.ascontiguousarray(pixels[:, i]) for i in range(3)]
    cell = np.zeros(len(pixels), np.intp)
    for channel in channels:
        cell = cell * _LEVELS + (channel >> _SHIFT)
    counts = np.bincount(cell, minlength=_LEVELS**3)
    occupied = np.flatnonzero(counts)
    sums = [np.bincount(cell, channel)[occupied] for channel in channels]
    kept = counts[occupied].astype(np.float64)
    return np.stack(sums, axis=1) / kept[:, None], kept


def _cluster(points: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Return the centres of k-means, shape (k, 3), and how many pixels belong to each."""
    centres = _spread_out(points, counts)
    weights = np.zeros(len(centres))
    for _ in range(_ROUNDS):
        members = _members(points, centres) * counts
        weights = members.sum(axis=1)
        # Two cells never have the same colour, but rounding may leave a centre without any.
        filled = weights > 0
        centres, weights = (members @ points)[filled] / weights[filled, None], weights[filled]
    return centres, weights


def _spread_out(points: Floats, counts: Floats) -> Floats:
    """Start from the most frequent cell; add the one that is far from all so far, and frequent."""
    chosen = [int(counts.argmax())]
    apart = np.full(len(points), np.inf)
    while len(chosen) < min(MAX_COLORS, len(points)):
        apart = np.minimum(apart, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
        chosen.append(int((apart * np.sqrt(counts)).argmax()))
    return points[chosen]


def _members(points: Floats, centres: Floats) -> NDArray[np.bool_]:
    """Tell which centre is nearest to each point, shape (k, n); the first of equal ones."""
    # The square of the point itself is the same for all centres.
    distances = (centres**2).sum(axis=1)[:, None] - 2 * (centres @ points.T)
    nearest = distances.argmin(axis=0)
    return np.asarray(np.arange(len(centres))[:, None] == nearest)


def _join_alike(centres: Floats, weights: Floats) -> Floats:
    """Replace the two nearest centres by their mean until no two look alike."""
    while len(centres) > 1:
        apart = np.linalg.norm(centres[:, None] - centres, axis=2)
        np.fill_diagonal(apart, np.inf)
        i, j = divmod(int(apart.argmin()), len(centres))
        if apart[i, j] > _ALIKE_DELTA_E:
            break
        pair = [i, j]
        centres[i] = np.average(centres[pair], axis=0, weights=weights[pair])
        weights[i] += weights[j]
        centres, weights = np.delete(centres, j, axis=0), np.delete(weights, j)
    return centres


def _keep_large(points: Floats, counts: Floats, centres: Floats) -> Floats:
    shares = _members(points, centres) @ counts / counts.sum()
    kept: Floats = centres[shares >= min(_MIN_SHARE, shares.max())]
    return kept
