from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime
import pytest
from onnx import ModelProto, TensorProto, helper

from benchmarks.networks.compare_networks import HEAD, count_all, count_cost, render_costs
from benchmarks.networks.known_networks import KNOWN, build_known, fill_weights

DOCUMENT = Path(__file__).parents[2] / "docs" / "networks.md"
# What follows depends on the machine.
COUNTED = HEAD.index("pictures/s")


class Published(NamedTuple):
    """Parameters of a whole network; of each normalised channel, `lost` of them are folded."""

    parameters: int
    million_multiplications: float | None
    channels: int = 0
    lost: int = 0


# torchvision's `num_params` and `_ops`; of the last two, the parameters are those of Keras, which
# counts mean and variance of a normalisation as well, and has no scale in Inception's.
PUBLISHED = {
    "AlexNet": Published(61_100_840, 714),
    "VGG16": Published(138_357_544, 15_470),
    "ResNet50": Published(25_557_032, 4_089, 26_560, 1),
    "InceptionV3": Published(23_851_784, 5_713, 17_216, 2),
    "Xception": Published(22_910_480, None, 27_264, 3),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_network_is_the_published_one(name: str) -> None:
    cost, published = count_cost(build_known(KNOWN[name])), PUBLISHED[name]
    assert cost.weights == published.parameters - published.channels * published.lost
    assert cost.features == 1000
    if published.million_multiplications is not None:
        million = cost.multiplications / 1e6
        assert million == pytest.approx(published.million_multiplications, rel=1e-3)


def small_model() -> ModelProto:
    shapes = {
        "pixels": (1, 4, 6, 6),
        "kernel": (8, 2, 3, 3),
        "bias": (8,),
        "dense": (128, 5),
    }
    nodes = [
        helper.make_node("Conv", ["pixels", "kernel", "bias"], ["map"], group=2),
        helper.make_node("Mul", ["map", "map"], ["square"]),
        helper.make_node("Flatten", ["square"], ["flat"]),
        helper.make_node("Gemm", ["flat", "dense"], ["row"]),
    ]
    given, row = (
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name, shape in each.items()
        ]
        for each in (shapes, {"row": (1, 5)})
    )
    return helper.make_model(helper.make_graph(nodes, "small", given, row))


def test_every_multiplication_is_counted_once() -> None:
    cost = count_cost(small_model())
    # 8 maps of 4 x 4, of 3 x 3 windows in the 2 channels of their group; squares; 128 to 5.
    assert cost.multiplications == 128 * 18 + 128 + 640
    assert cost.weights == 8 * 18 + 8 + 640
    assert (cost.convolution_weights, cost.features, cost.input_size) == (152, 5, 6)


@pytest.mark.parametrize("name", ["AlexNet", "Xception"])
def test_random_weights_keep_a_picture_within_ordinary_numbers(name: str) -> None:
    content = fill_weights(build_known(KNOWN[name], whole=False)).SerializeToString()
    session = onnxruntime.InferenceSession(content)
    (given,) = session.get_inputs()
    pixels = np.random.default_rng(0).normal(size=given.shape).astype(np.float32)
    (row,) = session.run(None, {given.name: pixels})
    assert row.shape == (1, count_cost(build_known(KNOWN[name], whole=False)).features)
    # Additions with no normalisation between them let it grow; what is denormal would be slow.
    assert 1e-3 < row.std() < 1e9


def test_the_document_holds_what_is_counted() -> None:
    costs = count_all()
    table = render_costs(costs, [1.0] * len(costs)).splitlines()
    counted = [line.split(" | ")[:COUNTED] for line in table]
    rows = [line.split(" | ") for line in DOCUMENT.read_text(encoding="utf-8").splitlines()]
    assert [row[:COUNTED] for row in rows if len(row) == len(HEAD)] == counted
