"""Hashes of what pictures look like: near for versions, far for others, none for blank ones."""

import numpy as np
import pytest

from src.data.perceptual_hash import BITS, count_differing_bits, hash_picture
from tests.data import versions
from tests.data.versions import paint_work


def test_copies_and_mirrors_are_near() -> None:
    work = paint_work(1)
    own, mirrored = hash_picture(work), hash_picture(versions.mirror(work))
    assert own is not None
    assert mirrored is not None
    assert (own.mirrored, own.straight) == (mirrored.straight, mirrored.mirrored)
    for change in (versions.recompress, versions.halve, versions.grey):
        other = hash_picture(change(work))
        assert other is not None
        assert count_differing_bits([own.straight], [other.straight])[0] <= 4


def test_different_works_are_far() -> None:
    hashes = [found.straight for seed in range(30) if (found := hash_picture(paint_work(seed)))]
    apart = count_differing_bits(np.array(hashes)[:, np.newaxis], np.array(hashes))
    assert apart[~np.eye(30, dtype=bool)].min() > 12
    assert apart.max() <= BITS


@pytest.mark.parametrize("shape", [(1, 1), (20, 400), (100, 100)])
def test_a_blank_picture_has_none(shape: tuple[int, int]) -> None:
    assert hash_picture(np.full((*shape, 3), 77, np.uint8)) is None
