from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from src.errors import TruncatedImage
from src.features.extract_features import FEATURES_V1
from src.features.extract_features_v2 import FEATURES_V2
from src.features.measuring import (
    Measured,
    Texture,
    measure_features,
    measure_item,
    measure_picture,
    measure_texture,
)
from src.images import ImageLimits
from tests.picture_files import encoded, noise_rgb


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


@pytest.mark.parametrize("palette", [True, False])
def test_what_is_kept_as_bytes_comes_back(palette: bool) -> None:
    specs = (FEATURES_V1, FEATURES_V2)
    rgb = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    found = measure_picture(rgb, specs, palette=palette)
    assert [len(row) for row in found.rows] == [18, 64]
    assert bool(len(found.colors)) is palette
    again = Measured.unpack(found.pack(specs), specs)
    for mine, theirs in zip(again.rows, found.rows, strict=True):
        assert mine.tobytes() == theirs.tobytes()
    assert again.colors.tolist() == found.colors.tolist()
    assert again.shares.tolist() == found.shares.tolist()
    assert again.texture == found.texture
    assert not again.truncated
    assert Measured.unpack(replace(found, truncated=True).pack(specs), specs).truncated


def test_part_of_a_picture_is_measured_but_not_for_a_table(tmp_path: Path) -> None:
    data = encoded(Image.fromarray(noise_rgb()), "JPEG")[:-20]
    assert measure_picture(data, (FEATURES_V1,)).truncated
    limits = ImageLimits(max_bytes=1 << 20, max_pixels=1 << 20)
    assert isinstance(measure_item((FEATURES_V1,), limits, True, data), Measured)
    path = tmp_path / "part.jpg"
    path.write_bytes(data)
    assert isinstance(measure_features(FEATURES_V1, limits, str(path)), TruncatedImage)
