"""What a network says of a picture: the same everywhere, and something for any picture."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import helper
from PIL import Image

from src.errors import ModelMismatch, UnreadableImage, UntrustedModel
from src.features.backbones import Backbone, Output, embedding_spec, find_backbone
from src.features.embedding import (
    make_session,
    measure_square,
    run_session,
    scale_pixels,
    see_square,
)
from src.features.measuring import NO_TEXTURE, Measured, measure_features, measure_picture
from src.features.specs import SPECS, Features, extract
from src.images import default_limits
from tests.features.reference_rows import pictures, reference_of, rows_of, shipped
from tests.features.tiny_networks import CHANNELS, SIDE, write_network
from tests.picture_files import encoded

SPEC = embedding_spec(find_backbone())


def backbone(path: Path, outputs: tuple[Output, ...] = (Output("map", CHANNELS),)) -> Backbone:
    from src.files import file_sha256

    mean, scale = (10.0, 20.0, 30.0), (50.0, 60.0, 70.0)
    return Backbone("tiny", path, file_sha256(path), SIDE, mean, scale, outputs, "", "")


@pytest.mark.parametrize("network", shipped(), ids=lambda network: network.name)
def test_shipped_networks_give_the_rows_that_they_gave(network: Backbone) -> None:
    expected = np.load(reference_of(network)).astype(float)
    found = rows_of(network)
    assert found.shape == expected.shape == (3, network.width)
    # Other processors round other last bits of float16.
    np.testing.assert_allclose(found, expected, rtol=4e-3, atol=4e-3)
    assert np.abs(found[0] - found[1]).mean() > 0.1


def test_a_row_is_mean_and_deviation_of_each_channel_rounded_as_it_is_kept(tmp_path: Path) -> None:
    network = backbone(write_network(tmp_path / "tiny.onnx"))
    square = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    row = measure_square(square, network)
    pixels = scale_pixels(square, network)
    (channels,) = run_session(make_session(network.path.read_bytes(), "tiny"), pixels)
    flat = channels[0].reshape(CHANNELS, -1).astype(float)
    np.testing.assert_allclose(row, [*flat.mean(axis=1), *flat.std(axis=1)], rtol=1e-3)
    assert (row.astype(np.float16) == row).all()


def test_pixels_are_planes_of_red_green_and_blue_less_the_mean_by_the_scale(
    tmp_path: Path,
) -> None:
    network = backbone(write_network(tmp_path / "tiny.onnx"))
    square = np.full((SIDE, SIDE, 3), (230, 140, 60), np.uint8)
    planes = scale_pixels(square, network)
    assert planes.shape == (1, 3, SIDE, SIDE)
    assert planes.dtype == np.float32
    assert planes[0, :, 0, 0].tolist() == [1.0, 2.0, pytest.approx(200 / 70)]


def test_the_whole_picture_is_seen_without_its_bars_whatever_its_ratio() -> None:
    picture = np.zeros((400, 100, 3), np.uint8)
    picture[100:300, :50], picture[100:300, 50:] = (200, 0, 0), (0, 0, 200)
    square = see_square(picture, find_backbone())
    assert square.shape == (224, 224, 3)
    assert square[0, 0].tolist() == square[-1, 0].tolist() == [200, 0, 0]
    assert square[0, -1].tolist() == square[-1, -1].tolist() == [0, 0, 200]


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(np.full((1, 1, 3), 90, np.uint8), id="one pixel"),
        pytest.param(np.full((1, 1), 90, np.uint8), id="one grey pixel"),
        pytest.param(np.tile(np.arange(200, dtype=np.uint8), (300, 1)), id="greyscale"),
        pytest.param(np.random.default_rng(2).integers(0, 256, (60, 1200, 3), np.uint8), id="20:1"),
        pytest.param(np.random.default_rng(2).integers(0, 256, (90, 80, 4), np.uint8), id="alpha"),
        pytest.param(np.zeros((500, 400, 3), np.uint8), id="all black"),
    ],
)
def test_any_picture_has_a_row(picture: NDArray[np.uint8]) -> None:
    (row,) = measure_picture(picture, (SPEC,), palette=False).rows
    assert row.shape == (4128,)
    assert np.isfinite(row).all()
    assert np.ptp(row) > 0.1


def test_no_pixels_are_no_picture() -> None:
    with pytest.raises(UnreadableImage, match=r"no pixels to measure \(shape \(0, 5, 3\)\)"):
        extract(np.empty((0, 5, 3), np.uint8), SPEC)


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Log", ["map"], ["log"]),
        helper.make_node("ReduceMean", ["log"], ["row"], axes=[2, 3], keepdims=0),
    ]
    path = write_network(tmp_path / "tiny.onnx", after=nodes)
    network = backbone(path, (Output("row", CHANNELS, pooled=False),))
    with pytest.raises(UnreadableImage, match="tiny has no finite numbers"):
        measure_square(np.zeros((SIDE, SIDE, 3), np.uint8), network)


def test_a_network_that_gives_another_number_of_numbers_is_refused(tmp_path: Path) -> None:
    network = backbone(write_network(tmp_path / "tiny.onnx"), (Output("map", CHANNELS + 1),))
    with pytest.raises(ModelMismatch, match="gives 8 numbers, and 10 are noted"):
        measure_square(np.zeros((SIDE, SIDE, 3), np.uint8), network)


def test_what_onnxruntime_cannot_run_is_told_in_our_words(tmp_path: Path) -> None:
    with pytest.raises(UntrustedModel, match=r"^a\.onnx is no network that can be run here \(.+\)"):
        make_session(b"no network", "a.onnx")
    session = make_session(write_network(tmp_path / "a.onnx").read_bytes(), "a.onnx")
    with pytest.raises(UntrustedModel, match="input 'pixels' is no network"):
        run_session(session, np.zeros((1, 3, 5, 5), np.float32))


def test_threads_share_a_network_and_get_the_same_bits() -> None:
    paintings = pictures()
    alone = [extract(picture, SPEC).tobytes() for picture in paintings]
    with ThreadPoolExecutor(3) as pool:
        rows = pool.map(lambda picture: extract(picture, SPEC).tobytes(), paintings * 3)
        assert list(rows) == alone * 3


def test_a_file_is_measured_alike_at_once_and_for_a_table(tmp_path: Path) -> None:
    rgb = np.ascontiguousarray(pictures()[2][..., ::-1])
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded(Image.fromarray(rgb), "JPEG"))
    colors = SPECS[1]
    both = measure_picture(path, (colors, SPEC))
    row = measure_features(SPEC, default_limits(), str(path))
    assert isinstance(row, np.ndarray)
    assert row.tobytes() == both.rows[1].tobytes()
    alone = measure_picture(path, (SPEC,), palette=False)
    assert alone.rows[0].tobytes() == row.tobytes()
    # What colours are taken from is what it was before there were networks.
    assert both.rows[0].tobytes() == measure_picture(path, (colors,)).rows[0].tobytes()


@pytest.mark.parametrize("palette", [True, False])
def test_a_networks_row_is_kept_as_bytes_in_half_floats(palette: bool) -> None:
    specs = (SPECS[1], SPEC)
    found = measure_picture(cv2.cvtColor(pictures()[0], cv2.COLOR_BGR2RGB), specs, palette=palette)
    content = found.pack(specs)
    assert len(content) < 18 * 8 + 2 * 4128 + 200
    again = Measured.unpack(content, specs)
    assert [row.dtype for row in again.rows] == [np.float64, np.float64]
    for mine, theirs in zip(again.rows, found.rows, strict=True):
        assert mine.tobytes() == theirs.tobytes()
    assert (again.colors.tolist(), again.shares.tolist()) == (
        found.colors.tolist(),
        found.shares.tolist(),
    )
    assert again.texture == found.texture


def test_nothing_is_measured_that_nobody_asks_for() -> None:
    assert measure_picture(pictures()[0], (SPEC,), palette=False).texture is NO_TEXTURE
    assert measure_picture(pictures()[0], (SPEC, SPECS[1]), palette=False).texture.mean_step > 0


def test_who_asks_for_colours_does_not_wait_for_onnxruntime() -> None:
    program = (
        "import sys, numpy; from src.features.measuring import measure_picture; "
        "from src.features.specs import Features, SPECS; "
        "flat = numpy.zeros((9, 9, 3), numpy.uint8); measure_picture(flat, (SPECS[1],)); "
        "print('onnxruntime' in sys.modules); "
        "measure_picture(flat, (Features.EMBEDDING.spec(),)); print('onnxruntime' in sys.modules)"
    )
    command = [sys.executable, "-c", program]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_the_command_line_calls_it_embedding() -> None:
    assert Features("embedding").spec() == SPEC
    assert Features.EMBEDDING.spec(find_backbone().name) == SPEC
