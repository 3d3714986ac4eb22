from fractions import Fraction
from hashlib import sha256
from math import atan2, ceil, degrees, hypot
from random import Random

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from src.errors import UnreadableImage
from src.features.basic_colors import BASIC_COLORS, basic_color_table
from src.features.color_cells import look_up
from src.features.extract_features import FEATURE_NAMES, FEATURES_V1, extract_features
from src.features.extract_features_v2 import (
    FEATURE_NAMES_V2,
    FEATURES_V2,
    HUE_NAMES,
    PERCENTILE_NAMES,
    SHARE_NAMES,
    SKEW_NAMES,
    extract_features_v2,
    percentiles,
    skewness,
)

pictures = arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24), st.just(3)))


def measure(bgr: NDArray[np.uint8]) -> dict[str, float]:
    return dict(zip(FEATURE_NAMES_V2, extract_features_v2(bgr).tolist(), strict=True))


def noise(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(7).integers(0, 256, (*shape, 3), np.uint8)


def halves(left: tuple[int, ...], right: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return a picture of two colours, each on one half, blue first."""
    return np.array([[left, right]] * 2, np.uint8)


def planes_of(bgr: NDArray[np.uint8]) -> dict[str, NDArray[np.uint8]]:
    """Return the pixels of every channel but hue."""
    hsv, lab = cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV), cv2.cvtColor(bgr, cv2.COLOR_BGR2LAB)
    spaces = {"bgr": bgr, "hsv": hsv, "lab": lab}
    return {
        f"{channel}_{space}": np.asarray(pixels[:, :, i], np.uint8).ravel()
        for space, pixels in spaces.items()
        for i, channel in enumerate(space)
        if channel != "h"
    }


def reference_hue(bgr: NDArray[np.uint8]) -> list[float]:
    """Average the angles as circular statistics writes it down, with chroma as weights."""
    lab = cv2.cvtColor(bgr, cv2.COLOR_BGR2LAB).astype(np.float64)
    a, b = lab[:, :, 1] - 128, lab[:, :, 2] - 128
    chroma, angle = np.hypot(a, b), np.arctan2(b, a)
    if not chroma.any():
        return [0.0, 0.0, 0.0]
    cosine = np.average(np.cos(angle), weights=chroma)
    sine = np.average(np.sin(angle), weights=chroma)
    return [float(cosine), float(sine), hypot(cosine, sine)]


def assert_equals_reference(bgr: NDArray[np.uint8]) -> None:
    planes, features = planes_of(bgr), measure(bgr)
    assert extract_features_v2(bgr)[:18].tolist() == extract_features(bgr).tolist()
    hue = [features[name] for name in HUE_NAMES]
    np.testing.assert_allclose(hue, reference_hue(bgr), rtol=0, atol=1e-9)
    shares = np.bincount(look_up(basic_color_table(), bgr).ravel(), minlength=11) / (bgr.size // 3)
    assert [features[name] for name in SHARE_NAMES] == shares.tolist()
    for name in SKEW_NAMES:
        plane = planes[name.removesuffix("_skew")]
        third = np.mean((plane - plane.mean()) ** 3)
        assert features[name] ** 3 == pytest.approx(third, rel=1e-9, abs=1e-6)
    for name in PERCENTILE_NAMES:
        channel, _, percent = name.rpartition("_p")
        needed = ceil(Fraction(int(percent), 100) * len(planes[channel]))
        assert features[name] == np.sort(planes[channel])[needed - 1]


def test_names_are_those_of_version_1_and_46_more() -> None:
    assert FEATURE_NAMES_V2[:18] == FEATURE_NAMES
    assert len(set(FEATURE_NAMES_V2)) == len(FEATURE_NAMES_V2) == 18 + 3 + 11 + 8 + 24
    assert FEATURE_NAMES_V2[18:22] == (*HUE_NAMES, "black_share")
    assert FEATURE_NAMES_V2[-1] == "b_lab_p90"


def test_spec_speaks_of_these_features_of_the_same_picture_as_version_1() -> None:
    assert (FEATURES_V2.version, FEATURES_V2.names) == (2, FEATURE_NAMES_V2)
    assert FEATURES_V2.working_size == FEATURES_V1.working_size
    assert FEATURES_V2.decode == FEATURES_V1.decode


def test_the_table_of_names_is_that_of_version_2() -> None:
    """Another table gives other numbers: that would be another version of the features."""
    assert sha256(basic_color_table().tobytes()).hexdigest()[:12] == "60e48c839d6c"


@pytest.mark.parametrize(
    ("bgr", "name", "hue_deg"),
    [
        ((0, 0, 255), "RED", 40),
        ((0, 255, 255), "YELLOW", 103),
        ((0, 255, 0), "GREEN", 136),
        ((255, 0, 0), "BLUE", 306),
    ],
    ids=["red", "yellow", "green", "blue"],
)
def test_a_solid_has_one_name_its_own_hue_and_no_skew(
    bgr: tuple[int, ...], name: str, hue_deg: float
) -> None:
    features = measure(np.full((218, 218, 3), bgr, np.uint8))
    assert features[f"{name.lower()}_share"] == 1
    assert sum(features[share] for share in SHARE_NAMES) == 1
    angle = degrees(atan2(features["hue_lab_sin"], features["hue_lab_cos"])) % 360
    assert angle == pytest.approx(hue_deg, abs=1)  # of CIE Lab, as tables of sRGB's corners say
    assert features["hue_lab_concentration"] == pytest.approx(1)
    assert [features[skew] for skew in SKEW_NAMES] == [0.0] * 8
    medians = [features[f"{channel}_p50"] for channel in ("b_bgr", "g_bgr", "r_bgr")]
    assert medians == list(bgr)


def test_hue_does_not_break_where_red_meets_red() -> None:
    """HSV's hue is 178 and 2 here, whose mean of 90 is cyan; the circle's mean is red."""
    features = measure(halves((14, 0, 210), (0, 14, 210)))
    assert features["h_hsv_mean"] == pytest.approx(90, abs=2)
    assert features["hue_lab_cos"] > 0.7
    assert features["hue_lab_concentration"] > 0.99


def test_hues_that_face_each_other_have_no_concentration() -> None:
    lab = np.array([[[140, 168, 128], [140, 88, 128]]], np.uint8)
    features = measure(np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2BGR), np.uint8))
    assert features["hue_lab_concentration"] < 0.05


def test_a_grey_ground_does_not_change_the_hue_of_what_lies_on_it() -> None:
    red = (30, 30, 200)
    alone, on_grey = measure(halves(red, red)), measure(halves(red, (128, 128, 128)))
    assert [on_grey[name] for name in HUE_NAMES] == [alone[name] for name in HUE_NAMES]


def test_a_grey_picture_has_neither_hue_nor_concentration() -> None:
    features = measure(halves((40, 40, 40), (200, 200, 200)))
    assert [features[name] for name in HUE_NAMES] == [0.0, 0.0, 0.0]
    assert (features["black_share"], features["white_share"]) == (0.5, 0.5)


def test_skewness_says_on_which_side_the_few_are() -> None:
    bright_spot = np.zeros((10, 10, 3), np.uint8)
    bright_spot[0, 0] = 255
    features, mirrored = measure(bright_spot), measure(255 - bright_spot)
    assert features["v_hsv_skew"] == pytest.approx((255**3 * 0.01 * 0.99 * 0.98) ** (1 / 3))
    assert mirrored["v_hsv_skew"] == -features["v_hsv_skew"]
    assert measure(halves((0, 0, 0), (255, 255, 255)))["v_hsv_skew"] == 0


def test_a_percentile_is_reached_by_exactly_so_many() -> None:
    counts = np.zeros((1, 256), np.int64)
    counts[0, [7, 30, 200]] = 1, 8, 1
    assert percentiles(counts).tolist() == [7, 30, 30]
    counts[0, [7, 30]] = 0, 9
    assert percentiles(counts).tolist() == [30, 30, 30]


def test_skewness_does_not_cancel_in_many_pixels_of_nearly_one_level() -> None:
    counts = np.zeros((1, 256), np.int64)
    counts[0, [250, 251]] = 1, 12_000_000 - 1
    n = 12_000_000
    exact = -(((n - 1) * (n - 2) / n**3) ** (1 / 3))
    assert skewness(counts)[0] == pytest.approx(exact, rel=1e-12)


@settings(max_examples=60)
@given(pictures)
def test_equals_what_the_references_write_down(bgr: NDArray[np.uint8]) -> None:
    assert_equals_reference(bgr)


@pytest.mark.parametrize("shape", [(1, 1), (1, 99), (218, 218), (300, 257)])
def test_equals_the_references_at_any_size(shape: tuple[int, int]) -> None:
    assert_equals_reference(noise(*shape))


@pytest.mark.parametrize(
    "view",
    [np.s_[::-1, ::-1], np.s_[::3, 1::2], np.s_[5:50, 7:9], np.s_[:, :, ::-1]],
    ids=["turned", "every third row", "window", "RGB seen as BGR"],
)
def test_strided_views_equal_their_copies(view: tuple[slice, ...]) -> None:
    seen = noise(60, 70)[view]
    assert extract_features_v2(seen).tolist() == extract_features_v2(seen.copy()).tolist()


@settings(max_examples=50)
@given(pictures, st.randoms(use_true_random=False))
def test_the_place_of_a_pixel_does_not_matter(bgr: NDArray[np.uint8], random: Random) -> None:
    pixels = bgr.reshape(-1, 3)
    order = list(range(len(pixels)))
    random.shuffle(order)
    shuffled = pixels[order].reshape(bgr.shape)
    assert extract_features_v2(shuffled).tolist() == extract_features_v2(bgr).tolist()


def test_the_picture_and_opencv_settings_are_left_alone() -> None:
    bgr = noise(30, 40)
    bgr.setflags(write=False)
    before, threads = bgr.copy(), cv2.getNumThreads()
    extract_features_v2(bgr)
    assert (bgr == before).all()
    assert cv2.getNumThreads() == threads


def test_what_is_no_picture_is_refused_as_in_version_1() -> None:
    with pytest.raises(UnreadableImage, match="uint8 array of shape"):
        extract_features_v2(np.zeros((4, 4, 4), np.uint8))


def test_every_name_has_its_share() -> None:
    assert len(BASIC_COLORS) == len(SHARE_NAMES)
    assert SHARE_NAMES[0] == f"{BASIC_COLORS[0].lower()}_share"
