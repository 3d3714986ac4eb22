"""Small networks in ONNX files, written with the package onnx."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE: Final = 32
CHANNELS: Final = 4
FLOAT: Final = TensorProto.FLOAT


def write_network(  # noqa: PLR0913 - what can be otherwise with a network
    path: Path,
    *,
    shape: Sequence[Any] = ("n", 3, SIDE, SIDE),
    pooled: bool = False,
    after: Sequence[onnx.NodeProto] = (),
    out_type: int = FLOAT,
    seed: int = 0,
) -> Path:
    """Write a network of one convolution: a map of four channels or, pooled, a vector.

    Parameters
    ----------
    path : Path
    shape : sequence
        Of its input; a name stands for a side that is left open.
    pooled : bool
        Whether its only output is a vector: the mean of each channel.
    after : sequence of NodeProto
        From ``map`` to ``row``, instead.
    out_type : int
        Type of its output, as ONNX counts types.
    seed : int
        Decides the weights.
    """
    weights = np.random.default_rng(seed).normal(0, 0.3, (CHANNELS, 3, 3, 3)).astype(np.float32)
    nodes = [helper.make_node("Conv", ["pixels", "weights"], ["map"], strides=[2, 2])]
    pool = helper.make_node("ReduceMean", ["map"], ["row"], axes=[2, 3], keepdims=0)
    nodes += after or ([pool] if pooled else [])
    name = "row" if len(nodes) > 1 else "map"
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("pixels", FLOAT, shape)],
        [helper.make_tensor_value_info(name, out_type, None)],
        [numpy_helper.from_array(weights, "weights")],
    )
    return save(graph, path)


def save(graph: onnx.GraphProto, path: Path, **options: Any) -> Path:
    opset = helper.make_opsetid("", 17)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path, **options)
    return path
