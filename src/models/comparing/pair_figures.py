"""How well scores tell pairs of one artist from others, in the figures of the field (pure).

Few artists stand behind millions of pairs, so an interval comes from drawing artists: of an artist
that is drawn twice, every pair counts twice, and one with another such artist four times.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError
from .pairs import Pairs

# Of all pairs of the competition on Painter by Numbers.
SHARE_IN_THE_WILD: Final = 0.013
FALSE_ACCEPTS: Final = 0.01
RESAMPLES: Final = 200
COVERED: Final = 0.95

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PairFigures:
    """How well pairs of one artist are told from others.

    Attributes
    ----------
    auc : float
        Area under the ROC curve: how often a pair of one artist scores above another pair.
    equal_error : float
        Share of errors of both kinds at the threshold where these shares are equal.
    true_accepts : float
        Share of the pairs of one artist above a threshold that 1 % of the others pass.
    precision : float
        Share of one artist among the pairs above that threshold, where 1.3 % of all are.
    """

    auc: float
    equal_error: float
    true_accepts: float
    precision: float


@dataclass(frozen=True, slots=True)
class Interval:
    """Figures, and the ends of the intervals that hold them."""

    figures: PairFigures
    low: PairFigures
    high: PairFigures


@dataclass(frozen=True, slots=True)
class Curve:
    """Both kinds of error at every threshold.

    Attributes
    ----------
    thresholds : ndarray of float64, shape (n,)
        From the highest score down; pairs that score at least so are accepted.
    false_accepts, true_accepts : ndarray of float64, shape (n,)
        Shares of the pairs of different artists, and of one artist, that are accepted.
    """

    thresholds: Floats
    false_accepts: Floats
    true_accepts: Floats

    @classmethod
    def of(cls, scores: Floats, same: NDArray[np.bool_], weights: Floats | None = None) -> Self:
        """Count errors from the highest score down.

        Raises
        ------
        DataError
            If there are no pairs of one of the two kinds.
        """
        if same.all() or not same.any():
            raise DataError(
                f"nothing to tell apart ({len(same)} pairs, {int(same.sum())} of one artist); "
                "give pairs of one artist and of different ones"
            )
        order = np.argsort(-scores, kind="stable")
        # Equal scores are accepted together.
        last = np.append(np.diff(scores[order]) != 0, True)
        counts = np.ones(len(same)) if weights is None else weights[order]
        right = np.cumsum(counts * same[order])[last]
        wrong = np.cumsum(counts * ~same[order])[last]
        return cls(scores[order][last], wrong / wrong[-1], right / right[-1])

    def figures(self, share: float = SHARE_IN_THE_WILD) -> PairFigures:
        """Return the figures of the curve.

        Parameters
        ----------
        share : float
            Of all pairs, so many are of one artist.
        """
        fa, ta = np.append(0, self.false_accepts), np.append(0, self.true_accepts)
        crossing = np.argmin(np.abs(fa - (1 - ta)))
        accepted = float(np.interp(FALSE_ACCEPTS, fa, ta))
        precise = share * accepted / (share * accepted + (1 - share) * FALSE_ACCEPTS)
        error = float((fa[crossing] + 1 - ta[crossing]) / 2)
        return PairFigures(float(np.trapezoid(ta, fa)), error, accepted, precise)

    def threshold(self, false_accepts: float) -> float:
        """Return the lowest threshold at which no larger share of false pairs is accepted."""
        passed = np.searchsorted(self.false_accepts, false_accepts, side="right")
        if not passed:
            return float(np.nextafter(self.thresholds[0], np.inf))
        return float(self.thresholds[passed - 1])


def judge_pairs(
    scores: Floats, pairs: Pairs, artists: NDArray[np.str_], resamples: int = RESAMPLES
) -> Interval:
    """Return figures with 95 % intervals by bootstrap over artists.

    Parameters
    ----------
    scores : ndarray of float64, shape (n_pairs,)
        The higher, the more alike.
    pairs : Pairs
    artists : ndarray of str, shape (n_works,)
        Who made each work that the pairs name.
    resamples : int
        How often artists are drawn.

    References
    ----------
    Efron and Tibshirani (1993), "An Introduction to the Bootstrap", chapter 13: percentiles.
    """
    order = np.argsort(-scores, kind="stable")
    names, whose = np.unique(artists, return_inverse=True)
    first, second = whose[pairs.first[order]], whose[pairs.second[order]]
    ranked, same = scores[order], pairs.same[order]
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(resamples):
        times = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names))
        # A pair of one artist is there as often as he is.
        weights = np.where(same, times[first], times[first] * times[second]).astype(float)
        if not (weights[same].any() and weights[~same].any()):
            continue  # of very few artists, a draw may hold one alone
        drawn.append(_as_row(Curve.of(ranked, same, weights).figures()))
    tail = (1 - COVERED) / 2
    whole = Curve.of(ranked, same).figures()
    low, high = np.quantile(drawn or [_as_row(whole)], [tail, 1 - tail], axis=0)
    return Interval(whole, PairFigures(*low.tolist()), PairFigures(*high.tolist()))


def _as_row(figures: PairFigures) -> list[float]:
    return [figures.auc, figures.equal_error, figures.true_accepts, figures.precision]
