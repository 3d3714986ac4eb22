import numpy as np
import pytest

from src.features.texture import Texture, measure_texture


def test_flat_pictures_are_flat_whatever_their_size() -> None:
    for shape in ((1, 1, 3), (1, 2, 3), (218, 218, 3)):
        assert measure_texture(np.full(shape, 77, np.uint8)) == Texture(1.0, 0.0)


def test_differences_are_those_that_numpy_finds() -> None:
    bgr = np.random.default_rng(0).integers(0, 256, (40, 30, 3), np.uint8) // 64
    steps = np.abs(np.diff(bgr.astype(int), axis=1))
    found = measure_texture(bgr)
    assert found.flat_share == pytest.approx((steps == 0).mean())
    assert found.mean_step == pytest.approx(steps.mean())
    assert measure_texture(bgr[:, ::-1]) == found
