"""The networks that studies of artworks take features from, as ONNX graphs without weights.

Written from their papers, with the sizes that the common libraries have; batch normalisation is
part of the convolutions, as it is once a network is no longer trained. What a network costs does
not depend on its weights, so random ones do.

References
----------
A. Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014 (AlexNet).
K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
ICLR 2015 (VGG16).
K. He et al., "Deep Residual Learning for Image Recognition", CVPR 2016 (ResNet50; halved by its
3 x 3 convolutions, as libraries have it).
C. Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016.
F. Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", CVPR 2017.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .onnx_graph import IR_VERSION, OPSET

CLASSES: Final = 1000
PIXELS: Final = "pixels"


class Known(NamedTuple):
    """A published network: its input's side in pixels, and what adds its layers to a graph.

    The layer that names classes is not among them; what is returned are the features.
    """

    input_size: int
    lay: "Callable[[Layers], str]"


@dataclass
class Layers:
    """A graph so far: its nodes, the shapes of its weights, and the channels of its maps."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: dict[str, tuple[int, ...]] = field(default_factory=dict)
    channels: dict[str, int] = field(default_factory=lambda: {PIXELS: 3})

    def conv(  # noqa: PLR0913 - what a convolution is made of
        self,
        given: str,
        channels: int,
        kernel: int | tuple[int, int],
        *,
        stride: int = 1,
        pad: int | None = None,
        relu: bool = True,
    ) -> str:
        """Add a convolution; where no padding is given, its map is kept but for the stride."""
        high, wide = (kernel, kernel) if isinstance(kernel, int) else kernel
        weight = self._weight(channels, self.channels[given], high, wide)
        bias = self._weight(channels)
        out = self._add("Conv", [given, weight, bias], channels, **_moves(stride, pad))
        return self.relu(out) if relu else out

    def separable(self, given: str, channels: int) -> str:
        """Add a 3 x 3 convolution of each channel, then one across channels."""
        wide = self.channels[given]
        kernel = self._weight(wide, 1, 3, 3)
        deep = self._add("Conv", [given, kernel], wide, group=wide, **_moves(1, None))
        return self.conv(deep, channels, 1, relu=False)

    def pool(
        self, given: str, side: int = 3, stride: int = 2, pad: int | None = 0, kind: str = "Max"
    ) -> str:
        """Add the largest, or the average, of each window."""
        return self._add(
            f"{kind}Pool",
            [given],
            self.channels[given],
            kernel_shape=[side, side],
            **_moves(stride, pad),
        )

    def average(self, given: str) -> str:
        """Add the mean of each channel over the map."""
        channels = self.channels[given]
        return self.flat(self._add("GlobalAveragePool", [given], channels), channels)

    def flat(self, given: str, width: int) -> str:
        """Add a map as one row of numbers."""
        return self._add("Flatten", [given], width)

    def dense(self, given: str, channels: int, *, relu: bool = True) -> str:
        """Add a layer that is connected to every number of a row."""
        weight, bias = self._weight(self.channels[given], channels), self._weight(channels)
        out = self._add("Gemm", [given, weight, bias], channels)
        return self.relu(out) if relu else out

    def relu(self, given: str) -> str:
        """Add that what is below zero is zero."""
        return self._add("Relu", [given], self.channels[given])

    def plus(self, first: str, second: str) -> str:
        """Add the sum of two maps."""
        return self._add("Add", [first, second], self.channels[first])

    def join(self, maps: Sequence[str]) -> str:
        """Add maps one after the other as the channels of one."""
        return self._add("Concat", list(maps), sum(self.channels[name] for name in maps), axis=1)

    def _add(self, kind: str, given: list[str], channels: int, **attributes: Any) -> str:
        out = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, given, [out], **attributes))
        self.channels[out] = channels
        return out

    def _weight(self, *shape: int) -> str:
        name = f"weight_{len(self.weights)}"
        self.weights[name] = shape
        return name


def _moves(stride: int, pad: int | None) -> dict[str, Any]:
    padding = {"auto_pad": "SAME_UPPER"} if pad is None else {"pads": [pad] * 4}
    return {"strides": [stride, stride], **padding}


def build_known(known: Known, *, whole: bool = True) -> onnx.ModelProto:
    """Return the graph of a published network; its weights are inputs.

    Parameters
    ----------
    known : Known
    whole : bool
        Whether the last layer, which names a thousand classes, is there.
    """
    layers = Layers()
    features = known.lay(layers)
    out, width = features, layers.channels[features]
    if whole:
        out, width = layers.dense(features, CLASSES, relu=False), CLASSES
    shapes = {PIXELS: (1, 3, known.input_size, known.input_size), **layers.weights}
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in shapes.items()
    ]
    row = helper.make_tensor_value_info(out, TensorProto.FLOAT, (1, width))
    graph = helper.make_graph(layers.nodes, "known", inputs, [row])
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)


def fill_weights(model: onnx.ModelProto, seed: int = 0) -> onnx.ModelProto:
    """Return the same graph with random weights, of a size that neither grows nor fades a map."""
    rng = np.random.default_rng(seed)
    filled = onnx.ModelProto()
    filled.CopyFrom(model)
    del filled.graph.input[:]
    for given in model.graph.input:
        if given.name == PIXELS:
            filled.graph.input.append(given)
            continue
        shape = [side.dim_value for side in given.type.tensor_type.shape.dim]
        # A dense layer's weights have what is given first, a convolution's last.
        sources = shape[0] if len(shape) == 2 else int(np.prod(shape[1:]))
        values = rng.standard_normal(shape, np.float32) * np.float32(np.sqrt(2 / sources))
        filled.graph.initializer.append(numpy_helper.from_array(values, given.name))
    return filled


def _lay_alexnet(layers: Layers) -> str:
    here = layers.pool(layers.conv(PIXELS, 64, 11, stride=4, pad=2))
    here = layers.pool(layers.conv(here, 192, 5))
    for channels in (384, 256, 256):
        here = layers.conv(here, channels, 3)
    here = layers.flat(layers.pool(here), 256 * 6 * 6)
    return layers.dense(layers.dense(here, 4096), 4096)


def _lay_vgg16(layers: Layers) -> str:
    here = PIXELS
    for repeats, channels in ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)):
        for _ in range(repeats):
            here = layers.conv(here, channels, 3)
        here = layers.pool(here, 2)
    here = layers.flat(here, 512 * 7 * 7)
    return layers.dense(layers.dense(here, 4096), 4096)


def _lay_resnet50(layers: Layers) -> str:
    here = layers.pool(layers.conv(PIXELS, 64, 7, stride=2), pad=None)
    for stage, repeats in enumerate((3, 4, 6, 3)):
        wide = 64 * 2**stage
        for place in range(repeats):
            stride = 2 if stage and not place else 1
            out = layers.conv(layers.conv(here, wide, 1), wide, 3, stride=stride)
            out = layers.conv(out, 4 * wide, 1, relu=False)
            past = here if place else layers.conv(here, 4 * wide, 1, stride=stride, relu=False)
            here = layers.relu(layers.plus(out, past))
    return layers.average(here)


Step = tuple[int, int | tuple[int, int]]


def _chain(layers: Layers, given: str, *steps: Step, last_halves: bool = False) -> str:
    """Add convolutions one after the other: channels and kernel of each."""
    for place, (channels, kernel) in enumerate(steps, 1):
        halves = last_halves and place == len(steps)
        stride, pad = (2, 0) if halves else (1, None)
        given = layers.conv(given, channels, kernel, stride=stride, pad=pad)
    return given


def _lay_inception(layers: Layers) -> str:
    here = layers.conv(PIXELS, 32, 3, stride=2, pad=0)
    here = layers.conv(layers.conv(here, 32, 3, pad=0), 64, 3)
    here = layers.conv(layers.pool(here), 80, 1)
    here = layers.pool(layers.conv(here, 192, 3, pad=0))
    for pooled in (32, 64, 64):
        here = _branch(
            layers, here, pooled, [(64, 1)], [(48, 1), (64, 5)], [(64, 1), (96, 3), (96, 3)]
        )
    here = _halve(layers, here, [(384, 3)], [(64, 1), (96, 3), (96, 3)])
    row, column = (1, 7), (7, 1)
    for n in (128, 160, 160, 192):
        long: list[Step] = [(n, 1), (n, column), (n, row), (n, column), (192, row)]
        here = _branch(layers, here, 192, [(192, 1)], [(n, 1), (n, row), (192, column)], long)
    here = _halve(
        layers, here, [(192, 1), (320, 3)], [(192, 1), (192, row), (192, column), (192, 3)]
    )
    for _ in range(2):
        here = _split_branch(layers, here)
    return layers.average(here)


def _branch(layers: Layers, given: str, pooled: int, *branches: list[Step]) -> str:
    mean = layers.pool(given, stride=1, pad=None, kind="Average")
    outs = [_chain(layers, given, *steps) for steps in branches]
    return layers.join([*outs, layers.conv(mean, pooled, 1)])


def _halve(layers: Layers, given: str, *branches: list[Step]) -> str:
    outs = [_chain(layers, given, *steps, last_halves=True) for steps in branches]
    return layers.join([*outs, layers.pool(given)])


def _split_branch(layers: Layers, given: str) -> str:
    """Add a block whose branches end side by side, along rows and along columns."""
    ends = [
        layers.conv(stem, 384, kernel)
        for stem in (
            _chain(layers, given, (384, 1)),
            _chain(layers, given, (448, 1), (384, 3)),
        )
        for kernel in ((1, 3), (3, 1))
    ]
    mean = layers.conv(layers.pool(given, stride=1, pad=None, kind="Average"), 192, 1)
    return layers.join([layers.conv(given, 320, 1), *ends, mean])


def _lay_xception(layers: Layers) -> str:
    here = layers.conv(layers.conv(PIXELS, 32, 3, stride=2, pad=0), 64, 3, pad=0)
    for before, channels in pairwise((64, 128, 256, 728)):
        first = here if before == 64 else layers.relu(here)
        here = _shrink(layers, here, layers.separable(first, channels), channels)
    for _ in range(8):
        out = here
        for _ in range(3):
            out = layers.separable(layers.relu(out), 728)
        here = layers.plus(out, here)
    here = _shrink(layers, here, layers.separable(layers.relu(here), 728), 1024)
    for channels in (1536, 2048):
        here = layers.relu(layers.separable(here, channels))
    return layers.average(here)


def _shrink(layers: Layers, given: str, first: str, channels: int) -> str:
    out = layers.pool(layers.separable(layers.relu(first), channels), pad=None)
    return layers.plus(out, layers.conv(given, channels, 1, stride=2, relu=False))


KNOWN: Final = {
    "AlexNet": Known(224, _lay_alexnet),
    "VGG16": Known(224, _lay_vgg16),
    "ResNet50": Known(224, _lay_resnet50),
    "InceptionV3": Known(299, _lay_inception),
    "Xception": Known(299, _lay_xception),
}
