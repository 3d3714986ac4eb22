"""Nearest rows: those of a plain comparison of all with all, block by block."""

import numpy as np
import pytest

from src.features.near_rows import Directions, best_cosines, nearest_pairs


def test_blocks_give_what_all_with_all_gives() -> None:
    rows = np.random.default_rng(0).normal(size=(600, 12)).astype(np.float32)
    unit = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -2)
    nearest = np.argsort(-cosines, axis=1)[:, :3]
    expected = {(min(a, b), max(a, b)) for a in range(600) for b in nearest[a].tolist()}
    pairs = nearest_pairs(rows, 3)
    assert set(pairs) == expected
    assert np.diff([cosines[pair] for pair in pairs]).max() < 1e-4


def test_rows_without_numbers_are_near_to_none() -> None:
    rows = np.array([[1, 2], [np.nan, 0], [1, 2.1], [5, 5]], np.float32)
    assert all(1 not in pair for pair in nearest_pairs(rows, 3))


@pytest.mark.parametrize("count", [0, 1])
def test_a_row_alone_has_no_pair(count: int) -> None:
    assert nearest_pairs(np.ones((count, 4), np.float32), 8) == []


def test_equal_rows_are_no_error() -> None:
    assert nearest_pairs(np.ones((5, 4), np.float32), 2) == []


def test_a_query_is_nearest_to_its_own_row() -> None:
    rows = np.random.default_rng(1).normal(size=(50, 6)).astype(np.float32)
    directions = Directions.of(rows)
    cosines = best_cosines(rows[[7, 9]], directions)
    assert sorted(np.argsort(-cosines)[:2].tolist()) == [7, 9]
    assert cosines[7] == pytest.approx(1, abs=1e-5)
