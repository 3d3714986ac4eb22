"""A network, what is asked of it in training, and the steps in which it learns."""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    kl_div,
    log_softmax,
)
from tqdm import tqdm

from .art_table import HEADS, TAGS
from .efficientnet_lite import EfficientNetLite, measure
from .onnx_graph import HEAD, Scale, blocks_of
from .views import Mixed, mix, vary

BATCH: Final = 128
LEARNING_RATE: Final = 1e-3
# Of the learning rate, for the stem and the first blocks, and for what is new.
EARLY: Final = 0.3
HEADS_RATE: Final = 2.0
EARLY_BLOCKS: Final = 6
WEIGHT_DECAY: Final = 0.03
WARM_UP: Final = 100
SMOOTHING: Final = 0.1
DROP_OUT: Final = 0.4
TAGS_WEIGHT: Final = 0.5
# Of what the network said of ImageNet's classes before (Z. Li, D. Hoiem, "Learning without
# Forgetting", ECCV 2016), for works of art and for the other pictures: photographs above all keep
# what they were told apart by.
KEPT: Final = (0.3, 1.0)
KEPT_WEIGHT: Final = 0.25
# Of what a teacher says (L. Beyer et al., "Knowledge distillation: A good teacher is patient and
# consistent", CVPR 2022: both see the same view).
TAUGHT_WEIGHT: Final = 0.5
TEMPERATURE: Final = 2.0
AVERAGE: Final = 0.998
LARGEST_GRADIENT: Final = 5.0
# The outputs that are asked, counted from the end, and how many classes ImageNet has.
ASKED: Final = 4
IMAGENET: Final = 1000
_UNKNOWN: Final = -1

Answers = dict[str, Tensor]
# Views of pictures -> what another network says of them.
Teacher = Callable[[Tensor], Answers]


class Learner(nn.Module):
    """A network with a head for each question, asked of the rows of its last outputs.

    Parameters
    ----------
    network : EfficientNetLite
    scale : Scale
        Of the network.
    classes : dict of str to list of str
        Of each head.
    imagenet : tuple of Tensor
        Weights and biases by which the network tells ImageNet's classes.
    """

    def __init__(
        self,
        network: EfficientNetLite,
        scale: Scale,
        classes: dict[str, list[str]],
        imagenet: tuple[Tensor, Tensor],
    ) -> None:
        super().__init__()
        ends = [block.channels for block in blocks_of(scale) if block.ends_stage]
        width = 2 * (sum(ends[1 - ASKED :]) + HEAD)
        self.network, self.side = network, scale.input_size
        self.norm = nn.BatchNorm1d(width, affine=False)
        self.drop = nn.Dropout(DROP_OUT)
        self.heads = nn.ModuleDict(
            {name: nn.Linear(width, len(known)) for name, known in classes.items()}
        )
        self.heads["tags"] = nn.Linear(width, len(TAGS))
        self.imagenet = nn.Linear(HEAD, IMAGENET)
        with torch.no_grad():
            self.imagenet.weight.copy_(imagenet[0])
            self.imagenet.bias.copy_(imagenet[1])

    def forward(self, pixels: Tensor) -> Answers:
        """Return the scores of each head, of the tags, and of ImageNet's classes."""
        maps = self.network.tail(self.network.front(pixels, 0), 0)[-ASKED:]
        with torch.autocast(pixels.device.type, enabled=False):
            row = self.drop(self.norm(measure([each.float() for each in maps])))
            answers = {name: head(row) for name, head in self.heads.items()}
            return {**answers, "imagenet": self.imagenet(maps[-1].float().mean((2, 3)))}

    def rates(self) -> list[dict[str, object]]:
        """Return the parts with the rates at which they learn."""
        early = nn.ModuleList(
            [self.network._conv_stem, self.network._bn0, *self.network._blocks[:EARLY_BLOCKS]]
        )
        first = {id(parameter) for parameter in early.parameters()}
        later = [p for p in self.network.parameters() if id(p) not in first]
        new = [*self.heads.parameters(), *self.imagenet.parameters()]
        return [
            {"params": list(early.parameters()), "lr": LEARNING_RATE * EARLY},
            {"params": later, "lr": LEARNING_RATE},
            {"params": new, "lr": LEARNING_RATE * HEADS_RATE},
        ]


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of pictures.

    Attributes
    ----------
    codes : dict of str to Tensor of int64, shape (n,)
        The class of each head, -1 where it is not known.
    tags : Tensor of float32, shape (n, tags)
        0, 1, or -1 where they are not known.
    kept : Tensor of float32, shape (n,)
        How much of what was told of each before is to be kept.
    """

    codes: dict[str, Tensor]
    tags: Tensor
    kept: Tensor

    @classmethod
    def of(
        cls, table: pd.DataFrame, classes: dict[str, list[str]], device: torch.device
    ) -> "Truth":
        """Read it from a table of `art_table`."""
        codes = {
            name: torch.from_numpy(
                pd.Index(known).get_indexer(pd.Index(table[name])).astype(np.int64)
            ).to(device)
            for name, known in classes.items()
        }
        tags = table[list(TAGS)].astype(np.float32).fillna(_UNKNOWN).to_numpy()
        kept = np.where(table["set"] == "wikiart", *KEPT).astype(np.float32)
        return cls(codes, torch.from_numpy(tags).to(device), torch.from_numpy(kept).to(device))

    def loss(self, answers: Answers, places: Tensor) -> Tensor:
        """Return the loss of a batch: each head's, weighted, over the pictures it is known of."""
        total = answers["tags"].new_zeros(())
        for name, weight in HEADS.items():
            codes = self.codes[name][places]
            known = (codes != _UNKNOWN).float().mean()
            lost = cross_entropy(
                answers[name], codes, ignore_index=_UNKNOWN, label_smoothing=SMOOTHING
            )
            total = total + weight * known * torch.nan_to_num(lost)
        tags = self.tags[places]
        told = (tags != _UNKNOWN).all(1)
        lost = binary_cross_entropy_with_logits(
            answers["tags"], tags.clamp(min=0), reduction="none"
        )
        return total + TAGS_WEIGHT * (lost.mean(1) * told).mean()


def distance(said: Tensor, taught: Tensor) -> Tensor:
    """Return for each picture how far the softened probabilities are apart (Kullback-Leibler)."""
    ours, theirs = (log_softmax(scores / TEMPERATURE, 1) for scores in (said, taught))
    return kl_div(ours, theirs, log_target=True, reduction="none").sum(1) * TEMPERATURE**2


@dataclass(slots=True)
class Course:
    """Training from beginning to end: what learns, what it is held to, what it is shown.

    Attributes
    ----------
    learner : Learner
    before : Learner
        The same as it was, for ImageNet's classes.
    truth : Truth
    squares : Tensor of uint8, shape (n, 3, h, w)
        The pictures, as `views.read_squares` gives them.
    teacher : callable, optional
        What another network says of the same views.
    """

    learner: Learner
    before: Learner
    truth: Truth
    squares: Tensor
    teacher: Teacher | None = None

    def run(self, steps: int, label: str) -> Learner:
        """Train for so many batches; return a running average of the learner."""
        device = self.squares.device
        generator = torch.Generator(device)
        generator.manual_seed(1)
        rng = np.random.default_rng(1)
        average = copy.deepcopy(self.learner)
        average.eval().requires_grad_(False)
        optimizer = torch.optim.AdamW(self.learner.rates(), weight_decay=WEIGHT_DECAY)
        rate = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, steps))
        batches = max(len(self.squares) // BATCH, 1)
        for step in tqdm(range(steps), label, disable=None):
            if step % batches == 0:
                order = torch.as_tensor(rng.permutation(len(self.squares)), device=device)
            places = order[step % batches * BATCH :][:BATCH]
            view = vary(self.squares[places], self.learner.side, generator)
            optimizer.zero_grad(set_to_none=True)
            self._loss(mix(view, rng), places).backward()
            nn.utils.clip_grad_norm_(self.learner.parameters(), LARGEST_GRADIENT)
            optimizer.step()
            rate.step()
            _follow(average, self.learner, step + 1)
        return average

    def _loss(self, mixed: Mixed, places: Tensor) -> Tensor:
        self.learner.train()
        with _half(mixed.pixels):
            answers = self.learner(mixed.pixels)
            with torch.no_grad():
                before = self.before(mixed.pixels)["imagenet"]
                taught = self.teacher(mixed.pixels) if self.teacher else {}
        loss = mixed.share * self.truth.loss(answers, places)
        if mixed.share < 1:
            loss = loss + (1 - mixed.share) * self.truth.loss(answers, places[mixed.partners])
        kept = self.truth.kept[places] * distance(answers["imagenet"], before)
        loss = loss + KEPT_WEIGHT * kept.mean()
        for name, weight in HEADS.items() if taught else ():
            loss = loss + TAUGHT_WEIGHT * weight * distance(answers[name], taught[name]).mean()
        return loss


def _half(pixels: Tensor) -> torch.autocast:
    """Compute in bfloat16 where that is quicker."""
    return torch.autocast(pixels.device.type, torch.bfloat16, enabled=pixels.is_cuda)


def _rate(step: int, steps: int) -> float:
    """Return the factor of the learning rate: it warms up, then falls as half a cosine."""
    return min(1, (step + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * min(1, step / steps)))


@torch.no_grad()
def _follow(average: Learner, learner: Learner, steps: int) -> None:
    """Move a running average towards what learns, in long steps at first."""
    kept = min(AVERAGE, (1 + steps) / (10 + steps))
    pairs = zip(average.state_dict().values(), learner.state_dict().values(), strict=True)
    for old, new in pairs:
        if old.dtype.is_floating_point:
            old.lerp_(new, 1 - kept)
        else:
            old.copy_(new)
