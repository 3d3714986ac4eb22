"""The nearest works of each: those of a plain search, whatever the size of a block."""

import numpy as np
import pytest

from src.browse import nearest_works
from src.browse.nearest_works import find_nearest


@pytest.mark.parametrize("sample", [10, 4096])
def test_they_are_those_of_a_plain_search(sample: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest_works, "_BLOCK", 7)
    monkeypatch.setattr(nearest_works, "_SAMPLE", sample)
    rng = np.random.default_rng(0)
    vectors, biases = rng.normal(size=(50, 8)).astype(np.float32), rng.normal(size=50)
    found = find_nearest(vectors, biases.astype(np.float32), 5)
    for k in range(50):
        scores = vectors @ vectors[k] + biases + biases[k]
        scores[k] = -np.inf
        best = np.argsort(-scores)[:5]
        assert found.places[k].tolist() == best.tolist()
        assert found.scores[k] == pytest.approx(scores[best], abs=1e-4)


def test_in_cells_nearly_all_are_found_and_the_same_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(60, 16))
    vectors = (centres[rng.integers(60, size=3000)] + rng.normal(size=(3000, 16)) / 2).astype("f4")
    biases = rng.normal(size=3000).astype(np.float32)
    exact = find_nearest(vectors, biases, 5)
    monkeypatch.setattr(nearest_works, "_MOST_EXACTLY", 1000)
    found, again = (find_nearest(vectors, biases, 5) for _ in range(2))
    assert not np.array_equal(found.places, exact.places)  # or else it is no other search
    assert (found.places == exact.places).mean() > 0.97
    assert found.scores[:, 0] == pytest.approx(exact.scores[:, 0], abs=1)
    assert np.array_equal(found.places, again.places)
    assert not (found.places == np.arange(3000)[:, np.newaxis]).any()


def test_of_works_that_are_all_the_same_others_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest_works, "_MOST_EXACTLY", 100)
    found = find_nearest(np.ones((500, 4), np.float32), np.zeros(500, np.float32), 3)
    assert found.places.min() >= 0
    assert not (found.places == np.arange(500)[:, np.newaxis]).any()
    assert found.scores == pytest.approx(4)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_of_few_works_there_are_fewer(count: int) -> None:
    found = find_nearest(np.eye(3, dtype=np.float32)[:count], np.zeros(count, np.float32), 12)
    assert found.places.shape == (count, max(count - 1, 0))
