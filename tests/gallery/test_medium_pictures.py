import numpy as np
import pytest

from src.gallery.medium_pictures import MEDIUMS, Bgr, paint_medium


def saturation(bgr: Bgr) -> float:
    return float((bgr.max(axis=2).astype(int) - bgr.min(axis=2)).mean())


@pytest.mark.parametrize("medium", MEDIUMS)
def test_a_picture_is_the_same_each_time_and_like_no_other(medium: str) -> None:
    picture = paint_medium(medium, 3, seed=1)
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert min(picture.shape[:2]) >= 240
    assert np.array_equal(picture, paint_medium(medium, 3, seed=1))
    for other in (paint_medium(medium, 4, seed=1), paint_medium(medium, 3, seed=2)):
        assert other.shape != picture.shape or not np.array_equal(other, picture)


def test_ink_is_black_on_white_and_digital_pictures_are_vivid() -> None:
    ink, digital = (paint_medium(medium, 0, seed=0) for medium in ("ink", "digital"))
    assert saturation(ink) == 0
    assert np.isin(ink, range(30, 200)).mean() < 0.1
    assert saturation(digital) > 60
