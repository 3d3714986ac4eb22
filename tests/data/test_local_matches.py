"""Points that two pictures share: found through whatever was done to one of them."""

from collections.abc import Callable

import numpy as np
import pytest

from src.data.local_matches import LocalFeatures, find_local_features, match_pictures
from tests.data import versions
from tests.data.versions import Bgr, paint_work


@pytest.mark.parametrize(
    "change",
    [
        versions.recompress,
        versions.halve,
        versions.grey,
        versions.tint,
        versions.frame,
        versions.photograph,
        lambda work: work[30:-50, 60:-40],
        lambda work: np.clip(work * 1.25, 0, 255).astype(np.uint8),
    ],
)
def test_a_version_of_a_work_is_the_same_work(change: Callable[[Bgr], Bgr]) -> None:
    work = paint_work(1)
    match = match_pictures(find_local_features(work), find_local_features(change(work)))
    assert match.is_same
    assert not match.mirrored


@pytest.mark.parametrize("change", [versions.mirror, lambda work: versions.mirror(work)[20:, 70:]])
def test_a_mirror_is_told(change: Callable[[Bgr], Bgr]) -> None:
    work = paint_work(2)
    match = match_pictures(find_local_features(work), find_local_features(change(work)))
    assert match.is_same
    assert match.mirrored


def test_different_works_are_not_the_same() -> None:
    features = [find_local_features(paint_work(seed)) for seed in range(12)]
    pairs = [(a, b) for a in range(12) for b in range(a)]
    assert not [pair for pair in pairs if match_pictures(*(features[i] for i in pair)).is_same]


def test_two_works_in_one_frame_are_not_the_same() -> None:
    ornament = paint_work(7, 400, 320)
    pages = [ornament.copy(), ornament.copy()]
    for seed, page in enumerate(pages):
        page[60:-60, 60:-60] = paint_work(seed, 280, 200)
    match = match_pictures(*(find_local_features(page) for page in pages))
    assert match.points > 50
    assert not match.is_same


def test_the_shares_say_which_is_a_part_of_which() -> None:
    work = paint_work(3)
    match = match_pictures(find_local_features(work), find_local_features(work[:, 80:]))
    assert match.share == pytest.approx(0.75, abs=0.03)
    assert match.other_share == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (60, 60), (30, 600)])
def test_what_shows_nothing_matches_nothing(shape: tuple[int, int]) -> None:
    plain = find_local_features(np.full((*shape, 3), 90, np.uint8))
    for other in (plain, find_local_features(paint_work(1)), LocalFeatures.none()):
        assert not match_pictures(plain, other).is_same
