from hashlib import sha256

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from benchmarks.networks.onnx_graph import (
    EPSILON,
    HEAD,
    SCALES,
    Scale,
    Weights,
    blocks_of,
    build_network,
    row_width,
)

# Small pictures do for the arithmetic.
SMALL = Scale(1.0, 1.0, 32)


def random_weights(scale: Scale, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(seed)
    found: dict[str, NDArray[np.float32]] = {}

    def add(kernel: str, norm: str, shape: tuple[int, ...]) -> None:
        spread = np.sqrt(2 / np.prod(shape[1:]))
        found[f"{kernel}.weight"] = rng.normal(0, spread, shape).astype(np.float32)
        found[f"{norm}.weight"] = rng.uniform(0.5, 1.5, shape[0]).astype(np.float32)
        found[f"{norm}.bias"] = rng.normal(0, 0.1, shape[0]).astype(np.float32)
        found[f"{norm}.running_mean"] = rng.normal(0, 0.1, shape[0]).astype(np.float32)
        found[f"{norm}.running_var"] = rng.uniform(0.5, 1.5, shape[0]).astype(np.float32)

    add("_conv_stem", "_bn0", (32, 3, 3, 3))
    for place, block in enumerate(blocks_of(scale)):
        name, wide = f"_blocks.{place}", block.channels_in * block.expansion
        if block.expansion != 1:
            add(f"{name}._expand_conv", f"{name}._bn0", (wide, block.channels_in, 1, 1))
        add(f"{name}._depthwise_conv", f"{name}._bn1", (wide, 1, block.kernel, block.kernel))
        add(f"{name}._project_conv", f"{name}._bn2", (block.channels, wide, 1, 1))
    add("_conv_head", "_bn1", (HEAD, blocks_of(scale)[-1].channels, 1, 1))
    return found


def reference_row(
    pixels: NDArray[np.float32], weights: Weights, scale: Scale
) -> NDArray[np.float64]:
    """Return the row of one picture by loops over kernels, as the paper says it, not quickly."""

    def convolve(
        maps: NDArray[np.float64], kernel: str, norm: str, stride: int = 1, clip: bool = True
    ) -> NDArray[np.float64]:
        weight = weights[f"{kernel}.weight"].astype(np.float64)
        size, sides = weight.shape[-1], maps.shape[1:]
        outs = [-(-side // stride) for side in sides]
        missing = [
            max((out - 1) * stride + size - side, 0) for out, side in zip(outs, sides, strict=True)
        ]
        edges = [(0, 0), *((gap // 2, gap - gap // 2) for gap in missing)]
        padded = np.pad(maps, edges)
        total = np.zeros((len(weight), *outs))
        for y in range(size):
            for x in range(size):
                seen = padded[
                    :, y : y + outs[0] * stride : stride, x : x + outs[1] * stride : stride
                ]
                seen = seen[:, : outs[0], : outs[1]]
                part = weight[:, :, y, x]
                if part.shape[1] == 1 < len(maps):
                    total += part[:, :, None] * seen
                else:
                    total += np.einsum("oi,ihw->ohw", part, seen)
        mean, var, gain, bias = (
            weights[f"{norm}.{name}"].astype(np.float64)[:, None, None]
            for name in ("running_mean", "running_var", "weight", "bias")
        )
        normed = (total - mean) / np.sqrt(var + EPSILON) * gain + bias
        return np.clip(normed, 0, 6) if clip else normed

    maps = convolve(pixels.astype(np.float64), "_conv_stem", "_bn0", 2)
    measured = []
    for place, block in enumerate(blocks_of(scale)):
        name, given = f"_blocks.{place}", maps
        if block.expansion != 1:
            maps = convolve(maps, f"{name}._expand_conv", f"{name}._bn0")
        maps = convolve(maps, f"{name}._depthwise_conv", f"{name}._bn1", block.stride)
        maps = convolve(maps, f"{name}._project_conv", f"{name}._bn2", clip=False)
        maps = maps + given if block.adds else maps
        if block.ends_stage:
            measured.append(maps)
    measured.append(convolve(maps, "_conv_head", "_bn1"))
    parts = [(m.mean(axis=(1, 2)), m.std(axis=(1, 2))) for m in measured]
    return np.concatenate([part for pair in parts for part in pair])


def test_the_graph_computes_what_the_paper_says() -> None:
    weights = random_weights(SMALL)
    pixels = np.random.default_rng(1).uniform(-1, 1, (2, 3, 32, 32)).astype(np.float32)

    session = onnxruntime.InferenceSession(build_network(weights, SMALL, "small"))
    (rows,) = session.run(None, {"pixels": pixels})

    expected = np.stack([reference_row(picture, weights, SMALL) for picture in pixels])
    # Weights are rounded to eleven bits.
    assert np.abs(rows - expected).max() < 0.01 * np.abs(expected).max()
    assert np.corrcoef(rows.ravel(), expected.ravel())[0, 1] > 0.99999


def test_the_same_weights_give_the_same_file() -> None:
    weights = random_weights(SMALL)
    first, second = (build_network(dict(weights), SMALL, "small") for _ in range(2))
    other = build_network(random_weights(SMALL, seed=1), SMALL, "small")

    assert sha256(first).digest() == sha256(second).digest() != sha256(other).digest()


@pytest.mark.parametrize(("name", "width"), [("lite0", 4128), ("lite1", 4128), ("lite2", 4272)])
def test_larger_networks_have_rows_of_their_own_width(name: str, width: int) -> None:
    assert row_width(SCALES[name]) == width
