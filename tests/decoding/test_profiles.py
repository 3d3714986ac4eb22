"""Embedded colour profiles lead to the colours that browsers show."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from src.images import decode_image
from tests import color_profiles as profiles
from tests import picture_files as files

LINEAR = profiles.rgb_profile(gamma=1.0)
RED, GREEN, BLUE = profiles.SRGB_PRIMARIES
RED_AND_GREEN_SWAPPED = profiles.rgb_profile((GREEN, RED, BLUE), gamma=None)
# As coarse as makers of monitors and cameras have written them.
ROUNDED = profiles.rgb_profile(
    ((0.436, 0.222, 0.014), (0.385, 0.717, 0.097), (0.143, 0.061, 0.714)), None
)


def _solid(mode: str, color: int | tuple[int, ...]) -> Image.Image:
    return Image.new(mode, (16, 16), color)


def _centre_rgb(image: Image.Image, kind: str, profile: bytes) -> list[int]:
    bgr = decode_image(files.encoded(image, kind, icc_profile=profile))
    return [int(level) for level in bgr[8, 8, ::-1]]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_linear_light_is_encoded(kind: str) -> None:
    # 128 / 255 of the light is 188 / 255 in sRGB (IEC 61966-2-1).
    np.testing.assert_allclose(_centre_rgb(_solid("RGB", (128,) * 3), kind, LINEAR), 188, atol=1)


def test_primaries_are_those_of_the_profile() -> None:
    swapped = _centre_rgb(_solid("RGB", (255, 0, 0)), "PNG", RED_AND_GREEN_SWAPPED)
    np.testing.assert_allclose(swapped, (0, 255, 0), atol=2)


def test_palette_follows_its_profile() -> None:
    palette = _solid("RGB", (255, 0, 0)).quantize(2)
    np.testing.assert_allclose(
        _centre_rgb(palette, "PNG", RED_AND_GREEN_SWAPPED), (0, 255, 0), atol=2
    )


def test_opacity_is_no_colour() -> None:
    half_red = _solid("RGBA", (255, 0, 0, 128))
    np.testing.assert_allclose(
        _centre_rgb(half_red, "PNG", RED_AND_GREEN_SWAPPED), (127, 255, 127), atol=2
    )


@pytest.mark.parametrize(("mode", "color"), [("L", 128), ("LA", (128, 255))])
def test_grey_follows_its_profile(mode: str, color: int | tuple[int, ...]) -> None:
    profile = profiles.grey_profile(1.0)
    assert _centre_rgb(_solid(mode, color), "PNG", profile) == [188, 188, 188]


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_inks_follow_their_profile(kind: str) -> None:
    cyan, paper = _solid("CMYK", (255, 0, 0, 0)), _solid("CMYK", (0, 0, 0, 0))
    np.testing.assert_allclose(
        _centre_rgb(cyan, kind, profiles.press_profile()), (255, 0, 0), atol=5
    )
    assert _centre_rgb(paper, kind, profiles.press_profile()) == [255, 255, 255]


def test_blackest_ink_is_black() -> None:
    black = _solid("CMYK", (0, 0, 0, 255))
    assert _centre_rgb(black, "TIFF", profiles.press_profile()) == [0, 0, 0]


# The published tests of CSS Color 4 (web-platform-tests, css/css-color) have a browser show these
# as sRGB's #009900 and #008000.
KNOWN = [
    (profiles.display_p3(), (0.26374, 0.59085, 0.16434), (0, 153, 0)),
    (profiles.display_p3(version=2), (0.26374, 0.59085, 0.16434), (0, 153, 0)),
    (profiles.adobe_rgb(), (0.281363, 0.498012, 0.116746), (0, 128, 0)),
    (profiles.prophoto_rgb(), (0.230479, 0.395789, 0.129968), (0, 128, 0)),
]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize(("profile", "wide", "expected"), KNOWN)
def test_wide_gamut_is_shown_as_browsers_show_it(
    kind: str, profile: bytes, wide: tuple[float, ...], expected: tuple[int, ...]
) -> None:
    levels = tuple(round(255 * part) for part in wide)
    options: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {}
    data = files.encoded(_solid("RGB", levels), kind, icc_profile=profile, **options)
    # Where one primary is nothing, what a lossy file is off by looks large.
    tolerance = 25 if kind in ("JPEG", "AVIF", "HEIF") else 3
    np.testing.assert_allclose(decode_image(data)[8, 8, ::-1], expected, atol=tolerance)


def test_profile_of_a_jpeg_2000_is_followed() -> None:
    plain = files.encoded(_solid("RGB", (67, 151, 42)), "JPEG2000")
    shown = decode_image(files.jpeg2000_with(plain, profiles.display_p3()))
    np.testing.assert_allclose(shown[8, 8, ::-1], (0, 153, 0), atol=3)


@pytest.mark.parametrize(
    "profile", [profiles.srgb_profile(), profiles.rgb_profile(gamma=None), ROUNDED]
)
def test_srgb_profile_changes_no_bit(profile: bytes) -> None:
    rgb = files.noise_rgb()
    data = files.encoded(Image.fromarray(rgb), "PNG", icc_profile=profile)
    np.testing.assert_array_equal(decode_image(data), rgb[..., ::-1])


@pytest.mark.parametrize(
    ("mode", "profile"),
    [
        ("RGB", b"not a profile"),
        ("RGB", LINEAR[:200]),
        ("RGB", LINEAR[:128] + b"\xff" * 200),
        ("RGB", profiles.grey_profile(1.0)),
        ("RGB", profiles.press_profile()),
        ("RGB", LINEAR + bytes(5 << 20)),
        ("L", LINEAR),
        ("CMYK", LINEAR),
    ],
)
def test_broken_or_foreign_profile_is_ignored(mode: str, profile: bytes) -> None:
    image = Image.fromarray(files.noise_rgb()).convert(mode)
    with_profile = files.encoded(image, "TIFF", icc_profile=profile)
    np.testing.assert_array_equal(decode_image(with_profile), decode_image(image))
