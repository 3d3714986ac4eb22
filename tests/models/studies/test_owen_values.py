from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray

from src.features.extract_features import FEATURE_NAMES
from src.models.studies.owen_values import group_features, owen_values

GROUPS = [(3, 0), (1, 4, 2), (5,)]
WORTHS = np.random.default_rng(0).normal(size=(64, 2))


def worth(there: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give any worth to every coalition of six players."""
    return WORTHS[there @ (1 << np.arange(6))]


def test_values_are_the_averages_over_all_orders_that_keep_groups_together() -> None:
    gained, orders = np.zeros((6, 2)), 0
    for groups in permutations(GROUPS):
        for first in permutations(groups[0]):
            for second in permutations(groups[1]):
                for third in permutations(groups[2]):
                    orders += 1
                    there = np.zeros((1, 6), bool)
                    for player in (*first, *second, *third):
                        before = worth(there)[0]
                        there[0, player] = True
                        gained[player] += worth(there)[0] - before
    assert orders == 6 * 2 * 6
    assert owen_values(worth, GROUPS) == pytest.approx(gained / orders, abs=1e-12)


def test_values_add_up_and_those_who_add_nothing_get_nothing() -> None:
    values = owen_values(worth, GROUPS)
    assert values.sum(axis=0) == pytest.approx(WORTHS[63] - WORTHS[0], abs=1e-12)

    def without_fifth(there: NDArray[np.bool_]) -> NDArray[np.float64]:
        return worth(there & (np.arange(6) != 4))

    assert owen_values(without_fifth, GROUPS)[4].tolist() == [0, 0]


def test_one_group_or_groups_of_one_give_shapley_values() -> None:
    together = owen_values(worth, [tuple(range(6))])
    apart = owen_values(worth, [(i,) for i in range(6)])
    assert together == pytest.approx(apart, abs=1e-12)


def test_large_games_are_sampled_and_add_up_all_the_same() -> None:
    groups = [tuple(range(0, 9)), tuple(range(9, 18)), tuple(range(18, 20))]
    weights = np.random.default_rng(1).normal(size=20)

    def sum_and_pairs(there: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.column_stack([there @ weights, there[:, 0] & there[:, 10]]).astype(float)

    values = owen_values(sum_and_pairs, groups)
    assert values[:, 0] == pytest.approx(weights, abs=1e-12)
    assert values[:, 1].sum() == pytest.approx(1, abs=1e-12)
    # An order and its reverse share the pair's worth equally.
    assert values[[0, 10], 1].tolist() == [0.5, 0.5]
    assert np.array_equal(values, owen_values(sum_and_pairs, groups))


def test_the_eighteen_features_fall_into_three_spaces() -> None:
    groups = group_features(FEATURE_NAMES)
    assert {space: len(places) for space, places in groups.items()} == {
        "bgr": 6,
        "hsv": 6,
        "lab": 6,
    }
    assert sorted(i for places in groups.values() for i in places) == list(range(18))
    assert group_features(["share_of_red", "l_lab_p10"]) == {"lab": (1,), "others": (0,)}
    assert group_features(["block2_7", "block1_1", "block2_8"]) == {
        "block2": (0, 2),
        "block1": (1,),
    }
    assert group_features(["share", "spread"]) == {"share": (0,), "spread": (1,)}
    assert group_features([f"word{i}_x" for i in range(99)]) == {"others": tuple(range(99))}
