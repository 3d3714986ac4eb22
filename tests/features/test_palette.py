import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from src.features.palette import MAX_COLORS, find_palette
from src.gallery.paintings import Commission, paint


def stripes(*parts: tuple[tuple[int, int, int], int], height: int = 218) -> NDArray[np.uint8]:
    return np.hstack([np.full((height, width, 3), bgr, np.uint8) for bgr, width in parts])


def lab(colors: NDArray[np.uint8]) -> NDArray[np.float32]:
    found = cv2.cvtColor(colors[None].astype(np.float32) / 255, cv2.COLOR_BGR2LAB)[0]
    return np.asarray(found, np.float32)


@given(st.tuples(*[st.integers(0, 255)] * 3), st.integers(1, 300), st.integers(1, 5))
def test_one_colour_is_itself(bgr: tuple[int, int, int], height: int, width: int) -> None:
    colors, shares = find_palette(np.full((height, width, 3), bgr, np.uint8))
    assert (colors.tolist(), shares.tolist()) == ([list(bgr)], [1.0])


def test_flat_colours_are_found_with_their_shares_largest_first() -> None:
    parts = (((0, 0, 255), 30), ((255, 255, 255), 120), ((160, 60, 20), 68))
    colors, shares = find_palette(stripes(*parts))
    assert colors.tolist() == [[255, 255, 255], [160, 60, 20], [0, 0, 255]]
    np.testing.assert_allclose(shares, [120 / 218, 68 / 218, 30 / 218], atol=0.02)


def test_greys_are_told_apart_by_how_near_they_are_and_not_by_how_light() -> None:
    parts = (((30, 30, 30), 90), ((110, 110, 110), 70), ((200, 200, 200), 58))
    colors, shares = find_palette(stripes(*parts))
    assert colors[:, 0].tolist() == [30, 110, 200]
    np.testing.assert_allclose(shares, [90 / 218, 70 / 218, 58 / 218], atol=0.02)


def test_shades_of_a_colour_are_one_and_specks_are_none() -> None:
    rng = np.random.default_rng(0)
    picture = np.clip(rng.normal((40, 60, 160), 4, (218, 218, 3)), 0, 255).astype(np.uint8)
    picture[:20, :20] = (255, 255, 0)
    colors, shares = find_palette(picture)
    assert len(colors) == 1
    assert shares.tolist() == [1.0]


@pytest.mark.parametrize("color", ["BLACK", "GREEN", "BLUE", "PINK"])
def test_paintings_have_a_few_colours_that_can_be_told_apart(color: str) -> None:
    painting = paint(Commission(color, 1, 5))
    colors, shares = find_palette(painting)
    assert 1 <= len(colors) <= MAX_COLORS
    assert shares.sum() == pytest.approx(1)
    assert (np.diff(shares) <= 0).all()
    apart = np.linalg.norm(lab(colors)[:, None] - lab(colors), axis=2)
    assert apart[~np.eye(len(colors), dtype=bool)].min(initial=99) > 8
    # They stand for the whole: closer to its pixels than any one colour could be.
    pixels = lab(painting.reshape(-1, 3))
    nearest = np.linalg.norm(pixels[:, None] - lab(colors), axis=2).min(axis=1)
    from_mean = np.linalg.norm(pixels - pixels.mean(axis=0), axis=1)
    assert nearest.mean() < 0.8 * from_mean.mean() or len(colors) == 1


def test_the_same_picture_has_the_same_palette_however_it_lies_in_memory() -> None:
    painting = paint(Commission("TEAL", 0, 3))
    padded = np.zeros((218, 230, 3), np.uint8)
    padded[:, 5:223] = painting
    for other in (painting.copy(), padded[:, 5:223]):
        for one, two in zip(find_palette(painting), find_palette(other), strict=True):
            np.testing.assert_array_equal(one, two)
