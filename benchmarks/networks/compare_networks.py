"""What a picture's features cost by the networks of the studies, and by the one that is shipped.

    python -m benchmarks.networks.compare_networks [--rounds 15]

Prints the table of docs/networks.md: multiplications and weights, counted in the graphs, and
pictures per second on one thread, all networks in turns. The studies' networks have random weights.
"""

from collections.abc import Callable, Iterator
from functools import partial
from math import prod
from typing import Annotated, Final, NamedTuple

import numpy as np
import onnx
import onnxruntime
import typer

from benchmarks.report import describe_machine
from benchmarks.timing import median_seconds
from src.edges import command_edge
from src.features.backbones import find_backbone, read_network
from src.features.embedding import open_session

from .known_networks import KNOWN, build_known, fill_weights

OURS: Final = "EfficientNet-Lite0 (ours)"
HEAD: Final = (
    "network",
    "input",
    "features",
    "million multiplications",
    "MB of weights",
    "in convolutions",
    "pictures/s",
    "ms a picture",
)


class Cost(NamedTuple):
    """What a network is made of, and what it does with one picture.

    Attributes
    ----------
    input_size : int
        The side of its input in pixels.
    multiplications : int
    weights, convolution_weights : int
        Numbers in all layers; in the convolutions alone.
    features : int
        The numbers that it gives.
    """

    input_size: int
    multiplications: int
    weights: int
    convolution_weights: int
    features: int


def count_cost(model: onnx.ModelProto) -> Cost:
    """Count in a graph what one picture costs: convolutions, dense layers, products of maps.

    Parameters
    ----------
    model : onnx.ModelProto
        Its weights are inputs, or in the file.
    """
    shapes = _find_shapes(model)
    weights = {"Conv": 0, "Gemm": 0}
    multiplications = 0
    for node in model.graph.node:
        out = prod(shapes[node.output[0]])
        if node.op_type in weights:
            kernel = shapes[node.input[1]]
            weights[node.op_type] += sum(prod(shapes[name]) for name in node.input[1:])
            multiplications += out * prod(kernel[1:]) if node.op_type == "Conv" else prod(kernel)
        elif node.op_type == "Mul":
            multiplications += out
    return Cost(
        shapes[model.graph.input[0].name][-1],
        multiplications,
        sum(weights.values()),
        weights["Conv"],
        prod(shapes[model.graph.output[0].name]),
    )


def time_networks(rounds: int) -> list[float]:
    """Return the seconds of one picture: by the studies' networks in their order, then by ours."""
    rng = np.random.default_rng(0)
    ways: list[Callable[[], object]] = []
    for session in _open_sessions():
        (given,) = session.get_inputs()
        pixels = rng.uniform(-1, 1, (1, *given.shape[1:])).astype(np.float32)
        ways.append(partial(session.run, None, {given.name: pixels}))
    return median_seconds(ways, rounds)


def render_costs(costs: dict[str, Cost], seconds: list[float]) -> str:
    """Return a Markdown table; in brackets stands how many times the last network's it is."""
    ours, ours_s = costs[OURS], seconds[-1]
    rows = [
        f"| {name} | {cost.input_size} | {cost.features:,} "
        f"| {cost.multiplications / 1e6:,.0f} ({cost.multiplications / ours.multiplications:.1f}) "
        f"| {_megabytes(cost.weights):.0f} ({cost.weights / ours.weights:.1f}) "
        f"| {_megabytes(cost.convolution_weights):.0f} "
        f"| {1 / taken_s:.1f} | {1e3 * taken_s:.0f} ({taken_s / ours_s:.1f}) |"
        for (name, cost), taken_s in zip(costs.items(), seconds, strict=True)
    ]
    return "\n".join([f"| {' | '.join(HEAD)} |", "| --- |" + " ---: |" * (len(HEAD) - 1), *rows])


def count_all() -> dict[str, Cost]:
    """Return the cost of features by each of the studies' networks, then by ours."""
    costs = {name: count_cost(build_known(known, whole=False)) for name, known in KNOWN.items()}
    return {**costs, OURS: count_cost(onnx.load_from_string(read_network(find_backbone())))}


def main(
    rounds: Annotated[int, typer.Option(min=1, help="Turns that each network has.")] = 15,
) -> None:
    """Print the machine and the table."""
    seconds = time_networks(rounds)
    print(describe_machine(), f"onnxruntime {onnxruntime.__version__}", sep=", ")
    print(render_costs(count_all(), seconds))


def _find_shapes(model: onnx.ModelProto) -> dict[str, list[int]]:
    """Return the shape of everything in a graph, for one picture."""
    graph = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph
    shapes = {constant.name: list(constant.dims) for constant in graph.initializer}
    for known in (*graph.input, *graph.value_info, *graph.output):
        # A side without a value is the number of pictures.
        shapes[known.name] = [side.dim_value or 1 for side in known.type.tensor_type.shape.dim]
    return shapes


def _megabytes(weights: int) -> float:
    return weights * np.dtype(np.float32).itemsize / 1e6


def _open_sessions() -> Iterator[onnxruntime.InferenceSession]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    for known in KNOWN.values():
        content = fill_weights(build_known(known, whole=False)).SerializeToString()
        yield onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    yield open_session(find_backbone())


if __name__ == "__main__":
    typer.run(command_edge(main))
