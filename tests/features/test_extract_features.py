from random import Random

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from src.errors import UnreadableImage
from src.features.extract_features import FEATURE_NAMES, FEATURES_V1, extract_features
from src.images import WORKING_SIZE

pictures = arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24), st.just(3)))

# CIE 1976 L*a*b* of the corners of the sRGB cube (D65), as tables of colour science print them.
PUBLISHED_LAB = {
    "red": ((0, 0, 255), (53.24, 80.09, 67.20)),
    "green": ((0, 255, 0), (87.73, -86.18, 83.18)),
    "blue": ((255, 0, 0), (32.30, 79.19, -107.86)),
    "yellow": ((0, 255, 255), (97.14, -21.55, 94.48)),
    "cyan": ((255, 255, 0), (91.11, -48.09, -14.13)),
    "magenta": ((255, 0, 255), (60.32, 98.23, -60.82)),
    "white": ((255, 255, 255), (100.0, 0.0, 0.0)),
    "black": ((0, 0, 0), (0.0, 0.0, 0.0)),
}


def reference_features(bgr: NDArray[np.uint8]) -> NDArray[np.float64]:
    spaces = (bgr, cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV), cv2.cvtColor(bgr, cv2.COLOR_BGR2LAB))
    planes = [space[:, :, channel] for space in spaces for channel in range(3)]
    return np.array([np.mean(plane) for plane in planes] + [np.std(plane) for plane in planes])


def noise(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(7).integers(0, 256, (*shape, 3), np.uint8)


def assert_equals_reference(bgr: NDArray[np.uint8]) -> None:
    expected = reference_features(np.ascontiguousarray(bgr))
    np.testing.assert_allclose(extract_features(bgr), expected, rtol=0, atol=1e-9)


def test_names_are_nine_means_then_nine_deviations() -> None:
    means = "b_bgr_mean g_bgr_mean r_bgr_mean h_hsv_mean s_hsv_mean v_hsv_mean "
    means += "l_lab_mean a_lab_mean b_lab_mean"
    assert " ".join(FEATURE_NAMES[:9]) == means
    assert " ".join(FEATURE_NAMES[9:]) == means.replace("mean", "std")


def test_spec_speaks_of_these_features() -> None:
    assert (FEATURES_V1.version, FEATURES_V1.names) == (1, FEATURE_NAMES)
    assert FEATURES_V1.working_size == WORKING_SIZE


@pytest.mark.parametrize(
    ("bgr", "hsv", "lab"),
    [
        ((0, 0, 255), (0, 255, 255), (136, 208, 195)),
        ((0, 255, 0), (60, 255, 255), (224, 42, 211)),
        ((255, 0, 0), (120, 255, 255), (82, 207, 20)),
        ((128, 128, 128), (0, 0, 128), (137, 128, 128)),
    ],
    ids=["red", "green", "blue", "grey"],
)
def test_a_solid_is_its_colour_without_spread(
    bgr: tuple[int, ...], hsv: tuple[int, ...], lab: tuple[int, ...]
) -> None:
    features = extract_features(np.full((218, 218, 3), bgr, np.uint8))
    assert features.dtype == np.float64
    assert features.tolist() == [*bgr, *hsv, *lab, *[0.0] * 9]


@pytest.mark.parametrize(("bgr", "cie"), PUBLISHED_LAB.values(), ids=PUBLISHED_LAB)
def test_lab_of_the_cube_corners_is_the_published_one(
    bgr: tuple[int, ...], cie: tuple[float, float, float]
) -> None:
    lightness, a, b = extract_features(np.full((1, 1, 3), bgr, np.uint8))[6:9]
    assert (lightness * 100 / 255, a - 128, b - 128) == pytest.approx(cie, abs=0.8)


def test_half_black_half_white_has_the_greatest_spread() -> None:
    bgr = np.zeros((2, 10, 3), np.uint8)
    bgr[0] = 255
    assert extract_features(bgr)[9:12].tolist() == [127.5] * 3


@settings(max_examples=200)
@given(pictures)
def test_equals_numpy_over_the_conversions(bgr: NDArray[np.uint8]) -> None:
    assert_equals_reference(bgr)


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 333), (333, 1), (218, 218), (256, 256), (257, 256), (700, 1001)]
)
def test_equals_numpy_across_block_borders(shape: tuple[int, int]) -> None:
    assert_equals_reference(noise(*shape))


def test_equals_numpy_on_a_large_photograph() -> None:
    coarse = noise(40, 30)
    assert_equals_reference(cv2.resize(coarse, (3000, 4000)).astype(np.uint8))


def test_deviation_does_not_cancel_in_a_large_picture_of_nearly_one_colour() -> None:
    bgr = np.full((3000, 4000, 3), 251, np.uint8)
    bgr[0, 0] = 250
    count = 3000 * 4000
    exact = (count - 1) ** 0.5 / count
    np.testing.assert_allclose(extract_features(bgr)[9:12], exact, rtol=1e-15)


@pytest.mark.parametrize(
    "view",
    [np.s_[::-1, ::-1], np.s_[::3, 1::2], np.s_[5:50, 7:9], np.s_[:, :, ::-1]],
    ids=["turned", "every third row", "window", "RGB seen as BGR"],
)
def test_strided_views_equal_their_copies(view: tuple[slice, ...]) -> None:
    assert_equals_reference(noise(60, 70)[view])


@settings(max_examples=100)
@given(pictures, st.randoms(use_true_random=False))
def test_the_place_of_a_pixel_does_not_matter(bgr: NDArray[np.uint8], random: Random) -> None:
    pixels = bgr.reshape(-1, 3)
    order = list(range(len(pixels)))
    random.shuffle(order)
    shuffled = pixels[order].reshape(bgr.shape)
    assert extract_features(shuffled).tolist() == extract_features(bgr).tolist()


@settings(max_examples=100)
@given(pictures)
def test_a_picture_repeated_has_the_same_features(bgr: NDArray[np.uint8]) -> None:
    twice = np.concatenate([bgr, bgr], axis=1)
    np.testing.assert_allclose(extract_features(twice), extract_features(bgr), atol=1e-12)


@settings(max_examples=200)
@given(pictures)
def test_features_stay_in_their_ranges(bgr: NDArray[np.uint8]) -> None:
    features = dict(zip(FEATURE_NAMES, extract_features(bgr), strict=True))
    assert all(0 <= features[name] <= 255 for name in FEATURE_NAMES[:9])
    assert all(0 <= features[name] <= 127.5 for name in FEATURE_NAMES[9:])
    assert features["h_hsv_mean"] <= 179
    assert features["h_hsv_std"] <= 89.5
    darkest, brightest = sorted(features[name] for name in FEATURE_NAMES[:3])[::2]
    assert features["v_hsv_mean"] >= brightest >= darkest


def test_the_picture_and_opencv_settings_are_left_alone() -> None:
    bgr = noise(30, 40)
    bgr.setflags(write=False)
    before, threads = bgr.copy(), cv2.getNumThreads()
    extract_features(bgr)
    assert (bgr == before).all()
    assert cv2.getNumThreads() == threads


@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        (None, "NoneType"),
        ([[[1, 2, 3]]], "list"),
        (np.zeros((4, 4, 3)), "float64"),
        (np.zeros((4, 4, 3), np.uint16), "uint16"),
        (np.zeros((4, 4), np.uint8), "(4, 4)"),
        (np.zeros((4, 4, 4), np.uint8), "(4, 4, 4)"),
        (np.zeros((1, 4, 4, 3), np.uint8), "(1, 4, 4, 3)"),
        (np.zeros((0, 4, 3), np.uint8), "(0, 4, 3)"),
    ],
    ids=["nothing", "list", "float", "16-bit", "grey", "alpha", "batch", "empty"],
)
def test_anything_else_is_refused_with_what_was_found(wrong: object, got: str) -> None:
    with pytest.raises(UnreadableImage) as refusal:
        extract_features(wrong)  # type: ignore[arg-type]
    assert got in str(refusal.value)
    assert "uint8 array of shape (height, width, 3)" in str(refusal.value)
