"""What each player of a game is worth, where players come in groups: Owen values (pure)."""

from collections.abc import Callable, Sequence
from math import factorial
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

SPACES: Final = ("bgr", "hsv", "lab")
OTHERS: Final = "others"
# Groups that come in all orders, and bars one above the other, must be few.
_MOST_GROUPS: Final = 24
# From so many coalitions on, orders are sampled instead: half of them, each also in reverse.
MOST_COALITIONS: Final = 4096
SAMPLED_ORDERS: Final = 64

Floats: TypeAlias = NDArray[np.float64]
# Coalitions, shape (n, players), in; what each is worth, shape (n, outcomes), out.
Worth: TypeAlias = Callable[[NDArray[np.bool_]], Floats]


def group_features(names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Return the places of the features of each group: a colour space, or else a first word.

    The eighteen features are collinear: B, G, R can be told from H, S, V or from L, a, b to a few
    per cent. What one of them is worth alone says little, for another stands in for it; the six of
    a colour space are the smallest part that is replaced as a whole.

    Parameters
    ----------
    names : sequence of str
        Features, with their colour space between underscores; or, if none has one, with what they
        have in common before the first underscore.

    Returns
    -------
    dict of str to tuple of int
        ``bgr``, ``hsv``, ``lab``, and ``others`` for what names no colour space; no empty ones.
        Without any colour space a group for each first word, if that makes 2 to 24 of them.

    Examples
    --------
    >>> group_features(["b_bgr_mean", "a_lab_mean", "a_lab_std"])
    {'bgr': (0,), 'lab': (1, 2)}
    >>> group_features(["block1_mean", "block1_std", "block2_mean"])
    {'block1': (0, 1), 'block2': (2,)}
    """
    named = [next((s for s in SPACES if f"_{s}_" in name), OTHERS) for name in names]
    words = [name.partition("_")[0] for name in names]
    if set(named) == {OTHERS} and 2 <= len(set(words)) <= _MOST_GROUPS:
        named = words
    order = dict.fromkeys([*SPACES, *named]) if OTHERS not in named else [*SPACES, OTHERS]
    found = {group: tuple(i for i, own in enumerate(named) if own == group) for group in order}
    return {group: places for group, places in found.items() if places}


def owen_values(worth: Worth, groups: Sequence[Sequence[int]]) -> Floats:
    """Share what all players reach together, over what none does, among them.

    A player's value is what it adds when it comes, averaged over all orders in which the players
    of a group come one after another, with whole groups before and after them.

    Parameters
    ----------
    worth : callable
        What coalitions are worth. It is asked for ``2 ** (groups - 1 + size)`` of them per group
        or, where these come to more than 4,096, for those of 64 orders that are always the same.
    groups : sequence of sequence of int
        Every player, 0 to n - 1, in one group.

    Returns
    -------
    ndarray of float64, shape (players, outcomes)
        The values of a group add up to its Shapley value among the groups, and all of them to
        the worth of all players less that of none.

    References
    ----------
    G. Owen, "Values of games with a priori unions", Mathematical Economics and Game Theory, 1977.

    Examples
    --------
    Two gloves of the left hand in one group, one of the right in another; a pair is worth 1:

    >>> def pairs(there):
    ...     return (there[:, :2].any(axis=1) & there[:, 2])[:, np.newaxis].astype(float)
    >>> owen_values(pairs, [(0, 1), (2,)]).ravel().tolist()
    [0.25, 0.25, 0.5]
    """
    coalitions = sum(2 ** (len(groups) - 1 + len(group)) for group in groups)
    if coalitions > MOST_COALITIONS:
        return _sampled_values(worth, groups)
    parts = [_group_values(worth, groups, own) for own in range(len(groups))]
    places = np.concatenate([np.asarray(group, int) for group in groups])
    return np.asarray(np.concatenate(parts)[np.argsort(places)])


def _group_values(worth: Worth, groups: Sequence[Sequence[int]], own: int) -> Floats:
    """Return the values of one group's players, shape (size, outcomes)."""
    others = [group for i, group in enumerate(groups) if i != own]
    size = len(groups[own])
    around, within = _subsets(len(others)), _subsets(size)
    there = np.zeros((len(around), len(within), sum(map(len, groups))), bool)
    there[:, :, list(groups[own])] = within
    for i, group in enumerate(others):
        there[:, :, list(group)] = around[:, i, np.newaxis, np.newaxis]
    worths = worth(there.reshape(-1, there.shape[2])).reshape(*there.shape[:2], -1)
    expected = np.tensordot(_order_shares(around), worths, axes=1)
    values = []
    for i in range(size):
        without, with_it = ~within[:, i], within[:, i]
        shares = _order_shares(np.delete(within[without], i, axis=1))
        values.append(shares @ (expected[with_it] - expected[without]))
    return np.array(values)


def _sampled_values(worth: Worth, groups: Sequence[Sequence[int]]) -> Floats:
    """Return the mean over sampled orders of what each player adds when it comes."""
    rng = np.random.default_rng(0)
    total = np.zeros(1)
    for _ in range(SAMPLED_ORDERS // 2):
        shuffled = [rng.permutation(np.asarray(groups[i])) for i in rng.permutation(len(groups))]
        order = np.concatenate(shuffled)
        # With its reverse, an order that favours some players is paid back.
        total = total + _gains(worth, order) + _gains(worth, order[::-1])
    return np.asarray(total / SAMPLED_ORDERS)


def _gains(worth: Worth, order: NDArray[np.int64]) -> Floats:
    """Return what each player adds, shape (players, outcomes), when they come in this order."""
    there = np.tri(len(order) + 1, len(order), -1, bool)[:, np.argsort(order)]
    gained = np.diff(worth(there), axis=0)
    return np.asarray(gained[np.argsort(order)])


def _subsets(n: int) -> NDArray[np.bool_]:
    """Return all subsets of n things, shape (2 ** n, n)."""
    codes = np.arange(1 << n)[:, np.newaxis]
    return (codes >> np.arange(n) & 1).astype(bool)


def _order_shares(subsets: NDArray[np.bool_]) -> Floats:
    """Return in which share of all orders exactly these of the others come first."""
    n = subsets.shape[1]
    by_size = [factorial(k) * factorial(n - k) / factorial(n + 1) for k in range(n + 1)]
    shares: Floats = np.array(by_size)[subsets.sum(axis=1)]
    return shares
