"""Weights of an EfficientNet-Lite -> an ONNX file that gives a picture's row, node by node.

The graph is written here rather than by a framework's exporter, so that the file depends on the
weights alone: anybody who makes it again gets the same bytes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Final, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Weights = Mapping[str, NDArray[np.float32]]

OPSET: Final = 17
IR_VERSION: Final = 8
# Of every batch normalisation of these networks.
EPSILON: Final = 1e-3
HEAD: Final = 1280
# ReLU6 where EfficientNet has swish, and no squeeze-and-excitation, make a network "lite".
CEILING: Final = 6.0


class Stage(NamedTuple):
    """Blocks of one size of map: of these, the first may halve it."""

    kernel: int
    repeats: int
    stride: int
    expansion: int
    channels: int


# M. Tan, Q. Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML
# 2019, table 1.
STAGES: Final = (
    Stage(3, 1, 1, 1, 16),
    Stage(3, 2, 2, 6, 24),
    Stage(5, 2, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(5, 3, 1, 6, 112),
    Stage(5, 4, 2, 6, 192),
    Stage(3, 1, 1, 6, 320),
)


class Scale(NamedTuple):
    """By how much a network is wider and deeper than the first, and its input's side in pixels."""

    width: float
    depth: float
    input_size: int


SCALES: Final = {
    "lite0": Scale(1.0, 1.0, 224),
    "lite1": Scale(1.0, 1.1, 240),
    "lite2": Scale(1.1, 1.2, 260),
}


class Block(NamedTuple):
    """One inverted residual block.

    Attributes
    ----------
    kernel, stride, expansion : int
    channels_in, channels : int
    ends_stage : bool
        Whether its output is measured.
    """

    kernel: int
    stride: int
    expansion: int
    channels_in: int
    channels: int
    ends_stage: bool

    @property
    def adds(self) -> bool:
        """Whether its input is added to its output."""
        return self.stride == 1 and self.channels_in == self.channels


def blocks_of(scale: Scale) -> tuple[Block, ...]:
    """Return the blocks of a network; the first and the last stage of a lite one never grow.

    Examples
    --------
    >>> [len(blocks_of(scale)) for scale in SCALES.values()]
    [16, 20, 23]
    """
    blocks, channels_in = [], 32
    for place, stage in enumerate(STAGES):
        channels = _widen(stage.channels, scale.width)
        grows = place not in (0, len(STAGES) - 1)
        repeats = ceil(stage.repeats * scale.depth) if grows else stage.repeats
        for n in range(repeats):
            stride = stage.stride if n == 0 else 1
            last = n == repeats - 1
            blocks.append(Block(stage.kernel, stride, stage.expansion, channels_in, channels, last))
            channels_in = channels
    return tuple(blocks)


def _widen(channels: int, width: float) -> int:
    """Return a stage's channels in a wider network: a multiple of 8, at most a tenth narrower."""
    wide = channels * width
    rounded = max(8, int(wide + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * wide else rounded


def row_width(scale: Scale) -> int:
    """Return how many numbers are measured: mean and deviation of each channel of each output.

    Examples
    --------
    >>> row_width(SCALES["lite0"])
    4128
    """
    return 2 * (sum(block.channels for block in blocks_of(scale) if block.ends_stage) + HEAD)


def build_network(weights: Weights, scale: Scale, name: str) -> bytes:
    """Return the ONNX file of a network: pixels to rows.

    Parameters
    ----------
    weights : mapping of str to ndarray of float32
        Named as in the package ``efficientnet_lite_pytorch``.
    scale : Scale
    name : str
        Of the graph.

    Returns
    -------
    bytes
        Input ``pixels``, float32, shape (n, 3, side, side): RGB, ``(level - 127) / 128``. Output
        ``row``, float32, shape (n, `row_width`): for each stage and the head, the means of its
        channels over the map, then their population standard deviations. Weights are stored as
        float16 and computed with as float32; batch normalisation is part of the convolutions.
    """
    graph = _Graph(weights)
    here = graph.convolve("pixels", "_conv_stem", "_bn0", stride=2)
    rows: list[str] = []
    for place, block in enumerate(blocks_of(scale)):
        here = _add_block(graph, here, f"_blocks.{place}", block)
        if block.ends_stage:
            rows += graph.pool(here)
    rows += graph.pool(graph.convolve(here, "_conv_head", "_bn1"))
    graph.node("Concat", rows, "row", axis=1)
    return _serialise(graph, scale, name)


def _add_block(graph: "_Graph", given: str, name: str, block: Block) -> str:
    here = given
    if block.expansion != 1:
        here = graph.convolve(here, f"{name}._expand_conv", f"{name}._bn0")
    groups = block.channels_in * block.expansion
    here = graph.convolve(
        here, f"{name}._depthwise_conv", f"{name}._bn1", stride=block.stride, groups=groups
    )
    here = graph.convolve(here, f"{name}._project_conv", f"{name}._bn2", clipped=False)
    return graph.node("Add", [here, given]) if block.adds else here


def _serialise(graph: "_Graph", scale: Scale, name: str) -> bytes:
    shape: list[str | int | None] = ["n", 3, scale.input_size, scale.input_size]
    made = helper.make_graph(
        graph.nodes,
        name,
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("row", TensorProto.FLOAT, ["n", row_width(scale)])],
        graph.constants,
    )
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(made, opset_imports=[opset], ir_version=IR_VERSION)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


@dataclass
class _Graph:
    """Nodes and constants so far."""

    weights: Weights
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def node(self, kind: str, given: list[str], out: str = "", **attributes: Any) -> str:
        """Add a node; return what its output is called."""
        out = out or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, given, [out], **attributes))
        return out

    def convolve(  # noqa: PLR0913 - what a convolution is made of
        self,
        given: str,
        kernel: str,
        norm: str,
        *,
        stride: int = 1,
        groups: int = 1,
        clipped: bool = True,
    ) -> str:
        """Add a convolution that is padded as TensorFlow's "SAME", normalised and clipped."""
        weight, bias = self._folded(kernel, norm)
        out = self.node(
            "Conv",
            [given, self._store(weight), self._store(bias)],
            auto_pad="SAME_UPPER",
            strides=[stride, stride],
            group=groups,
        )
        if not clipped:
            return out
        return self.node("Clip", [out, self._limit("floor", 0.0), self._limit("ceiling", CEILING)])

    def pool(self, given: str) -> Iterator[str]:
        """Add what is measured of a map: the mean of each channel, and its deviation."""
        mean = self.node("ReduceMean", [given], axes=[2, 3], keepdims=1)
        apart = self.node("Sub", [given, mean])
        variance = self.node(
            "ReduceMean", [self.node("Mul", [apart, apart])], axes=[2, 3], keepdims=0
        )
        yield self.node("Flatten", [mean], axis=1)
        yield self.node("Sqrt", [variance])

    def _folded(self, kernel: str, norm: str) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
        """Return weights and bias of a convolution with the normalisation that follows it."""
        found = {
            part: self.weights[f"{norm}.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        }
        gain = found["weight"] / np.sqrt(found["running_var"] + EPSILON)
        weight = self.weights[f"{kernel}.weight"].astype(np.float64) * gain[:, None, None, None]
        bias = found["bias"] - found["running_mean"] * gain
        return weight.astype(np.float16), bias.astype(np.float16)

    def _store(self, values: NDArray[np.float16]) -> str:
        name = f"half_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(values, name))
        return self.node("Cast", [name], to=TensorProto.FLOAT)

    def _limit(self, name: str, value: float) -> str:
        if not any(constant.name == name for constant in self.constants):
            self.constants.append(numpy_helper.from_array(np.array(value, np.float32), name))
        return name
