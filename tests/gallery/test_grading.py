import cv2
import numpy as np
import pytest

from src.features.extract_features import extract_features
from src.gallery import grading
from src.gallery.grading import (
    SCHOOLS,
    Lab,
    apply_grade,
    draw_target,
    fit_grade,
    is_like,
    measure,
    to_bgr,
)
from src.tasks.color import COLORS

UNCHANGED = np.zeros((1, 15))


@pytest.fixture
def pixels() -> Lab:
    rng = np.random.default_rng(0)
    return rng.normal((55, 3, 10), (18, 8, 9), (3072, 3)).astype(np.float32)


def statistics_of(lab: Lab) -> np.ndarray:
    return extract_features(to_bgr(lab[None]))


def test_no_adjustment_leaves_pixels_as_they_are(pixels: Lab) -> None:
    assert apply_grade(pixels, UNCHANGED)[0] == pytest.approx(pixels, abs=1e-4)


def test_a_target_that_can_be_met_is_met(pixels: Lab) -> None:
    wanted = pixels @ np.diag([0.8, 1.4, 0.7]).astype(np.float32) + np.array([6, -9, 8], np.float32)
    target = statistics_of(wanted)
    before = np.abs(statistics_of(pixels) - target)
    after = np.abs(statistics_of(apply_grade(pixels, fit_grade(pixels, target)[None])[0]) - target)
    in_lab = [6, 7, 8, 15, 16, 17]
    assert before[in_lab].max() > 5
    assert after[in_lab].max() < 1


def test_a_target_out_of_reach_leaves_a_picture_all_the_same(pixels: Lab) -> None:
    graded = apply_grade(pixels, fit_grade(pixels, np.full(18, 255.0))[None])[0]
    assert np.isfinite(graded).all()


def test_pixels_come_out_as_if_converted_one_by_one() -> None:
    lab = np.random.default_rng(0).normal((55, 0, 0), (30, 30, 30), (100_000, 3)).astype(np.float32)
    levels = 255 * cv2.cvtColor(lab[:, None], cv2.COLOR_LAB2BGR)[:, 0].clip(0, 1)
    at_once = 255 * cv2.cvtColor(lab[None], cv2.COLOR_LAB2BGR)[0].clip(0, 1)
    assert (np.rint(at_once) != np.rint(levels)).any()
    np.testing.assert_array_equal(to_bgr(lab), np.rint(levels).astype(np.uint8))
    at_black, at_white = grading._UNSURE
    sure = at_black + (at_white - at_black) * levels / 255
    assert (np.abs(at_once - levels) < 0.7 * sure).all()


def test_white_black_and_red_come_out_as_such() -> None:
    lab = np.array([[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20]], np.float32)
    assert to_bgr(lab).tolist() == [[255, 255, 255], [0, 0, 0], [0, 0, 255]]


@pytest.mark.parametrize("school", SCHOOLS)
@pytest.mark.parametrize("color", COLORS)
def test_targets_are_what_a_picture_can_have(color: str, school: str) -> None:
    rng = np.random.default_rng(0)
    targets = np.array([draw_target(rng, color, school) for _ in range(200)])
    assert targets.shape == (200, 18)
    assert (targets >= 0).all()
    assert (targets <= 255).all()
    assert (targets.std(axis=0) > 0).all()


def test_statistics_vary_together_within_a_colour() -> None:
    rng = np.random.default_rng(0)
    targets = np.array([draw_target(rng, "BROWN", "broad") for _ in range(500)])
    green, lightness = targets[:, 1], targets[:, 6]
    assert np.corrcoef(green, lightness)[0, 1] > 0.9


def test_black_is_darker_than_white() -> None:
    rng = np.random.default_rng(0)
    black, white = (
        np.median([draw_target(rng, color, "broad")[6] for _ in range(200)])
        for color in ("BLACK", "WHITE")
    )
    assert black == pytest.approx(61, abs=8)
    assert white == pytest.approx(190.5, abs=8)


@pytest.mark.parametrize("color", COLORS)
def test_a_colour_s_statistics_are_like_it_and_like_few_others(color: str) -> None:
    rng = np.random.default_rng(0)
    targets = [draw_target(rng, color, "modern") for _ in range(60)]
    like = {name: np.mean([is_like(name, target) for target in targets]) for name in COLORS}
    assert max(like, key=lambda name: like[name]) == color
    assert like[color] > 0.5
    assert sum(like.values()) - like[color] < 0.8


def test_pictures_are_measured_as_their_features_are() -> None:
    bgr = np.random.default_rng(1).integers(0, 256, (2, 32, 40, 3), dtype=np.uint8)
    bgr[1] //= 3
    sketches = grading.measure_sketches(bgr.reshape(2, -1, 3))
    for picture, sketch in zip(bgr, sketches, strict=True):
        np.testing.assert_allclose(measure(picture), extract_features(picture), atol=1e-3)
        np.testing.assert_allclose(sketch, extract_features(picture), atol=1e-9)
