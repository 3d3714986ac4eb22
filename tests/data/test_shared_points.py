"""Pairs that may share points: photographs of framed works, among many others."""

from collections.abc import Callable

import pytest

from src.data import shared_points
from src.data.local_matches import LocalFeatures, find_local_features
from src.data.shared_points import pairs_of_shared_points
from tests.data import versions
from tests.data.versions import paint_work

COUNT = 12


@pytest.fixture(scope="module")
def features() -> Callable[[int], LocalFeatures]:
    """Give the points of some works, and from place 100 on those of photographs of them."""
    found = {seed: find_local_features(paint_work(seed)) for seed in range(COUNT)}
    for seed in range(0, COUNT, 2):
        found[100 + seed] = find_local_features(versions.photograph(paint_work(seed), seed))
    return found.__getitem__


PLACES = [*range(COUNT), *range(100, 100 + COUNT, 2)]


def test_photographs_are_paired_with_their_works(features: Callable[[int], LocalFeatures]) -> None:
    pairs = pairs_of_shared_points(PLACES, features, 2)  # they share a frame as well
    assert {(seed, 100 + seed) for seed in range(0, COUNT, 2)} <= set(pairs)
    assert pairs == pairs_of_shared_points(PLACES, features, 2)


def test_it_makes_no_difference_how_many_are_counted_at_once(
    features: Callable[[int], LocalFeatures], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = pairs_of_shared_points(PLACES, features, 3)
    monkeypatch.setattr(shared_points, "_BLOCK", 5)
    assert pairs_of_shared_points(PLACES, features, 3) == expected


def test_each_picture_has_at_most_so_many_of_its_own(
    features: Callable[[int], LocalFeatures],
) -> None:
    pairs = pairs_of_shared_points(PLACES, features, 2)
    assert len(pairs) <= 2 * len(PLACES)
    assert len(set(pairs)) == len(pairs)
    assert all(one < other for one, other in pairs)


def test_pictures_without_points_are_in_no_pair(features: Callable[[int], LocalFeatures]) -> None:
    def some(place: int) -> LocalFeatures:
        return LocalFeatures.none() if place < 2 else features(place)

    assert pairs_of_shared_points([0, 1], some, 3) == []
    assert pairs_of_shared_points([], some, 3) == []
    found = pairs_of_shared_points([0, 1, 2, 102], some, 3)
    assert found == [(2, 102)]


def test_copies_of_one_picture_are_paired(features: Callable[[int], LocalFeatures]) -> None:
    copies = [5, 6, 7]
    pairs = pairs_of_shared_points(copies, lambda _: features(4), 2)
    assert set(pairs) == {(5, 6), (5, 7), (6, 7)}
