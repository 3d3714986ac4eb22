"""The map: like works near each other, in a square, the same on every run."""

import numpy as np
import pytest
from numpy.typing import NDArray

from src.browse import likeness_map
from src.browse.likeness_map import map_collection


def _looks(count: int) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Return works of three groups, and which is whose."""
    rng = np.random.default_rng(0)
    groups = np.arange(count) % 3
    looks = np.eye(16)[groups] + rng.normal(0, 0.08, (count, 16))
    return (looks / np.linalg.norm(looks, axis=1, keepdims=True)).astype(np.float32), groups


@pytest.mark.parametrize("sample", [4000, 45])
def test_groups_are_islands_of_those_that_are_placed_later_too(
    sample: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likeness_map, "_SAMPLE", sample)
    looks, groups = _looks(90)
    places = map_collection(looks)
    assert (places.min(), places.max()) == (0, 1)
    centres = np.array([places[groups == k].mean(axis=0) for k in range(3)])
    nearest = np.linalg.norm(places[:, np.newaxis] - centres, axis=2).argmin(axis=1)
    assert (nearest == groups).mean() > 0.97
    assert len(np.unique(places, axis=0)) > 80
    assert (map_collection(looks) == places).all()


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_handful_stands_in_a_ring(count: int) -> None:
    places = map_collection(_looks(count)[0])
    assert places.shape == (count, 2)
    assert places.min() >= 0
    assert places.max() <= 1
    assert len(np.unique(places.round(6), axis=0)) == count


def test_works_that_all_look_the_same_stand_in_a_ring() -> None:
    places = map_collection(np.full((20, 16), 0.25, np.float32))
    assert len(np.unique(places.round(6), axis=0)) == 20
