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


@pytest.mark.parametrize("count", [0, 1, 2])
def test_of_few_works_there_are_fewer(count: int) -> None:
    found = find_nearest(np.eye(3, dtype=np.float32)[:count], np.zeros(count, np.float32), 12)
    assert found.places.shape == (count, max(count - 1, 0))
