"""Points that two pictures share, and whether one is a view of the other (pure).

Each picture has a few hundred points with a description of what is around them. Where two show one
work, a homography leads many points of the one to those of the other that are alike, and what lies
between them is alike too; a frame, a wall, a crop or an angle make no difference to that.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple, Self

import cv2
import numpy as np
from numpy.typing import NDArray

# The longer side of the picture in which points are looked for: larger ones are brought to it.
SIDE: Final = 480
MOST_POINTS: Final = 400
# Of a photograph with a work somewhere in it.
PHOTO_SIDE: Final = 640
PHOTO_POINTS: Final = 800
# Lower than the usual 0.04, or else dim paintings have no points.
_CONTRAST: Final = 0.015
# The next point that is alike has to be so much farther.
_RATIO: Final = 0.85
_FEWEST_MATCHES: Final = 7
# How far from its place a point may lie, in pixels.
_REPROJECTION: Final = 4.0
# The grey picture that is compared between the points.
_GREY_SIDE: Final = 120
# Of the smaller side: what is finer differs by noise between photographs, what is coarser by light.
_FINE: Final = 1 / 60
_COARSE: Final = 1 / 8
# Correlation is asked tile by tile, of those where there is something to see in one of the two, and
# so many of them may say less.
_TILES: Final = 8
_LEAST_POWER: Final = 0.25
_DISSENT: Final = 0.25
# Less of a picture than this is a detail that two works can share.
_LEAST_SHARE: Final = 0.02
# So many points are no chance, and glare may lie between them; of fewer, more has to agree. Two
# pages in one border had 29 points and 0.54 in common, one view painted twice 7 points and 0.76.
_MANY_POINTS: Final = 50
_LEAST_AGREEMENT: Final = 0.5
_FEWEST_POINTS: Final = 10
_CLEAR_AGREEMENT: Final = 0.7

# What a mirror makes of a description: 4 rows and 4 columns of 8 directions, upright along its
# point's own direction. Rows change places, and directions turn around.
_MIRRORED: Final = np.arange(128).reshape(4, 4, 8)[::-1][:, :, -np.arange(8) % 8].reshape(-1)


@dataclass(frozen=True)
class LocalFeatures:
    """The points of a picture, and a small grey copy of it.

    Attributes
    ----------
    points : ndarray of float32, shape (n, 2)
        x and y of each, from 0 to 1.
    descriptions : ndarray of uint8, shape (n, 128)
        Roots of the shares of gradients around it, times 255.
    grey : ndarray of uint8, shape (h, w)
        The longer side has 120 pixels.
    """

    points: NDArray[np.float32]
    descriptions: NDArray[np.uint8]
    grey: NDArray[np.uint8]

    @classmethod
    def none(cls, grey: NDArray[np.uint8] | None = None) -> Self:
        """Return those of a picture without points."""
        seen = np.zeros((1, 1), np.uint8) if grey is None else grey
        return cls(np.empty((0, 2), np.float32), np.empty((0, 128), np.uint8), seen)

    @cached_property
    def directions(self) -> NDArray[np.float32]:
        """Return the descriptions as vectors of length 1."""
        long = self.descriptions.astype(np.float32)
        length = np.linalg.norm(long, axis=1, keepdims=True)
        return np.asarray(long / np.maximum(length, 1), np.float32)

    @property
    def mirrored(self) -> "LocalFeatures":
        """Return what a mirror shows."""
        turned = np.abs(np.array([1, 0], np.float32) - self.points)
        grey = np.ascontiguousarray(self.grey[:, ::-1])
        return LocalFeatures(turned, self.descriptions[:, _MIRRORED], grey)


class Match(NamedTuple):
    """What two pictures have in common.

    Attributes
    ----------
    points : int
        How many points a homography leads to their like.
    agreement : float
        Correlation of lightness where both show something, from -1 to 1.
    share, other_share : float
        Which part of each picture the other shows, from 0 to 1.
    mirrored : bool
        Whether the other had to be mirrored.
    upright : bool
        Whether both are seen from one side: neither is turned, nor seen at an angle.
    """

    points: int
    agreement: float
    share: float
    other_share: float
    mirrored: bool = False
    upright: bool = True

    @property
    def is_same(self) -> bool:
        """Whether both show one work."""
        least = _LEAST_AGREEMENT if self.points >= _MANY_POINTS else _CLEAR_AGREEMENT
        return self.points >= _FEWEST_POINTS and self.agreement >= least


# By how much of its side a rectangle's corner may be off its place.
_SLANT: Final = 0.03

_NO_MATCH: Final = Match(0, -1.0, 0.0, 0.0, upright=False)


def find_local_features(
    bgr: NDArray[np.uint8], side: int = SIDE, most: int = MOST_POINTS
) -> LocalFeatures:
    """Find the points of a picture by which it can be recognised.

    Parameters
    ----------
    bgr : ndarray of uint8, shape (h, w, 3)
    side : int
        A picture whose longer side is longer is first brought to it.
    most : int
        Number of points, the strongest ones.

    References
    ----------
    Lowe, "Distinctive image features from scale-invariant keypoints" (2004); Arandjelovic and
    Zisserman, "Three things everyone should know to improve object retrieval" (2012), section 3.
    """
    grey = _at_most(np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), np.uint8), side)
    sift: Any = cv2.SIFT.create(most, contrastThreshold=_CONTRAST)  # whose stubs want a mask
    found, shares = sift.detectAndCompute(grey, None)
    small = _at_most(grey, _GREY_SIDE)
    if shares is None:
        return LocalFeatures.none(small)
    # SIFT gives some more where several are equally strong.
    points = np.array([point.pt for point in found[:most]], np.float32) / grey.shape[::-1]
    shares = shares[:most] / np.maximum(shares[:most].sum(axis=1, keepdims=True), 1)
    return LocalFeatures(
        points.astype(np.float32), np.rint(255 * np.sqrt(shares)).astype(np.uint8), small
    )


def match_pictures(one: LocalFeatures, other: LocalFeatures) -> Match:
    """Look for a homography from one picture to the other, or to its mirror.

    Parameters
    ----------
    one, other : LocalFeatures

    Returns
    -------
    Match
        Without points where there is none.
    """
    turned = other.mirrored
    pairs, mirror_pairs = _pair_up(one, other), _pair_up(one, turned)
    if len(mirror_pairs) > len(pairs):
        return _fit(one, turned, mirror_pairs)._replace(mirrored=True)
    return _fit(one, other, pairs)


def _pair_up(one: LocalFeatures, other: LocalFeatures) -> NDArray[np.intp]:
    """Return pairs of points that are alike, and to which no other is nearly as much."""
    if min(len(one.points), len(other.points)) < _FEWEST_MATCHES:
        return np.empty((0, 2), np.intp)
    alike = one.directions @ other.directions.T
    best = alike.argmax(axis=1)
    rows = np.arange(len(alike))
    is_mutual = alike.argmax(axis=0)[best] == rows
    first = alike[rows, best]
    alike[rows, best] = -1
    # Of two vectors of length 1, the squared distance is 2 less twice their product.
    is_clear = 1 - first < _RATIO**2 * (1 - alike.max(axis=1))
    kept = np.flatnonzero(is_mutual & is_clear)
    return np.column_stack([kept, best[kept]])


def _fit(one: LocalFeatures, other: LocalFeatures, pairs: NDArray[np.intp]) -> Match:
    if len(pairs) < _FEWEST_MATCHES:
        return _NO_MATCH
    # In pixels of about the size in which they were found, since a tolerance is about these.
    start = one.points[pairs[:, 0]] * _extent(one, SIDE)
    end = other.points[pairs[:, 1]] * _extent(other, SIDE)
    homography, is_inlier = cv2.findHomography(
        start, end, cv2.USAC_MAGSAC, _REPROJECTION, maxIters=2000, confidence=0.999
    )
    if homography is None:
        return _NO_MATCH
    to_end = np.diag([*_extent(other, 1) / _extent(other, SIDE), 1])
    from_start = np.diag([*_extent(one, SIDE) / _extent(one, 1), 1])
    leads = to_end @ np.asarray(homography, np.float64) @ from_start
    outline = _outline(leads, one)
    if outline is None:
        return _NO_MATCH
    found = _compare(one, other, leads)
    return found._replace(points=int(is_inlier.sum()), upright=_is_upright(outline))


def _extent(features: LocalFeatures, side: int) -> NDArray[np.float32]:
    """Return width and height of the picture if its longer side had so many pixels; 1: its own."""
    size = np.array(features.grey.shape[::-1], np.float32)
    return size if side == 1 else size * (side / size.max())


def _outline(leads: NDArray[np.float64], one: LocalFeatures) -> NDArray[np.float32] | None:
    """Return where a picture's corners are seen, if a camera can have seen them so: not folded."""
    height, width = one.grey.shape
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], float)
    seen = corners @ leads.T
    if not (seen[:, 2] > 0).all() and not (seen[:, 2] < 0).all():
        return None
    outline = np.asarray(seen[:, :2] / seen[:, 2:], np.float32)
    is_sound = cv2.isContourConvex(outline) and cv2.contourArea(outline, oriented=True) > 1
    return outline if is_sound else None


def _is_upright(outline: NDArray[np.float32]) -> bool:
    """Tell whether four corners are those of an upright rectangle."""
    low, high = outline.min(axis=0), outline.max(axis=0)
    ideal = np.array([low, [high[0], low[1]], high, [low[0], high[1]]])
    return bool((np.abs(outline - ideal) <= _SLANT * (high - low)).all())


def _compare(one: LocalFeatures, other: LocalFeatures, leads: NDArray[np.float64]) -> Match:
    """Compare what lies between the points, in the place of the picture that is seen whole."""
    seen, is_seen = _see(one, other, leads)
    shown, is_shown = _see(other, one, np.asarray(np.linalg.inv(leads), np.float64))
    share, other_share = float(is_shown.mean()), float(is_seen.mean())
    if min(share, other_share) < _LEAST_SHARE:
        return _NO_MATCH
    if other_share >= share:
        agreement = _correlate(seen, other.grey, is_seen)
    else:
        agreement = _correlate(one.grey, shown, is_shown)
    return Match(0, agreement, share, other_share)


def _see(
    one: LocalFeatures, other: LocalFeatures, leads: NDArray[np.float64]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return a picture in the place of another one, and where it is there."""
    height, width = other.grey.shape
    grey, there = (
        np.asarray(cv2.warpPerspective(picture, leads, (width, height)), np.uint8)
        for picture in (one.grey, np.ones_like(one.grey))
    )
    return grey, there > 0


def _correlate(one: NDArray[np.uint8], other: NDArray[np.uint8], where: NDArray[np.bool_]) -> float:
    """Return how well two pictures correlate in most places of a part of them.

    Not all in all: pages of one book, or works in frames of one kind, have much in common but what
    counts. What is finer differs by noise between photographs, what is coarser by light.
    """
    first, second = (
        _blur_within(picture, where, _FINE) - _blur_within(picture, where, _COARSE)
        for picture in (one, other)
    )
    power, other_power, common = (
        cv2.resize(product, (_TILES, _TILES), interpolation=cv2.INTER_AREA)
        for product in (first * first, second * second, first * second)
    )
    powers = np.stack([power / power.mean(), other_power / other_power.mean()])
    shown = powers.max(axis=0) >= _LEAST_POWER
    correlations = common[shown] / np.sqrt(power[shown] * other_power[shown] + 1e-6)
    return float(np.quantile(correlations, _DISSENT)) if correlations.size else 0.0


def _blur_within(
    grey: NDArray[np.uint8], where: NDArray[np.bool_], share: float
) -> NDArray[np.float32]:
    """Return a part of a picture, blurred by a share of its side as if nothing were around it."""
    blur = max(0.5, share * min(where.shape))
    weight = cv2.GaussianBlur(where.astype(np.float32), (0, 0), blur)
    blurred = cv2.GaussianBlur(grey.astype(np.float32) * where, (0, 0), blur)
    return np.asarray(np.where(where, blurred / np.maximum(weight, 1e-6), 0), np.float32)


def _at_most(grey: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return a picture whose longer side has at most so many pixels."""
    height, width = grey.shape
    scale = side / max(height, width)
    if scale >= 1:
        return grey
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
